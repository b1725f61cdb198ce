"""Make untrusted text safe to print, where it enters the program.

Text of a manifest, a service or a cache goes through ``sanitize`` before it becomes part of a
value of the model. From then on it is inert on any terminal.
"""

import os
import re
import unicodedata
from collections.abc import Sequence

# Control, format (bidirectional overrides, zero-width), surrogate, private use,
# unassigned, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CREDENTIALS = re.compile(r"[^\s\"'/@]*:[^\s\"'@]*@")  # user:password@
# Unicode calls them letters and a symbol, but they show nothing: Hangul fillers, Braille blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Marks without a visible effect, except for the one that makes an emoji colourful.
_SELECTORS = re.compile("[\u034f\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0e\U000e0100-\U000e01ef]")
# Azure Pipelines (##vso[), TeamCity and GitHub (##[) take these for commands anywhere in a line.
_COMMAND = re.compile(r"##(?=\w*\[)")
_COLONS = re.compile(r":(?=:)")


def sanitize(text: str, limit: int = 500) -> str:
    """Make one printable line of untrusted text.

    Names and messages come from the marketplace: control characters could drive
    a terminal, bidirectional overrides could disguise a name. Each run of white
    space becomes one space, each other unprintable character U+FFFD; what is longer
    than ``limit`` characters ends in an ellipsis.
    """
    # Bounded before any work: a megabyte of name costs no more than a line.
    cut = len(text) > 4 * limit
    text = text[: 4 * limit]
    if not text.isprintable() or not (text.isascii() or _BLANK.isdisjoint(text)):
        text = "".join(_visible(character) for character in text)
    if not text.isascii():
        text = _SELECTORS.sub("\N{REPLACEMENT CHARACTER}", text)
    if "##" in text:
        text = _COMMAND.sub("# #", text)
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text[: limit - 1] + "…" if cut or len(text) > limit else text


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    hidden = character in _BLANK or unicodedata.category(character) in _INVISIBLE
    return "\N{REPLACEMENT CHARACTER}" if hidden else character


def foldable(text: str) -> str:
    """Make text safe for a terminal that breaks lines anywhere, so that no line is a command.

    GitHub takes a line that begins with two colons for a command of the workflow.
    """
    return _COLONS.sub(": ", text)


def redact_credentials(text: str) -> str:
    """Replace credentials in a text that may quote a URL, as an exception of a library does."""
    return _CREDENTIALS.sub("…@", text)


def describe_exception(error: BaseException) -> str:
    """Describe an exception in one line, without a path or credentials."""
    try:
        # The text of an OSError holds a path, and a path a user's name.
        text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    except Exception:  # noqa: BLE001 - an exception's own text can fail, too
        text = ""
    return sanitize(redact_credentials(f"{type(error).__name__}: {text}"), 300)


def describe_os_error(error: OSError) -> str:
    """Say why the system refused something, in lower case and without the path."""
    reason = error.strerror or (os.strerror(error.errno) if error.errno else "")
    return sanitize(reason.lower() or str(error) or type(error).__name__, 200)


def pluralize(number: int, noun: str) -> str:
    """Write ``1 extension`` or ``2 extensions``; nouns in a consonant and y take ies."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}s"


def describe_duration(seconds: float) -> str:
    """Write a time in its two largest units: ``40 s``, ``3 min 18 s``, ``2 h 5 min``."""
    whole = max(1, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def join_first(texts: Sequence[str], limit: int, separator: str = ", ") -> str:
    """Join the first texts, and count those beyond ``limit``: ``a, b and 3 more``."""
    rest = len(texts) - limit
    return separator.join(texts[:limit]) + (f" and {rest} more" if rest > 0 else "")
