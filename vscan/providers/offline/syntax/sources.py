"""What the APIs of Node.js, of the editor and of known packages return, as sources of flows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.secret_places import (
    CLIPBOARD_COMMANDS,
    COMMANDS,
    METADATA,
    SCREEN_COMMANDS,
    TUNNEL_COMMANDS,
    VARIABLE,
    WORKSPACE_COMMANDS,
    secret_in,
)
from vscan.providers.offline.syntax.values import (
    EXTENSION,
    HOME,
    TEMPORARY,
    UNKNOWN,
    Label,
    Source,
    Value,
    bounded_labels,
    text_value,
)

# Names whose value is a directory.
_PLACES: Final = {
    "__dirname": EXTENSION,
    "__filename": EXTENSION,
    "import.meta.dirname": EXTENSION,
    "import.meta.url": EXTENSION,
    "process.env.HOME": HOME,
    "process.env.USERPROFILE": HOME,
    "process.env.HOMEPATH": HOME,
    "process.env.APPDATA": "%APPDATA%",
    "process.env.LOCALAPPDATA": "%LOCALAPPDATA%",
    "process.env.TEMP": TEMPORARY,
    "process.env.TMP": TEMPORARY,
    "process.env.TMPDIR": TEMPORARY,
    "process.env.PROGRAMDATA": "%PROGRAMDATA%",
    "process.execPath": "node",
    "process.argv0": "node",
    "process.resourcesPath": "%EDITOR%/resources",
    "vscode.env.appRoot": "%EDITOR%/resources/app",
}
OTHER_EXTENSION: Final = "%OTHER_EXTENSION%"
_PLACE_SUFFIXES: Final = {
    ".extensionPath": EXTENSION,
    ".extensionUri": EXTENSION,
    ".extensionUri.fsPath": EXTENSION,
}


def place_of(name: str) -> str | None:
    """Return the text by which a directory is known, for a name that denotes one."""
    place = _PLACES.get(name)
    if place is not None:
        return place
    if name.startswith("vscode.extensions.") and name.endswith(
        (".extensionPath", ".extensionUri.fsPath")
    ):
        return OTHER_EXTENSION
    return next((text for end, text in _PLACE_SUFFIXES.items() if name.endswith(end)), None)


# Names, and calls by the pattern of their names. The first that matches counts.
_NAMED: Final = (
    (Source.ENVIRONMENT, lazy_regex(r"process\.env\Z|(?:Bun|Deno)\.env\Z")),
    (Source.SCREEN, lazy_regex(r"desktopCapturer\b")),
)
_CALLED: Final = (
    (
        Source.NETWORK,
        lazy_regex(
            r"(?:fetch|got(?:\.\w+)?|axios(?:\.\w+)?|superagent\.\w+|needle(?:\.\w+)?"
            r"|request(?:\.get|\.post)?|phin|bent|ky(?:\.\w+)?|undici\.\w+|centra|wretch)\Z"
            r"|https?\.(?:get|request)\Z|http2\.connect\Z|WebSocket\Z|EventSource\Z"
            r"|XMLHttpRequest\Z"
            r"|(?:net|tls)\.(?:connect|createConnection|Socket)\Z|dgram\.createSocket\Z"
            r"|dns\.resolve\w*\Z"
            r"|io\Z|socket\.io-client(?:\.\w+)?\Z|mqtt\.connect\Z|(?:electron\.)?net\.(?:request"
            r"|fetch)\Z"
            r"|(?:basic-ftp|ssh2)\.Client\Z|\w*\.?(?:Octokit)\Z|.*\b(?:JsonRpcProvider"
            r"|Connection)\Z"
            r"|.*\.(?:getParsedTransactions?|getSignaturesForAddress)\Z"
        ),
    ),
    (
        Source.SESSION,
        lazy_regex(
            r"vscode\.authentication\.getSession\Z|keytar\.\w+\Z|.*safeStorage\.decryptString\Z"
        ),
    ),
    (
        Source.CLIPBOARD,
        lazy_regex(
            r"vscode\.env\.clipboard\.readText\Z|clipboardy(?:\.\w+)?\Z|.*clipboard\.(?:readText"
            r"|read|readImage|readSync)\Z"
        ),
    ),
    (
        Source.SCREEN,
        lazy_regex(
            r"screenshot-desktop(?:\.\w+)?\Z|.*getDisplayMedia\Z|desktopCapturer\.getSources\Z"
            r"|node-screenshots\b.*\Z"
        ),
    ),
    (
        Source.KEYS,
        lazy_regex(
            r"vscode\.workspace\.onDidChangeTextDocument\Z|.*(?:iohook|uiohook-napi"
            r"|node-global-key-listener)\b.*\Z"
        ),
    ),
    (
        Source.TERMINAL,
        lazy_regex(
            r"vscode\.window\.(?:onDidWriteTerminalData|onDidStartTerminalShellExecution"
            r"|onDidEndTerminalShellExecution|onDidExecuteTerminalCommand)\Z"
        ),
    ),
    (
        Source.EDITOR,
        lazy_regex(
            r".*\.(?:getText|lineAt)\Z|vscode\.workspace\.(?:openTextDocument"
            r"|onDidOpenTextDocument|onDidSaveTextDocument|onWillSaveTextDocument"
            r"|onDidCloseTextDocument|findFiles|findTextInFiles)\Z"
            r"|vscode\.workspace\.fs\.readFile\Z|vscode\.window\.onDidChange(?:ActiveTextEditor"
            r"|TextEditorSelection)\Z"
        ),
    ),
    (Source.PAGE, lazy_regex(r".*\.onDidReceiveMessage\Z")),
    (
        Source.MACHINE,
        lazy_regex(
            r"os\.(?:hostname|userInfo|networkInterfaces)\Z|.*\bmachineIdSync?\Z"
            r"|systeminformation\.\w+\Z"
        ),
    ),
    (Source.CONFIGURATION, lazy_regex(r"vscode\.workspace\.getConfiguration\Z")),
    (
        Source.INPUT,
        lazy_regex(
            r"vscode\.window\.show(?:InputBox|QuickPick|InformationMessage|WarningMessage"
            r"|ErrorMessage|OpenDialog|SaveDialog)\Z"
        ),
    ),
)
_READS: Final = lazy_regex(
    r"(?:fs|Bun|Deno)\.(?:readFile|readFileSync|createReadStream|readTextFile"
    r"|readTextFileSync|read|openAsBlob|file|readSync|readv)\Z"
    r"|vscode\.workspace\.(?:fs\.readFile|openTextDocument)\Z|.*\.(?:addLocalFile"
    r"|addLocalFolder|getData)\Z"
    r"|(?:fs\.(?:copyFile|copyFileSync|cp|cpSync))\Z|(?:archiver|adm-zip|better-sqlite3"
    r"|sqlite3\.Database|node:sqlite\.DatabaseSync|plist\.\w+)\Z|FormData\Z"
)
_LISTS: Final = lazy_regex(
    r"fs\.(?:readdir|readdirSync|opendir|opendirSync)\Z|(?:fast-glob|glob)(?:\.\w+)?\Z"
)
_RUNS: Final = lazy_regex(
    r"child_process\.(?:exec|execSync|execFile|execFileSync|spawn|spawnSync)\Z|(?:execa"
    r"|shelljs)(?:\.\w+)?\Z"
)
_DECODES: Final = lazy_regex(
    r"zlib\.(?:inflate|inflateRaw|gunzip|unzip|brotliDecompress)(?:Sync)?\Z"
    r"|crypto\.(?:createDecipheriv|createDecipher|privateDecrypt)\Z"
    r"|crypto\.subtle\.decrypt\Z|(?:lz-string|LZString|pako)\.\w*(?:decompress|inflate"
    r"|ungzip)\w*\Z|.*\bAES\.decrypt\Z|TextDecoder\Z|String\.from(?:CharCode|CodePoint)\Z"
    r"|atob\Z|unescape\Z"
)
_TAKES_DIRECTORIES: Final = {
    "os.homedir": HOME,
    "os.tmpdir": TEMPORARY,
    "?.asAbsolutePath": EXTENSION,
    "require.resolve": EXTENSION,
    "vscode.extensions.getExtension": "",
}
_MAX_SHOWN = 90


def labels_of_name(name: str, offset: int) -> frozenset[Label]:
    """Return where the value of a name comes from."""
    found = {Label(source, offset, name) for source, pattern in _NAMED if pattern.match(name)}
    head, _, variable = name.rpartition(".")
    if head.endswith("process.env") and VARIABLE.match(variable):
        found.add(Label(Source.SECRET, offset, f"the variable {variable}"))
    return frozenset(found)


# Commands that get what a user types; an extension may put its own in their place.
_TYPES: Final = frozenset({"type", "default:type", "compositionType", "replacePreviousChar"})


def labels_of_call(callee: Value, arguments: Sequence[Value], offset: int) -> Value:
    """Return the result of a call of an API, with where its content comes from."""
    labels: set[Label] = set()
    texts: tuple[str, ...] = ()
    for name in sorted(callee.names):
        texts = _paths(name, arguments) or texts
        labels.update(_received(name, arguments, offset))
        if _READS.match(name):
            labels.update(_read(arguments, offset))
        elif _LISTS.match(name):
            return Value(members={"*": text_value(UNKNOWN)}, labels=frozenset(labels))
        if _RUNS.match(name):
            labels.update(_printed(arguments, offset))
        if _DECODES.match(name):
            labels.add(Label(Source.DECODED, offset, name))
    return Value(labels=bounded_labels(frozenset(labels)), texts=texts)


def _paths(name: str, arguments: Sequence[Value]) -> tuple[str, ...]:
    """Return the paths that a function returns; none if it returns something else."""
    first = arguments[0].texts if arguments else ()
    if name == "?.asWebviewUri":
        return first
    base = _TAKES_DIRECTORIES.get(name)
    if base is None:
        return ()
    if name == "require.resolve" and any(text.startswith(OTHER_EXTENSION) for text in first):
        return first
    rest = first if name != "require.resolve" else ()
    return tuple(f"{base}/{each}" for each in rest) or (base,)


def _received(name: str, arguments: Sequence[Value], offset: int) -> Iterable[Label]:
    """Label what a function gets from outside of the program, but for files and commands."""
    source = next((source for source, pattern in _CALLED if pattern.match(name)), None)
    if source is not None:
        yield Label(source, offset, _shown(name, arguments))
    if name == "vscode.commands.registerCommand" and arguments:
        typed = next((text for text in arguments[0].texts if text in _TYPES), None)
        if typed is not None:
            yield Label(Source.KEYS, offset, f"the command {typed}")
    if source is Source.NETWORK:
        yield from _metadata(arguments, offset)
    if name.endswith("workspace.findFiles"):
        patterns = [text for value in arguments[:1] for text in value.all_texts()]
        what = next(filter(None, map(secret_in, patterns)), None)
        if what is not None:
            yield Label(Source.SECRET, offset, f"{what} ({patterns[0][:_MAX_SHOWN]})")


def _shown(name: str, arguments: Sequence[Value]) -> str:
    first = next((text for value in arguments[:2] for text in value.all_texts()), "")
    first = first.replace(UNKNOWN, "...")[:_MAX_SHOWN]
    return f"{name} {first}".strip()


def _metadata(arguments: Sequence[Value], offset: int) -> set[Label]:
    texts = (text for value in arguments[:2] for text in value.all_texts())
    return {
        Label(Source.SECRET, offset, "the credentials of the cloud's machine")
        for text in texts
        if METADATA.search(text)
    }


def _read(arguments: Sequence[Value], offset: int) -> Iterable[Label]:
    """Label what is read from the paths that are the first argument."""
    paths = arguments[0].all_texts() if arguments else ()
    secrets = {what: path for path in paths for what in [secret_in(path)] if what is not None}
    for what, path in secrets.items():
        yield Label(Source.SECRET, offset, f"{what} ({path.replace(UNKNOWN, '*')[:_MAX_SHOWN]})")
    if any(path.startswith(EXTENSION) for path in paths):
        path = next(path for path in paths if path.startswith(EXTENSION))
        yield Label(
            Source.PACKAGE_FILE, offset, path.removeprefix(EXTENSION).lstrip("/")[:_MAX_SHOWN]
        )
    shown = next(iter(paths), UNKNOWN).replace(UNKNOWN, "...")
    yield Label(Source.FILE, offset, shown[:_MAX_SHOWN])


def _printed(arguments: Sequence[Value], offset: int) -> Iterable[Label]:
    """Label what a command prints."""
    command = " ".join(text for value in arguments[:2] for text in value.all_texts())
    kinds: tuple[tuple[Source, Callable[[str], object]], ...] = (
        (Source.SECRET, COMMANDS.search),
        (Source.CLIPBOARD, CLIPBOARD_COMMANDS.search),
        (Source.SCREEN, SCREEN_COMMANDS.search),
        (Source.EDITOR, WORKSPACE_COMMANDS.search),
        (Source.TUNNEL, TUNNEL_COMMANDS.search),
    )
    for source, matches in kinds:
        if matches(command):
            yield Label(source, offset, f"the command {command[:_MAX_SHOWN]}")
    yield Label(Source.COMMAND, offset, command[:_MAX_SHOWN])
