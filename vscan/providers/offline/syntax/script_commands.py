"""What one command of a script does, whatever language the script is in.

A command is judged by its name and its words: it downloads, decodes or reads a secret, and so gives
its output an origin; or it runs, sends or writes what has an origin. Nothing is run here.
"""

from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_outputs import CommandOutputs
from vscan.providers.offline.syntax.script_running import SHELL_OUTPUT, CodeRunner, RunNested
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Command,
    Data,
    Origin,
    ScriptState,
)
from vscan.providers.offline.syntax.script_transfers import secret_read, sent
from vscan.providers.offline.syntax.script_words import arguments, name_of, short, unwrapped

_URL: Final = lazy_regex(r"(?:https?|ftp)://[^\s\"'`|;)]+")
_RELAYS: Final = frozenset(["nc", "ncat", "netcat", "telnet"])
_START_OPTIONS: Final = frozenset(["-filepath", "-argumentlist", "/b", "/min", "-wait"])
_MAX_WRAPPERS = 4  # before the command itself


class CommandJudge:
    """Judges commands one after the other. ``run`` reads a script in a language.

    ``outputs`` and ``runner`` serve the readers of scripts, too: languages write files and run code
    without commands.
    """

    def __init__(self, state: ScriptState, run: RunNested, language: str) -> None:
        self._state = state
        self.outputs = CommandOutputs(state)
        self.runner = CodeRunner(state, run, language)

    def judge(self, command: Command) -> Data:
        """Record what a command does; return its output, as far as it is known."""
        self._state.count_command()
        words = command.words
        if any(name_of((word,)) == "xargs" for word in words[:_MAX_WRAPPERS]):
            words = (*words, Data(command.stdin.text or "$", command.stdin.labels))
        words = unwrapped(words)
        command = command._replace(words=words)
        self._judge_devices(command)
        output = self._judge_words(command) if words else command.stdin
        for path in command.writes:
            self.outputs.write(path, output, command.offset)
        return NOTHING if command.writes and name_of(words) != "tee" else output

    def _judge_words(self, command: Command) -> Data:
        words, state = command.words, self._state
        name = name_of(words)
        if name in state.functions:
            return Data("", state.functions[name])
        if self.runner.run_file(words[0], command, is_name=True):
            return NOTHING
        self._judge_tables(name, command)
        if name in tables.INTERPRETERS:
            return self.runner.interpret(name, command)
        if name in tables.EVALUATORS:
            self.runner.evaluate(name, command)
            return NOTHING
        if name in tables.STARTERS:
            for word in words[1:]:
                self.runner.run_file(word, command)
        self._judge_sent(name, command)
        if name == "start-process":
            self._judge_started(command)
        return self.outputs.output(name, command)

    def _judge_started(self, command: Command) -> None:
        """Judge the command in the arguments of ``Start-Process``."""
        words = [w for w in command.words[1:] if w.text.lower() not in _START_OPTIONS]
        if words and name_of(tuple(words)) in tables.INTERPRETERS:
            rest = (Data(text, word.labels) for word in words[1:] for text in arguments(word.text))
            self.judge(command._replace(words=(words[0], *rest), writes=(), devices=()))

    def _judge_devices(self, command: Command) -> None:
        state = self._state
        if not command.devices:
            return
        words, device = command.words, command.devices[0]
        if name_of(words) in tables.SHELLS and not any(word.text == "-c" for word in words):
            message = f"connects a shell to {device}"
            state.add("reverse-shell", command.offset, Severity.CRITICAL, message)
        elif not words:  # exec 5<>/dev/tcp/host/port
            state.is_connected = True
        elif secret := secret_read(command):
            message = f"{secret.origin.value} {secret.what}, and sends it to {device}"
            state.add("secret-sent", command.offset, Severity.CRITICAL, message)

    def _judge_tables(self, name: str, command: Command) -> None:
        """Compare a command with the tables of dangerous ones."""
        state, offset, shown = self._state, command.offset, short(command.line)
        line = tables.canonical_path(" ".join([name, *(w.text for w in command.words[1:])]))
        for rule in tables.COMMANDS:
            if rule.pattern.match(line):
                state.add(rule.what, offset, rule.severity, f"{rule.message}: {shown}")
        if _adds_task(name, command):
            state.add("persistence", offset, Severity.HIGH, f"adds a task to {name}: {shown}")
        if tables.VERIFIERS.match(name):
            self._verify(line, command)
        if state.is_connected and name.startswith("$") and not command.devices:
            message = "connects to another machine, and runs what it reads there"
            state.add("reverse-shell", offset, Severity.CRITICAL, message)

    def _verify(self, line: str, command: Command) -> None:
        """Forget the download of files whose checksum is compared."""
        compares = tables.COMPARES.search(line) is not None
        if not (compares or command.is_checked):
            return
        named = [word.text for word in command.words[1:]] + command.stdin.text.split()
        known = [path for path in named if self._state.file(path) != NOTHING]
        for path in known:
            self._state.trust_file(path)
        if not known and compares:
            self._state.trust_file(None)

    def _judge_sent(self, name: str, command: Command) -> None:
        if name not in tables.SENDERS:
            return
        state = self._state
        secrets = filter(None, map(self.outputs.secret_of, sent(name, command)))
        if (secret := next(secrets, None)) is not None:
            url = _URL.search(command.line)
            to = url[0] if url else short(command.line)
            message = f"{Origin.SECRET.value} {secret.what}, and sends it to {to}"
            state.add("secret-sent", command.offset, Severity.CRITICAL, message)
        if name in _RELAYS and command.stdin.text.startswith(SHELL_OUTPUT):
            message = f"connects a shell to another machine with {short(command.line)}"
            state.add("reverse-shell", command.offset, Severity.CRITICAL, message)


def _adds_task(name: str, command: Command) -> bool:
    """Whether a command adds a task to ``crontab`` or ``at``."""
    if name == "at":
        return bool(command.stdin.text)
    if name != "crontab":
        return False
    options = {word.text for word in command.words[1:]}
    if options:
        return not options & {"-l", "-e", "-r"}
    return command.stdin != NOTHING
