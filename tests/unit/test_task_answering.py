"""From a task to its outcome, with a real cache and a client that says what it is told to."""

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import extension, task, verdict
from vscan.cache import Cache, Reader
from vscan.model import (
    CacheKey,
    DataState,
    Extension,
    Failed,
    FailureKind,
    Resume,
    Scanned,
    Task,
    Throttled,
    Verdict,
)
from vscan.providers.rate_limiter import RateLimiter
from vscan.task_answering import Attempt, Reply, answer

NOW_S = 1_800_000_000
MAX_AGE_S = 3600
FRESH = verdict(score=50)
RESUME = Resume("a-1", spent_s=1.0, polls=2, complete=False, resubmitted=False)

Result = Scanned | Failed | Throttled


class Source:
    """A source and its one client. ``told`` has what happened, in order."""

    name = scope = "vscan.dev"
    limiter: RateLimiter | None = None
    workers = 1
    requests_per_lookup = 3
    sends = ""

    def __init__(self, answer: Callable[[Task], Result] | None = None) -> None:
        self._answer = answer or (lambda task: Scanned(task, FRESH, from_cache=False))
        self.told: list[object] = []
        self.limiter = RateLimiter(0.0)

    def warnings(self, today: date) -> tuple[str, ...]:
        raise AssertionError(f"a worker warns nobody, {today}")

    def data(self, today: date) -> tuple[DataState, ...]:
        raise AssertionError(f"a worker has no use for it, {today}")

    def key(self, extension: Extension) -> CacheKey:
        return key(extension)

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey | None:
        del verdict
        return key(extension)

    def client(self) -> "Source":
        self.told.append("client")
        return self

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Result:
        self.told.append((epoch, resume))
        return self._answer(task)

    def close(self) -> None:
        raise AssertionError("the client belongs to the worker")

    def started(self) -> AbstractContextManager[None]:
        raise AssertionError("the pipeline starts providers, not the worker")

    def asking(self) -> None:
        self.told.append("asking")


def key(of: Extension) -> CacheKey:
    return CacheKey("vscan.dev", of.id.key, of.version or "", of.target_platform or "")


class Memory:
    """A cache and its clock, which stands at ``NOW_S`` but while something older is stored."""

    def __init__(self, directory: Path) -> None:
        self._now_s = NOW_S
        self.cache = Cache(
            directory, max_age_s=MAX_AGE_S, key=None, warn=pytest.fail, now=lambda: self._now_s
        )

    def put(self, of: Extension, what: Verdict, age_s: int = 0) -> None:
        self._now_s = NOW_S - age_s
        self.cache.put(key(of), what)
        self._now_s = NOW_S


def keys(of: Task) -> tuple[CacheKey, ...]:
    return tuple(map(key, of.extensions))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    memory = Memory(tmp_path)
    with closing(memory.cache):
        yield memory


@pytest.fixture
def reader(memory: Memory) -> Iterator[Reader]:
    with closing(memory.cache.reader()) as reader:
        yield reader


def ask(source: Source, of: Task, reader: Reader | None, resume: Resume | None = None) -> Reply:
    return answer(
        Attempt(of, 7, resume),
        reader=reader,
        provider=source,
        client=source.client,
        asking=source.asking,
    )


def test_a_hit_answers_and_no_client_is_made(memory: Memory, reader: Reader) -> None:
    source, asked = Source(), task()
    memory.put(asked.extensions[0], verdict(score=1))
    reply = ask(source, asked, reader)
    assert reply == Reply(Scanned(asked, verdict(score=1), from_cache=True), "hit")
    assert source.told == []


def test_a_miss_asks_the_source_after_saying_so(reader: Reader) -> None:
    source, asked = Source(), task()
    reply = ask(source, asked, reader)
    assert reply == Reply(Scanned(asked, FRESH, from_cache=False), "miss", keys=keys(asked))
    assert source.told == ["asking", "client", (7, None)]


def test_a_stale_verdict_is_asked_for_again(memory: Memory, reader: Reader) -> None:
    source, asked = Source(), task()
    memory.put(asked.extensions[0], verdict(), age_s=MAX_AGE_S + 1)
    reply = ask(source, asked, reader)
    assert reply == Reply(Scanned(asked, FRESH, from_cache=False), "stale", keys=keys(asked))


def test_without_a_reader_the_source_is_asked_in_spite_of_the_cache(memory: Memory) -> None:
    """As --refresh-cache and --no-cache want it."""
    source, asked = Source(), task()
    memory.put(asked.extensions[0], verdict())
    reply = ask(source, asked, None)
    assert reply == Reply(Scanned(asked, FRESH, from_cache=False), "off", keys=keys(asked))


def test_a_throttled_analysis_goes_on_where_it_was(memory: Memory, reader: Reader) -> None:
    """The cache had its say before the analysis began."""
    source, asked = Source(), task()
    memory.put(asked.extensions[0], verdict())
    reply = ask(source, asked, reader, RESUME)
    assert reply == Reply(Scanned(asked, FRESH, from_cache=False), "miss", keys=keys(asked))
    assert source.told == ["asking", "client", (7, RESUME)]


@pytest.mark.parametrize("newest", ["1.0.0", "2.0.0", "3.0.0"])
def test_of_several_versions_the_newest_verdict_answers_all(
    memory: Memory, reader: Reader, newest: str
) -> None:
    """Newest by the time it was stored: the source was asked about the id, not the version."""
    asked = task("acme.tools", "1.0.0", "2.0.0", "3.0.0")
    for one in asked.extensions:
        memory.put(one, verdict(version=str(one.version)), 10 if one.version == newest else 20)
    reply = ask(Source(), asked, reader)
    assert reply == Reply(Scanned(asked, verdict(version=newest), from_cache=True), "hit")


@pytest.mark.parametrize(
    ("ages_s", "answer"),
    [
        ((0, None), "miss"),
        ((None, 0), "miss"),
        ((0, MAX_AGE_S + 1), "stale"),
        ((None, MAX_AGE_S + 1), "stale"),
    ],
)
def test_all_versions_must_be_in_the_cache(
    memory: Memory, reader: Reader, ages_s: tuple[int | None, ...], answer: str
) -> None:
    source, asked = Source(), task("acme.tools", "1.0.0", "2.0.0")
    for one, age_s in zip(asked.extensions, ages_s, strict=True):
        if age_s is not None:
            memory.put(one, verdict(), age_s)
    reply = ask(source, asked, reader)
    assert (reply.result, reply.cache) == (Scanned(asked, FRESH, from_cache=False), answer)
    assert len(source.told) == 3


def test_platforms_of_one_version_are_told_apart(memory: Memory, reader: Reader) -> None:
    asked = Task("vscan.dev", (extension(platform="linux-x64"), extension(platform="web")))
    memory.put(asked.extensions[0], verdict())
    assert ask(Source(), asked, reader).cache == "miss"


def test_what_the_cache_warns_of_comes_with_the_answer(memory: Memory, reader: Reader) -> None:
    asked = task("acme.tools", "1.0.0", "2.0.0")
    memory.put(asked.extensions[0], verdict())
    memory.put(asked.extensions[1], verdict(), age_s=-3600)
    reply = ask(Source(), asked, reader)
    assert reply == Reply(
        Scanned(asked, FRESH, from_cache=False),
        "miss",
        "some cache entries have a date in the future and are ignored",
        keys(asked),
    )


@pytest.mark.parametrize(
    "result",
    [
        Failed(task(), FailureKind.NETWORK, "no route"),
        Throttled(task(), 5.0, RESUME),
        Throttled(task(), None, None),
    ],
)
def test_what_the_client_gives_is_handed_on(reader: Reader, result: Failed | Throttled) -> None:
    assert ask(Source(lambda _: result), task(), reader) == Reply(result, "miss")


class ByBytes(Source):
    """A source whose keys are digests of what is there, which cost a reading each."""

    def key(self, extension: Extension) -> CacheKey:
        self.told.append("read")
        return replace(key(extension), digest="a" * 64)

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey | None:
        return replace(key(extension), digest=verdict.digest) if verdict.digest else None


def test_a_verdict_is_to_be_remembered_under_the_bytes_it_is_about(
    memory: Memory, reader: Reader
) -> None:
    """They were changed between the look into the cache and the analysis."""
    asked = task()
    memory.cache.put(replace(key(asked.extensions[0]), digest="0" * 64), verdict())
    seen = Scanned(asked, replace(FRESH, digest="b" * 64), from_cache=False)
    source = ByBytes(lambda _: seen)
    reply = ask(source, asked, reader)
    assert (reply.result, reply.cache) == (seen, "miss")
    assert [each.digest for each in reply.keys] == ["b" * 64]
    assert source.told == ["read", "asking", "client", (7, None)]


def test_what_is_not_to_be_remembered_has_no_key(reader: Reader) -> None:
    asked = task()
    assert ask(ByBytes(), asked, reader).keys == ()


def test_nothing_is_read_where_nothing_is_remembered(reader: Reader) -> None:
    source = ByBytes()
    ask(source, task(), reader)
    ask(source, task(), None)
    assert "read" not in source.told


class UnspeakableError(Exception):
    """An exception that can't say what it is."""

    def __str__(self) -> str:
        raise ValueError


def _raising(error: BaseException) -> Callable[..., Result]:
    def answer(*_: object) -> Result:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (KeyError("analysisId"), "KeyError: 'analysisId'"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (ValueError("\x1b[2J\nbad"), "ValueError: \N{REPLACEMENT CHARACTER}[2J bad"),
        (OSError("x" * 1000), f"OSError: {'x' * 290}…"),
        (OSError(2, "No such file", "/home/me/secret"), "FileNotFoundError: No such file"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_in_the_client_is_a_failure_of_kind_bug(
    reader: Reader, error: Exception, detail: str
) -> None:
    reply = ask(Source(_raising(error)), task(), reader)
    assert isinstance(reply.result, Failed)
    assert (reply.result.task, reply.result.kind) == (task(), FailureKind.BUG)
    assert reply.result.detail.strip() == detail.strip()
    assert reply.cache == "miss"


class PanicException(BaseException):
    """What a library in Rust raises where it would have ended the process."""


def _caused_by(cause: Exception) -> Exception:
    error = ValueError("what was made of it")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (OSError(errno.EMFILE, "Too many open files", "/home/me/secret"), "open files"),
        (OSError(errno.ENFILE, "Too many open files in system"), "open files"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "memory"),
        (MemoryError(), "memory"),
        (RuntimeError("can't start new thread"), "processes or threads"),
        (ImportError("x.so: failed to map segment from shared object"), "memory"),
        (PanicException("failed to spawn thread: Os { code: 11 }"), "processes or threads"),
        (PanicException("Lazy instance has previously been poisoned"), "a limit of the system"),
        (_caused_by(OSError(errno.EMFILE, "Too many open files")), "open files"),
    ],
    ids=str,
)
@pytest.mark.parametrize("local", [True, False])
def test_a_limit_of_the_system_is_named_and_no_bug(
    reader: Reader, error: Exception, limit: str, *, local: bool
) -> None:
    source = Source(_raising(error))
    source.limiter = None if local else RateLimiter(0.0)
    reply = ask(source, task(), reader)
    assert isinstance(reply.result, Failed)
    assert reply.result.kind is (FailureKind.UNREADABLE if local else FailureKind.NETWORK)
    assert limit in reply.result.detail
    assert "secret" not in reply.result.detail


def test_a_panic_of_a_library_is_a_failure_and_leaves_no_worker(reader: Reader) -> None:
    reply = ask(Source(_raising(PanicException("index out of bounds"))), task(), reader)
    assert isinstance(reply.result, Failed)
    assert reply.result.kind is FailureKind.BUG
    assert "index out of bounds" in reply.result.detail


def test_an_exception_that_can_not_be_printed_is_a_failure_too(reader: Reader) -> None:
    """Were it to leave the worker, the run would wait for ever."""
    reply = ask(Source(_raising(UnspeakableError())), task(), reader)
    assert isinstance(reply.result, Failed)
    assert "UnspeakableError" in reply.result.detail


@pytest.mark.parametrize("broken", ["key", "key_of", "client", "asking"])
def test_an_exception_around_the_client_is_a_failure_of_kind_bug(
    memory: Memory, reader: Reader, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise LookupError(broken)

    asked, source = task(), Source()
    memory.put(asked.extensions[0], verdict(), age_s=MAX_AGE_S + 1)
    monkeypatch.setattr(source, broken, fail)
    reply = ask(source, asked, reader)
    assert reply.result == Failed(asked, FailureKind.BUG, f"LookupError: {broken}")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_is_not_held_up(reader: Reader, error: type[BaseException]) -> None:
    def answer(_: Task) -> Result:
        raise error

    with pytest.raises(error):
        ask(Source(answer), task(), reader)


def test_an_exception_does_not_hide_what_the_cache_said(memory: Memory, reader: Reader) -> None:
    asked = task()
    memory.put(asked.extensions[0], verdict(), age_s=-3600)
    reply = ask(Source(_raising(ValueError())), asked, reader)
    assert isinstance(reply.result, Failed)
    assert reply.warning == "some cache entries have a date in the future and are ignored"
