r"""The label ``devcontainer.metadata`` in a text that is no Dockerfile: compose files, ``--label``.

The value is JSON, which is quoted in each format in another way: ``\"`` in JSON and in YAML, ``''``
in YAML. Quotes are read as they would be without these escapes.
"""

from collections.abc import Iterator

from vscan.discovery.named.container_lists import read_container
from vscan.discovery.named.extension_argument import mistake
from vscan.discovery.named.interface import Read
from vscan.discovery.named.jsonc import JsonArray, read_json
from vscan.discovery.named.places import EmbeddedPlaces, TextPlaces
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_MARK = "devcontainer.metadata"
_LABEL = lazy_regex(r"(?<![\w.-])devcontainer\.metadata\\*[\"']?[ \t]*[=:][ \t]*(?:[|>][-+\d]*)?")
_DOCKERFILE = lazy_regex(r"(?:[ \t]*(?:\#[^\n]*|ARG[ \t][^\n]*)?\n){0,1000}[ \t]*FROM[ \t]", 2)
_START = lazy_regex(r"[ \t\r\n\"'\\|>]{0,100}(?=[\[{])")
_ESCAPE = lazy_regex(r"\\+(?=[\"'])|'(?=')")
_COMMENT = lazy_regex(r"[ \t]*(?:\#|//)")
_MAX_VALUE = 50_000
_MAX_LABELS = 20


def read_labels(text: str) -> Iterator[Read]:
    """Read what the labels of a text install. The label of a Dockerfile is read elsewhere."""
    if _MARK not in text or _DOCKERFILE.match(text):
        return
    places = TextPlaces(text)
    for count, label in enumerate(_LABEL.finditer(text)):
        line_start = text.rfind("\n", 0, label.start()) + 1
        if _COMMENT.match(text, line_start, label.start()):
            continue
        found = _START.match(text, label.end())
        start = found.end() if found else label.end()
        reads = list(_read_value(text, start, places)) if found and count < _MAX_LABELS else []
        yield from reads
        value = text[start : start + _MAX_VALUE]
        if not reads and ("$" in value[:3] or not found or '"extensions' in value):
            message = "what this label installs can't be read"
            span = places.span(label.start(), len(_MARK))
            yield mistake("input-unresolved", How.INSTALLS, message, span, value[:60])


def _read_value(text: str, start: int, places: TextPlaces) -> Iterator[Read]:
    written = text[start : start + _MAX_VALUE]
    pieces: list[str] = []
    parts: list[tuple[int, int]] = []
    last = length = 0
    for escape in _ESCAPE.finditer(written):
        parts.append((length, start + last))
        pieces.append(written[last : escape.start()])
        length += escape.start() - last
        last = escape.end()
    parts += [(length, start + last), (length + len(written) - last, start + len(written))]
    inner = "".join([*pieces, written[last:]])
    document = read_json(inner, EmbeddedPlaces(places, parts))
    root = document.root
    for config in root.items if isinstance(root, JsonArray) else [root]:
        yield from read_container(document, config)
