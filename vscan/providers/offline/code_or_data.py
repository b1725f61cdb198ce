r"""Decide whether a file can be code, or is data or prose.

Rules about code must not count documentation: a README may say ``curl ... | sh``. But a name proves
nothing, because ``require("./notes.txt")`` runs whatever that file contains, and ``main.JSON`` is a
program to Node. So **a file is code, unless Node can't run it.** These files are not code:

- JSON: all of it is tokens of JSON, to its last byte (``json_recognition``). It does nothing even
  if it is loaded as a program;
- XML without scripts, and files with a byte at the beginning with which no script begins (images,
  fonts, archives, WebAssembly, programs), or with the header of a binary format that is a syntax
  error in JavaScript, followed by binary data: ``GIF89a=1;`` and ``GIF89a/*\0*/=1;`` are programs;
- prose: a name of documentation *and* a beginning that is a syntax error in JavaScript:
  ``# Title``, a tag, two words in a row ("MIT License"), or an underlined title.

Shells, PowerShell and others continue after a line that they can't parse: a file with one of their
suffixes is always code. An archive of Electron (``.asar``) contains programs as they are, so it is
code, too. A file is code in cases of doubt.

Other interpreters run what Node can't: ``sh README.md``. Which files are given to them is only
known when all programs have been read, so the analyser then looks at those files again
(``files_given_to_interpreters``). Signs that no kind of text has, such as runs of invisible
characters, and secrets count in every file.
"""

import re
from enum import Enum, auto
from typing import Final

from vscan.extension_files import Window
from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.json_recognition import JsonTokens, is_json

HEAD_BYTES: Final = 512  # of a file that show its kind


class Content(Enum):
    """The kinds of content."""

    CODE = auto()
    DATA = auto()
    PROSE = auto()


_DOCUMENT: Final = lazy_regex(
    r"\.(?:md|mdx|markdown|txt|rst|adoc)\Z"
    r"|(?:\A|/)(?:readme|licen[cs]e|copying|notice|changelog|changes|history|authors|contributors"
    r"|third-?party-?notices|security|patents)[^/]*\Z"
)
# With the suffix of a script it is a script: require("./license") loads license.js.
_SCRIPT: Final = lazy_regex(r"\.(?:[cm]?[jt]sx?|html?|sh|bash|zsh|ps1|psm1|bat|cmd|vbs|py)\Z")
_NO_SCRIPT: Final = lazy_regex(
    rb"\w{0,16}[\x00-\x08\x0e-\x1f\x7f-\xbf\xf5-\xff]"  # \x7fELF, wOF2\0, PK\3
    rb"|\xcf\xfa|\xca\xfe"  # Mach-O
)
# An object or a list, after comments that files of settings have; or one value alone.
_MAY_BE_JSON: Final = lazy_regex(
    rb"(?:\xef\xbb\xbf)?(?:(?:\s++|//[^\n]*+\n|/\*(?:[^*]++|\*(?!/))*+\*/)*+[\[{]"
    rb"|\s*(?:[\"0-9-]|true|false|null))"
)
_XML: Final = lazy_regex(rb"(?:\xef\xbb\xbf)?\s*<\?xml")
# What a browser runs of XML, or an interpreter that skips the text before it.
_ACTIVE: Final = lazy_regex(
    rb"<(?:\w{1,20}:)?script|<\?php|javascript:|\son[a-z]{3,20}\s*=", re.IGNORECASE
)
_ASAR: Final = lazy_regex(rb"\x04\0\0\0.{12}\{\"files\"", re.DOTALL)
_WORDS: Final = lazy_regex(
    rb"(?:\xef\xbb\xbf)?\s*+(?:#(?!!)[\s#\w]|<[A-Za-z]"
    rb"|[^\w\"'`/<#\\]*([A-Za-z]\w*)[ \t]+([A-Za-z]\w*))"
)
# The underline of a title is a syntax error after any line: JavaScript permits neither ``====`` nor
# ``---`` before the end of a line.
_UNDERLINED: Final = lazy_regex(
    rb"(?:\xef\xbb\xbf)?\s*[A-Za-z][^\n\"'`/<\\]{0,100}\n(?:={4,}|-{3,})[ \t\r]*\n"
)
# These languages run line by line, or skip text before a tag.
_TOLERANT: Final = lazy_regex(
    r"\.(?:html?|php|sh|bash|zsh|fish|command|ps1|psm1|bat|cmd|vbs|py|pl|rb)\Z"
)
# Characters outside of a comment, a template or a regular expression, followed by a byte that is a
# syntax error there, or by the end of a line inside of a string: Node runs nothing of such a file.
# The headers of three formats are syntax errors, too, and a dot without a digit at the beginning.
_NO_JAVASCRIPT: Final = lazy_regex(
    rb"%PDF-|!<(?:arch|thin)>\n|\{\\rtf"
    rb"|\.(?![0-9])(?s:.{3})"  # no statement begins with it: ././@LongLink
    rb"|(?!\#!)(?:[\w$]++"
    # A slash after a word divides; after one of these words it starts a regular expression.
    rb"(?:(?<!\bvoid)(?<!\btypeof)(?<!\breturn)(?<!\bdelete)(?<!\bthrow)(?<!\bcase)(?<!\bawait)"
    rb"(?<!\byield)(?<!\bnew)(?<!\bin)(?<!\bof)(?<!\bdo)(?<!\belse)(?<!\binstanceof)(?<!\bextends)"
    rb"(?<!\bdefault)/(?![/*]))?"
    rb"|\"(?:[^\"\\\r\n]|\\(?s:.))*+\"|'(?:[^'\\\r\n]|\\(?s:.))*+'"
    rb"|[\t-\r !\#-&(-,.:;=-@\[-\^{-~]|-(?!->)|<(?!!--)"
    rb"|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*+"
    rb"(?:[^\t-\r -~]|\"(?:[^\"\\\r\n]|\\(?s:.))*+[\r\n]|'(?:[^'\\\r\n]|\\(?s:.))*+[\r\n])"
    rb"(?s:.{3})"  # not at the end, where a character may be cut
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
    | (?:\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18) | \x5d\0\0 | Rar!\x1a\x07
    | !<(?:arch|thin)>\n
    | \{\\rtf1?
    | \xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1  # documents and installers of Windows
    | \xde\x12\x04\x95 | PAR1 | dex\n\d{3}\0 | DDS[ ]\|\0{3} | [CFZ]WS.{5} | BLENDER[-_][vV]
    | .[\r\x0e]\r\n[\0-\3]\0{3}  # Python's compiled code
    | .{257}ustar(?:\0|[ ]{2}\0)
    | .{100}(?:[ 0-7]{6}[ 0-7\0][ \0]){3}(?:[ 0-7]{11}[ \0]){2}[ 0-7]{6}[ \0]{2}  # tar's first form
    """,
    re.DOTALL | re.VERBOSE,
)
# Bytes of text: neither control characters nor invalid UTF-8.
_TEXT: Final = lazy_regex(
    rb"[\t-\r\x1b -~]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf4][\x80-\xbf]{3}"
)
_BINARY_PART: Final = 1 / 16  # of the bytes after a known header
_MOST_PART: Final = 1 / 8  # of the first bytes without a known header
_KEYWORDS: Final = frozenset(
    b"async await break case class const continue default delete do else enum export extends for"
    b" function get if import in instanceof let new of return set static switch throw try typeof"
    b" using var void while with yield as from".split()
)


def content_of(name: str, content: bytes, *, is_whole: bool = True) -> Content:
    """Return the kind of a file by its name and its content, or by the first window of it."""
    head = content[:HEAD_BYTES]
    lowered = name.lower()
    tolerated = _TOLERANT.search(lowered) is not None
    if not tolerated and _is_text_data(content, is_whole=is_whole):
        return Content.DATA
    is_binary_data = _NO_SCRIPT.match(head) is not None or _is_data(head)
    if not tolerated and is_binary_data and not _ASAR.match(head):
        return Content.DATA
    if _DOCUMENT.search(lowered) and not _SCRIPT.search(lowered):
        words = _WORDS.match(head)
        # JavaScript treats --> at the beginning of a line as a comment, like <!--.
        if words and _KEYWORDS.isdisjoint(words.groups()) and b"-->" not in words[0]:
            return Content.PROSE
        if _UNDERLINED.match(head):
            return Content.PROSE
    return Content.CODE


def _is_text_data(content: bytes, *, is_whole: bool) -> bool:
    """Whether a text is JSON, or XML without scripts."""
    if _MAY_BE_JSON.match(content):
        return is_json(content) if is_whole else JsonTokens().add(content)
    return _XML.match(content) is not None and not _ACTIVE.search(content)


class ContentReader:
    """Decides the kind of one file window by window.

    ``was_data`` says that a window was taken for JSON, and that a later one shows that the file is
    none: the first windows must be searched for code, too.
    """

    def __init__(self) -> None:
        self._tokens: JsonTokens | None = None
        self._kind = Content.CODE
        self.was_data = False

    def kind_of(self, window: Window) -> Content:
        """Return the kind of the file as the next window shows it."""
        own = window.content[window.own_start : window.own_end]
        is_last = window.own_end == len(window.content)
        if window.start == 0:
            self._kind = content_of(window.entry.name, window.content, is_whole=is_last)
            is_json_yet = _MAY_BE_JSON.match(window.content) is not None
            if not is_last and self._kind is Content.DATA and is_json_yet:
                self._tokens = JsonTokens()
                self._tokens.add(own)
        elif self._tokens is not None:
            is_json_yet = self._tokens.add(own)
            if not is_json_yet or (is_last and not self._tokens.end()):
                self._tokens, self._kind, self.was_data = None, Content.CODE, True
        return self._kind


def _is_data(head: bytes) -> bool:
    header = _FORMATS.match(head)
    if header is None or not _NO_JAVASCRIPT.match(head):
        return False
    return binary_part(head[header.end() :]) >= _BINARY_PART


def is_binary(name: str, head: bytes) -> bool:
    """Whether no interpreter can run a file, whatever text it contains."""
    if _TOLERANT.search(name.lower()) or not _NO_JAVASCRIPT.match(head):
        return False
    return _FORMATS.match(head) is not None or binary_part(head) >= _MOST_PART


def binary_part(content: bytes) -> float:
    """Return the share of bytes that are not text: from 0 to 1."""
    return len(_TEXT.sub(b"", content)) / max(1, len(content))
