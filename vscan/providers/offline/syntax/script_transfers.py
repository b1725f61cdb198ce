"""What programs read, send and save, by their options."""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_state import Command, Data, Label, Origin
from vscan.providers.offline.syntax.script_words import name_of, short

_SENT: Final = (
    "-d",
    "--data",
    "--data-ascii",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "-f",
    "--form",
    "--form-string",
    "-t",
    "--upload-file",
    "--post-data",
    "--post-file",
    "--body-data",
    "--body-file",
    "-body",
    "-infile",
    "-form",
    "--json",
)
_NOT_SENT: Final = ("-h", "--header", "-headers", "-u", "--user", "--cert", "--key", "-e", "-k")
_DASHES: Final = frozenset(["-", "/dev/stdout"])
_REMOTE_NAME: Final = lazy_regex(r"-[a-zA-Z#]*O|--remote-name(?:-all)?")
_SHORT_OPTIONS: Final = {
    "curl": lazy_regex(r"-[a-zA-Z#]*?o(.*)"),
    "wget": lazy_regex(r"-[a-zA-Z]*?O(.*)"),
}
_OUT_FILE: Final = lazy_regex(r"-outf\w*", re.IGNORECASE)
_DESTINATION: Final = lazy_regex(r"-d(?:es\w*)?", re.IGNORECASE)
# Options that change neither what is downloaded nor from whom.
_PLAIN_OPTION: Final = lazy_regex(
    r"-[fsSLqnv]{1,6}(?:O?-)?|-O-?|--(?:proto|silent|show-error|fail|location|quiet|tlsv1\.[23])|=https"
    r"|--no-progress-meter|-q?O|-|-UseB\w*|-useb",
    re.IGNORECASE,
)
_SAVES_IN: Final = ("-o", "--output", "-outfile", "--output-document", "-destination", "-out")


def secret_read(command: Command) -> Label | None:
    """Return the secret that a command reads."""
    name = name_of(command.words)
    line = tables.canonical_path(" ".join([name, *(w.text for w in command.words[1:])]))
    if found := tables.SECRET_COMMAND.match(line):
        if name in {"env", "set", "printenv"} and len(command.words) > 1:
            return None
        return Label(Origin.SECRET, short(found[0].strip()))
    if name in tables.READS_NOTHING:
        return command.stdin.has(Origin.SECRET)
    if name in tables.SENDERS or name in tables.INTERPRETERS:
        return None
    if found := tables.SECRET_FILE.search(line):
        return Label(Origin.SECRET, short(found[0].strip()))
    return None


def sent(name: str, command: Command) -> Iterator[Data]:
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
    if reads_stdin or (command.stdin.labels and name.startswith("invoke-")):
        yield command.stdin


def is_official_installer(name: str, words: tuple[Data, ...]) -> bool:
    """Whether a vendor's installer is downloaded, and nothing else, in a way nobody can change."""
    if name not in {"curl", "wget", "invoke-restmethod", "invoke-webrequest"}:
        return False
    rest = [word.text for word in words if not _PLAIN_OPTION.fullmatch(word.text)]
    return len(rest) == 1 and tables.INSTALLERS.fullmatch(rest[0].strip("\"'")) is not None


def saved(name: str, words: tuple[Data, ...], url: str | None) -> str | None:
    """Return the file in which a download is saved; ``None`` for standard output."""
    base = (url or "").partition("?")[0].rstrip("/").rpartition("/")[2] or "download"
    texts = [word.text for word in words]
    for text, following in zip(texts, [*texts[1:], ""], strict=False):
        path = _saved_by(name, text, following, base)
        if path is not None:
            return None if path in _DASHES else path
    if name in {"certutil", "bitsadmin", "start-bitstransfer"} and texts:
        return texts[-1]
    return base if name in {"wget", "aria2c", "axel"} else None


def _saved_by(name: str, text: str, following: str, base: str) -> str | None:
    """Return the file that one option names, if it names one."""
    head, equals, value = text.partition("=")
    if name == "curl" and _REMOTE_NAME.fullmatch(text):
        return base
    if (letters := _SHORT_OPTIONS.get(name)) and (short_option := letters.fullmatch(text)):
        return short_option[1] or following
    if equals and head.lower() in _SAVES_IN:
        return value
    is_long = text.lower() in _SAVES_IN and not (name == "wget" and text == "-o")
    is_out_file = name.startswith("invoke-") and _OUT_FILE.fullmatch(text)
    is_destination = name == "start-bitstransfer" and _DESTINATION.fullmatch(text)
    return following if is_long or is_out_file or is_destination else None
