"""What one command of a script does, whatever language the script is in.

A command is judged by its name and its words: it downloads, decodes or reads a secret, and so gives
its output an origin; or it runs, sends or writes what has an origin. Nothing is run here.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_values import (
    NOTHING,
    Command,
    Data,
    Label,
    Origin,
    ScriptState,
    joined,
)

_RUN: Final = (Origin.DOWNLOADED, Origin.DECODED)
_SHOWN = 100  # characters of a command in a message
_ASSIGNED: Final = lazy_regex(r"\w+=")
_NAME: Final = lazy_regex(r"(?:\.exe|\.cmd|\.com)\Z", re.IGNORECASE)
_VERSION: Final = lazy_regex(r"(?<=\w)[\d.]+\Z")
_EXPANSION: Final = lazy_regex(r"\$|%\w|`")
_URL: Final = lazy_regex(r"(?:https?|ftp)://[^\s\"'`|;)]+", re.IGNORECASE)
_DO_SHELL: Final = lazy_regex(r"do shell script\s+\"((?:[^\"\\]|\\.)*)\"")
_SYSTEM: Final = lazy_regex(
    r"(?:\b(?:system|exec|shell_exec|passthru|popen|qx)\s*\(?\s*|`)[\"']?([^\"'`]{4,400})"
)
_SOCKET: Final = lazy_regex(r"socket", re.IGNORECASE)
_SHELL_RUN: Final = lazy_regex(r"exec|system|spawn|popen|/bin/(?:ba)?sh|cmd\.exe|powershell")
_ENCODED: Final = lazy_regex(r"[-/]e(?:c|n|nc|nco\w*)?\Z", re.IGNORECASE)
_SENT: Final = (
    "-d --data --data-ascii --data-binary --data-raw --data-urlencode -f --form --form-string -t"
    " --upload-file --post-data --post-file --body-data --body-file -body -infile -form --json"
).split()
_NOT_SENT: Final = ("-h", "--header", "-headers", "-u", "--user", "--cert", "--key", "-e", "-k")
_SAVES_IN: Final = ("-o", "--output", "-outfile", "--output-document", "-destination", "-out")
_COPIES: Final = frozenset("cp mv install copy-item move-item ln rsync xcopy robocopy".split())
_SHELL_OUTPUT: Final = "\N{OBJECT REPLACEMENT CHARACTER}shell"  # of a shell that reads commands
_DECODED_TEXT = 1024**2  # characters of a text that is decoded
RunNested = Callable[[str, str, ScriptState, int], Data]


class CommandJudge:
    """Judges commands one after the other. ``run`` reads a script in a language."""

    def __init__(self, state: ScriptState, run: RunNested, language: str) -> None:
        self._state = state
        self._run = run
        self._language = language

    def judge(self, command: Command) -> Data:
        """Record what a command does; return its output, as far as it is known."""
        state = self._state
        state.count_command()
        words = command.words
        if any(name_of((word,)) == "xargs" for word in words[:4]):
            words = (*words, Data(command.stdin.text or "$", command.stdin.labels))
        words = _unwrapped(words)
        command = command._replace(words=words)
        self._judge_devices(command)
        output = self._judge_words(command) if words else command.stdin
        for path in command.writes:
            self.write(path, output, command.offset)
        return NOTHING if command.writes and name_of(words) != "tee" else output

    def _judge_words(self, command: Command) -> Data:
        words, state = command.words, self._state
        name = name_of(words)
        if name in state.functions:
            return Data("", state.functions[name])
        if self._run_file(words[0], command, is_name=True):
            return NOTHING
        if name in tables.INTERPRETERS:
            self._judge_tables(name, command)
            return self._interpret(name, command)
        if name in {"eval", "invoke-expression", "source", "."}:
            self._evaluate(name, command)
            return NOTHING
        if name in {
            "start-process",
            "invoke-item",
            "open",
            "xdg-open",
            "java",
            "wine",
            "rundll32",
            "regsvr32",
            "msiexec",
            "wscript",
            "cscript",
            "invoke-command",
        }:
            for word in words[1:]:
                self._run_file(word, command)
        self._judge_tables(name, command)
        self._judge_sent(name, command)
        if name == "start-process":
            rest = tuple(
                w
                for w in words[1:]
                if w.text.lower() not in {"-filepath", "-argumentlist", "/b", "/min", "-wait"}
            )
            if rest and name_of(rest) in tables.INTERPRETERS:
                arguments = tuple(Data(t, w.labels) for w in rest[1:] for t in _arguments(w.text))
                self.judge(command._replace(words=(rest[0], *arguments), writes=(), devices=()))
        return self._output(name, command)

    # What is run

    def _found_run(self, label: Label, command: Command, how: str) -> None:
        if label.origin is Origin.DOWNLOADED:
            what, severity = "download-and-run", Severity.HIGH
        else:
            what, severity = "decode-and-run", Severity.HIGH
        message = f"{label.origin.value} {label.what}, and runs it with {_short(how)}"
        self._state.add(what, command.offset, severity, message)

    def run_data(
        self, data: Data, language: str, offset: int, how: str, *, is_whole: bool = False
    ) -> None:
        """Record that a text is run as code; ``is_whole``: all of it has its origins."""
        label = data.has(*_RUN)
        command = Command((), offset)
        text = data.text.strip()
        # A part of an answer may be an argument: sh -c "install $VERSION" runs no answer.
        if label and (
            is_whole or label.origin is Origin.DECODED or not text or _begins_with_expansion(text)
        ):
            self._found_run(label, command, how)
        if text and language:
            self._run(text, language, self._state.nested(offset), offset)

    def _run_file(self, word: Data, command: Command, *, is_name: bool = False) -> bool:
        """Record that a file is run, if it was downloaded or decoded before."""
        text = word.text
        if is_name and _begins_with_expansion(text) and (label := word.has(*_RUN)):
            self._found_run(label, command, command.line)
            return True
        if is_name and "/" not in text and "\\" not in text and self._language == "shell":
            return False
        known = self._state.file(text)
        if label := known.has(*_RUN):
            self._found_run(label, command, command.line)
            return True
        if known.text and not is_name:
            self._run(
                known.text,
                _language_of_file(text, "shell"),
                self._state.nested(command.offset),
                command.offset,
            )
        return False

    def _evaluate(self, name: str, command: Command) -> None:
        words = command.words[1:]
        if name in {"source", "."}:
            if words and words[0].text in {"/dev/stdin", "/proc/self/fd/0"}:
                self.run_data(command.stdin, "shell", command.offset, name)
            elif words and not self._run_file(words[0], command) and words[0].has(*_RUN):
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
                self._found_run(label, command, name)
        self.run_data(data, language, command.offset, name)

    def _interpret(self, name: str, command: Command) -> Data:
        language, code_options = tables.INTERPRETERS[name]
        arguments = list(command.words[1:])
        while arguments:
            word = arguments.pop(0)
            option = word.text.lower() if language in {"powershell", "batch"} else word.text
            if language == "powershell" and (_ENCODED.match(option) and arguments):
                self._run_encoded(arguments[0], command)
                return NOTHING
            if _is_code_option(language, option, code_options):
                code = (
                    joined(arguments, " ")
                    if language in {"powershell", "batch"}
                    else joined(arguments[:1])
                )
                if language in {"batch", "powershell"}:
                    code = Data(_unquoted(code.text), code.labels)
                if code.text == "-":
                    break
                self._run_code(name, language, code, command)
                return self._output_of_code(code)
            if option in {"-", "-s", "/dev/stdin"} or (
                language == "powershell" and option == "-noprofile"
            ):
                if option == "-s":
                    break
                continue
            if language == "powershell" and option in {"-file", "-f"}:
                continue
            if option.startswith(("-", "+")) or (language == "batch" and option.startswith("/")):
                if language == "python" and option == "-m":
                    return NOTHING
                if option.lower() in tables.OPTION_VALUES and language != "python" and arguments:
                    arguments.pop(0)
                continue
            if language == "powershell" and not _looks_like_script(option):
                code = joined([word, *arguments], " ")
                self._run_code(name, language, Data(_unquoted(code.text), code.labels), command)
                return NOTHING
            # A script file. What its arguments are does not matter.
            if not self._run_file(word, command):
                label = word.has(Origin.DOWNLOADED, Origin.DECODED)
                if label and (word.text.startswith(("<(", "$(", "`")) or not word.text):
                    self._found_run(label, command, name)
            return NOTHING
        self.run_data(command.stdin, language, command.offset, name, is_whole=True)
        return Data(_SHELL_OUTPUT, command.stdin.labels) if name in tables.SHELLS else NOTHING

    def _output_of_code(self, code: Data) -> Data:
        return Data("", code.labels)

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
                message = f"connects a shell to another machine with {_short(command.line)}"
                self._state.add("reverse-shell", command.offset, Severity.CRITICAL, message)
            for shell in _SYSTEM.finditer(code.text):
                self._run(shell[1], "shell", self._state.nested(command.offset), command.offset)
        else:
            self.run_data(code, language, command.offset, name)

    def _run_encoded(self, word: Data, command: Command) -> None:
        """Decode what follows ``-EncodedCommand``, and read it."""
        if label := word.has(*_RUN):
            self._found_run(label, command, "powershell")
        text = decode_base64(word.text)
        if text:
            self._run(text, "powershell", self._state.nested(command.offset), command.offset)

    # What is known to be dangerous by its words

    def _judge_devices(self, command: Command) -> None:
        state = self._state
        if not command.devices:
            return
        words = command.words
        name = name_of(words)
        if name in tables.SHELLS and not any(w.text == "-c" for w in words):
            message = f"connects a shell to {command.devices[0]}"
            state.add("reverse-shell", command.offset, Severity.CRITICAL, message)
        elif not words:  # exec 5<>/dev/tcp/host/port
            state.is_connected = True
        elif secret := _secret(command):
            message = f"{secret.origin.value} {secret.what}, and sends it to {command.devices[0]}"
            state.add("secret-sent", command.offset, Severity.CRITICAL, message)

    def _judge_tables(self, name: str, command: Command) -> None:
        state = self._state
        line = tables.canonical_path(" ".join([name, *(w.text for w in command.words[1:])]))
        for rule in tables.COMMANDS:
            if rule.pattern.match(line):
                state.add(
                    rule.what,
                    command.offset,
                    rule.severity,
                    f"{rule.message}: {_short(command.line)}",
                )
        if name == "crontab":
            options = {w.text for w in command.words[1:]}
            if (
                options
                and not options & {"-l", "-e", "-r"}
                or (not options and command.stdin != NOTHING)
            ):
                state.add(
                    "persistence",
                    command.offset,
                    Severity.HIGH,
                    f"adds a task to crontab: {_short(command.line)}",
                )
        if name == "at" and command.stdin.text:
            state.add("persistence", command.offset, Severity.HIGH, "adds a task to at")
        if tables.VERIFIERS.match(name):
            self._verify(line, command)
        if command.devices == () and state.is_connected and name.startswith("$"):
            message = "connects to another machine, and runs what it reads there"
            state.add("reverse-shell", command.offset, Severity.CRITICAL, message)

    def _verify(self, line: str, command: Command) -> None:
        """Forget the download of files whose checksum is compared."""
        named = [w.text for w in command.words[1:]] + command.stdin.text.split()
        compares = tables.COMPARES.search(line) is not None
        if not (compares or command.is_checked):
            return
        known = [path for path in named if self._state.file(path) != NOTHING]
        for path in known:
            self._state.trust_file(path)
        if not known and compares:
            self._state.trust_file(None)

    # What is sent

    def _judge_sent(self, name: str, command: Command) -> None:
        if name not in tables.SENDERS:
            return
        secret = next(filter(None, map(self.secret_of, _sent(name, command))), None)
        if secret is not None:
            to = _URL.search(command.line)
            where = to[0] if to else _short(command.line)
            message = f"{secret.origin.value} {secret.what}, and sends it to {where}"
            self._state.add("secret-sent", command.offset, Severity.CRITICAL, message)
        if name in {"nc", "ncat", "netcat", "telnet"} and command.stdin.text.startswith(
            _SHELL_OUTPUT
        ):
            message = f"connects a shell to another machine with {_short(command.line)}"
            self._state.add("reverse-shell", command.offset, Severity.CRITICAL, message)

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
            return Label(Origin.SECRET, _short(text))
        return None

    # What a command writes and puts out

    def write(self, path: str, content: Data, offset: int) -> None:
        """Record that a file is written, with its content as far as it is known."""
        state = self._state
        if not path or path in {"/dev/null", "$null", "nul", "&1", "&2"}:
            return
        state.write_file(path, content)
        place = tables.canonical_path(path)
        for rule in tables.WRITTEN:
            if rule.pattern.search(place):
                state.add(
                    rule.what, offset, rule.severity, f"{rule.message}: writes {_short(path)}"
                )
        if tables.PROFILE.search(place):
            self._judge_profile(path, content, offset)

    def _judge_profile(self, path: str, content: Data, offset: int) -> None:
        if label := content.has(*_RUN):
            message = f"{label.origin.value} {label.what}, and writes it to {_short(path)}"
            self._state.add("persistence", offset, Severity.HIGH, message)
        elif line := dangerous_profile_line(content.text):
            message = f"adds a command to {_short(path)}: {_short(line)}"
            self._state.add("persistence", offset, Severity.HIGH, message)

    def _output(self, name: str, command: Command) -> Data:
        words = command.words[1:]
        labels = frozenset(label for word in words for label in word.labels) | command.stdin.labels
        line = tables.canonical_path(" ".join([name, *(w.text for w in words)]))
        if name in {"echo", "printf", "write-output"}:
            return Data(_echoed(name, [w.text for w in words]), labels)
        if name in {"tee", "set-content", "add-content", "out-file", "new-item"}:
            return self._write_words(name, command)
        if name in _COPIES:
            self._copy([w for w in words if not w.text.startswith("-")], command.offset)
            return NOTHING
        if (
            name in tables.DOWNLOADERS
            and (downloaded := self._download(name, line, command)) is not None
        ):
            return downloaded
        for decoder, option in tables.DECODERS:
            if name == decoder and option.search(line):
                return self._decode(command, labels)
        content = [self._state.file(w.text) for w in words if not w.text.startswith("-")]
        data = joined([Data(), *content])
        labels |= data.labels
        if secret := _secret(command):
            labels |= {secret}
            for word in words:  # tar czf /tmp/x.tgz ~/.ssh
                if not tables.SECRET_FILE.search(tables.canonical_path(word.text)):
                    self._state.write_file(word.text.lstrip("-"), Data("", frozenset({secret})))
        if name in {"cat", "get-content"}:
            text = command.stdin.text if not content else data.text.strip("\n")
            return Data(text, labels)
        return Data("", labels)

    def _write_words(self, name: str, command: Command) -> Data:
        words = command.words[1:]
        if name == "tee":
            for word in words:
                if not word.text.startswith("-"):
                    self.write(word.text, command.stdin, command.offset)
            return command.stdin
        content, paths = command.stdin, []
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
        label = Label(Origin.DOWNLOADED, _short(url or command.line))
        path = _saved(name, words, url)
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
        what = _short(source.text.strip()) or "a text"
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


def name_of(words: tuple[Data, ...]) -> str:
    """Return the name of a command: without its directory, in lower case, and without aliases."""
    if not words:
        return ""
    text = words[0].text.strip().strip("\"'")
    base = text.replace("\\", "/").rpartition("/")[2] or text
    name = _NAME.sub("", base).lower()
    if name.startswith(("python", "pypy", "ruby", "perl", "php", "lua")):
        name = _VERSION.sub("", name)
    return tables.ALIASES.get(name, name)


def dangerous_profile_line(text: str) -> str | None:
    """Return the line that does more than installers add to a profile of a shell."""
    for line in text.replace("\\n", "\n").splitlines():
        if tables.SUSPICIOUS_PROFILE.search(line):
            return line
        if not tables.HARMLESS_PROFILE.fullmatch(line) and not _EXPANSION.match(line.strip()):
            return line
    return None


def decode_base64(text: str) -> str:
    """Decode base64 of UTF-8 or of UTF-16; an empty text if it is none."""
    packed = re.sub(r"[^A-Za-z0-9+/_-]", "", text[:_DECODED_TEXT]).translate({45: 43, 95: 47})
    try:
        content = base64.b64decode(packed + "=" * (-len(packed) % 4))
    except (ValueError, binascii.Error):
        return ""
    return decode_text(content)


def decode_text(content: bytes) -> str:
    """Decode text as interpreters do: UTF-16 with or without its mark, UTF-8, or else Latin-1."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    sample = content[:1000]
    if len(sample) > 3 and sample[1::2].count(0) > len(sample) // 4:  # noqa: PLR2004 - two characters
        return content.decode("utf-16-le", "replace")
    if len(sample) > 3 and sample[::2].count(0) > len(sample) // 4:  # noqa: PLR2004
        return content.decode("utf-16-be", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _unwrapped(words: tuple[Data, ...]) -> tuple[Data, ...]:
    """Remove what starts a command: ``sudo -E env A=b timeout 5``."""
    while words:
        name = name_of(words)
        options = tables.WRAPPERS.get(name)
        if options is None:
            return words
        rest = list(words[1:])
        with_value = options.split()
        while rest and (rest[0].text.startswith("-") or _ASSIGNED.match(rest[0].text)):
            option = rest.pop(0).text
            if option == "--":
                break
            if name == "command" and option in {"-v", "-V"}:
                return ()
            if option in with_value and rest:
                rest.pop(0)
        if name == "timeout" and rest:
            rest.pop(0)
        if not rest and name not in {"!", "then", "do", "if", "else", "while"}:
            return words
        words = tuple(rest)
    return words


def _is_code_option(language: str, option: str, options: tuple[str, ...]) -> bool:
    if option in options:
        return True
    if language == "shell":
        return re.fullmatch(r"-[a-z]*c[a-z]*", option) is not None
    if language == "powershell":
        return len(option) > 2 and option[0] in "-/" and "command".startswith(option[1:])  # noqa: PLR2004
    if language == "batch":
        return option.startswith(("/c", "/k"))
    return language in {"perl", "ruby"} and re.fullmatch(r"-\w*e", option) is not None


def _looks_like_script(option: str) -> bool:
    return option.endswith((".ps1", ".psm1")) and " " not in option


def _begins_with_expansion(text: str) -> bool:
    return text.startswith(("$", "`", "%", "<(", "(", "&", "{", "!"))


def _secret(command: Command) -> Label | None:
    """Return the secret that a command reads."""
    name = name_of(command.words)
    line = tables.canonical_path(" ".join([name, *(w.text for w in command.words[1:])]))
    if found := tables.SECRET_COMMAND.match(line):
        if name in {"env", "set", "printenv"} and len(command.words) > 1:
            return None
        return Label(Origin.SECRET, _short(found[0].strip()))
    if name in tables.READS_NOTHING:
        return command.stdin.has(Origin.SECRET)
    if name in tables.SENDERS or name in tables.INTERPRETERS:
        return None
    if found := tables.SECRET_FILE.search(line):
        return Label(Origin.SECRET, _short(found[0].strip()))
    return None


def _sent(name: str, command: Command) -> Iterator[Data]:
    """Yield what a program sends: the values of its options for data, its URL, and its input."""
    option = ""
    words = command.words[1:]
    reads_stdin = name not in {"curl", "wget", "invoke-webrequest", "invoke-restmethod"}
    for word in words:
        text = word.text
        lowered = text.lower()
        if lowered.startswith("-") and not text.startswith("-@"):
            head, equals, value = text.partition("=")
            option = head.lower()
            short = re.match(r"-[a-zA-Z]*?([dFT])(.*)", text)
            if equals and option in _SENT:
                yield Data(f"@{value}" if option.endswith("file") else value, word.labels)
                option = ""
            elif (
                short
                and not text.startswith("--")
                and option not in _SENT
                and option not in _NOT_SENT
            ):
                option = f"-{short[1].lower()}"
                if short[2]:
                    yield Data(short[2], word.labels)
                    option = ""
            continue
        if option in _SENT:
            reads_stdin |= text in {"-", "@-"} or text.endswith("=@-")
            is_file = option in {"-t", "--upload-file", "--post-file", "--body-file", "-infile"}
            yield Data(f"@{text}" if is_file else text, word.labels)
        elif option not in _NOT_SENT:
            yield word
        option = ""
    if reads_stdin:
        yield command.stdin
    elif command.stdin.labels and name.startswith("invoke-"):
        yield command.stdin


def _saved(name: str, words: tuple[Data, ...], url: str | None) -> str | None:
    """Return the file in which a download is saved; ``None`` for standard output."""
    base = (url or "").partition("?")[0].rstrip("/").rpartition("/")[2]
    texts = [w.text for w in words]
    for number, text in enumerate(texts):
        following = texts[number + 1] if number + 1 < len(texts) else ""
        lowered = text.lower()
        head, equals, value = text.partition("=")
        if lowered in _SAVES_IN and not (name == "wget" and text == "-o"):
            if name == "curl" and text == "-O":
                return base or "download"
            return None if following in {"-", "/dev/stdout"} else following
        if equals and head.lower() in _SAVES_IN:
            return None if value == "-" else value
        if name == "curl" and re.fullmatch(r"-[a-zA-Z#]*O|--remote-name(?:-all)?", text):
            return base or "download"
        if name == "curl" and (short := re.fullmatch(r"-[a-zA-Z#]*?o(.*)", text)):
            path = short[1] or following
            return None if path == "-" else path
        if name == "wget" and (short := re.fullmatch(r"-[a-zA-Z]*?O(.*)", text)):
            path = short[1] or following
            return None if path in {"-", "/dev/stdout"} else path
        if name.startswith("invoke-") and re.fullmatch(r"-outf\w*", lowered):
            return following
        if name == "start-bitstransfer" and re.fullmatch(r"-d(?:es\w*)?", lowered):
            return following
    if name in {"certutil", "bitsadmin", "start-bitstransfer"} and texts:
        return texts[-1]
    if name in {"wget", "aria2c", "axel"}:
        return base or "download"
    return None


def _echoed(name: str, words: list[str]) -> str:
    if name == "printf" and words:
        text, *values = words
        for value in values:
            text = text.replace("%s", value, 1).replace("%b", value, 1)
    else:
        is_raw = bool(words) and words[0] in {"-e", "-n", "-en", "-ne"}
        text = " ".join(words[1:] if is_raw else words)
        if not (is_raw and "e" in words[0]):
            return text
    try:
        return re.sub(
            r"\\(?:n|t|x[0-9a-fA-F]{2}|0?[0-7]{3})",
            lambda m: codecs.decode(m[0].replace("\\0", "\\"), "unicode_escape"),
            text,
        )
    except ValueError:
        return text


def _arguments(text: str) -> list[str]:
    return [a or b or c for a, b, c in re.findall(r"\"([^\"]*)\"|'([^']*)'|([^\s,]+)", text)]


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _language_of_file(name: str, default: str) -> str:
    suffix = name.lower().rpartition(".")[2]
    return {
        "ps1": "powershell",
        "psm1": "powershell",
        "py": "python",
        "bat": "batch",
        "cmd": "batch",
    }.get(suffix, default)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
