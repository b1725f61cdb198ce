"""``vscan report``: evaluate cached verdicts. No provider is asked."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from msgspec.structs import replace

from vscan.cache import Reader, reader
from vscan.config import Config
from vscan.errors import UsageError
from vscan.events import Event, Warned
from vscan.interrupt import Interrupt
from vscan.model import (
    CacheKey,
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Outcome,
    Task,
    Unreadable,
    parse_version,
)
from vscan.package_spool import PackageSpool
from vscan.providers.interface import Provider
from vscan.report_model import Report
from vscan.run_preparation import (
    RunContext,
    create_providers,
    discover_and_plan,
    make_plan,
)
from vscan.safe_text import sanitize
from vscan.task_answering import CacheLookup, find_cached, look_up
from vscan.task_runner import TaskResults
from vscan.task_selection import sort_unreadable


def report_from_cache(config: Config, *, run_id: str, emit: Callable[[Event], None]) -> Report:
    """Evaluate cached verdicts: of the targets, or, without any, of everything in the cache."""
    providers = create_providers(config)
    context = RunContext(config, providers, run_id, emit)
    context.targets = config.targets  # no editor's directory is read
    settings = config.cache
    if settings.directory is None:
        raise UsageError("a report is made from the cache, and there is none")
    with closing(reader(settings.directory, settings.max_age_s, settings.key)) as cache:
        if config.targets:
            planned = discover_and_plan(context, Interrupt(), None)
            if cache.error is not None:
                unreadable = sort_unreadable((*planned.unreadable, _unreadable_cache(cache.error)))
                planned = replace(planned, unreadable=unreadable)
            lookups: Iterator[tuple[Task, CacheLookup]] = (
                (task, find_cached(task, cache, providers[task.provider])) for task in planned.tasks
            )
        else:
            context.emit_warnings()
            contents = _CacheContents(cache, providers.values())
            planned = make_plan(context, contents.found)
            # Each version alone: in one task, one outdated verdict would make all of them a miss.
            lookups = (
                (task, look_up(task, cache, keys))
                for task, keys in contents.keys_of(planned.tasks).items()
            )
        if cache.error is not None:
            context.emit(Warned("cache", cache.error))
        outcomes: list[Outcome] = []
        spool = PackageSpool()
        for task, lookup in lookups:
            if lookup.warning is not None:
                context.emit(Warned("cache", lookup.warning))
            why = "the cache has no current verdict, and a report asks no provider"
            outcomes.append(
                spool.spool(lookup.found)
                if lookup.found
                else Failed(task, FailureKind.NOT_REMEMBERED, why)
            )
    results = TaskResults(tuple(outcomes), fell_back=False, cut_short=False)
    return context.report(planned, results, None)


class _CacheContents:
    """The extensions and keys in the cache for some providers.

    If the cache or one of its entries can't be read, ``found`` has an ``Unreadable`` for it.
    """

    def __init__(self, cache: Reader, providers: Iterable[Provider]) -> None:
        self._keys: dict[tuple[str, Extension], CacheKey] = {}  # the newest of each
        extensions: dict[Extension, Extension] = {}
        unreadable = []
        for provider in providers:
            for key in cache.keys(provider.scope):
                try:
                    identity = ExtensionId.read(key.extension)
                    version = parse_version(key.version) if key.version else None
                except ValueError as error:
                    why = f"an entry of the cache is {error}"
                    name = sanitize(key.extension)
                    unreadable.append(Unreadable(name, why, None, None, None, origins=()))
                    continue
                platform = key.target_platform or None
                named = Extension(
                    *(identity, version, platform, identity.name, None, (), None),
                    never_sent=identity.is_local,
                )
                # Providers that have the same extension share the object.
                extension = extensions.setdefault(named, named)
                self._keys.setdefault((provider.name, extension), key)
        if cache.error is not None:
            unreadable.append(_unreadable_cache(cache.error))
        self.found: tuple[Extension | Unreadable, ...] = (*extensions, *unreadable)

    def keys_of(self, tasks: Iterable[Task]) -> dict[Task, tuple[CacheKey, ...]]:
        """List the keys of each extension of some tasks, in a task of its own.

        A provider that never saw an extension is left out, unless no provider did.
        """
        cached = {extension for _, extension in self._keys}
        keys: dict[Task, tuple[CacheKey, ...]] = {}
        for task in tasks:
            for extension in task.extensions:
                key = self._keys.get((task.provider, extension))
                if key is not None:
                    keys[Task(task.provider, (extension,))] = (key,)
                elif extension not in cached:
                    keys[Task(task.provider, (extension,))] = ()
        return keys


def _unreadable_cache(why: str) -> Unreadable:
    return Unreadable("the cache", why, None, None, None, origins=())
