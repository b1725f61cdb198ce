"""Fetch named extensions: look them up, download what is not in the store, check, and store.

Workers talk to the registries and write archives. What follows from their results, the index and
all events belong to the thread that calls ``fetch``.
"""

import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct, field

from vscan.events import Warned
from vscan.model import ExtensionId, FailureKind, pattern
from vscan.registries.archive_download import obtain
from vscan.registries.interface import (
    Absent,
    Fetched,
    FetchEnded,
    FetchEvent,
    FetchStarted,
    Found,
    NotAnswered,
    NotFetched,
    NotFetchedReason,
    Offer,
    RegistryApi,
    RegistryPaused,
    Wanted,
)
from vscan.registries.registry import Registry
from vscan.registries.registry_requests import RunBounds
from vscan.registries.vsix_index import Remembered, VsixIndex
from vscan.registries.vsix_store import VsixStore
from vscan.registries.worker_threads import WorkerThreads

WORKERS = 4
_GRACE_S = 1.0
_TURN_S = 0.1  # how often an interrupt is looked for
_UNKNOWN: dict[str, tuple[NotFetchedReason, str]] = {
    "extension": ("unknown-extension", "does not know this extension"),
    "version": ("unknown-version", "does not have this version"),
    "platform": ("unknown-platform", "does not have it for this platform"),
}
_Clients: TypeAlias = dict[str, RegistryApi]


def fetch(  # noqa: PLR0913 - the whole wiring of a run, by name
    wanted: Iterable[Wanted],
    registries: Sequence[Registry],
    store: VsixStore,
    *,
    private: Iterable[str] = (),
    emit: Callable[[FetchEvent], object] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
    deadline: float | None = None,
    workers: int = WORKERS,
) -> dict[Wanted, Fetched | NotFetched]:
    """Fetch extensions, each from the first registry that has it. The result has each of them.

    ``private`` are ids and patterns of ids that go to registries alone that are marked as private.
    ``deadline`` is a time of the clock ``time.monotonic``. A registry that does not answer ends
    the search for an extension: the next one might have another one of the same name.
    """
    return _Fetching(registries, store, private, emit, is_stopped, deadline, workers).run(
        tuple(dict.fromkeys(wanted))
    )


def allowed_registries(
    extension: ExtensionId, registries: Sequence[Registry], private: re.Pattern[str]
) -> tuple[Registry, ...]:
    """List the registries that may be asked about an extension, in order.

    ``private`` is a pattern as ``model.pattern`` makes it.
    """
    if extension.is_local:
        return ()
    is_private = private.fullmatch(extension.key) is not None
    return tuple(each for each in registries if each.address.is_private or not is_private)


class _Open(Struct):
    """An extension that has no result yet. ``routes`` are the registries that may be asked."""

    wanted: Wanted
    routes: deque[Registry]
    asked: list[str] = field(default_factory=list)
    absent: list[tuple[str, Absent]] = field(default_factory=list)


class _Fetching:
    def __init__(  # noqa: PLR0913, PLR0917
        self,
        registries: Sequence[Registry],
        store: VsixStore,
        private: Iterable[str],
        emit: Callable[[FetchEvent], object],
        is_stopped: Callable[[], bool],
        deadline: float | None,
        workers: int,
    ) -> None:
        by_name: dict[str, Registry] = {}
        for registry in registries:
            by_name.setdefault(registry.name, registry)
        self._registries = tuple(by_name.values())
        self._store = store
        self._private = pattern(private)
        self._emit = emit
        self._is_stopped = is_stopped
        self._deadline = deadline
        self._is_over = False
        self._threads: WorkerThreads[_Clients] = WorkerThreads(workers, dict, _close_all)
        self._index = VsixIndex(
            store.cache_directory,
            max_age_s=store.max_age_s,
            key=store.key,
            now=store.now,
            warn=lambda message: emit(Warned("cache", message)),
        )
        self._open: dict[Wanted, _Open] = {}
        self._results: dict[Wanted, Fetched | NotFetched] = {}
        self._to_find: dict[str, list[_Open]] = defaultdict(list)
        self._detecting: set[str] = set()
        self._looking_up = 0  # pieces of work that may lead to another look-up
        self._downloads: dict[tuple[str, str, str, str | None], list[_Open]] = {}

    def run(self, wanted: Sequence[Wanted]) -> dict[Wanted, Fetched | NotFetched]:
        """Fetch all; return the results in the order of the names."""
        self._emit(FetchStarted(len(wanted)))
        try:
            for each in wanted:
                self._start(each)
            while self._open and not self._must_stop():
                self._ask_registries()
                self._threads.receive(min(_TURN_S, max(0.0, self._left_s())))
            self._abandon()
        finally:
            self._stop_workers()
            self._index.prune()
            self._index.close()
            self._store.prune()
        return {each: self._results[each] for each in wanted}

    def _left_s(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _must_stop(self) -> bool:
        return self._is_stopped() or self._left_s() <= 0

    def _bounds(self, registry: Registry) -> RunBounds:
        def paused(pause_s: float) -> None:
            self._threads.notify(lambda: self._emit(RegistryPaused(registry.name, pause_s)))

        return RunBounds(lambda: self._is_over, self._left_s, paused)

    def _start(self, wanted: Wanted) -> None:
        """Choose the registries that may be asked about an extension."""
        routes = deque(allowed_registries(wanted.id, self._registries, self._private))
        entry = self._open[wanted] = _Open(wanted, routes)
        if wanted.id.is_local:
            self._fail(entry, "not-sent", FailureKind.NOT_LISTED, "no registry can have such an id")
        elif not routes:
            why = "it is private, and no private registry was named"
            if not self._registries:
                why = "no registry was named"
            self._fail(entry, "not-sent", FailureKind.NOT_LISTED, why)
        else:
            self._try_next(entry)

    def _try_next(self, entry: _Open) -> None:
        """Go on with the next registry: with its archive in the store, or with a question."""
        if not entry.routes:
            self._fail_absent(entry)
            return
        registry = entry.routes[0]
        remembered = self._index.of_wanted(registry.name, entry.wanted)
        if remembered is None or not _is_enough(remembered, registry):
            self._to_find[registry.name].append(entry)
            return
        found = remembered

        def look(_: _Clients) -> Callable[[], None]:
            path = self._store.find(found.digest)

            def follow() -> None:
                self._looking_up -= 1
                if path is None:
                    self._to_find[registry.name].append(entry)
                else:
                    self._end(
                        entry,
                        Fetched(
                            found.offer,
                            path,
                            found.digest,
                            found.size,
                            found.integrity,
                            from_store=True,
                        ),
                    )

            return follow

        self._looking_up += 1
        self._threads.submit(look)

    def _ask_registries(self) -> None:
        """Ask about the names that wait, as many at a time as a registry takes.

        Names of a batch that is not full wait until nothing can add to it any more.
        """
        is_quiet = self._looking_up == 0
        for registry in self._registries:
            waiting = self._to_find[registry.name]
            if not waiting:
                continue
            if registry.protocol is None:
                self._detect(registry)
                continue
            size = registry.batch_size
            while len(waiting) >= size or (waiting and is_quiet):
                self._find(registry, waiting[:size])
                del waiting[:size]

    def _detect(self, registry: Registry) -> None:
        """Ask which protocol a registry speaks, once."""
        if registry.name in self._detecting:
            return
        self._detecting.add(registry.name)

        def detect(_: _Clients) -> Callable[[], None]:
            said = registry.detect_protocol(self._bounds(registry))

            def follow() -> None:
                self._detecting.discard(registry.name)
                if isinstance(said, NotAnswered):
                    for entry in self._to_find.pop(registry.name):
                        entry.asked.append(registry.name)
                        self._fail(entry, "not-answered", said.kind, said.detail)
                else:
                    registry.protocol = said

            return follow

        self._threads.submit(detect)

    def _find(self, registry: Registry, batch: Sequence[_Open]) -> None:
        """Look names up in one registry."""

        def find(clients: _Clients) -> Callable[[], None]:
            answers = self._client(clients, registry).find([entry.wanted for entry in batch])

            def follow() -> None:
                self._looking_up -= 1
                for entry in batch:
                    self._answered(registry, entry, answers[entry.wanted])

            return follow

        for entry in batch:
            entry.asked.append(registry.name)
        self._looking_up += 1
        self._threads.submit(find)

    def _answered(
        self, registry: Registry, entry: _Open, answer: Found | Absent | NotAnswered
    ) -> None:
        match answer:
            case Found(offer):
                self._download(registry, entry, offer)
            case Absent():
                entry.routes.popleft()
                entry.absent.append((registry.name, answer))
                self._try_next(entry)
            case NotAnswered(kind, detail):
                self._fail(entry, "not-answered", kind, detail)

    def _download(self, registry: Registry, entry: _Open, offer: Offer) -> None:
        """Obtain an archive, once for all who want it."""
        key = (registry.name, offer.id.key, offer.version, offer.platform)
        if key in self._downloads:
            self._downloads[key].append(entry)
            return
        self._downloads[key] = [entry]
        remembered = self._index.of_offer(offer)
        if remembered is not None and not _is_enough(remembered, registry):
            remembered = None

        def download(clients: _Clients) -> Callable[[], None]:
            api = self._client(clients, registry)
            result = obtain(offer, api, self._store, remembered, registry.pinned_key)

            def follow() -> None:
                for each in self._downloads.pop(key):
                    self._obtained(each, result)

            return follow

        self._threads.submit(download)

    def _obtained(self, entry: _Open, result: Fetched | NotFetched) -> None:
        if isinstance(result, NotFetched):
            self._fail(entry, result.reason, result.kind, result.detail)
            return
        self._index.put(
            entry.wanted,
            Remembered(result.offer, result.sha256, result.size, result.integrity),
        )
        self._end(entry, result)

    def _client(self, clients: _Clients, registry: Registry) -> RegistryApi:
        """Return a worker's connection to a registry."""
        if registry.name not in clients:
            clients[registry.name] = registry.client(self._bounds(registry))
        return clients[registry.name]

    def _fail_absent(self, entry: _Open) -> None:
        """End with the answer of the registry that knows most about the extension."""
        order = ("platform", "version", "extension")
        name, absent = min(entry.absent, key=lambda each: order.index(each[1].missing))
        reason, words = _UNKNOWN[absent.missing]
        self._fail(entry, reason, FailureKind.NOT_LISTED, f"{name} {words}")

    def _fail(self, entry: _Open, reason: NotFetchedReason, kind: FailureKind, detail: str) -> None:
        self._end(entry, NotFetched(reason, kind, detail, tuple(entry.asked)))

    def _end(self, entry: _Open, result: Fetched | NotFetched) -> None:
        if self._open.pop(entry.wanted, None) is not None:
            self._results[entry.wanted] = result
            self._emit(FetchEnded(entry.wanted, result))

    def _abandon(self) -> None:
        """End what is still open: an interrupt or the deadline came first."""
        kind, detail = FailureKind.TIMEOUT, "the deadline was over before it was fetched"
        if self._is_stopped():
            kind, detail = FailureKind.INTERRUPTED, "interrupted before it was fetched"
        for entry in list(self._open.values()):
            self._fail(entry, "stopped", kind, detail)

    def _stop_workers(self) -> None:
        is_busy = self._threads.running > 0
        self._is_over = True
        if is_busy:  # else the registries may be asked again
            for registry in self._registries:
                registry.limiter.close(FailureKind.INTERRUPTED, "interrupted")
        self._threads.stop(_GRACE_S)


def _is_enough(remembered: Remembered, registry: Registry) -> bool:
    """Whether an archive was checked as strictly as the registry's archives must be now."""
    if registry.pinned_key is None:
        return True
    from vscan.registries.integrity import key_id_of

    return remembered.integrity.key_id is not None and (
        remembered.integrity.key_id == key_id_of(registry.pinned_key)
    )


def _close_all(clients: _Clients) -> None:
    for client in clients.values():
        client.close()
