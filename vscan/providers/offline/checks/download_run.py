"""A download that is saved and started.

- Sources: what a request answers, written to a file.
- Sinks: the file is started, required, imported or given to an interpreter.
- Near misses: a language server whose digest is compared, or that the user agreed to; a picture that
  is saved while another program is started.

A downloaded program in its own directory, started as the editor's server, is what many extensions do:
it is high if it lies among temporary files or is started detached and unseen, and for scripts.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.syntax.call_circumstances import asks_first, verifies
from vscan.providers.offline.syntax.javascript_programs import Call, Program, steps
from vscan.providers.offline.syntax.sinks import (
    command_values,
    commands,
    labels_from,
    starts,
    written_by,
)
from vscan.providers.offline.syntax.values import TEMPORARY, UNKNOWN, Label, Source, Value, union

DOWNLOAD_RUN = Rule(
    "download-run",
    Kind.MALWARE,
    "A program is downloaded and started",
    "What a server answers is saved to a file, and the file is started or loaded as code.",
    "Whoever controls the server chooses what runs. Malware brings its next stage in this way.",
    "Find out what is downloaded. Remove the extension unless you know the server and the program.",
)
_DOWNLOAD: Final = lazy_regex(
    r"\b(?:curl|wget|aria2c)(?:\.exe)?\s|Invoke-WebRequest|DownloadFile"
    r"|certutil\S*\s.*-urlcache|bitsadmin|Start-BitsTransfer",
    re.IGNORECASE,
)
_BEFORE_PROGRAM: Final = (
    r"(?:\A|[;&|(]\s*|\b(?:start|sh|bash|zsh|node|python\d?|cmd\s+/c|open|nohup|sudo|exec"
    r"|wscript|cscript|mshta|rundll32|regsvr32|msiexec\s+/i"
    r"|powershell[^;&|]*?-(?:File|Command|c|f)|Start-Process|&"
    r"|java\s+-jar)\s+(?:\"\"\s*)?(?:/\w+\s+)*)[\"'`]{0,2}(?:\./)?"
)
_INTERPRETER: Final = lazy_regex(
    r"(?:node|python\d?|sh|bash|cmd|powershell|pwsh|rundll32|regsvr32|msiexec|wscript|cscript|mshta"
    r"|open|start|java|osascript)(?:\.exe)?\Z",
    re.IGNORECASE,
)
_SHORTEST_PATH = 3  # characters that are known
_EXPANDS: Final = lazy_regex(r"(?:Expand-Archive|tar\s+-?x\S*|unzip)\s[^;&|]*", re.IGNORECASE)
_DECODES: Final = lazy_regex(
    r"certutil\S*\s.*?-decode(?:hex)?\b|\bexpand(?:\.exe)?\s|\bextrac32|\b(?:base64|b64decode|uudecode)\b"
    r"|\bxxd\s+-r|\bopenssl\s+(?:enc|base64|aes\S*)\b|\b(?:gunzip|gzip|xz|unxz|zcat|bzip2|7z\w?|unrar)\b"
    r"|\b(?:mv|cp|copy|move|ren|rename|install)(?:\.exe)?\s|(?:Move|Copy|Rename)-Item|FromBase64String",
    re.IGNORECASE,
)
_SEPARATOR: Final = lazy_regex(r"&&|\|\||;|\n")
_MAX_STEPS = 4  # from a download to what is started
_WORDS: Final = lazy_regex(r"[\s>;&|]+")
_PATH: Final = lazy_regex(r"[~%/][^\s]{4,}\Z")
_ARCHIVE: Final = lazy_regex(r"\.(?:zip?|tar|tgz|tar\.gz|7z|cab|gz|xz|bz2)\Z", re.IGNORECASE)
_UNSEEN: Final = lazy_regex(
    r"windowsHide|detached|unref\s*\(|[\"']ignore[\"']|nohup|start\s+/b|-WindowStyle", re.IGNORECASE
)
_SCRIPT: Final = lazy_regex(r"\.(?:[cm]?js|ps1|vbs|bat|cmd|sh|py|scr|hta|jse)\b", re.IGNORECASE)
_HIDDEN_FILE: Final = lazy_regex(r"[/\\]\.[\w-]+(?:\.(?:exe|bin|out))?\Z", re.IGNORECASE)
_LIBRARY: Final = lazy_regex(r"\.(?:dll|ocx|cpl)(?:,.*)?\Z", re.IGNORECASE)
_TEMPORARY: Final = lazy_regex(
    rf"{TEMPORARY}|(?:/private)?(?:/var)?/tmp/|/dev/shm/|[a-z]:[\\/]+windows[\\/]+temp\b",
    re.IGNORECASE,
)
_HONEST: Final = lazy_regex(r"globalStorage|storageUri|extensionPath|%EXTENSION%")


def _on_program(program: Program) -> Iterator[Found]:
    downloads = [
        (call, written.path, labels)
        for call in program.calls
        for written in [written_by(call)]
        if written is not None
        for labels in [labels_from(written.content, Source.NETWORK)]
        if labels
    ]
    downloads += list(_by_command(program))
    if not downloads:
        return
    for call in program.calls:
        loads = bool(call.names & {"require", "import", "process.dlopen"})
        if not (loads or starts(call)):
            continue
        for download, path, labels in downloads:
            if download.node.id == call.node.id:
                continue
            started = union(call.arguments[:2]) if loads else _started(call)
            if not _is_same(path, started):
                continue
            severity = _severity(call, download, path, loads=loads)
            if not _is_named(path, started) and _has_other_program(started):
                severity = min(severity, Severity.MEDIUM)  # it may be an argument of that
            message = (
                f"It saves {steps(program, labels)} ({download.where}) and starts it ({call.where})"
            )
            yield program.finding(DOWNLOAD_RUN, severity, Confidence.HIGH, message, call)
            return


def _by_command(program: Program) -> Iterator[tuple[Call, Value, list[Label]]]:
    """Yield the downloads of commands, with the paths in them and those that are made of them."""
    for call in program.calls:
        command = next((each for each in commands(call) if _DOWNLOAD.search(each)), None)
        if command is not None:
            paths = [*_paths_in(command), *filter(_PATH.match, call.argument(1).all_texts())]
            label = Label(Source.NETWORK, call.offset, "what a command downloads")
            paths = _made_of(program, paths)
            yield call, Value(texts=tuple(_ARCHIVE.sub("", path) for path in paths)), [label]


def _paths_in(command: str) -> list[str]:
    words = (word.strip("\"'") for word in _WORDS.split(command))
    return [word for word in words if _PATH.match(word)]


def _made_of(program: Program, paths: list[str]) -> list[str]:
    """Return paths with those into which commands extract, decode, move or copy them."""
    known = dict.fromkeys([*paths, *(_ARCHIVE.sub("", path) for path in paths)])
    makes = [
        command
        for call in program.calls
        for line in commands(call)
        for command in _SEPARATOR.split(line)
        if _EXPANDS.search(command) or _DECODES.search(command)
    ]
    for _ in range(_MAX_STEPS):
        made = [
            path
            for command in makes
            if any(_names(command, path) for path in known)
            for path in _paths_in(command)
            if path not in known
        ]
        if not made:
            break
        known.update(dict.fromkeys(made))
    return list(known)


def _names(command: str, path: str) -> bool:
    """Whether a path, or one below it, is named in a command."""
    return re.search(re.escape(path) + r"(?![\w.-])", command) is not None


def _started(call: Call) -> Value:
    """Return the program that a call starts, and the script that an interpreter gets."""
    program = call.argument(0)
    if "0" not in call.argument(1).members or any(map(_INTERPRETER.search, program.texts)):
        arguments = command_values(call)
        texts = tuple(_EXPANDS.sub("", text) for text in arguments.texts)
        return arguments._replace(texts=texts)
    return program


def _is_same(path: Value, started: Value) -> bool:
    if _is_named(path, started):
        return True
    # A path of which nothing is known: it may be the program, and not only an argument of one.
    may_begin = not started.texts or any(_is_run(text, UNKNOWN) for text in started.texts)
    return may_begin and bool(path.bindings) and path.bindings <= started.bindings


def _is_named(path: Value, started: Value) -> bool:
    known = [text for text in path.texts if len(text.strip(f"{UNKNOWN}/\\ .")) >= _SHORTEST_PATH]
    return any(_is_run(other, text) for text in known for other in started.all_texts())


def _has_other_program(started: Value) -> bool:
    return any(text and not _is_run(text, UNKNOWN) for text in started.texts)


def _severity(call: Call, download: Call, path: Value, *, loads: bool) -> Severity:
    if any(asks_first(each) or verifies(each) for each in (call, download)):
        return Severity.LOW
    texts = path.texts
    around = (
        call.program.source_of(call.node)
        + call.program.source_of(call.node.parent or call.node)[:2000]
    )
    is_suspicious = (
        loads
        or any(map(_TEMPORARY.match, texts))
        or _UNSEEN.search(around) is not None
        or any(map(_SCRIPT.search, texts))
        or any(map(_HIDDEN_FILE.search, texts))
        or any(map(_LIBRARY.search, texts))
    )
    if is_suspicious:
        return Severity.HIGH
    return Severity.LOW if any(map(_HONEST.search, texts)) else Severity.MEDIUM


def _is_run(command: str, path: str) -> bool:
    """Whether a path stands in a command where a program or a script does."""
    return re.search(_BEFORE_PROGRAM + re.escape(path), command, re.IGNORECASE) is not None


CHECK = Check((DOWNLOAD_RUN,), on_program=_on_program)
