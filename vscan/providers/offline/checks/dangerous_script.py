"""What the scripts of an extension do that is dangerous: their commands, read by a grammar.

A script of a shell, PowerShell, Python or ``cmd.exe`` that lies in an extension runs with all the
rights of the user. The syntax layer reads its commands, so that comments, help texts and messages
don't count, and aliases, encoded commands and ``sh -c`` do. A script may install something that it
downloads and compares with a checksum. What is reported is what an extension has no reason to do:
it starts itself with the system, turns protections off, sends keys, opens a shell for another
machine, or deletes what belongs to the user.

What a script downloads or decodes and then runs belongs to the rules of other checks.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    FileWindow,
    Found,
    LoadedScript,
    Match,
    Unexamined,
)
from vscan.providers.offline.checks.decoded_code import DECODED
from vscan.providers.offline.checks.disguised_file import native
from vscan.providers.offline.checks.runs_remote_code import FETCH, HIDDEN
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.privileged_commands import privileged_commands
from vscan.providers.offline.syntax.call_circumstances import asks_first, is_only_typed
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.sinks import argument_lists, commands, starts
from vscan.providers.offline.syntax.values import NOTHING, UNKNOWN
from vscan.safe_text import sanitize

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.scripts import Danger

SCRIPT = Rule(
    "dangerous-script",
    Kind.MALWARE,
    "A script does what only malware has a reason to do",
    "A script or a command makes a program start with the system, turns off a protection,"
    " sends keys or"
    " passwords, opens a shell for another machine, mines, or deletes the files of the user.",
    (
        "Nothing of that belongs to an extension of an editor. It happens with all the rights"
        " of the user."
    ),
    (
        "Read the script at the place that is named. Remove the extension unless you know why"
        " it does this."
    ),
)
_RULES: Final = {
    "download-and-run": FETCH,
    "decode-and-run": DECODED,
    "hidden-powershell": HIDDEN,
}
# Scripts of Python may be many and large: one without these words does nothing of interest.
_PYTHON: Final = lazy_regex(
    rb"\bexec\s*\(|\beval\s*\(|__import__|getattr\s*\(|\bos\.(?:system|popen|exec|spawn)"
    rb"|subprocess|Popen"
    rb"|pty\.|\.post\(|sendall|urlopen|urlretrieve|rmtree|authorized_keys|crontab|bashrc"
    rb"|zshrc|LaunchAgents"
    rb"|autostart|systemd|\\Run\b|winreg|ctypes|startfile",
    re.IGNORECASE,
)


# Interpreters as programs name them: at the beginning of a text, or after another command in it.
_PATTERNS = r"""
rule interpreter {
    strings:
        $shell = /["'`](\/[a-z\/]{1,20}\/)?(env )?(ba|z|da|k|a)?sh["'`\s]/
        $command = /(sudo|nohup|exec|env|-c|&&|;|setsid) (ba|z|da|k|a)?sh /
        $windows = /["'`\/\\](powershell|pwsh|cmd)(\.exe)?["'`\s]/ nocase
        $python = /["'`\s\/](python[23]?|pythonw|py)(\.exe)?["'`\s]/
        $other = /["'`\/](perl|ruby|php|osascript)["'`\s]/
    condition:
        any of them
}

rule workflow {
    strings:
        $secrets = /toJSON\(\s{0,4}secrets\s{0,4}\)/ nocase
    condition:
        any of them
}
"""
_SENDS_AWAY: Final = lazy_regex(
    rb"curl|wget|Invoke-(?:Web|Rest)|\bfetch\(|base64|\bnc\s|upload-artifact|\becho\b|requests\.post"
)
_STEP = 3_000  # bytes of a workflow around the secrets, in which they are sent
_LANGUAGES: Final = (
    (lazy_regex(rb"powershell|pwsh", re.IGNORECASE), "powershell"),
    (lazy_regex(rb"\bcmd\b", re.IGNORECASE), "batch"),
    (lazy_regex(rb"\bpy"), "python"),
    (lazy_regex(rb"perl|ruby|php|osascript"), "other"),
    (lazy_regex(rb"sh\b"), "shell"),
)
_MANIFEST_SCRIPT: Final = lazy_regex(
    rb"(?<=[\"\s/])(?:(?:ba|z|da|k|a)?sh|python3?|powershell|pwsh)(?=\s)"
)
_STARTS: Final = lazy_regex(
    rb"spawn|exec|fork\s*\(|[tT]erminal|ShellExecution|child_process|shellPath|\"scripts\""
)
_BEFORE, _AFTER = 600, 1200  # bytes around an interpreter, in which the name of a script stands
_PATH: Final = lazy_regex(rb"(?<=[\"'`/\s\\])[\w@.-][\w@.+-]{0,100}(?=[\"'`\s])")
# A text of Markdown names a language after three quotes, and ends the line after it.
_FENCE: Final = lazy_regex(rb"(?:(?:\\?`){3}|[']{3})\w+\s*?(?:\n|\\n)")
_FENCE_BYTES = 8  # before the name of the language, and after it
_BINARY: Final = lazy_regex(rb"[\0-\x08\x0e-\x1f\x7f-\xff]")
_NEAR: Final = 100  # bytes: a manifest is named beside an interpreter for many other reasons


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    """Yield the files that a program may give to an interpreter: the names beside it.

    A workflow that gives all secrets of a repository away is a finding by itself.
    """
    workflows = [match for match in matches if match.rule == "workflow"]
    if workflows and window.kind is not Content.PROSE:
        for match in workflows:
            if _SENDS_AWAY.search(window.around(match, _STEP, _STEP)):
                message = "A workflow takes all secrets of a repository, and prints or sends them"
                yield window.finding(SCRIPT, Severity.HIGH, Confidence.HIGH, message, match)
                break
    matches = [match for match in matches if match.rule != "workflow"]
    seen: set[tuple[bytes, str]] = set()
    for match in matches:
        beside = window.around(match, _BEFORE, _AFTER)
        if _is_fence(window, match):
            continue
        if not _STARTS.search(beside):
            continue
        word = window.content[match.start : match.end]
        language = next((name for pattern, name in _LANGUAGES if pattern.search(word)), "other")
        for path in _PATH.finditer(beside):
            key = path[0], language
            is_near = abs(path.start() - _BEFORE) < _NEAR
            if key in seen or (path[0] == b"package.json" and not is_near):
                continue
            seen.add(key)
            yield LoadedScript(path[0].decode("utf-8", "replace"), window.name, language)


def _is_fence(window: FileWindow, match: Match) -> bool:
    """Whether an interpreter's name is the language of a block in a text, and no command."""
    if window.script_language is not None:
        return False
    start, end = max(0, match.start - _FENCE_BYTES), match.end + _FENCE_BYTES
    return any(
        block.start() <= match.start < block.end()
        for block in _FENCE.finditer(window.content, start, end)
    )


def _on_file(window: FileWindow) -> Iterator[Found]:
    """Read the scripts of npm in a manifest, too: the pattern counts in code alone."""
    if window.base == "package.json":
        found = _MANIFEST_SCRIPT.finditer(window.content)
        matches = [Match("interpreter", "", each.start(), each.end()) for each in found]
        yield from _on_match(window, matches)
    yield from _on_window(window)


def _on_window(window: FileWindow) -> Iterator[Found]:
    language = window.script_language
    if language is None or (language == "python" and not _PYTHON.search(window.content)):
        return
    from vscan.providers.offline.syntax.scripts import LANGUAGES, TooCostlyError, read_script

    if language not in LANGUAGES:
        return
    is_program = native(window.head) is not None
    text, is_utf8 = _text_of(_only_text(window.content) if is_program else window.content)
    try:
        dangers, started = read_script(text, language)
    except TooCostlyError:
        yield Unexamined(f"the script {sanitize(window.name, 200)} is too costly to read")
        return
    for path, interpreter in started:
        yield LoadedScript(path, window.name, interpreter)
    encoded = b"" if is_utf8 else text.encode()
    for danger in dangers:
        offset = (
            danger.offset if is_utf8 else len(encoded[: danger.offset].decode("utf-8", "ignore"))
        )
        if not window.own_start <= offset < max(window.own_end, 1):
            continue
        rule = _RULES.get(danger.what, SCRIPT)
        match = Match(danger.what, "", offset, offset)
        message = f"The script {danger.message}"
        confidence = Confidence.HIGH if danger.severity is Severity.CRITICAL else Confidence.MEDIUM
        severity = danger.severity
        if severity is Severity.HIGH and window.purpose is Purpose.COMMAND:
            severity = Severity.MEDIUM  # its user starts the script, to install something
        yield window.finding(rule, severity, confidence, message, match)


def _only_text(content: bytes) -> bytes:
    """Blank the lines of a compiled program that have bytes of no text: a shell may read the rest."""
    lines = content.split(b"\n")
    return b"\n".join(b" " * len(line) if _BINARY.search(line) else line for line in lines)


def _text_of(content: bytes) -> tuple[str, bool]:
    """Decode a script; the second value says whether it is UTF-8."""
    try:
        return content.decode(), True
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3:  # a character that the end of the window cuts
            return content[: error.start].decode(), True
        return content.decode("latin-1"), False


def _on_program(program: Program) -> Iterator[Found]:
    """Judge the commands that a program of JavaScript starts."""
    for call in program.calls:
        if not starts(call) or is_only_typed(call, program.calls):
            continue
        for danger in _dangers_of(call):
            rule = _RULES.get(danger.what, SCRIPT)
            severity = danger.severity
            if asks_first(call) and severity is not Severity.CRITICAL:
                severity = Severity.LOW
            if rule is FETCH and _is_shown(program, call):
                severity = min(severity, Severity.MEDIUM)
            message = f"A command {danger.message}"
            yield program.finding(rule, severity, Confidence.HIGH, message, call)


def _is_shown(program: Program, call: Call) -> bool:
    """Whether a tool for a terminal shows there what a command does; an editor has no terminal."""
    options = [
        text for value in call.arguments for text in value.members.get("stdio", NOTHING).all_texts()
    ]
    return "inherit" in options and b"vscode" not in program.piece.source


def _dangers_of(call: Call) -> "Iterator[Danger]":
    """Yield the dangers of each command that a call may start, and of those inside of it."""
    from vscan.providers.offline.syntax.scripts import dangerous_arguments, dangerous_commands

    if "0" in call.argument(1).members:
        for words in argument_lists(call):
            yield from _within_bounds(call, dangerous_arguments, tuple(map(_known, words)))
    else:
        for text in commands(call):
            yield from _within_bounds(call, dangerous_commands, _known(text), "command")
    for text in privileged_commands(call):
        yield from _within_bounds(call, dangerous_commands, _known(text), "shell")


def _known(text: str) -> str:
    return text.replace(UNKNOWN, "UNKNOWN")


def _within_bounds(
    call: Call, read: "Callable[..., list[Danger]]", *arguments: object
) -> "list[Danger]":
    """Return the dangers that are read; what takes too long is left out, and said so."""
    from vscan.providers.offline.syntax.scripts import TooCostlyError

    try:
        return read(*arguments)
    except TooCostlyError:
        call.program.leave_out()
        return []


CHECK = Check(
    (SCRIPT,),
    _PATTERNS,
    _on_match,
    on_file=_on_file,
    on_window=_on_window,
    on_loaded=_on_window,
    on_program=_on_program,
)
