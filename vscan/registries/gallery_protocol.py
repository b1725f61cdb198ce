"""The protocol of the editor's galleries: one query for many names.

The Visual Studio Marketplace, Microsoft's private marketplaces, code-marketplace and an adapter of
Open VSX speak it. An extension that a gallery does not know is missing from its answer; an answer
that can't be read, or that is not complete, says nothing about any extension.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from msgspec import Struct

from vscan.model import ExtensionId, FailureKind
from vscan.registries.answer_fields import (
    MAX_VERSIONS,
    BadFieldError,
    count_of,
    flag_of,
    ids_of,
    is_named,
    list_of,
    not_answered,
    object_of,
    platform_names,
    target_platform_of,
    time_of,
    version_of,
)
from vscan.registries.interface import Absent, Answered, Found, NotAnswered, Offer, Wanted
from vscan.registries.registry_connection import RegistryConnection
from vscan.registries.registry_requests import RegistryRequests, RequestFailedError
from vscan.registries.version_choice import Chosen, Listed, choose

_ACCEPT = "application/json;api-version=3.0-preview.1"
_BY_NAME, _BY_TARGET, _WITHOUT_FLAGS = 7, 8, 12  # types of filters
_UNPUBLISHED = "4096"
# Files, properties and addresses of versions; statistics; nothing that was not validated.
_FACTS = 0x2 | 0x10 | 0x80 | 0x20 | 0x100
_EVERY_VERSION = 0x1
_NEWEST_RELEASE_AND_PRE_RELEASE = 0x10000
_LATEST = 0x1 | 0x200
_BATCH, _COMPLETE_BATCH = 100, 10  # a list of all versions may have megabytes
_MAX_FAILED_IN_A_ROW = 8  # one broken entry among a hundred makes seven queries fail
_MAX_PAGES = 5  # each has up to 16 MiB
_VSIX = "Microsoft.VisualStudio.Services.VSIXPackage"
_SIGNATURE = "Microsoft.VisualStudio.Services.VsixSignature"
_PROPERTY = "Microsoft.VisualStudio.Code."

_Extension: TypeAlias = dict[str, Any]


class _Versions(Struct, frozen=True):
    """What a gallery said about one extension: its rows, and the JSON of each."""

    extension: _Extension
    rows: tuple[Listed, ...]
    versions: tuple[dict[str, Any], ...]


class GalleryProtocol(RegistryConnection):
    """One worker's connection to a gallery. Used by one thread."""

    batch_size = _BATCH

    def __init__(self, name: str, requests: RegistryRequests) -> None:
        super().__init__(name, requests)
        self._failed_in_a_row = 0

    def find(self, wanted: Sequence[Wanted]) -> Mapping[Wanted, Answered]:
        """Look names up: the newest versions of all in one query, and of some all versions."""
        self._failed_in_a_row = 0
        found: dict[Wanted, Answered] = {}
        ids = list(dict.fromkeys(each.id for each in wanted))
        newest = self._newest(ids)
        incomplete: dict[ExtensionId, None] = {}
        for each in wanted:
            answer = self._answer(each, newest[each.id], is_complete=False)
            if answer is None:
                incomplete[each.id] = None
            else:
                found[each] = answer
        open_ids = list(incomplete)
        complete: dict[ExtensionId, _Versions | Absent | NotAnswered] = {}
        for start in range(0, len(open_ids), _COMPLETE_BATCH):
            part = open_ids[start : start + _COMPLETE_BATCH]
            complete |= self._query(part, _FACTS | _EVERY_VERSION)
        for each in wanted:
            if each not in found:
                answer = self._answer(each, complete[each.id], is_complete=True)
                assert answer is not None
                found[each] = answer
        return found

    def _newest(
        self, ids: Sequence[ExtensionId]
    ) -> dict[ExtensionId, _Versions | Absent | NotAnswered]:
        """Ask for the newest versions, in the way that this gallery knows."""
        found = self._query(ids, _FACTS | _NEWEST_RELEASE_AND_PRE_RELEASE)
        without = [
            each for each, said in found.items() if isinstance(said, _Versions) and not said.rows
        ]
        if without:  # it does not know this flag
            found |= self._query(without, _FACTS | _LATEST)
        return found

    def _answer(
        self, wanted: Wanted, said: _Versions | Absent | NotAnswered, *, is_complete: bool
    ) -> Answered | None:
        """Choose what was asked for; ``None``: all versions must be known for that."""
        if isinstance(said, Absent | NotAnswered):
            return said
        if not said.rows:
            return (
                NotAnswered(FailureKind.BAD_RESPONSE, "the gallery lists no version of it")
                if is_complete
                else None
            )
        choice = choose(wanted, said.rows, is_complete=is_complete)
        if isinstance(choice, Chosen):
            return Found(self._offer(wanted.id, said, choice))
        return None if choice == "unknown" else choice

    def _query(
        self, ids: Sequence[ExtensionId], flags: int
    ) -> dict[ExtensionId, _Versions | Absent | NotAnswered]:
        """Ask about some ids. If that fails, halves are asked: one may have a broken entry."""
        if not ids:
            return {}
        try:
            extensions = list(self._pages(ids, flags))
        except (BadFieldError, RequestFailedError) as error:
            failure = (
                not_answered(error)
                if isinstance(error, BadFieldError)
                else NotAnswered(error.kind, error.detail)
            )
            self._failed_in_a_row += 1
            if failure.kind is not FailureKind.BAD_RESPONSE or len(ids) == 1:
                return dict.fromkeys(ids, failure)
            said: dict[ExtensionId, _Versions | Absent | NotAnswered] = {}
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                is_broken = self._failed_in_a_row >= _MAX_FAILED_IN_A_ROW
                said |= dict.fromkeys(half, failure) if is_broken else self._query(half, flags)
            return said
        self._failed_in_a_row = 0
        return {each: _said_of(each, extensions) for each in ids}

    def _pages(self, ids: Sequence[ExtensionId], flags: int) -> Iterator[_Extension]:
        """Yield the extensions in the answer, of all its pages."""
        seen = total = 0
        for page in range(1, _MAX_PAGES + 1):
            url = f"{self._requests.url}/extensionquery"
            answer = self._requests.ask_json(
                "POST", url, _question(ids, flags, page), _ACCEPT, is_about_one=len(ids) == 1
            )
            results = list_of(object_of(answer, "the answer").get("results"), "results")
            first = object_of(results[0] if results else None, "the first result")
            extensions = list_of(first.get("extensions"), "extensions")
            seen += len(extensions)
            total = max(total, _total(first))
            yield from (object_of(each, "an extension") for each in extensions)
            if seen >= min(total, len(ids)) or not extensions:
                break
        if seen < min(total, len(ids)):
            raise BadFieldError("the gallery does not list all that it knows")

    def _offer(self, wanted: ExtensionId, said: _Versions, chosen: Chosen) -> Offer:
        row, version = chosen.row, said.versions[chosen.row.number]
        publisher = said.extension.get("publisher")
        verified = publisher.get("isDomainVerified") if isinstance(publisher, dict) else None
        properties = _properties(version)
        signature_url = _file(version, _SIGNATURE)
        return Offer(
            registry=self._name,
            id=wanted,
            version=row.version,
            platform=row.platform,
            vsix_url=self._vsix_url(wanted, row, version),
            published_at=time_of(version.get("lastUpdated")),
            signature_url=signature_url if self._requests.allows(signature_url) else None,
            pre_release=row.pre_release,
            pack=ids_of(properties.get("ExtensionPack", "").split(",")),
            dependencies=ids_of(properties.get("ExtensionDependencies", "").split(",")),
            verified=flag_of(verified),
            latest_version=chosen.latest_version,
            platforms=platform_names(chosen.platforms),
            download_count=_installs(said.extension),
        )

    def _vsix_url(self, wanted: ExtensionId, row: Listed, version: dict[str, Any]) -> str:
        """Return the address that the editor takes; where it can't be, the one of web pages."""
        platform = f"targetPlatform={quote(row.platform)}" if row.platform else ""
        for field in ("fallbackAssetUri", "assetUri"):
            base = version.get(field)
            if isinstance(base, str) and "?" not in base and self._requests.allows(base):
                url = f"{base.rstrip('/')}/{_VSIX}?redirect=true"
                return f"{url}&{platform}" if platform else url
        url = (
            f"{self._requests.url}/publishers/{quote(wanted.publisher)}"
            f"/vsextensions/{quote(wanted.name)}/{quote(row.version)}/vspackage"
        )
        return f"{url}?{platform}" if platform else url


def _question(ids: Sequence[ExtensionId], flags: int, page: int) -> dict[str, Any]:
    criteria: list[dict[str, Any]] = [{"filterType": _BY_NAME, "value": str(each)} for each in ids]
    criteria += [
        {"filterType": _BY_TARGET, "value": "Microsoft.VisualStudio.Code"},
        {"filterType": _WITHOUT_FLAGS, "value": _UNPUBLISHED},
    ]
    return {
        "filters": [
            {
                "criteria": criteria,
                "pageNumber": page,
                "pageSize": max(len(ids), 1),
                "sortBy": 0,
                "sortOrder": 0,
            }
        ],
        "assetTypes": [],
        "flags": flags,
    }


def _total(result: dict[str, Any]) -> int:
    """Return how many extensions the gallery found; 0 where it does not say so."""
    metadata = result.get("resultMetadata")
    for group in metadata if isinstance(metadata, list) else ():
        items = group.get("metadataItems") if isinstance(group, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("name") == "TotalCount":
                return count_of(item.get("count")) or 0
    return 0


def _said_of(
    wanted: ExtensionId, extensions: Sequence[_Extension]
) -> _Versions | Absent | NotAnswered:
    for extension in extensions:
        publisher = extension.get("publisher")
        name = publisher.get("publisherName") if isinstance(publisher, dict) else None
        if is_named(name, extension.get("extensionName"), wanted):
            try:
                return _versions(extension)
            except BadFieldError as error:
                return not_answered(error)
    return Absent("extension")


def _versions(extension: _Extension) -> _Versions:
    versions = list_of(extension.get("versions", []), "the list of versions")
    if len(versions) > MAX_VERSIONS:
        raise BadFieldError("the list of versions is too long")
    objects = tuple(object_of(each, "a version") for each in versions)
    rows = tuple(row for number, each in enumerate(objects) if (row := _row(each, number)))
    if objects and not rows:
        raise BadFieldError("no version in the list is one")
    return _Versions(extension, rows, objects)


def _row(version: dict[str, Any], number: int) -> Listed | None:
    """Read a row; ``None`` for one that no editor could take."""
    text = version_of(version.get("version"))
    try:
        platform = target_platform_of(version.get("targetPlatform"))
    except BadFieldError:
        return None
    if text is None:
        return None
    is_pre_release = _properties(version).get("PreRelease", "").strip().lower() == "true"
    return Listed(text, platform, is_pre_release, number)


def _properties(version: dict[str, Any]) -> dict[str, str]:
    properties = version.get("properties")
    return {
        each["key"].removeprefix(_PROPERTY): each["value"]
        for each in (properties if isinstance(properties, list) else ())
        if isinstance(each, dict)
        and isinstance(each.get("key"), str)
        and isinstance(each.get("value"), str)
    }


def _file(version: dict[str, Any], kind: str) -> str | None:
    files = version.get("files")
    for each in files if isinstance(files, list) else ():
        if isinstance(each, dict) and each.get("assetType") == kind:
            source = each.get("source")
            return source if isinstance(source, str) else None
    return None


def _installs(extension: _Extension) -> int | None:
    statistics = extension.get("statistics")
    for each in statistics if isinstance(statistics, list) else ():
        if isinstance(each, dict) and each.get("statisticName") == "install":
            return count_of(each.get("value"))
    return None
