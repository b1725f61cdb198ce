"""The words of commands: names without aliases, what starts a command, quotes, encoded texts."""

import base64
import binascii
import codecs
import re
import sys
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_state import Data

_SHOWN = 100  # characters of a command in a message
_DECODED_TEXT = 1024**2  # characters of a text that is decoded
_SAMPLE = 1000  # bytes that show an encoding
_ASSIGNED: Final = lazy_regex(r"\w+=")
_NAME: Final = lazy_regex(r"(?:\.exe|\.cmd|\.com)\Z", re.IGNORECASE)
_VERSION: Final = lazy_regex(r"(?<=\w)[\d.]+\Z")
_ESCAPE: Final = lazy_regex(
    r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL
)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "a": "\a", "\n": ""}
_ESCAPES: Final = lazy_regex(r"\\(?:n|t|x[0-9a-fA-F]{2}|0?[0-7]{3})")
_LANGUAGES: Final = {
    "ps1": "powershell",
    "psm1": "powershell",
    "py": "python",
    "bat": "batch",
    "cmd": "batch",
}


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


def unwrapped(words: tuple[Data, ...]) -> tuple[Data, ...]:
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


def begins_with_expansion(text: str) -> bool:
    """Whether a text begins with what a shell replaces or runs."""
    return text.startswith(("$", "`", "%", "<(", "(", "&", "{", "!"))


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
    sample = content[:_SAMPLE]
    if len(sample) > 3 and sample[1::2].count(0) > len(sample) // 4:  # noqa: PLR2004 - two characters
        return content.decode("utf-16-le", "replace")
    if len(sample) > 3 and sample[::2].count(0) > len(sample) // 4:  # noqa: PLR2004
        return content.decode("utf-16-be", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def echoed(name: str, words: list[str]) -> str:
    """Return what ``echo`` or ``printf`` puts out."""
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


def arguments(text: str) -> list[str]:
    """Split a text into the arguments that its quotes bound."""
    return [a or b or c for a, b, c in re.findall(r"\"([^\"]*)\"|'([^']*)'|([^\s,]+)", text)]


def unquoted(text: str) -> str:
    """Remove the quotes around a whole text."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def language_of_file(name: str, default: str) -> str:
    """Return the language of a script by its suffix."""
    suffix = name.lower().rpartition(".")[2]
    return _LANGUAGES.get(suffix, default)


def short(text: str) -> str:
    """Shorten a command for a message."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def unescaped_text(text: str) -> str:
    """Replace the escapes that Python and ``$'...'`` of a shell have in common."""
    return text if "\\" not in text else _ESCAPE.sub(_letter, text)


def _letter(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= sys.maxunicode else ""
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _LETTERS.get(code, code)
