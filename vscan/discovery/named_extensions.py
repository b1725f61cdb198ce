"""Collect the extensions that files name: one for each id and version, with all its places."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from vscan.discovery.named.interface import Mistake, Named, Read, Span, Used
from vscan.discovery.target_interface import Found
from vscan.model import (
    Extension,
    How,
    Origin,
    PlaceFinding,
    Skipped,
    SkipReason,
    Unreadable,
)
from vscan.safe_text import sanitize

UNRESOLVED: Final = "input-unresolved"
_MAX_EXTENSIONS = 20_000
_SKIPPED: Final = {How.REMOVES: "removed", How.REFUSES: "refused"}
_NOT_HERE: Final = {
    "list-file": "the list that it installs from is not known here",
    "vsix-file": "the archive that it installs is not in the repository",
    "dockerfile": "the Dockerfile that it builds is not in the repository",
    "extension-folder": "the extension that it copies is not in the repository",
    "vsix-url": "the archive that it installs is somewhere else, and was not fetched",
}


class NamedExtensions:
    """The extensions that the files of one target name.

    ``installs_recommended`` says that the repository has its recommendations installed.
    """

    def __init__(self) -> None:
        self.installs_recommended = False
        self._extensions: dict[tuple[str, str | None, str | None, bool], Extension] = {}
        self._places: set[tuple[object, ...]] = set()
        self._others: list[Found] = []

    def add(self, uri: str, kind: str, read: Read) -> None:
        """Add what a kind read in a file; ``uri`` is the path for reports.

        What other files give to a name (``Used``) is not known here, and adds nothing.
        """
        if isinstance(read, Used):
            return
        origin = _origin(uri, kind, read.how, read.span)
        if isinstance(read, Named):
            self._add_named(
                read, replace(origin, version=read.version, is_pre_release=read.is_pre_release)
            )
        elif isinstance(read, Mistake):
            self._add_mistake(read, origin)
        elif read.what == "recommendations":
            self.installs_recommended = True
        elif read.what in {"feature", "image"}:
            reason: SkipReason = "feature" if read.what == "feature" else "image"
            self._others.append(Skipped(sanitize(read.target, 300), None, reason, origin))
        else:
            name = sanitize(read.target, 300)
            why = _NOT_HERE[read.what]
            self._others.append(_unresolved(f"{why}: {name}", origin))

    def _add_named(self, named: Named, origin: Origin) -> None:
        skipped = _SKIPPED.get(named.how)
        if skipped == "removed":
            self._others.append(Skipped(str(named.id), named.version, "removed", origin))
            return
        if skipped == "refused":
            self._others.append(Skipped(str(named.id), named.version, "refused", origin))
            return
        if named.uuid:
            why = (
                f"the editor asks for the uuid {named.uuid}, which may be another's than {named.id}"
            )
            self._others.append(_unresolved(why, origin))
        key = named.id.key, named.version, named.platform, named.is_pre_release
        known = self._extensions.get(key)
        place = (*key, origin.uri, origin.line, origin.column)
        if place in self._places:
            return  # two kinds read the file
        self._places.add(place)
        if known is not None:
            self._extensions[key] = replace(known, origins=(*known.origins, origin))
        elif len(self._extensions) < _MAX_EXTENSIONS:
            self._extensions[key] = Extension(
                id=named.id,
                version=named.version,
                target_platform=named.platform,
                display_name=named.id.name,
                path=None,
                origins=(origin,),
                in_index=None,
                registry=named.registry,
                asked_by_name=True,
            )
        else:
            why = f"more than {_MAX_EXTENSIONS} extensions are named: this one is not asked about"
            self._others.append(_unresolved(why, origin))

    def _add_mistake(self, mistake: Mistake, origin: Origin) -> None:
        is_gap = mistake.rule == UNRESOLVED and mistake.how is How.INSTALLS
        if is_gap:
            self._others.append(_unresolved(mistake.message, origin))
        else:
            self._others.append(PlaceFinding(mistake.rule, sanitize(mistake.message), origin))

    def found(self) -> Iterator[Found]:
        """Yield the extensions, and what names none."""
        for extension in self._extensions.values():
            if self.installs_recommended:
                yield replace(extension, origins=tuple(map(_installing, extension.origins)))
            else:
                yield extension
        yield from self._others


def _origin(uri: str, kind: str, how: How, span: Span) -> Origin:
    return Origin(uri, span.line, span.column, span.length, kind, how)


def _installing(origin: Origin) -> Origin:
    return replace(origin, how=How.INSTALLS) if origin.how is How.RECOMMENDS else origin


def _unresolved(why: str, origin: Origin) -> Unreadable:
    place = f"{origin.uri}:{origin.line}"
    return Unreadable(place, sanitize(why), None, None, None, (origin,), rule=UNRESOLVED)
