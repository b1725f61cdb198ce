"""Compute what constant texts become: joined, cut, decoded, inflated.

Each function takes and returns texts as JavaScript has them; bytes are texts of one character each
(latin-1), until they are decoded.
"""

import base64
import binascii
import codecs
import math
import re
import sys
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.values import EXTENSION

_MAX_INFLATED = 4 * 1024**2
_MAX_REPEATED = 10_000
_MAX_PATTERN = 60  # characters of a regular expression
_ESCAPE: Final = lazy_regex(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,8})\}|([0-7]{1,3})"
    r"|(\r\n|[\s\S]))"
)
_SHORT: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_NOT_BASE64: Final = lazy_regex(r"[^A-Za-z0-9+/]")
_ONE_CHARACTER: Final = lazy_regex(r"\\.|\[(?:\\.|[^\]\\])+\]")  # a class, or what is escaped
# Groups, alternatives, two quantifiers, or one without a bound that something has to follow.
_COSTLY: Final = lazy_regex(r"[()|]|[+*?}].*[+*?}]|(?:[+*]|,\}).|\[")
_INTEGER: Final = lazy_regex(r"\s*([+-]?)(0[xX])?(\w*)")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_FORMAT: Final = lazy_regex(r"%[sdijoO]")


def unescaped(text: str) -> str:
    """Return the text of a string literal without its quotes."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    for group, radix in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if found[group] is not None:
            number = int(found[group], radix)
            return chr(number) if number <= sys.maxunicode else ""
    last = found[5]
    return "" if last in {"\n", "\r\n", "\u2028", "\u2029"} else _SHORT.get(last, last)


def from_base64(text: str) -> str | None:
    """Decode base64 of either alphabet as lenient decoders do; ``None`` if it is none."""
    letters = _NOT_BASE64.sub("", text.replace("-", "+").replace("_", "/"))
    try:
        return base64.b64decode(letters[: len(letters) // 4 * 4 + _rest(letters)] + "==").decode(
            "latin-1"
        )
    except (binascii.Error, ValueError):
        return None


def _rest(letters: str) -> int:
    rest = len(letters) % 4
    return 0 if rest == 1 else rest


def buffer_of(text: str, encoding: str) -> str | None:
    """Return the bytes that ``Buffer.from(text, encoding)`` makes."""
    match encoding.lower().replace("-", ""):
        case "base64" | "base64url":
            return from_base64(text)
        case "hex":
            digits = re.match(r"(?:[0-9a-fA-F]{2})*", text)
            return bytes.fromhex(digits[0]).decode("latin-1") if digits else None
        case "latin1" | "binary" | "ascii":
            return text
        case "utf16le" | "ucs2":
            return text.encode("utf-16-le", "surrogatepass").decode("latin-1")
        case _:
            return text.encode("utf-8", "surrogatepass").decode("latin-1")


def text_of(data: str, encoding: str) -> str | None:
    """Return the text that ``toString(encoding)`` of bytes makes."""
    try:
        content = data.encode("latin-1")
    except UnicodeEncodeError:
        return data  # it was a text already
    match encoding.lower().replace("-", ""):
        case "base64":
            return base64.b64encode(content).decode()
        case "hex":
            return content.hex()
        case "latin1" | "binary" | "ascii":
            return data
        case "utf16le" | "ucs2":
            return content.decode("utf-16-le", "replace")
        case _:
            return content.decode("utf-8", "replace")


def inflated(data: str) -> str | None:
    """Return what zlib, gzip or raw deflate data contains; ``None`` if it is none of them."""
    try:
        content = data.encode("latin-1")
    except UnicodeEncodeError:
        return None
    for bits in (47, -15):
        with suppress(zlib.error):
            return zlib.decompressobj(bits).decompress(content, _MAX_INFLATED).decode("latin-1")
    return None


def _numeric(text: str) -> float:
    """Return the number that a text becomes in arithmetic; ``ValueError`` for none."""
    return int(text, 0) if text[:2].lower() in {"0x", "0b", "0o"} else float(text)


def _number(text: str) -> int:
    return int(_numeric(text))


def _int32(number: int) -> int:
    return ((number & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def _parse_int(text: str, radix: str = "0", *_: str) -> str:
    """Return the number in which a text begins; ``ValueError`` for none."""
    found = _INTEGER.match(text)
    assert found is not None
    base = _number(radix)
    has_prefix = found[2] is not None and base in {0, 16}
    digits = _DIGITS[: base or (16 if has_prefix else 10)]
    word = found[3] if has_prefix else (found[2] or "") + found[3]
    size = next((at for at, each in enumerate(word.lower()) if each not in digits), len(word))
    return str(int(found[1] + word[:size], len(digits)))


def _slice(text: str, *bounds: str) -> str:
    places = [_number(each) for each in bounds[:2]]
    return text[places[0] if places else 0 : places[1] if len(places) > 1 else None]


def _substring(text: str, *bounds: str) -> str:
    places = sorted(max(0, _number(each)) for each in bounds[:2])
    return text[slice(*places)] if len(places) > 1 else text[places[0] :]


def _substr(text: str, start: str = "0", length: str | None = None) -> str:
    first = _number(start)
    first = max(0, len(text) + first) if first < 0 else first
    return text[first : first + _number(length)] if length is not None else text[first:]


def _character_at(text: str, index: str = "0") -> str:
    place = _number(index)
    return text[place] if 0 <= place < len(text) else ""


def _at(text: str, index: str = "0") -> str:
    place = _number(index)
    return text[place] if -len(text) <= place < len(text) else ""


def _code_at(text: str, index: str = "0") -> str:
    return str(ord(_character_at(text, index) or "\0"))


_METHODS: Final[dict[str, Callable[..., str]]] = {
    "slice": _slice,
    "substring": _substring,
    "substr": _substr,
    "charAt": _character_at,
    "at": _at,
    "charCodeAt": _code_at,
    "codePointAt": _code_at,
    "concat": lambda text, *more: text + "".join(more),
    "repeat": lambda text, count: text * min(_number(count), _MAX_REPEATED // max(1, len(text))),
    "trim": lambda text: text.strip(),
    "trimStart": lambda text: text.lstrip(),
    "trimEnd": lambda text: text.rstrip(),
    "toLowerCase": lambda text: text.lower(),
    "toUpperCase": lambda text: text.upper(),
    "valueOf": lambda text: text,
    "replace": lambda text, old, new: text.replace(old, new, 1),
    "replaceAll": lambda text, old, new: text.replace(old, new),
    "normalize": lambda text, *_: text,
}


def method(name: str, text: str, arguments: Sequence[str]) -> str | None:
    """Return what a method of a text returns; ``None`` if it isn't known."""
    function = _METHODS.get(name)
    if function is None:
        return None
    try:
        return function(text, *arguments)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def replaced(text: str, pattern: str, replacement: str) -> str | None:
    """Return a text in which a regular expression of JavaScript was replaced.

    ``None`` for a pattern with groups, alternatives, or more than one quantifier, or one quantifier
    that something follows: they could take a long time.
    """
    source, _, flags = pattern[1:].rpartition("/")
    if len(source) > _MAX_PATTERN or _COSTLY.search(_ONE_CHARACTER.sub("x", source)):
        return None
    try:
        compiled = re.compile(source, re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return None
    template = replacement.replace("\\", r"\\").replace("$&", r"\g<0>")
    try:
        return compiled.sub(template, text, 0 if "g" in flags else 1)
    except re.error:
        return None


def _unquoted(text: str) -> str:
    return unquote(text, errors="replace")


def _unescape(text: str) -> str:
    words = re.sub(r"%u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return unquote(words, "latin-1")


def _char_codes(*numbers: str) -> str:
    text = "".join(chr(_number(number) & 0xFFFF) for number in numbers)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _code_points(*numbers: str) -> str:
    return "".join(chr(_number(number)) for number in numbers)


FUNCTIONS: Final[dict[str, Callable[..., str | None]]] = {
    "atob": from_base64,
    "unescape": _unescape,
    "decodeURIComponent": _unquoted,
    "decodeURI": _unquoted,
    "String.fromCharCode": _char_codes,
    "String.fromCodePoint": _code_points,
    "String": lambda text, *_: text,
    "parseInt": _parse_int,
    "Number.parseInt": _parse_int,
    "Number": lambda text, *_: text,
    "path.dirname": lambda path, *_: path if path == EXTENSION else path.rpartition("/")[0],
    "path.normalize": lambda path, *_: path,
    "path.basename": lambda path, *_: path.rpartition("/")[2],
    "zlib.inflateSync": lambda data, *_: inflated(data),
    "zlib.inflateRawSync": lambda data, *_: inflated(data),
    "zlib.gunzipSync": lambda data, *_: inflated(data),
    "zlib.unzipSync": lambda data, *_: inflated(data),
}


# Functions and methods whose results ``+`` adds.
GIVES_NUMBER: Final = frozenset({"parseInt", "Number", "charCodeAt", "codePointAt"})


def function(name: str, arguments: Sequence[str]) -> str | None:
    """Return what a function returns for constant texts; ``None`` if it isn't known."""
    try:
        return FUNCTIONS[name](*arguments)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def operation(operator: str, left: str, right: str) -> str | None:
    """Return the result of an arithmetic operation on two numbers; ``None`` if they are none."""
    try:
        if operator in {"^", "&", "|", ">>", ">>>", "<<"}:
            return str(_BITS[operator](_int32(_number(left)), _int32(_number(right))))
        first_number, second_number = _numeric(left), _numeric(right)
        result = _ARITHMETIC[operator](first_number, second_number)
        return str(int(result)) if result == int(result) else str(result)
    except (KeyError, ValueError, ZeroDivisionError, OverflowError):
        return None


_BITS: Final[dict[str, Callable[[int, int], int]]] = {
    "^": lambda one, two: one ^ two,
    "&": lambda one, two: one & two,
    "|": lambda one, two: one | two,
    "<<": lambda one, two: _int32(one << (two & 31)),
    ">>": lambda one, two: one >> (two & 31),
    ">>>": lambda one, two: (one & 0xFFFFFFFF) >> (two & 31),
}
_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "/": lambda one, two: one / two,
    "%": math.fmod,
    "+": lambda one, two: one + two,
}


def formatted(text: str, arguments: Sequence[str]) -> str:
    """Return what ``util.format`` makes of a text: each ``%s`` is replaced by an argument."""
    parts = _FORMAT.split(text)
    between = [*arguments[: len(parts) - 1], *["%s"] * (len(parts) - 1 - len(arguments)), ""]
    return "".join(part + filling for part, filling in zip(parts, between, strict=True))


def rot13(text: str) -> str:
    """Move each letter by half of the alphabet."""
    return codecs.encode(text, "rot13")
