"""The identity in ``extension.vsixmanifest``, the manifest that packers write."""

from xml.parsers import expat

from msgspec import Struct

_MAX_BYTES = 256 * 1024  # real ones have some kilobytes
_MAX_DEPTH = 64


class Identity(Struct, frozen=True):
    """The attributes of ``<Identity>``; a missing attribute is an empty string.

    ``display_name`` is the text of ``<DisplayName>``, or ``None`` if it can't be read.
    """

    publisher: str
    name: str
    version: str
    target_platform: str
    display_name: str | None = None


class _FoundError(Exception):
    """Stops the parser: both elements were read."""


class _Elements:
    """Collects the two elements while the parser runs."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] | None = None
        self._depth = 0
        self._texts: list[str] | None = None  # of the first <DisplayName>
        self.display_name: str | None = None

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ValueError("is nested too deeply")
        name = element.rpartition(":")[2]
        if name == "Identity" and self.attributes is None:
            self.attributes = attributes
        elif name == "DisplayName" and self._texts is None:
            self._texts = []
        self._stop_if_found()

    def end(self, element: str) -> None:
        self._depth -= 1
        if element.rpartition(":")[2] == "DisplayName" and self.display_name is None:
            self.display_name = " ".join("".join(self._texts or []).split())
        self._stop_if_found()

    def text(self, content: str) -> None:
        if self._texts is not None and self.display_name is None:
            self._texts.append(content)

    def _stop_if_found(self) -> None:
        if self.attributes is not None and self.display_name is not None:
            raise _FoundError


def parse_identity(content: bytes) -> Identity:
    """Read the first ``<Identity>``; a ``ValueError`` says why not, as in "it is too large"."""
    if len(content) > _MAX_BYTES:
        raise ValueError(f"is over {_MAX_BYTES // 1024} KiB")
    elements = _Elements()

    def declare(*_: object) -> None:
        # Only a declaration could define entities, which expat would expand.
        raise ValueError("declares a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = elements.start, elements.end
    parser.CharacterDataHandler = elements.text
    parser.StartDoctypeDeclHandler = declare
    try:
        parser.Parse(content, True)  # noqa: FBT003 - this is the whole document
    except _FoundError:
        pass
    except (expat.ExpatError, LookupError):  # an unknown encoding
        if elements.attributes is None:
            raise ValueError("is not valid XML") from None
    except ValueError:
        if elements.attributes is None:
            raise
    if elements.attributes is None:
        raise ValueError("has no Identity")
    return Identity(
        publisher=elements.attributes.get("Publisher", ""),
        name=elements.attributes.get("Id", ""),
        version=elements.attributes.get("Version", ""),
        target_platform=elements.attributes.get("TargetPlatform", ""),
        display_name=elements.display_name,
    )
