"""Find what scripts and commands do that is dangerous, by their grammars.

``dangerous_commands`` reads a script of a shell, PowerShell, Python or of ``cmd.exe``, or one
command. Comments, texts that are only shown, and here-documents are not commands; code inside of
commands (``sh -c``, ``powershell -EncodedCommand``, ``python -c``) is read like the script.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Command,
    Danger,
    Data,
    ScriptState,
    TooCostlyError,
)

__all__ = [
    "Danger",
    "TooCostlyError",
    "dangerous_arguments",
    "dangerous_commands",
    "language_of",
    "read_script",
]

LANGUAGES: Final = ("shell", "powershell", "python", "batch")
_SUFFIXES: Final = {
    **dict.fromkeys(("sh", "bash", "zsh", "ksh", "command", "fish"), "shell"),
    **dict.fromkeys(("ps1", "psm1", "psd1"), "powershell"),
    **dict.fromkeys(("py", "pyw", "pth"), "python"),
    **dict.fromkeys(("bat", "cmd"), "batch"),
}
_PIECE: Final = 256 * 1024  # characters that are read at once
_OVERLAP: Final = 32 * 1024
_HASHBANG: Final = lazy_regex(
    rb"#!\s*\S*?(?:/env\s+(?:-\S+\s+|\w+=\S*\s+)*|/)?(?:(\w*sh)|(python|pypy)[\d.]*)\b"
)


def language_of(name: str, head: bytes) -> str | None:
    """Return the language of a script, by its first line or its suffix; ``None`` for all else."""
    if found := _HASHBANG.match(head):
        if found[2]:
            return "python"
        return "powershell" if found[1] == b"pwsh" else "shell"
    base = name.lower().rpartition("/")[2]
    return _SUFFIXES.get(base.rpartition(".")[2]) if "." in base else None


class Script(NamedTuple):
    """What a script does that is dangerous, and the files that it runs, each with a language."""

    dangers: list[Danger]
    started: list[tuple[str, str]]


def dangerous_commands(text: str, language: str) -> list[Danger]:
    """Return what a script does that is dangerous, in the order of its text.

    ``language`` is one of ``LANGUAGES``, or ``command`` for a text that a shell or ``cmd.exe``
    runs. ``TooCostlyError``: the script exceeds a bound.
    """
    return read_script(text, language).dangers


def read_script(text: str, language: str) -> Script:
    """Read a script as ``dangerous_commands`` does."""
    worst: dict[tuple[str, int], Danger] = {}
    started: dict[tuple[str, str], None] = {}
    for each in ("shell", "batch") if language == "command" else (language,):
        for danger in _dangers(text, each, started):
            known = worst.get((danger.what, danger.offset))
            if known is None or known.severity < danger.severity:
                worst[danger.what, danger.offset] = danger
    return Script(sorted(worst.values(), key=lambda danger: danger.offset), list(started))


def _dangers(text: str, language: str, started: dict[tuple[str, str], None]) -> Iterator[Danger]:
    """Read a script in pieces that overlap: a tree takes sixty times the memory of its text."""
    state = ScriptState(started=started)
    mark = text.startswith("\N{BYTE ORDER MARK}")
    start = int(mark)
    offset = len("\N{BYTE ORDER MARK}".encode()) if mark else 0
    while True:
        end = _end_of_line(text, start + _PIECE)
        state.dangers = {}
        try:
            _read(text[start:end], language, state, 0)
        except RecursionError:
            raise TooCostlyError from None
        for danger in state.dangers.values():
            yield danger._replace(offset=danger.offset + offset)
        if end == len(text):
            return
        following = max(_end_of_line(text, end - _OVERLAP), start + 1)
        offset += len(text[start:following].encode("utf-8", "surrogatepass"))
        start = following


def _end_of_line(text: str, place: int) -> int:
    """Return where the line of a place ends, if it ends soon; otherwise the place."""
    if place >= len(text):
        return len(text)
    return text.find("\n", place, place + _OVERLAP) + 1 or place


def dangerous_arguments(arguments: Sequence[str]) -> list[Danger]:
    """Return what a program does with its arguments, as ``spawn`` gives them, that is dangerous."""
    from vscan.providers.offline.syntax.script_commands import CommandJudge

    state = ScriptState()
    words = tuple(Data(argument) for argument in arguments)
    CommandJudge(state, _read, "shell").judge(Command(words, 0))
    return list(state.dangers.values())


def _read(text: str, language: str, state: ScriptState, offset: int) -> Data:
    """Read a script; what it does is recorded in ``state``. Return what it puts out."""
    del offset
    if language == "shell":
        from vscan.providers.offline.syntax.shell_script import ShellReader

        return ShellReader(text, state, _read).read()
    if language == "powershell":
        from vscan.providers.offline.syntax.powershell_script import PowerShellReader

        return PowerShellReader(text, state, _read).read()
    if language == "python":
        from vscan.providers.offline.syntax.python_script import PythonReader

        return PythonReader(text, state, _read).read()
    if language == "batch":
        from vscan.providers.offline.syntax.batch_script import BatchReader

        return BatchReader(text, state, _read).read()
    return NOTHING
