"""The scripts inside of a page: everything around them is blanked, so that all places stay.

The grammar of JavaScript takes the tags of a page for operators, and may lose the scripts between
them. A page that an interpreter could run as a program is left as it is.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex

# A program of JavaScript can begin with none of these, but with a comment: ``<!--``.
_PAGE: Final = lazy_regex(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|[a-z])", re.IGNORECASE)
_SCRIPT: Final = lazy_regex(
    rb"<script\b([^>]{0,2000})>(.*?)(?:</script|\Z)", re.IGNORECASE | re.DOTALL
)
_DATA: Final = lazy_regex(
    rb"\btype\s*=\s*[\"']?(?!module\b|(?:text|application)/(?:x-)?(?:java|ecma)script\b|[\"']|text/babel)",
    re.IGNORECASE,
)
_NO_BREAK: Final = lazy_regex(rb"[^\r\n]+")


def only_scripts(page: bytes) -> bytes:
    """Blank all of a page but its scripts; return it as it is if it is no page with scripts."""
    if not _PAGE.match(page):
        return page
    parts, end = [], 0
    for start, stop in _places(page):
        parts += [_blank(page[end:start]), page[start:stop]]
        end = stop
    return b"".join([*parts, _blank(page[end:])]) if parts else page


def scripts_in(text: str) -> str:
    """Return the scripts of a text that has them somewhere, one after the other."""
    page = text.encode("utf-8", "surrogatepass")
    scripts = (page[start:stop] for start, stop in _places(page))
    return b"\n;".join(scripts).decode("utf-8", "replace")


def _places(page: bytes) -> Iterator[tuple[int, int]]:
    for script in _SCRIPT.finditer(page):
        if not _DATA.search(script[1]):
            yield script.span(2)


def _blank(markup: bytes) -> bytes:
    return _NO_BREAK.sub(lambda line: b" " * len(line[0]), markup)
