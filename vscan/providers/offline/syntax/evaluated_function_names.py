"""Words in which the names of functions end that run, start, send, write or delete something.

Only calls with one of them are evaluated. A word that is missing here hides all calls of its name.
"""

from typing import Final

_RUN: Final = (
    "eval Function constructor runInThisContext runInNewContext runInContext compileFunction Script"
    " _compile execScript setTimeout setInterval setImmediate Worker Reflect require import _load"
    " dlopen createRequire"
)
_START: Final = (
    "exec execSync execFile execFileSync spawn spawnSync fork execa execaCommand execaSync"
    " execaCommandSync commandSync sendText"
    " ShellExecution ProcessExecution createTerminal executeCommand Command"
)
_SEND: Final = (
    "fetch request get post put patch send sendMail sendBeacon end write emit publish got axios"
    " createConnection"
    " needle superagent lookup openExternal uploadFrom fastPut putObject upload createGist connect"
    " pipe postMessage"
)
_WRITE: Final = (
    "writeFile writeFileSync appendFile appendFileSync createWriteStream outputFile outputFileSync"
    " copyFile copyFileSync cp cpSync rename renameSync symlink symlinkSync pipeline update"
    " writeTextFile writeText defineProperty createCipheriv move moveSync copy copySync"
)
_DELETE: Final = (
    "rm rmSync rmdir rmdirSync unlink unlinkSync delete remove removeSync rimraf del truncate"
    " truncateSync emptyDir emptyDirSync sync"
)
_WORDS: Final = frozenset(
    word.encode() for part in (_RUN, _START, _SEND, _WRITE, _DELETE) for word in part.split()
)
_PREFIXES: Final = (b"resolve", b"createOrUpdateFile")


def is_trigger(word: bytes) -> bool:
    """Whether calls of functions with this name are evaluated."""
    return word in _WORDS or word.startswith(_PREFIXES)
