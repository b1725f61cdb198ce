"""Fetch the extensions that are only named, so that their bytes are analysed.

What is fetched takes the place of the name in the plan. What no registry knows stays a name. What
could not be fetched for another reason stays a name, too, and is a failure of the registry.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from msgspec.structs import replace

from vscan import events
from vscan.bounded_input import read_file
from vscan.config import Config
from vscan.discovery import read_vsix_files
from vscan.errors import UsageError
from vscan.events import Event, Warned
from vscan.model import (
    Extension,
    ExtensionId,
    Failed,
    How,
    Origin,
    RegistryFacts,
    Task,
    Unreadable,
)
from vscan.providers.rate_limiter import RateLimiter
from vscan.registries.fetching import fetch
from vscan.registries.interface import (
    Fetched,
    FetchEnded,
    FetchEvent,
    FetchStarted,
    NotFetched,
    RegistryPaused,
    Wanted,
)
from vscan.registries.registry import Registry as FetchRegistry
from vscan.registries.registry_addresses import parse_registry
from vscan.registries.registry_requests import RequestLimits
from vscan.registries.vsix_store import VsixStore
from vscan.safe_text import describe_os_error
from vscan.settings.table import Settings
from vscan.task_selection import Plan, merged, sort_unreadable


class PlanWithArchives(Struct, frozen=True):
    """A plan with archives in the place of names, and the failures and limiters of registries."""

    plan: Plan
    failures: tuple[Failed, ...] = ()
    limiters: tuple[RateLimiter, ...] = ()


_MAX_KEY_BYTES = 64 * 1024
_MAX_ROUNDS = 8  # of packs in packs
MEMBER = "member"  # the kind of place of what another extension brings along
# What is no failure: the public data, and services, may know the name all the same.
_STAYS_A_NAME = frozenset({"unknown-extension", "not-sent"})


@contextmanager
def with_archives(  # noqa: PLR0913 - what a run has, by name
    planned: Plan,
    config: Config,
    *,
    plan_more: Callable[[Sequence[Extension]], Plan],
    emit: Callable[[Event], None],
    is_stopped: Callable[[], bool],
    deadline_at_s: float | None,
) -> Iterator[PlanWithArchives]:
    """Fetch what the plan has only names of, and with ``--follow-packs`` what that brings along.

    ``plan_more`` makes the plan of further extensions. The archives exist until the end of the
    block, or, in a cache, longer.
    """
    registries = _registries(config.settings)

    with _store_directory(config) as directory:
        store = VsixStore(directory, key=config.cache.key)
        made: dict[int, Extension | Unreadable] = {}
        failures: list[Failed] = []
        kept: list[Extension | Unreadable] = []
        for _ in range(_MAX_ROUNDS):
            named = {id(each): each for each in _extensions(planned) if id(each) not in made}
            wanted = {key: _wanted(each) for key, each in named.items() if each.asked_by_name}
            if wanted and registries:
                results = fetch(
                    wanted.values(),
                    registries,
                    store,
                    private=config.settings.private,
                    emit=_FetchProgress(emit),
                    is_stopped=is_stopped,
                    deadline=deadline_at_s,
                    workers=config.workers,
                )
                new = {key: _made(named[key], results[each]) for key, each in wanted.items()}
                failures += _failures(new, wanted, results)
                # What was made is not made again. It is kept: a key stands for one object.
                kept += [*named.values(), *new.values()]
                made |= new | {id(each): each for each in new.values()}
                planned = _replaced(planned, new)
            members = _members(planned) if config.settings.follow_packs else []
            if not members:
                break
            planned = merged(planned, plan_more(members))
        else:
            why = f"packs bring along more than is followed ({_MAX_ROUNDS} steps)"
            rest = Unreadable("the rest", why, None, None, None, ())
            planned = replace(planned, unreadable=sort_unreadable((*planned.unreadable, rest)))
        limiters = tuple(registry.limiter for registry in registries)
        yield PlanWithArchives(planned, tuple(failures), limiters)


class _FetchProgress:
    """Passes events of fetching on to the displays and the log."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._total = self._done = 0

    def __call__(self, event: FetchEvent) -> None:
        match event:
            case FetchStarted(number):
                self._total = number
            case FetchEnded(wanted, result):
                self._done += 1
                problem = result.detail if isinstance(result, NotFetched) else ""
                self._emit(events.Fetched(wanted.id, self._done, self._total, problem))
            case RegistryPaused(registry, pause_s):
                self._emit(Warned("discovery", f"{registry} asks for a pause of {pause_s:.3g} s"))
            case Warned():
                self._emit(event)


def _extensions(planned: Plan) -> list[Extension]:
    return [each for task in planned.tasks for each in task.extensions]


def _failures(
    made: Mapping[int, Extension | Unreadable],
    wanted: Mapping[int, Wanted],
    results: Mapping[Wanted, Fetched | NotFetched],
) -> Iterator[Failed]:
    """Yield the failures of registries, each about what took the place of a name."""
    for key, each in wanted.items():
        result, extension = results[each], made[key]
        if (
            isinstance(result, NotFetched)
            and result.reason not in _STAYS_A_NAME
            and isinstance(extension, Extension)
        ):
            yield Failed(Task(_asked(result), (extension,)), result.kind, result.detail)


def _members(planned: Plan) -> list[Extension]:
    """Name what packs and dependencies bring along, and is not in the plan."""
    known = {each.id.key for each in _extensions(planned)}
    left_out = {"excluded", "private"}  # by the user; what a file refuses may still be installed
    known |= {item.name.lower() for item in planned.skipped if item.reason in left_out}
    known |= {item.id.key for item in planned.unreadable if item.id is not None}
    found: dict[str, Extension] = {}
    for extension in _extensions(planned):
        for member in extension.members:
            if member in known:
                continue
            with suppress(ValueError):
                identity = ExtensionId.parse(member)
                found.setdefault(member, _brought_along(identity, extension))
    return list(found.values())


def _brought_along(identity: ExtensionId, by: Extension) -> Extension:
    origin = Origin(f"brought by {by.id}", kind=MEMBER, how=How.INSTALLS)
    return Extension(
        id=identity,
        version=None,
        target_platform=None,
        display_name=identity.name,
        path=None,
        origins=(origin, *(replace(each, kind=MEMBER) for each in by.origins)),
        in_index=None,
        registry=by.registry,
        asked_by_name=True,
    )


def _wanted(extension: Extension) -> Wanted:
    is_pre_release = any(origin.is_pre_release for origin in extension.origins)
    return Wanted(extension.id, extension.version, extension.target_platform, is_pre_release)


def _asked(result: NotFetched) -> str:
    return result.registries[-1] if result.registries else "registry"


def _registries(settings: Settings) -> list[FetchRegistry]:
    """Make the registries that the user names; ``UsageError`` for what is none."""
    limits = RequestLimits(
        timeout_s=settings.timeout_s,
        max_retries=settings.max_retries,
        retry_delay_s=settings.retry_delay_s,
        max_wait_s=settings.max_wait_s,
    )
    key = _key(settings.registry_key)
    addresses = [
        *(parse_registry(text) for text in settings.fetch),
        *(parse_registry(text, is_private=True) for text in settings.fetch_private),
    ]
    return [FetchRegistry(each, limits=limits, pinned_key=key) for each in addresses]


def _key(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return read_file(path, _MAX_KEY_BYTES)
    except OSError as error:
        raise UsageError(f"--registry-key {path}: {describe_os_error(error)}") from None


@contextmanager
def _store_directory(config: Config) -> Iterator[Path]:
    if config.cache.directory is not None:
        yield config.cache.directory
        return
    with TemporaryDirectory(prefix="vscan-") as directory:
        yield Path(directory)


def _made(extension: Extension, result: Fetched | NotFetched) -> Extension | Unreadable:
    """Return what takes the place of a name."""
    if isinstance(result, NotFetched):
        unknown_to = result.registries if result.reason == "unknown-extension" else ()
        return replace(extension, unknown_to=unknown_to)
    found = [
        each for each in read_vsix_files(result.path) if isinstance(each, Extension | Unreadable)
    ]
    (archive,) = found
    if isinstance(archive, Unreadable):
        name = str(extension.id)
        return replace(archive, name=name, id=extension.id, path=None, origins=extension.origins)
    return replace(
        archive,
        path=None,
        origins=extension.origins,
        registry=extension.registry,  # where the editor installs from, not what was asked here
        fetched=_facts(result),
    )


def _facts(result: Fetched) -> RegistryFacts:
    offer = result.offer
    return RegistryFacts(
        registry=offer.registry,
        url=offer.vsix_url,
        version=offer.version,
        platform=offer.platform,
        sha256=result.sha256,
        integrity=str(result.integrity.level),
        note=result.integrity.note,
        published_at=offer.published_at,
        verified=offer.verified,
        deprecated=offer.deprecated,
        latest_version=offer.latest_version,
        platforms=offer.platforms,
        download_count=offer.download_count,
    )


def _replaced(planned: Plan, made: Mapping[int, Extension | Unreadable]) -> Plan:
    """Put what was made in the place of the names, and what can't be read out of the tasks."""
    tasks = []
    for task in planned.tasks:
        items = [made.get(id(each), each) for each in task.extensions]
        extensions = tuple(each for each in items if isinstance(each, Extension))
        if extensions:
            tasks.append(Task(task.provider, extensions))
    unreadable = [each for each in made.values() if isinstance(each, Unreadable)]
    return replace(
        planned,
        tasks=tuple(tasks),
        unreadable=sort_unreadable((*planned.unreadable, *unreadable)),
    )
