"""The provider ``offline``: an analyser of what is really installed, with no network at all."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from vscan.errors import UsageError
from vscan.events import Warned
from vscan.model import (
    CacheKey,
    DataState,
    Extension,
    Failed,
    FailureKind,
    PlaceFinding,
    Rule,
    Scanned,
    Skipped,
    Task,
    Unreadable,
    Verdict,
)
from vscan.providers.exception_outcome import failure_of
from vscan.providers.interface import Client, ProviderOptions
from vscan.providers.own_code_digest import code_digest

if TYPE_CHECKING:
    from vscan.advisories import Advisories
    from vscan.providers.offline.analyser import Analyser
    from vscan.providers.offline.analyser_process import AnalyserProcess

NAME: Final = "offline"
THREADS: Final = 2  # where nothing is forked: one reads and hashes while another searches
# The code that an analysis runs: files and folders below the package.
CODE: Final = (
    *("providers/offline", "extension_files", "advisories"),
    *(
        "model",
        "editors.py",
        "files_on_windows.py",
        "lazy_regex.py",
        "safe_text.py",
        "bounded_json.py",
    ),
)


class Offline:
    """The embedded analyser of an extension's files.

    ``data_directory`` is where ``vscan db`` keeps the public data; ``jobs`` is the number of
    analyser processes, ``None`` for one for each processor.
    """

    name = NAME
    summary = "the analyser in vscan itself"
    limiter = None
    requests_per_lookup = 0
    sends = ""

    def __init__(self, data_directory: Path | None, jobs: int | None = None) -> None:
        self._data_directory = data_directory
        self._jobs = jobs
        self._fewer_jobs = ""  # says why fewer processes run than were asked for
        self._processes: list[AnalyserProcess] = []
        self.workers = THREADS

    @classmethod
    def create(cls, options: ProviderOptions) -> Self:
        """Make the provider. Without ``started`` its clients analyse in their own threads."""
        return cls(options.data_directory, options.jobs)

    @staticmethod
    def rules() -> tuple[Rule, ...]:
        """List every rule that its findings can carry."""
        from vscan.providers.offline.checks import CHECKS

        return tuple(rule for check in CHECKS for rule in check.rules)

    @contextmanager
    def started(self) -> Iterator[None]:
        """Run analyser processes, where the system can fork, until the end of the block.

        ``UsageError`` where the library that searches is not installed: an analysis without it
        would find nothing, and no option may make that pass for clean.
        """
        if find_spec("yara_x") is None:
            raise UsageError(
                "the provider offline needs yara-x, which is not installed",
                hint="`pip install yara-x`, where this system has a wheel of it or a Rust compiler;"
                " --source vscan.dev does without",
            )
        from vscan.providers.offline.analyser_pool import forked
        from vscan.providers.offline.usable_processors import usable_processors

        jobs = usable_processors() if self._jobs is None else self._jobs
        with forked(self._data_directory, jobs) as started:
            self._processes = list(started.processes)
            self.workers = len(self._processes) or min(THREADS, self._jobs or THREADS)
            if self._jobs is not None and len(self._processes) < self._jobs:
                kind = "analyser processes" if self._processes else "threads"
                self._fewer_jobs = (
                    f"--jobs {self._jobs}: {started.stopped_by}, so {self.workers} {kind} run"
                )
            yield

    @cached_property
    def scope(self) -> str:
        """Remember by code and data: other ones, or none where there should be, may say else."""
        with self._data() as data:
            unusable = " unusable" if data.error else ""
            return f"{self.name} {code_digest(*CODE)} {data.version}{unusable}"

    def warnings(self, today: date) -> tuple[str, ...]:
        """Say which data can't be used, is missing, or is too old; and if fewer processes run."""
        fewer = (self._fewer_jobs,) if self._fewer_jobs else ()
        with self._data() as data:
            return (*fewer, *data.warnings(today))

    def data(self, today: date) -> tuple[DataState, ...]:
        """Say what is compared with, how old it is, and what of it is missing."""
        with self._data() as data:
            return data.states(today)

    def _data(self) -> "closing[Advisories]":
        from vscan.advisories import Advisories

        return closing(Advisories(self._data_directory))

    def key(self, extension: Extension) -> CacheKey:
        """Remember by the bytes, whatever the version says."""
        from vscan.providers.offline.extension_digest import digest

        return self._key(extension, digest(extension))

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey | None:
        """Remember it under the bytes it was made of: others may be there by now."""
        is_named = extension.root is None  # there are no bytes, and the scope names the data
        return self._key(extension, verdict.digest) if verdict.digest or is_named else None

    def _key(self, extension: Extension, digest: str) -> CacheKey:
        return CacheKey(
            self.scope,
            extension.id.key,
            extension.version or "",
            extension.target_platform or "",
            digest,
        )

    def client(self) -> Client:
        """Give a worker a process, or else an analyser in this one."""
        with suppress(IndexError):
            return self._processes.pop()
        from vscan.providers.offline.analyser_process import local_analyser

        return local_analyser(self._data_directory)


def analyse(
    found: Extension | Unreadable | Skipped | PlaceFinding | Warned,
    data_directory: Path | None = None,
) -> Scanned | Failed | Unreadable | Skipped | PlaceFinding | Warned:
    """Analyse an extension that ``discover`` found. Anything else is returned as it is.

    ``data_directory`` is where ``vscan db`` keeps the public data; without it only the data that
    comes with vscan is used. Nothing is sent anywhere. Call it in one thread at a time.
    """
    if not isinstance(found, Extension):
        return found
    task = Task(NAME, (found,))
    try:
        return _analyser(data_directory).analyse(task)
    except Exception as error:  # noqa: BLE001 - a failure is a value
        return failure_of(task, error, FailureKind.UNREADABLE)


@cache
def _analyser(data_directory: Path | None) -> "Analyser":
    from vscan.providers.offline.analyser import Analyser

    return Analyser(data_directory)
