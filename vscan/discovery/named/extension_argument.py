"""What a text names as one extension: an id, perhaps with a version, or an archive."""

import re
from collections.abc import Iterator

from vscan.discovery.named.interface import Elsewhere, Mistake, MistakeRule, Named, Read, Span
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import ExtensionId, How
from vscan.safe_text import sanitize

_ID = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9-]*+\.[A-Za-z0-9][A-Za-z0-9-]*+")
_VERSION = lazy_regex(r"[0-9]{1,20}\.[0-9]{1,20}\.[0-9]{1,20}(?:-[0-9A-Za-z.+-]{1,60})?")
_URL = lazy_regex(r"https?://", re.IGNORECASE)
_ARCHIVE = lazy_regex(r"\.vsix(?:[?#]|$)", re.IGNORECASE)
_PLAIN = lazy_regex(r"[\w.@:/+~=, -]*")
_GOES_ON = lazy_regex(r"(?:\\*[\"'])*+[\w.${`]|[\"']*\\\r?\n[ \t]*[\w.$`{\"']")
_PRE_RELEASE = "prerelease"


def parse_id(text: str) -> ExtensionId | None:
    """Return the id that a text is, in the form that editors take; ``None`` for others."""
    if not _ID.fullmatch(text):
        return None
    try:
        return ExtensionId.parse(text)
    except ValueError:  # too long
        return None


def is_extension(text: str) -> bool:
    """Say whether a text is an id, perhaps with a version, or an archive."""
    return parse_id(text.partition("@")[0]) is not None or bool(_ARCHIVE.search(text))


def mistake(rule: MistakeRule, how: How, message: str, span: Span, text: str) -> Mistake:
    """Make a mistake; what the text says is quoted in the message, behind a colon."""
    return Mistake(rule, how, f"{message}: {sanitize(text, 100)}", span)


def read_extension(
    source: SourceText,
    place: tuple[int, int],
    text: str,
    how: How = How.INSTALLS,
    *,
    is_pre_release: bool = False,
) -> Iterator[Read]:
    """Read what an editor's command line takes for one extension.

    ``place`` is where the text begins and ends in the source; it is longer there than here if
    quotes or escapes were taken out of it.
    """
    start, end = place
    if not text.strip():
        return
    if _ARCHIVE.search(text) or _URL.match(text):
        span = source.span(start, end)
        if _URL.match(text):
            yield Elsewhere("vsix-url", text, how, span)
        else:
            yield Elsewhere("vsix-file", text, how, span)
        return
    name, at, version = text.partition("@")
    extension_id = parse_id(name)
    if extension_id is None:
        span = source.span(start, end)
        rule: MistakeRule = "input-ignored"
        if not _PLAIN.fullmatch(text) or _GOES_ON.match(source.text, end):
            rule = "input-unresolved"  # a shell, or a template, makes another text of it
        yield mistake(rule, how, "this is no id that an editor takes", span, text)
        return
    span = source.span(start, start + len(name) if at else end)
    exact = _VERSION.fullmatch(version)
    yield Named(
        extension_id,
        how,
        span,
        version=version if exact else None,
        is_pre_release=not exact and (is_pre_release or version.lower() == _PRE_RELEASE),
    )
    if at and not exact and version.lower() != _PRE_RELEASE:
        message = "no editor takes this version"
        yield mistake("input-ignored", how, message, source.span(start, end), text)
