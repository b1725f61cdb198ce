"""The protocol of Open VSX: a query for each name.

The query is used, and not the address of the extension: it answers an unknown name with an empty
list, while a 404 may come from anything between here and the registry.
"""

from collections.abc import Mapping, Sequence
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
from vscan.registries.registry_connection import RegistryConnection
from vscan.registries.registry_requests import RequestFailedError
from vscan.registries.version_choice import Chosen, Listed, choose

_PAGE = 100
_MAX_PAGES = 10  # to find the newest release among pre-releases
_FIELDS = (
    *("version", "versionAlias", "targetPlatform", "preRelease", "timestamp", "files"),
    *("bundledExtensions", "dependencies", "verified", "deprecated", "downloadCount"),
    *("active", "reviewStatus"),
)
_WITHDRAWN = {"rejected", "under_review", "deactivated"}


class OpenVsxProtocol(RegistryConnection):
    """One worker's connection to an Open VSX instance. Used by one thread."""

    batch_size = 1

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
            extensions, is_complete = self._pages(wanted, all_versions=True)
            choice = choose(wanted, _newest_first(extensions), is_complete=is_complete)
        if isinstance(choice, Chosen):
            return self._offer(wanted, extensions[choice.row.number], choice)
        if isinstance(choice, Absent):
            return choice
        raise BadFieldError("the list of its versions is too long")

    def _query(self, wanted: Wanted) -> list[dict[str, Any]]:
        """Ask for one version, or for the newest for each platform."""
        return self._pages(wanted, all_versions=False)[0]

    def _pages(self, wanted: Wanted, *, all_versions: bool) -> tuple[list[dict[str, Any]], bool]:
        """Read the pages of an answer; say whether they are all."""
        question: dict[str, str | int] = {"extensionId": str(wanted.id), "size": _PAGE}
        if wanted.version is not None:
            question["extensionVersion"] = wanted.version
        if all_versions:
            question["includeAllVersions"] = "true"
        found: list[dict[str, Any]] = []
        for page in range(_MAX_PAGES if all_versions else 1):
            question["offset"] = page * _PAGE
            url = f"{self._requests.url}/api/v2/-/query?{urlencode(question)}"
            answer = object_of(self._requests.ask_json("GET", url), "the answer")
            extensions = list_of(answer.get("extensions"), "extensions")
            for each in extensions:
                said = object_of(each, "an extension")
                if not is_named(said.get("namespace"), said.get("name"), wanted.id):
                    raise BadFieldError("the answer is about another extension")
                found.append({key: said[key] for key in _FIELDS if key in said})
            if not extensions or len(found) >= (count_of(answer.get("totalSize")) or 0):
                return found, True
        return found, False

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
