"""The provider ``offline``: an analyser of what is really installed, with no network at all."""

from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vscan.model import CacheKey, DataState, Extension, Verdict
from vscan.providers.code_digest import code_digest
from vscan.providers.interface import Client
from vscan.providers.offline.analyser_process import AnalyserProcess, local_analyser
from vscan.providers.offline.checks import CHECKS

if TYPE_CHECKING:
    from vscan.advisories import Advisories

# What an analysis runs, below the package.
CODE = (
    *("providers/offline", "extension_files", "advisories"),
    *("model", "editors.py", "text.py", "untrusted_input.py"),
)


class Offline:
    """Reads an extension's files; ``data_directory`` is where ``vscan db`` keeps what is known.

    ``processes`` analyse; without them a worker does it itself.
    """

    name = "offline"
    local = True
    rules = tuple(rule for check in CHECKS for rule in check.rules)

    def __init__(
        self, data_directory: Path | None, processes: Sequence[AnalyserProcess] = ()
    ) -> None:
        self._data_directory = data_directory
        self._idle = list(processes)

    @cached_property
    def scope(self) -> str:
        """Remember by code and data: other ones, or none where there should be, may say else."""
        with self._data() as data:
            unusable = " unusable" if data.error else ""
            return f"{self.name} {code_digest(*CODE)} {data.version}{unusable}"

    def warnings(self, today: date) -> tuple[str, ...]:
        """Say which data can't be used, is missing, or is too old to rely on."""
        with self._data() as data:
            return data.warnings(today)

    def data(self, today: date) -> tuple[DataState, ...]:
        """Say what is compared with, how old it is, and what of it is missing."""
        with self._data() as data:
            return data.states(today)

    def _data(self) -> "closing[Advisories]":
        from vscan.advisories import Advisories

        return closing(Advisories(self._data_directory))

    def key(self, extension: Extension) -> CacheKey:
        """Remember by the bytes, whatever the version says."""
        from vscan.providers.offline.digest import digest

        return self._key(extension, digest(extension))

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey | None:
        """Remember it under the bytes it was made of: others may be there by now."""
        return self._key(extension, verdict.digest) if verdict.digest else None

    def _key(self, extension: Extension, digest: str) -> CacheKey:
        return CacheKey(
            self.scope,
            extension.id.key,
            extension.version or "",
            extension.target_platform or "",
            digest,
        )

    def client(self) -> Client:
        """Give a worker a process, or else an analyser of this one."""
        with suppress(IndexError):
            return self._idle.pop()
        return local_analyser(self._data_directory)
