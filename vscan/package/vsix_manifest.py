"""What ``extension.vsixmanifest``, the manifest of the packer, says an extension is."""

from dataclasses import dataclass
from xml.parsers import expat

_MAX_BYTES = 256 * 1024  # real ones have some kilobytes
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """The attributes of ``<Identity>``; empty where there is none of that name."""

    publisher: str
    name: str
    version: str
    target_platform: str


class _FoundError(Exception):
    """The element is there: what follows is not looked at."""


def parse_identity(content: bytes) -> Identity:
    """Find the first ``<Identity>``; a ``ValueError`` says why there is none: "it ..."."""
    if len(content) > _MAX_BYTES:
        raise ValueError(f"is over {_MAX_BYTES // 1024} KiB")
    depth = 0
    attributes: dict[str, str] = {}

    def start(element: str, its: dict[str, str]) -> None:
        nonlocal depth, attributes
        depth += 1
        if depth > _MAX_DEPTH:
            raise ValueError("is nested too deeply")
        if element.rpartition(":")[2] == "Identity":
            attributes = its
            raise _FoundError

    def end(_element: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(*_: object) -> None:
        # Without a declaration there are no entities: nothing to expand, nothing to fetch.
        raise ValueError("declares a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = declare
    try:
        parser.Parse(content, True)  # noqa: FBT003 - it is all there is
    except _FoundError:
        return Identity(
            publisher=attributes.get("Publisher", ""),
            name=attributes.get("Id", ""),
            version=attributes.get("Version", ""),
            target_platform=attributes.get("TargetPlatform", ""),
        )
    except (expat.ExpatError, LookupError):  # an encoding that nobody knows
        raise ValueError("is not valid XML") from None
    raise ValueError("has no Identity")
