"""Extensions that an extension installs without asking, from a file or a server.

- Sources: a .vsix file of the extension, or one that was downloaded.
- Sinks: the editor's command that installs, and its command line.
- Near misses: an extension of a registry that is recommended, and installed after a question.
"""

from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.call_circumstances import asks_first
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.sinks import commands
from vscan.providers.offline.syntax.values import Source, Value

SIDELOADING = Rule(
    "sideloading",
    Kind.MALWARE,
    "Another extension is installed without asking",
    "A program installs an extension from a file, without asking the user.",
    "No registry has checked it, none can remove it, and it stays when this extension is removed.",
    "Remove the extension, and the one that it has installed.",
)
_INSTALLS: Final = frozenset(
    {"workbench.extensions.installExtension", "workbench.extensions.action.installVSIX"}
)
_ID: Final = lazy_regex(r"[\w-]+\.[\w.-]+\Z")
_EDITOR: Final = lazy_regex(
    rb"[\"'`]vscode[\"'`]|homedir|\.vsix[\"'`]"
)  # tools for tests install, too
_COMMAND: Final = lazy_regex(r"--install-extension\s+[\"']?(\S+)")


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        is_command = any(name.endswith("executeCommand") for name in call.names)
        if is_command and call.argument(0).constant in _INSTALLS:
            yield from _installed(program, call, call.argument(1))
        for command in commands(call):
            found = _COMMAND.search(command)
            if found and not _is_id(found[1]):
                yield from _finding(program, call, found[1])
                break


def _installed(program: Program, call: Call, what: Value) -> Iterator[Found]:
    files = [text for text in what.texts if not _is_id(text)]
    if files or _is_file(what):
        yield from _finding(program, call, next(iter(files), "a file"))


def _is_id(text: str) -> bool:
    return _ID.match(text) is not None and not text.lower().endswith(".vsix")


def _is_file(what: Value) -> bool:
    sources = what.sources | {Source.FILE for name in what.all_names() if "Uri" in name}
    return bool(sources & {Source.NETWORK, Source.FILE, Source.PACKAGE_FILE})


def _finding(program: Program, call: Call, what: str) -> Iterator[Found]:
    if not asks_first(call):
        message = f"It installs an extension from {what[-80:]} without asking"
        is_severe = program.purpose is not Purpose.COMMAND and _EDITOR.search(program.piece.source)
        severity = Severity.HIGH if is_severe else Severity.MEDIUM
        yield program.finding(SIDELOADING, severity, Confidence.HIGH, message, call)


CHECK = Check((SIDELOADING,), on_program=_on_program)
