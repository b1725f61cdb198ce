r"""What a file can be: code, data or prose.

Rules about code must not count documentation: a README may say ``curl ... | sh``. But a name
proves nothing, for ``require("./notes.txt")`` runs whatever is in it. So the rule is: **everything
is code, except what node can't run.** That is

- data: ``.json`` by its name, for node only parses it, and by how it begins: a JSON object, XML,
  a byte that no script begins with (images, fonts, archives, WebAssembly, native binaries), or the
  header of a binary format that is a syntax error in JavaScript, with binary data behind it:
  ``GIF89a=1;`` and ``GIF89a/*\0*/=1;`` are programs;
- prose: a name of documentation, *and* a beginning that is a syntax error in JavaScript:
  ``# Title``, a tag, two words in a row ("MIT License"), or a title that is underlined.

Shells, PowerShell and others run on behind a line that they don't understand: what is theirs by
its name is code however it begins. In doubt it is code. Code may still read data and prose and
evaluate them, but that it must say. Signals that no kind of text has, as runs of invisible
characters, count in every file, and a secret is one wherever it stands.
"""

import re
from enum import Enum, auto
from typing import Final

from vscan.lazy_regex import lazy_regex


class Content(Enum):
    """What a file can be."""

    CODE = auto()
    DATA = auto()
    PROSE = auto()


_DOCUMENT: Final = lazy_regex(
    r"\.(?:md|mdx|markdown|txt|rst|adoc)\Z"
    r"|(?:\A|/)(?:readme|licen[cs]e|copying|notice|changelog|changes|history|authors|contributors"
    r"|third-?party-?notices|security|patents)[^/]*\Z"
)
# A name of documentation with the suffix of a script is a script: license.js is loaded by license.
_SCRIPT: Final = lazy_regex(r"\.(?:[cm]?[jt]sx?|html?|sh|bash|zsh|ps1|psm1|bat|cmd|vbs|py)\Z")
_NO_SCRIPT: Final = lazy_regex(
    rb"\w{0,16}[\x00-\x08\x0e-\x1f\x7f-\xbf\xf5-\xff]"  # \x7fELF, wOF2\0, PK\3
    rb"|\xcf\xfa|\xca\xfe"  # Mach-O
)
_TEXT_DATA: Final = lazy_regex(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"[^"\n]*"\s*:|<\?xml)')
_WORDS: Final = lazy_regex(
    rb"(?:\xef\xbb\xbf)?\s*+(?:#(?!!)[\s#\w]|<[A-Za-z]"
    rb"|[^\w\"'`/<#\\]*([A-Za-z]\w*)[ \t]+([A-Za-z]\w*))"
)
# What a title is underlined with is a syntax error, whatever the line before it is: nothing may be
# compared with what is assigned, nor counted down what is negative.
_UNDERLINED: Final = lazy_regex(
    rb"(?:\xef\xbb\xbf)?\s*[A-Za-z][^\n\"'`/<\\]{0,100}\n(?:={4,}|-{3,})[ \t\r]*\n"
)
# They run line by line, or skip what comes before a tag.
_TOLERANT: Final = lazy_regex(
    r"\.(?:html?|php|sh|bash|zsh|fish|command|ps1|psm1|bat|cmd|vbs|py|pl|rb)\Z"
)
# Characters outside of a comment, a template or a regular expression. Behind them comes a byte that
# no JavaScript has there, or the end of a line in a string: node runs nothing of such a file. Nor
# does it where three of the formats begin.
_NO_JAVASCRIPT: Final = lazy_regex(
    rb"%PDF-|!<(?:arch|thin)>\n|\{\\rtf"
    rb"|(?!\#!)(?:\.{1,2}/(?![/*]))?"
    rb"(?:[\w$]++"
    # Behind a word a slash divides, but for these: then a regular expression begins.
    rb"(?:(?<!\bvoid)(?<!\btypeof)(?<!\breturn)(?<!\bdelete)(?<!\bthrow)(?<!\bcase)(?<!\bawait)"
    rb"(?<!\byield)(?<!\bnew)(?<!\bin)(?<!\bof)(?<!\bdo)(?<!\belse)(?<!\binstanceof)(?<!\bextends)"
    rb"(?<!\bdefault)/(?![/*]))?"
    rb"|\"(?:[^\"\\\r\n]|\\(?s:.))*+\"|'(?:[^'\\\r\n]|\\(?s:.))*+'"
    rb"|[\t-\r !\#-&(-,.:;=-@\[-\^{-~]|-(?!->)|<(?!!--)"
    rb"|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*+"
    rb"(?:[^\t-\r -~]|\"(?:[^\"\\\r\n]|\\(?s:.))*+[\r\n]|'(?:[^'\\\r\n]|\\(?s:.))*+[\r\n])"
    rb"(?s:.{3})"  # not the end: a character may be cut off there
)
_FORMATS: Final = lazy_regex(
    rb"""
    GIF8[79]a(?=.{7})
    | BM.{4}\0{4}.{4}[\x0c\x28\x38\x40\x6c\x7c]\0{3}
    | RIFF.{4}[A-Z][A-Z0-9 ]{3} | RIFX.{4}[A-Z][A-Z0-9 ]{3} | FORM.{4}(?:AIFF|AIFC|ILBM|8SVX)
    | II[*+]\0 | MM\0[*+]
    | %PDF-[12]\.\d[^\n\r]{0,9}[\r\n]{1,2}(?:%[\x80-\xff]{4}[^\n\r]{0,9}[\r\n]{1,2})?
    | SQLite[ ]format[ ]3\0
    | BZh[1-9](?:1AY&SY|\x17rE8P\x90)
    | \x28\xb5\x2f\xfd | \x5d\0\0 | Rar!\x1a\x07
    | !<(?:arch|thin)>\n
    | \{\\rtf1?
    | \xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1  # documents and installers of Windows
    | \xde\x12\x04\x95 | PAR1 | dex\n\d{3}\0 | DDS[ ]\|\0{3} | [CFZ]WS.{5} | BLENDER[-_][vV]
    | .[\r\x0e]\r\n[\0-\3]\0{3}  # Python's compiled code
    | .{257}ustar(?:\0|[ ]{2}\0)
    """,
    re.DOTALL | re.VERBOSE,
)
# No text has these: control characters, and what is no UTF-8.
_TEXT: Final = lazy_regex(
    rb"[\t-\r\x1b -~]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf4][\x80-\xbf]{3}"
)
_BINARY_PART: Final = 1 / 16  # of the bytes behind a header
_MOST_PART: Final = 1 / 8  # where there is no header that is known
_KEYWORDS: Final = frozenset(
    b"async await break case class const continue default delete do else enum export extends for"
    b" function get if import in instanceof let new of return set static switch throw try typeof"
    b" using var void while with yield as from".split()
)


def content_of(name: str, head: bytes) -> Content:
    """Say what a file can be by its name and its first bytes."""
    lowered = name.lower()
    tolerated = _TOLERANT.search(lowered) is not None
    if lowered.endswith(".json") or _TEXT_DATA.match(head):
        return Content.DATA
    if not tolerated and (_NO_SCRIPT.match(head) or _is_data(head)):
        return Content.DATA
    if _DOCUMENT.search(lowered) and not _SCRIPT.search(lowered):
        words = _WORDS.match(head)
        # What follows --> at the beginning of a line is a comment, as after <!--.
        if words and _KEYWORDS.isdisjoint(words.groups()) and b"-->" not in words[0]:
            return Content.PROSE
        if _UNDERLINED.match(head):
            return Content.PROSE
    return Content.CODE


def _is_data(head: bytes) -> bool:
    header = _FORMATS.match(head)
    if header is None or not _NO_JAVASCRIPT.match(head):
        return False
    return binary_part(head[header.end() :]) >= _BINARY_PART


def is_binary(name: str, head: bytes) -> bool:
    """Whether no interpreter takes a file for its own, whatever lies in it that looks like text."""
    if _TOLERANT.search(name.lower()) or not _NO_JAVASCRIPT.match(head):
        return False
    return _FORMATS.match(head) is not None or binary_part(head) >= _MOST_PART


def binary_part(content: bytes) -> float:
    """Measure how much of some bytes is no text: from 0 to 1."""
    return len(_TEXT.sub(b"", content)) / max(1, len(content))
