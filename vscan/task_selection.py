"""Make the tasks of a scan from what was discovered, by filters and privacy."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from vscan.model import (
    Extension,
    ExtensionId,
    PlaceFinding,
    Skipped,
    Task,
    Unreadable,
    pattern,
)


class Filters(Struct, frozen=True):
    """Which extensions are scanned. Patterns are ids (or publishers) with ``*``."""

    include_ids: tuple[str, ...] = ()
    exclude_ids: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


class Plan(Struct, frozen=True):
    """The tasks of a scan, and what is not asked about. Everything is sorted by id."""

    tasks: tuple[Task, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    place_findings: tuple[PlaceFinding, ...] = ()  # in the order in which they were found
    unmatched: tuple[str, ...] = ()  # sentences: an option has a pattern that matches nothing

    @property
    def extensions(self) -> int:
        """How many extensions the tasks stand for."""
        return len({id(extension) for task in self.tasks for extension in task.extensions})


def plan(
    found: Iterable[Extension | Unreadable | Skipped | PlaceFinding],
    filters: Filters,
    providers: Iterable[str],
    local: frozenset[str] = frozenset(),
) -> Plan:
    """Make tasks of the extensions that were found, and sort out the rest.

    Filters never drop what can't be read: it could be any extension. An included id that is not
    installed, and that no file names, is asked about by its name. Private extensions, and
    extensions that no registry can have, go to ``local`` providers alone, which analyse each
    installed copy.
    """
    wanted, providers = _CompiledFilters(filters, may_keep_private=bool(local)), tuple(providers)
    chosen: dict[ExtensionId, list[Extension]] = {}
    unreadable: list[Unreadable] = []
    skipped: list[Skipped] = []
    place_findings: list[PlaceFinding] = []
    seen: set[ExtensionId] = set()
    for item in [*found, *wanted.by_name()]:
        if isinstance(item, Skipped):
            skipped.append(item)
            continue
        if isinstance(item, PlaceFinding):
            place_findings.append(item)
            continue
        if item.id is not None:
            is_asked = isinstance(item, Extension) and item.asked_by_name and not item.origins
            if is_asked and item.id in seen:
                continue  # asked for by name, and installed or named
            seen.add(item.id)
            # The id of what can't be read is a guess from a name: it filters nothing.
            if isinstance(item, Extension) and (reason := wanted.refuses(item)):
                skipped.append(Skipped(str(item.id), item.version, reason))
                continue
        if isinstance(item, Unreadable):
            unreadable.append(item)
        elif item.never_sent and not local:
            unreadable.append(_not_asked(item))
        else:
            chosen.setdefault(item.id, []).append(item)
    tasks = tuple(
        task
        for identity in sorted(chosen)
        for task in _tasks(
            sorted(chosen[identity], key=_order),
            [
                provider
                for provider in providers
                if provider in local or not wanted.is_private(identity)
            ],
            local,
        )
    )
    return Plan(
        tasks,
        sort_unreadable(unreadable),
        sort_skipped(skipped),
        tuple(place_findings),
        tuple(_unmatched(filters, seen)),
    )


def merged(one: Plan, other: Plan) -> Plan:
    """Join two plans about different extensions."""
    tasks = sorted((*one.tasks, *other.tasks), key=lambda task: task.id.key)
    return Plan(
        tuple(tasks),
        sort_unreadable((*one.unreadable, *other.unreadable)),
        sort_skipped((*one.skipped, *other.skipped)),
        (*one.place_findings, *other.place_findings),
        one.unmatched,
    )


def sort_unreadable(items: Iterable[Unreadable]) -> tuple[Unreadable, ...]:
    """Order by id, as reports do."""

    def key(item: Unreadable) -> tuple[str, str]:
        return item.id.key if item.id else item.name.lower(), item.name

    return tuple(sorted(items, key=key))


def sort_skipped(items: Iterable[Skipped]) -> tuple[Skipped, ...]:
    """Order by name, as reports do."""
    return tuple(
        sorted(items, key=lambda item: (item.name.lower(), item.version or "", item.reason))
    )


def _tasks(
    extensions: list[Extension], providers: list[str], local: frozenset[str]
) -> Iterator[Task]:
    for provider in providers:
        if provider not in local:
            sent = tuple(extension for extension in extensions if not extension.never_sent)
            if sent:
                yield Task(provider, sent)
            continue
        # Of an extension that is only named, a local provider knows what its public data say.
        yield from (Task(provider, (extension,)) for extension in extensions)


def _not_asked(extension: Extension) -> Unreadable:
    """Report an extension that no provider may be asked about."""
    return Unreadable(
        extension.path or str(extension.id),
        "no service can be asked about it, and the provider offline is not asked",
        extension.id,
        extension.version,
        extension.path,
        extension.origins,
    )


def _unmatched(filters: Filters, seen: set[ExtensionId]) -> Iterator[str]:
    """Name patterns that match nothing: a mistyped --private would send what it should hide."""
    ids = [identity.key for identity in seen]
    publishers = [identity.publisher.lower() for identity in seen]
    for option, patterns, texts in (
        ("--include-ids", filters.include_ids, ids),
        ("--exclude-ids", filters.exclude_ids, ids),
        ("--publisher", filters.publishers, publishers),
        ("--private", filters.private, ids),
    ):
        for text in patterns:
            if not any(map(pattern([text]).fullmatch, texts)):
                close = difflib.get_close_matches(text.lower(), texts, 1)
                meant = f": did you mean {close[0]}?" if close else ""
                yield f"{option} {text} matches no extension{meant}"


def _order(extension: Extension) -> tuple[str, str, str]:
    return (extension.version or "", extension.target_platform or "", extension.path or "")


class _CompiledFilters:
    """The filters, compiled."""

    def __init__(self, filters: Filters, *, may_keep_private: bool) -> None:
        self._may_keep_private = may_keep_private
        self._include = pattern(filters.include_ids or ["*"])
        self._exclude = pattern(filters.exclude_ids)
        self._publishers = pattern(filters.publishers or ["*"])
        self._private = pattern(filters.private)
        self._names = [text for text in filters.include_ids if "*" not in text]

    def refuses(self, item: Extension) -> Literal["excluded", "private"] | None:
        """Return why an extension is not scanned; ``None`` if it is."""
        if (
            not self._include.fullmatch(item.id.key)
            or not self._publishers.fullmatch(item.id.publisher.lower())
            or self._exclude.fullmatch(item.id.key)
        ):
            return "excluded"
        return "private" if self.is_private(item.id) and not self._may_keep_private else None

    def is_private(self, identity: ExtensionId) -> bool:
        """Whether an id must not be sent to a service."""
        return bool(self._private.fullmatch(identity.key))

    def by_name(self) -> list[Extension]:
        """List the included ids that are not patterns: they are scanned by name."""
        named = dict.fromkeys(ExtensionId.parse(name) for name in self._names)
        return [
            Extension(*(identity, None, None, identity.name, None, (), None), asked_by_name=True)
            for identity in named
        ]
