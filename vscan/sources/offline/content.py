r"""What a file can be: code, data or prose.

Rules about code must not count documentation: a README may say ``curl ... | sh``. But a name
proves nothing, for ``require("./notes.txt")`` runs whatever is in it. So the rule is: **everything
is code, except what node can't run.** That is

- data: ``.json`` by its name, for node only parses it, and by how it begins: a JSON object, XML,
  a byte that no script begins with (images, fonts, archives, WebAssembly, native binaries);
- prose: a name of documentation, *and* a beginning that is a syntax error in JavaScript:
  ``# Title``, a tag, or two words in a row ("MIT License").

In doubt it is code. Code may still read data and prose and evaluate them, but that it must say.
Signals that no kind of text has, as runs of invisible characters, count in every file, and
a secret is one wherever it stands.
"""

import re
from enum import Enum, auto
from typing import Final


class Content(Enum):
    """What a file can be."""

    CODE = auto()
    DATA = auto()
    PROSE = auto()


_DOCUMENT: Final = re.compile(
    r"\.(?:md|mdx|markdown|txt|rst|adoc)\Z"
    r"|(?:\A|/)(?:readme|licen[cs]e|copying|notice|changelog|changes|history|authors|contributors"
    r"|third-?party-?notices|security|patents)[^/]*\Z"
)
# A name of documentation with the suffix of a script is a script: license.js is loaded by license.
_SCRIPT: Final = re.compile(r"\.(?:[cm]?[jt]sx?|html?|sh|bash|zsh|ps1|psm1|bat|cmd|vbs|py)\Z")
_NO_SCRIPT: Final = re.compile(
    rb"\w{0,16}[\x00-\x08\x0e-\x1f\x7f-\xbf\xf5-\xff]"  # \x7fELF, wOF2\0, PK\3
    rb"|\xcf\xfa|\xca\xfe"  # Mach-O
    rb'|(?:\xef\xbb\xbf)?\s*(?:\{\s*"[^"\n]*"\s*:|<\?xml)'
)
_WORDS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:#(?!!)[\s#\w]|<[A-Za-z]"
    rb"|[^\w\"'`/<#\\]*([A-Za-z]\w*)[ \t]+([A-Za-z]\w*))"
)
_KEYWORDS: Final = frozenset(
    b"async await break case class const continue default delete do else enum export extends for"
    b" function get if import in instanceof let new of return set static switch throw try typeof"
    b" using var void while with yield as from".split()
)


def content_of(name: str, head: bytes) -> Content:
    """Say what a file can be by its name and its first bytes."""
    lowered = name.lower()
    if lowered.endswith(".json") or _NO_SCRIPT.match(head):
        return Content.DATA
    if _DOCUMENT.search(lowered) and not _SCRIPT.search(lowered):
        words = _WORDS.match(head)
        # What follows --> at the beginning of a line is a comment, as after <!--.
        if words and _KEYWORDS.isdisjoint(words.groups()) and b"-->" not in words[0]:
            return Content.PROSE
    return Content.CODE
