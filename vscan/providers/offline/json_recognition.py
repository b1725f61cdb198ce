"""Say whether a text is JSON to its last byte, also JSON with comments, and in windows.

Such a text does nothing, even if it is loaded as a program: it has strings, numbers and punctuation
and nothing else, so it has no call, no template, and no name. Whether its brackets match does not
matter.
"""

from typing import Final

import msgspec

from vscan.lazy_regex import lazy_regex

_STRING_REST = rb'(?:[^"\\\x00-\x1f]++|\\["\\/bfnrtu])*+'
# Line ends of JavaScript end its comments, too: U+2028 and U+2029.
_LINE_REST = rb"(?:[^\n\r\xe2]++|\xe2(?!\x80[\xa8\xa9]))*+"
_BLOCK_REST = rb"(?:[^*]++|\*(?!/))*+"
_TOKENS: Final = lazy_regex(
    rb"(?:[ \t\r\n{}\[\],:]++|\"" + _STRING_REST + rb"\"|-?[0-9][0-9.eE+-]*+"
    rb"|(?:true|false|null)(?![\w$])|//" + _LINE_REST + rb"(?=[\n\r\xe2])"
    rb"|/\*" + _BLOCK_REST + rb"\*/)*+"
)
# What the end of a window cuts, and how it goes on in the next window.
_CUT: Final = lazy_regex(
    rb"(?P<string>\"" + _STRING_REST + rb"\\?)\Z|(?P<line>//" + _LINE_REST + rb")\Z"
    rb"|(?P<block>/\*" + _BLOCK_REST + rb"\*?)\Z|(?P<word>/|[a-z]{1,5}|-|\xe2\x80?)\Z"
)
_CONTINUED: Final = {
    "string": lazy_regex(_STRING_REST + rb'"'),
    "line": lazy_regex(_LINE_REST + rb"(?=[\n\r\xe2])"),
    "block": lazy_regex(_BLOCK_REST + rb"\*/"),
}
_CUT_ALL: Final = {
    "string": lazy_regex(_STRING_REST + rb"\\?\Z"),
    "line": lazy_regex(_LINE_REST + rb"\Z"),
    "block": lazy_regex(_BLOCK_REST + rb"\*?\Z"),
}
BOM: Final = b"\xef\xbb\xbf"


def is_json(content: bytes) -> bool:
    """Say whether a whole text is JSON; JSON with comments and trailing commas is, too."""
    text = content.removeprefix(BOM)
    if not text.strip():
        return False
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    else:
        return True
    reader = JsonTokens()
    return reader.add(content) and reader.end()


class JsonTokens:
    """Reads the tokens of a text that comes in parts."""

    def __init__(self) -> None:
        self._inside = ""  # the kind of the token that the last part cut
        self._rest = b""  # of the last part, which begins the next one
        self._is_first = True

    def add(self, part: bytes) -> bool:
        """Read the next part; say whether the text is JSON so far."""
        if self._is_first:
            part = part.removeprefix(BOM)
            self._is_first = False
        part = self._rest + part
        self._rest = b""
        start = 0
        if self._inside:
            found = _CONTINUED[self._inside].match(part)
            if found is None:
                if _CUT_ALL[self._inside].match(part) is None:
                    return False
                self._keep_escape(part)
                return True
            start, self._inside = found.end(), ""
        match = _TOKENS.match(part, start)
        end = start if match is None else match.end()
        if end == len(part):
            return True
        cut = _CUT.match(part, end)
        if cut is None:
            return False
        if cut.lastgroup == "word":
            self._rest = cut[0]
        else:
            self._inside = cut.lastgroup or ""
            self._keep_escape(part)
        return True

    def _keep_escape(self, part: bytes) -> None:
        """Read the beginning of an escape, or of the end of a comment, with the next part."""
        last = {"string": b"\\", "block": b"*"}.get(self._inside, b"")
        if last and part.endswith(last):
            slashes = len(part) - len(part.rstrip(b"\\"))
            if self._inside == "block" or slashes % 2:
                self._rest = last

    def end(self) -> bool:
        """Say whether the text may end here."""
        return self._inside in {"", "line"} and not self._rest
