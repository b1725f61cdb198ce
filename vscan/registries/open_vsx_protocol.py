"""The protocol of Open VSX: a query for each name.

The query is used, and not the address of the extension: it answers an unknown name with an empty
list, while a 404 may come from anything between here and the registry.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from vscan.model import FailureKind
from vscan.registries.answer_fields import (
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
from vscan.registries.registry_requests import RegistryRequests, RequestFailedError
from vscan.registries.version_choice import Chosen, Listed, choose

_PAGE = 100
_MAX_PAGES = 50
_WITHDRAWN = {"rejected", "under_review", "deactivated"}


class OpenVsxProtocol:
    """One worker's connection to an Open VSX instance. Used by one thread."""

    batch_size = 1

    def __init__(self, name: str, requests: RegistryRequests) -> None:
        self._name = name
        self._requests = requests

    def close(self) -> None:
        """Close connections."""
        self._requests.close()

    def find(self, wanted: Sequence[Wanted]) -> Mapping[Wanted, Answered]:
        """Look names up, one after the other."""
        found: dict[Wanted, Answered] = {}
        for each in wanted:
            try:
                found[each] = self._find(each)
            except BadFieldError as error:
                found[each] = not_answered(error)
            except RequestFailedError as error:
                found[each] = NotAnswered(error.kind, error.detail)
        return found

    def download(
        self, offer: Offer, begin: Callable[[], Callable[[bytes], object]]
    ) -> NotAnswered | None:
        """Pass the archive, part by part, to the function that ``begin`` returns."""
        try:
            self._requests.download(offer.vsix_url, begin)
        except RequestFailedError as error:
            return NotAnswered(error.kind, error.detail)
        return None

    def read_small(self, url: str, most: int) -> bytes | NotAnswered:
        """Read a file beside an archive, of at most ``most`` bytes."""
        try:
            return self._requests.read_small(url, most)
        except RequestFailedError as error:
            return NotAnswered(error.kind, error.detail)

    def _find(self, wanted: Wanted) -> Answered:
        """Ask for one version, or for the newest for each platform; then, if need be, for all."""
        extensions = self._query(wanted)
        if not extensions:
            if wanted.version is None or not self._query(Wanted(wanted.id)):
                return Absent("extension")
            return Absent("version")
        rows = _newest_first(extensions)
        # The newest of a platform hides its newest release, if it is a pre-release.
        is_hidden = not wanted.is_pre_release and any(row.pre_release for row in rows)
        is_pinned = wanted.version is not None
        choice = choose(wanted, rows, is_complete=is_pinned)
        if choice == "unknown" or (is_hidden and not is_pinned):
            extensions = self._query(wanted, all_versions=True)
            choice = choose(wanted, _newest_first(extensions), is_complete=True)
        if isinstance(choice, Chosen):
            return self._offer(wanted, extensions[choice.row.number], choice)
        assert isinstance(choice, Absent)
        return choice

    def _query(self, wanted: Wanted, *, all_versions: bool = False) -> list[dict[str, Any]]:
        question: dict[str, str | int] = {"extensionId": str(wanted.id), "size": _PAGE}
        if wanted.version is not None:
            question["extensionVersion"] = wanted.version
        if all_versions:
            question["includeAllVersions"] = "true"
        found: list[dict[str, Any]] = []
        for page in range(_MAX_PAGES):
            question["offset"] = page * _PAGE
            url = f"{self._requests.url}/api/v2/-/query?{urlencode(question)}"
            answer = object_of(self._requests.ask_json("GET", url), "the answer")
            extensions = list_of(answer.get("extensions"), "extensions")
            found += (object_of(each, "an extension") for each in extensions)
            total = count_of(answer.get("totalSize")) or 0
            if not extensions or len(found) >= total:
                break
        for each in found:
            if not is_named(each.get("namespace"), each.get("name"), wanted.id):
                raise BadFieldError("the answer is about another extension")
        return found

    def _offer(self, wanted: Wanted, said: dict[str, Any], chosen: Chosen) -> Answered:
        if flag_of(said.get("active")) is False or said.get("reviewStatus") in _WITHDRAWN:
            return NotAnswered(
                FailureKind.BAD_RESPONSE,
                "the registry has not published this version, or withdrew it",
            )
        files = object_of(said.get("files"), "the list of files")
        vsix_url = self._url(files, "download")
        if vsix_url is None:
            return NotAnswered(FailureKind.BAD_RESPONSE, "the registry names no archive of it")
        return Found(
            Offer(
                registry=self._name,
                id=wanted.id,
                version=chosen.row.version,
                platform=chosen.row.platform,
                vsix_url=vsix_url,
                published_at=time_of(said.get("timestamp")),
                sha256_url=self._url(files, "sha256"),
                signature_url=self._url(files, "signature"),
                public_key_url=self._url(files, "publicKey"),
                pre_release=chosen.row.pre_release,
                pack=_references(said.get("bundledExtensions")),
                dependencies=_references(said.get("dependencies")),
                verified=flag_of(said.get("verified")),
                deprecated=flag_of(said.get("deprecated")),
                latest_version=_latest_version(wanted, said, chosen),
                platforms=platform_names(chosen.platforms),
                download_count=count_of(said.get("downloadCount")),
            )
        )

    def _url(self, files: dict[str, Any], key: str) -> str | None:
        url = files.get(key)
        return url if isinstance(url, str) and self._requests.allows(url) else None


def _latest_version(wanted: Wanted, said: dict[str, Any], chosen: Chosen) -> str | None:
    """Return the newest release; ``None`` where only its own version was asked for."""
    if wanted.version is None:
        return chosen.latest_version
    aliases = said.get("versionAlias")
    is_latest = isinstance(aliases, list) and "latest" in aliases
    return chosen.row.version if is_latest else None


def _newest_first(extensions: Sequence[dict[str, Any]]) -> list[Listed]:
    """Read rows, and sort them as Open VSX does to find its latest version."""
    from semver import Version

    rows = [_row(each, number) for number, each in enumerate(extensions)]
    is_valid = {row.version: Version.is_valid(row.version) for row in rows}
    valid = [row for row in rows if is_valid[row.version]]
    valid.sort(key=lambda row: Version.parse(row.version), reverse=True)
    return valid + [row for row in rows if not is_valid[row.version]]


def _row(said: dict[str, Any], number: int) -> Listed:
    version = version_of(said.get("version"))
    if version is None:
        raise BadFieldError("the version in the answer is none")
    platform = target_platform_of(said.get("targetPlatform"))
    return Listed(version, platform, said.get("preRelease") is True, number)


def _references(value: object) -> tuple[str, ...]:
    references = value if isinstance(value, list) else []
    return ids_of(
        f"{each.get('namespace')}.{each.get('extension')}"
        for each in references
        if isinstance(each, dict)
    )
