"""What commands run: files, texts, and code that their options contain."""

import re
from collections.abc import Callable
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Command,
    Data,
    Label,
    Origin,
    ScriptState,
    joined,
)
from vscan.providers.offline.syntax.script_words import (
    begins_with_expansion,
    decode_base64,
    language_of_file,
    short,
    unquoted,
)

_RUN: Final = (Origin.DOWNLOADED, Origin.DECODED)
_DO_SHELL: Final = lazy_regex(r"do shell script\s+\"((?:[^\"\\]|\\.)*)\"")
_SYSTEM: Final = lazy_regex(
    r"(?:\b(?:system|exec|shell_exec|passthru|popen|qx)\s*\(?\s*|`)[\"']?([^\"'`]{4,400})"
)
_SOCKET: Final = lazy_regex(r"socket", re.IGNORECASE)
_SHELL_RUN: Final = lazy_regex(r"exec|system|spawn|popen|/bin/(?:ba)?sh|cmd\.exe|powershell")
_ENCODED: Final = lazy_regex(r"[-/]e(?:c|n|nc|nco\w*)?\Z", re.IGNORECASE)
SHELL_OUTPUT: Final = "\N{OBJECT REPLACEMENT CHARACTER}shell"  # of a shell that reads commands
_ANY_CASE: Final = frozenset(["powershell", "batch"])  # all arguments are one text to them
_LEAST_OPTION = 2  # characters: -c
RunNested = Callable[[str, str, ScriptState, int], Data]


class CodeRunner:
    """Records what is run. ``run`` reads a script in a language."""

    def __init__(self, state: ScriptState, run: RunNested, language: str) -> None:
        self._state = state
        self._run = run
        self._language = language

    def found_run(self, label: Label, offset: int, how: str) -> None:
        """Record that something is run that was downloaded or decoded."""
        what = "download-and-run" if label.origin is Origin.DOWNLOADED else "decode-and-run"
        message = f"{label.origin.value} {label.what}, and runs it with {short(how)}"
        severity = Severity.LOW if label.is_official else Severity.HIGH
        self._state.add(what, offset, severity, message)

    def run_data(
        self, data: Data, language: str, offset: int, how: str, *, is_whole: bool = False
    ) -> None:
        """Record that a text is run as code; ``is_whole``: all of it has its origins."""
        label = data.has(*_RUN)
        text = data.text.strip()
        # A part of an answer may be an argument: sh -c "install $VERSION" runs no answer.
        if label and (
            is_whole or label.origin is Origin.DECODED or not text or begins_with_expansion(text)
        ):
            self.found_run(label, offset, how)
        if text and language:
            self._run(text, language, self._state.nested(offset), offset)

    def run_file(self, word: Data, command: Command, *, is_name: bool = False) -> bool:
        """Record that a file is run, if it was downloaded or decoded before."""
        text = word.text
        if is_name and begins_with_expansion(text) and (label := word.has(*_RUN)):
            self.found_run(label, command.offset, command.line)
            return True
        if is_name and "/" not in text and "\\" not in text and self._language == "shell":
            return False
        known = self._state.file(text)
        if label := known.has(*_RUN):
            self.found_run(label, command.offset, command.line)
            return True
        if known.text and not is_name:
            self._run(
                known.text,
                language_of_file(text, "shell"),
                self._state.nested(command.offset),
                command.offset,
            )
        return False

    def evaluate(self, name: str, command: Command) -> None:
        """Record what ``eval``, ``source`` or ``Invoke-Expression`` runs."""
        words = command.words[1:]
        if name in {"source", "."}:
            if words and words[0].text in {"/dev/stdin", "/proc/self/fd/0"}:
                self.run_data(command.stdin, "shell", command.offset, name)
            elif words:
                self._state.started[words[0].text, "shell"] = None
            if words and not self.run_file(words[0], command) and words[0].has(*_RUN):
                self.run_data(Data("", words[0].labels), "", command.offset, name)
            return
        if name == "invoke-expression":
            words = tuple(w for w in words if w.text.lower() != "-command")
            if not words:
                words = (command.stdin,)
            language = "powershell"
        else:
            language = "shell"
        data = joined(words, " ")
        if name == "invoke-expression":
            label = data.has(*_RUN)
            if label:
                self.found_run(label, command.offset, name)
        self.run_data(data, language, command.offset, name)

    def interpret(self, name: str, command: Command) -> Data:  # noqa: C901 - a case for each option
        """Record what an interpreter runs: an option, a file, or what it reads."""
        language, code_options = tables.INTERPRETERS[name]
        arguments = list(command.words[1:])
        while arguments:
            word = arguments.pop(0)
            option = word.text.lower() if language in _ANY_CASE else word.text
            if language == "powershell" and _ENCODED.match(option) and arguments:
                self._run_encoded(arguments[0], command)
                return NOTHING
            if _is_code_option(language, option, code_options):
                if [each.text for each in arguments] == ["-"]:
                    break
                return self._run_option(name, language, arguments, command)
            if option == "-s" or (language == "python" and option == "-m"):
                break
            if option in {"-", "/dev/stdin", "-file", "-f"}:
                continue
            if option.startswith(("-", "+")) or (language == "batch" and option.startswith("/")):
                if option.lower() in tables.OPTION_VALUES and language != "python":
                    del arguments[:1]
                continue
            if language == "powershell" and not _looks_like_script(option):
                return self._run_option(name, language, [word, *arguments], command)
            self._run_script(name, language, word, command)
            return NOTHING
        else:
            option = ""
        if language == "python" and option == "-m":
            return NOTHING
        self.run_data(command.stdin, language, command.offset, name, is_whole=True)
        return Data(SHELL_OUTPUT, command.stdin.labels) if name in tables.SHELLS else NOTHING

    def _run_option(
        self, name: str, language: str, arguments: list[Data], command: Command
    ) -> Data:
        """Record the code that follows an option: one argument, or all of them."""
        if language in _ANY_CASE:
            code = joined(arguments, " ")
            code = Data(unquoted(code.text), code.labels)
        else:
            code = joined(arguments[:1])
        self._run_code(name, language, code, command)
        return Data("", code.labels)

    def _run_script(self, name: str, language: str, word: Data, command: Command) -> None:
        """Record a script file. What its arguments are does not matter."""
        self._state.started[word.text, language] = None
        if self.run_file(word, command):
            return
        label = word.has(*_RUN)
        if label and (word.text.startswith(("<(", "$(", "`")) or not word.text):
            self.found_run(label, command.offset, name)

    def _run_code(self, name: str, language: str, code: Data, command: Command) -> None:
        if language == "applescript":
            for shell in _DO_SHELL.finditer(code.text):
                self._run(
                    shell[1].replace('\\"', '"'),
                    "shell",
                    self._state.nested(command.offset),
                    command.offset,
                )
        elif language in {"perl", "ruby", "php", "lua"}:
            if _SOCKET.search(command.line) and _SHELL_RUN.search(code.text):
                message = f"connects a shell to another machine with {short(command.line)}"
                self._state.add("reverse-shell", command.offset, Severity.CRITICAL, message)
            for shell in _SYSTEM.finditer(code.text):
                self._run(shell[1], "shell", self._state.nested(command.offset), command.offset)
        else:
            self.run_data(code, language, command.offset, name)

    def _run_encoded(self, word: Data, command: Command) -> None:
        """Decode what follows ``-EncodedCommand``, and read it."""
        if label := word.has(*_RUN):
            self.found_run(label, command.offset, "powershell")
        text = decode_base64(word.text)
        if text:
            self._run(text, "powershell", self._state.nested(command.offset), command.offset)


def _is_code_option(language: str, option: str, options: tuple[str, ...]) -> bool:
    if option in options:
        return True
    if language == "shell":
        return re.fullmatch(r"-[a-z]*c[a-z]*", option) is not None
    if language == "powershell":
        is_short = len(option) <= _LEAST_OPTION
        return not is_short and option[0] in "-/" and "command".startswith(option[1:])
    if language == "batch":
        return option.startswith(("/c", "/k"))
    return language in {"perl", "ruby"} and re.fullmatch(r"-\w*e", option) is not None


def _looks_like_script(option: str) -> bool:
    return option.endswith((".ps1", ".psm1")) and " " not in option
