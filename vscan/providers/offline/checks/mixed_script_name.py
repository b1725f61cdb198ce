"""Names with letters of two scripts in one word that look alike.

A Cyrillic letter in a Latin word looks like a Latin one. People who search for a name, or compare it
with one that they know, take it for the other. A whole word in another script is a language, and
a sign such as λ or µ beside Latin letters is a symbol: only letters count that look like Latin
ones, in a word that has Latin ones, too.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found
from vscan.providers.offline.manifest_values import text

MIXED = Rule(
    "mixed-script-name",
    Kind.MALWARE,
    "A name mixes letters that look alike",
    "A word of the extension's name, display name or publisher has Latin letters, and Cyrillic, Greek"
    " or similar ones that look like Latin letters.",
    "The name looks like another one and is not. Nobody types such a word by accident.",
    "Compare the id with that of the extension that you mean.",
)
# Capital and small letters that are drawn like Latin ones.
_CYRILLIC: Final = (
    "\u0405\u0406\u0408\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04ae\u04af\u04bb\u04c0\u04cf"
    "\u0501\u051a\u051b\u051c\u051d"
)
_GREEK: Final = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd"
    "\u03c1\u03f3\u03f2"
)
_ARMENIAN: Final = "\u0555\u0578\u057d\u0585\u0570\u0566\u0581"
_LOOKALIKES: Final = frozenset(_CYRILLIC + _GREEK + _ARMENIAN)
_WORDS: Final = lazy_regex(r"[^\W\d_]+")
_LETTERS = 3  # of a word; shorter ones are symbols


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    manifest = context.manifest
    names = {
        "displayName": context.extension.display_name or text(manifest.get("displayName")),
        "name": text(manifest.get("name")),
        "publisher": text(manifest.get("publisher")),
    }
    for key, shown in names.items():
        word = next(filter(_is_mixed, _WORDS.findall(shown)), None)
        if word is not None:
            letters = sorted({each for each in word if each in _LOOKALIKES})
            which = ", ".join(f"U+{ord(e):04X} {unicodedata.name(e, '')}" for e in letters)
            message = f"its {key} {shown} has letters that only look Latin: {which}"
            severity = Severity.MEDIUM if key == "displayName" else Severity.HIGH
            yield context.finding(MIXED, severity, Confidence.HIGH, message, word, key)


def _is_mixed(word: str) -> bool:
    others = [letter for letter in word if not _is_latin(letter)]
    return (
        len(word) >= _LETTERS
        and 0 < len(others) < len(word)
        and all(letter in _LOOKALIKES for letter in others)
    )


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith(
        ("LATIN", "FEMININE", "MASC")
    )


CHECK = Check((MIXED,), on_end=_on_end)
