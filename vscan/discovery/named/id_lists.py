"""Read the strings that name extensions in JSON: ids, ids with a version, and .vsix files."""

from collections.abc import Iterator

from msgspec import Struct, structs

from vscan.discovery.named.interface import Elsewhere, Mistake, MistakeRule, Named, Read, Span
from vscan.discovery.named.jsonc import (
    Document,
    JsonArray,
    JsonObject,
    JsonScalar,
    JsonString,
    JsonValue,
)
from vscan.discovery.named.places import Places
from vscan.lazy_regex import lazy_regex
from vscan.model import ExtensionId, How, parse_version
from vscan.safe_text import sanitize

_ID = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9-]*+\.[A-Za-z0-9][A-Za-z0-9-]*+")
_WITH_VERSION = lazy_regex(r"([^@]*+)@(?:(prerelease)|([0-9]++\.[0-9]++\.[0-9]++(?:[-+].*)?))")
_VARIABLE = lazy_regex(r"\$[{(A-Za-z_]|\{\{|\{%|<%")
_URL = lazy_regex(r"https?://", 2)  # 2: without regard to case
# The editor writes ids in lower case before it looks at them, and this sign's is an ASCII letter.
_KELVIN_SIGN = "\N{KELVIN SIGN}"


class ListForm(Struct, frozen=True):
    """What a list does with the extensions in it, and what it may have besides ids.

    ``takes_versions``: ``a.b@1.2.3``, ``a.b@prerelease``, and paths and URLs of .vsix files.
    ``takes_removals``: ``-a.b``.
    """

    how: How
    takes_versions: bool = False
    takes_removals: bool = False


RECOMMENDED = ListForm(How.RECOMMENDS)
REFUSED = ListForm(How.REFUSES)
MEMBERS = ListForm(How.INSTALLS)
INSTALLED = ListForm(How.INSTALLS, takes_versions=True)
CONTAINER = ListForm(How.INSTALLS, takes_versions=True, takes_removals=True)


def read_list(document: Document, value: JsonValue, form: ListForm) -> Iterator[Read]:
    """Read a value that should be a list of strings. ``null`` is an empty one."""
    if isinstance(value, JsonScalar) and value.text == "null":
        return
    array = value.as_array() if isinstance(value, JsonObject) else value
    if not isinstance(array, JsonArray):
        yield ignored(document.places, value, form.how, "this is no list of extensions")
        return
    for item in array.items:
        if isinstance(item, JsonString):
            yield read_string(document.places, item, form)
        else:
            yield ignored(document.places, item, form.how, "this is no text, so no extension")


def read_string(places: Places, string: JsonString, form: ListForm) -> Read:
    """Read one string of a list."""
    if form.how == How.INSTALLS and _VARIABLE.search(string.text):
        return unresolved(places, string, string.text)
    if form.takes_versions:
        elsewhere = _elsewhere(places, string)
        if elsewhere:
            return elsewhere
    text = string.text
    how = form.how
    if form.takes_removals and text.startswith("-"):
        text, how = text[1:], How.REMOVES
    asked = _WITH_VERSION.fullmatch(text) if form.takes_versions else None
    version = None
    try:
        version = parse_version(asked[3]) if asked and asked[3] else None
        identity = _editor_id(asked[1] if asked else text)
    except ValueError:
        reason = f"no editor takes this for an extension: {sanitize(string.text, 100)}"
        return ignored(places, string, form.how, reason)
    start = len(string.text) - len(text)
    span = _part(places, string, start, len(asked[1] if asked else text))
    return Named(identity, how, span, version, is_pre_release=bool(asked and asked[2]))


def read_entry(places: Places, string: JsonString, version: JsonValue | None) -> Iterator[Read]:
    """Read an extension that is installed, and whose version has a value of its own."""
    read = read_string(places, string, MEMBERS)
    is_absent = version is None or (isinstance(version, JsonScalar) and version.text == "null")
    if isinstance(read, Named) and version is not None and not is_absent:
        try:
            text = version.text if isinstance(version, JsonString) else ""
            read = structs.replace(read, version=parse_version(text))
        except ValueError:
            yield ignored(places, version, How.INSTALLS, "this is no version of an extension")
    yield read


def names_extension(string: JsonString) -> bool:
    """Say whether a string is an id that an editor takes."""
    try:
        _editor_id(string.text)
    except ValueError:
        return False
    return True


def no_object(document: Document, how: How) -> Iterator[Mistake]:
    """Tell that a document has a value, and that it is no object, which it should be."""
    if document.root is not None and not isinstance(document.root, JsonObject):
        reason = "this is no object, so it names no extension"
        yield ignored(document.places, document.root, how, reason)


def could_have(text: str, *words: str) -> bool:
    """Say whether one of the words can be a name in a text; where escapes are, any could."""
    return "\\" in text or any(word in text for word in words)


def if_any(document: Document, reads: Iterator[Read], *words: str) -> Iterator[Read]:
    """Give what a document names, for a kind with many files that should name nothing.

    That the document is broken is told only if it names something, or has one of the words.
    """
    first = next(reads, None)
    if first is not None or any(word in document.text for word in words):
        yield from broken(document, How.INSTALLS)
    if first is not None:
        yield first
    yield from reads


def broken(document: Document, how: How) -> Iterator[Mistake]:
    """Tell the first place where a document breaks its format."""
    if document.mistakes:
        mistake = document.mistakes[0]
        span = document.places.span(mistake.offset, mistake.length)
        message = f"the JSON is broken: {mistake.message}"
        yield Mistake("input-broken", how, message, span)


def ignored(places: Places, value: JsonValue, how: How, message: str) -> Mistake:
    """Say that the editor ignores a value."""
    return _mistake("input-ignored", places, value, how, message)


def unresolved(places: Places, value: JsonValue, text: str) -> Mistake:
    """Say that what is installed here is not in the file."""
    message = f"what this stands for is not in the file: {sanitize(text, 100)}"
    return _mistake("input-unresolved", places, value, How.INSTALLS, message)


def is_variable(text: str) -> bool:
    """Say whether a text has a variable or a part of a template in it."""
    return _VARIABLE.search(text) is not None


def _mistake(
    rule: MistakeRule, places: Places, value: JsonValue, how: How, message: str
) -> Mistake:
    return Mistake(rule, how, message, places.span(value.offset, value.length))


def _elsewhere(places: Places, string: JsonString) -> Elsewhere | None:
    span = places.span(string.offset, string.length)
    target = sanitize(string.text, 2000)
    if _URL.match(string.text):
        return Elsewhere("vsix-url", target, How.INSTALLS, span)
    if string.text.strip().lower().endswith(".vsix"):
        return Elsewhere("vsix-file", target, How.INSTALLS, span)
    return None


def _editor_id(text: str) -> ExtensionId:
    """Make an id of what an editor takes for one; ``ValueError`` for everything else."""
    text = text.replace(_KELVIN_SIGN, "k")
    if not _ID.fullmatch(text):
        raise ValueError("not the id of an extension")
    return ExtensionId.parse(text)


def _part(places: Places, string: JsonString, start: int, length: int) -> Span:
    """Give the place of a part of a string, or of all of it where escapes are in it."""
    if string.length != len(string.text):
        return places.span(string.offset, string.length)
    return places.span(string.offset + start, length)
