"""Decide what is asked: filters, private extensions, one question for an id."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from vscan.model import Extension, ExtensionId, Skipped, Task, Unreadable, pattern


@dataclass(frozen=True, slots=True)
class Filters:
    """Which extensions are scanned. Patterns are ids (or publishers) with ``*``."""

    include_ids: tuple[str, ...] = ()
    exclude_ids: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask, and what is known without asking. Everything is sorted by id."""

    tasks: tuple[Task, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    unmatched: tuple[str, ...] = ()  # options whose pattern no extension matches

    @property
    def extensions(self) -> int:
        """How many extensions the tasks stand for."""
        return len({id(extension) for task in self.tasks for extension in task.extensions})


def plan(
    found: Iterable[Extension | Unreadable | Skipped],
    filters: Filters,
    providers: Iterable[str],
    local: frozenset[str] = frozenset(),
) -> Plan:
    """Sort what was found into tasks and the rest.

    What can't be read is kept whatever the filters say: it could be anything. An included
    id that is not installed is asked about by its name. Private extensions are for
    ``local`` providers, which look at each installed copy by itself; so is what no registry can
    have.
    """
    wanted, providers = _Wanted(filters, may_keep_private=bool(local)), tuple(providers)
    chosen: dict[ExtensionId, list[Extension]] = {}
    unreadable: list[Unreadable] = []
    skipped: list[Skipped] = []
    seen: set[ExtensionId] = set()
    for item in [*found, *wanted.by_name()]:
        if isinstance(item, Skipped):
            skipped.append(item)
            continue
        if item.id is not None:
            if item.id in seen and isinstance(item, Extension) and _is_named(item):
                continue  # asked for by name, and installed
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
        tuple(sorted(unreadable, key=lambda u: (u.id.key if u.id else u.name.lower(), u.name))),
        tuple(sorted(skipped, key=lambda s: (s.name.lower(), s.version or "", s.reason))),
        tuple(_unmatched(filters, seen)),
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
        for extension in extensions:
            # Of what is only a name somebody else knows more, if anybody else is asked.
            if not _is_named(extension) or local.issuperset(providers):
                yield Task(provider, (extension,))


def _not_asked(extension: Extension) -> Unreadable:
    """Say that nobody looks at an extension."""
    return Unreadable(
        extension.path or str(extension.id),
        "no service can be asked about it, and the provider offline is not asked",
        extension.id,
        extension.version,
        extension.path,
        extension.origins,
    )


def _unmatched(filters: Filters, seen: set[ExtensionId]) -> Iterator[str]:
    """Name what a slip of the keyboard made useless: a --private that hides nothing sends it."""
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
                yield f"{option} {text}"


def _is_named(extension: Extension) -> bool:
    """Say whether an extension was asked for by name alone; one of the cache has a version."""
    return extension.path is None and extension.version is None


def _order(extension: Extension) -> tuple[str, str, str]:
    return (extension.version or "", extension.target_platform or "", extension.path or "")


class _Wanted:
    """The filters, compiled."""

    def __init__(self, filters: Filters, *, may_keep_private: bool) -> None:
        self._may_keep_private = may_keep_private
        self._include = pattern(filters.include_ids or ["*"])
        self._exclude = pattern(filters.exclude_ids)
        self._publishers = pattern(filters.publishers or ["*"])
        self._private = pattern(filters.private)
        self._names = [text for text in filters.include_ids if "*" not in text]

    def refuses(self, item: Extension) -> Literal["excluded", "private"] | None:
        """Say why an extension with an id is not scanned."""
        if (
            not self._include.fullmatch(item.id.key)
            or not self._publishers.fullmatch(item.id.publisher.lower())
            or self._exclude.fullmatch(item.id.key)
        ):
            return "excluded"
        return "private" if self.is_private(item.id) and not self._may_keep_private else None

    def is_private(self, identity: ExtensionId) -> bool:
        """Say whether an id must not leave this machine."""
        return bool(self._private.fullmatch(identity.key))

    def by_name(self) -> list[Extension]:
        """List what to scan by name: the included ids that are no patterns."""
        named = dict.fromkeys(ExtensionId.parse(name) for name in self._names)
        return [
            Extension(identity, None, None, identity.name, None, origins=(), in_index=None)
            for identity in named
        ]
