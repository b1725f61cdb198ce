"""What commands put out and write, and where it comes from: downloads, decoders, secrets."""

import re
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
from vscan.providers.offline.syntax.script_transfers import (
    is_official_installer,
    saved,
    secret_read,
)
from vscan.providers.offline.syntax.script_words import decode_base64, echoed, name_of, short

_RUN: Final = (Origin.DOWNLOADED, Origin.DECODED)
_EXPANSION: Final = lazy_regex(r"\$|%\w|`")
_URL: Final = lazy_regex(r"(?:https?|ftp)://[^\s\"'`|;)]+", re.IGNORECASE)
_COPIES: Final = frozenset(
    [*("cp", "mv", "install", "copy-item", "move-item", "ln", "rsync", "xcopy", "robocopy")]
)


class CommandOutputs:
    """Knows what commands put out, and records what they write."""

    def __init__(self, state: ScriptState) -> None:
        self._state = state

    def secret_of(self, data: Data) -> Label | None:
        """Return the secret that a text, or the file that it names, contains."""
        if label := data.has(Origin.SECRET):
            return label
        text = data.text.strip().removeprefix("@")
        _, equals, path = text.partition("=@")
        known = self._state.file(path if equals else text).has(Origin.SECRET)
        if known:
            return known
        if tables.SECRET_FILE.search(tables.canonical_path(text)) and "@" in data.text:
            return Label(Origin.SECRET, short(text))
        return None

    def write(self, path: str, content: Data, offset: int) -> None:
        """Record that a file is written, with its content as far as it is known."""
        state = self._state
        if not path or path in {"/dev/null", "$null", "nul", "&1", "&2"}:
            return
        state.write_file(path, content)
        place = tables.canonical_path(path)
        for rule in tables.WRITTEN:
            if rule.pattern.search(place):
                state.add(rule.what, offset, rule.severity, f"{rule.message}: writes {short(path)}")
        if tables.PROFILE.search(place):
            self._judge_profile(path, content, offset)

    def _judge_profile(self, path: str, content: Data, offset: int) -> None:
        if label := content.has(*_RUN):
            message = f"{label.origin.value} {label.what}, and writes it to {short(path)}"
            self._state.add("persistence", offset, Severity.HIGH, message)
        elif line := dangerous_profile_line(content.text):
            message = f"adds a command to {short(path)}: {short(line)}"
            self._state.add("persistence", offset, Severity.HIGH, message)

    def output(self, name: str, command: Command) -> Data:
        """Return what a command puts out; record what it writes."""
        words = command.words[1:]
        labels = frozenset(label for word in words for label in word.labels) | command.stdin.labels
        if name in {"echo", "printf", "write-output"}:
            return Data(echoed(name, [word.text for word in words]), labels)
        if name in {"tee", "set-content", "add-content", "out-file", "new-item"}:
            return self._write_words(name, command)
        if name in _COPIES:
            self._copy([word for word in words if not word.text.startswith("-")], command.offset)
            return NOTHING
        line = tables.canonical_path(" ".join([name, *(word.text for word in words)]))
        if name in tables.DOWNLOADERS:
            downloaded = self._download(name, line, command)
            if downloaded is not None:
                return downloaded
        if any(name == decoder and option.search(line) for decoder, option in tables.DECODERS):
            return self._decode(command, labels)
        return self._passed_on(name, command, labels)

    def _passed_on(self, name: str, command: Command, labels: frozenset[Label]) -> Data:
        """Return what a command makes of files and of its input, with their origins."""
        words = command.words[1:]
        content = [self._state.file(word.text) for word in words if not word.text.startswith("-")]
        data = joined(content)
        labels |= data.labels
        if secret := secret_read(command):
            labels |= {secret}
            for word in words:  # tar czf /tmp/x.tgz ~/.ssh
                if not tables.SECRET_FILE.search(tables.canonical_path(word.text)):
                    packed = Data("", frozenset({secret}))
                    self._state.write_file(word.text.lstrip("-"), packed)
        if name in {"cat", "get-content"} and len(content) + bool(command.stdin.labels) == 1:
            return Data(data.text if content else command.stdin.text, labels)
        if name in {"cat", "get-content"}:
            text = data.text if content else command.stdin.text
            return Data(text, frozenset(label._replace(is_official=False) for label in labels))
        return Data("", frozenset(label._replace(is_official=False) for label in labels))

    def _write_words(self, name: str, command: Command) -> Data:
        words = command.words[1:]
        if name == "tee":
            for word in words:
                if not word.text.startswith("-"):
                    self.write(word.text, command.stdin, command.offset)
            return command.stdin
        content = command.stdin
        paths: list[str] = []
        expected = ""
        for word in words:
            option = word.text.lower()
            if option.startswith("-"):
                expected = option
            elif expected in {"-value", "-inputobject"} or (paths and not expected):
                content, expected = joined([content, word], " "), ""
            elif expected in {"", "-path", "-filepath", "-literalpath"}:
                paths.append(word.text)
                expected = ""
            else:
                expected = ""
        for path in paths:
            self.write(path, content, command.offset)
        return NOTHING

    def _copy(self, words: list[Data], offset: int) -> None:
        if len(words) < 2:  # noqa: PLR2004 - a source and a target
            return
        target = words[-1].text
        for word in words[:-1]:
            known = self._state.file(word.text)
            self.write(target, known, offset)
            base = word.text.replace("\\", "/").rpartition("/")[2]
            self._state.write_file(f"{target.rstrip('/')}/{base}", known)

    def _download(self, name: str, line: str, command: Command) -> Data | None:
        if name == "certutil" and "-urlcache" not in line and "-ping" not in line:
            return None
        if name == "bitsadmin" and "/transfer" not in line and "/addfile" not in line:
            return None
        words = command.words[1:]
        url = next((m[0] for w in words if (m := _URL.search(w.text))), None)
        is_official = is_official_installer(name, words)
        label = Label(Origin.DOWNLOADED, short(url or command.line), is_official)
        path = saved(name, words, url)
        labels = frozenset({label})
        if path is None:
            return Data("", labels)
        self.write(path, Data("", labels), command.offset)
        return NOTHING

    def _decode(self, command: Command, labels: frozenset[Label]) -> Data:
        words = [w for w in command.words[1:] if not w.text.startswith("-")]
        source = command.stdin
        for word in words:
            source = joined([source, self._state.file(word.text)])
        what = short(source.text.strip()) or "a text"
        label = Label(Origin.DECODED, f"a text ({what})" if source.text else what)
        text = (
            decode_base64(source.text)
            if name_of(command.words) in {"base64", "openssl", "gbase64"}
            else ""
        )
        output = Data(text, labels | source.labels | {label})
        if name_of(command.words) == "certutil" and len(words) > 1:
            self.write(words[-1].text, output, command.offset)
            return NOTHING
        return output


def dangerous_profile_line(text: str) -> str | None:
    """Return the line that does more than installers add to a profile of a shell."""
    for line in text.replace("\\n", "\n").splitlines():
        if tables.SUSPICIOUS_PROFILE.search(line):
            return line
        if not tables.HARMLESS_PROFILE.fullmatch(line) and not _EXPANSION.match(line.strip()):
            return line
    return None
