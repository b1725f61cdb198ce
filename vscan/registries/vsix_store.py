"""The archives that were fetched, each under its own SHA-256: a name never decides what is read.

An archive is written under another name and renamed when it is whole and was checked, so that a
process that is killed leaves none that is not. Two processes may use one store. Archives that were
not used for long go first where the store is too large; of those used within the last hour none
does, because another process may be reading it.
"""

import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vscan.extension_files.folder import open_regular
from vscan.files_on_windows import remove_file, replace_file
from vscan.safe_text import describe_os_error
from vscan.sqlite_files import special_kind

DIRECTORY_NAME = "vsix"
MAX_BYTES = 4 * 1024**3
MAX_AGE_S = 30 * 24 * 3600.0
_SUFFIX, _PART_PREFIX = ".vsix", "part-"
_NAME = re.compile(r"[0-9a-f]{64}\.vsix")
_IN_USE_S = 3600.0
_CHUNK_BYTES = 1024 * 1024


class StoreError(Exception):
    """The store can't be used; the message says why, without a path."""


class Incoming:
    """An archive that is being written, and its digest so far."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._digest = hashlib.sha256()

    def begin(self) -> Callable[[bytes], object]:
        """Start from nothing, as each attempt at a download does."""
        with _store_errors():
            self._file.seek(0)
            self._file.truncate()
        self.size = 0
        self._digest = hashlib.sha256()
        return self._write

    def _write(self, part: bytes) -> None:
        with _store_errors():
            self._file.write(part)
        self.size += len(part)
        self._digest.update(part)

    def finish(self) -> None:
        """Write what is buffered: the file is whole, and can be read by its path."""
        with _store_errors():
            self._file.close()

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hex digits."""
        return self._digest.hexdigest()


class VsixStore:
    """A directory of archives below the directory of the cache. All threads share it.

    ``max_bytes`` and ``max_age_s`` bound what ``prune`` leaves.
    """

    def __init__(
        self,
        cache_directory: Path,
        *,
        max_bytes: int = MAX_BYTES,
        max_age_s: float = MAX_AGE_S,
        key: bytes | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.cache_directory = cache_directory
        self.max_age_s = max_age_s
        self.key = key
        self.now = now
        self._directory = cache_directory / DIRECTORY_NAME
        self._max_bytes = max_bytes

    def find(self, digest: str) -> Path | None:
        """Return the archive with a digest, after reading all of it; ``None`` without one.

        An archive that does not have the digest of its name is removed.
        """
        path = self._path(digest)
        try:
            with open_regular(path) as file:
                found = hashlib.sha256()
                while part := file.read(_CHUNK_BYTES):
                    found.update(part)
        except OSError:
            return None
        if found.hexdigest() != digest:
            with suppress(OSError):
                remove_file(path)
            return None
        with suppress(OSError):
            os.utime(path)  # for ``prune``
        return path

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """Open an archive for writing. Without ``keep`` nothing of it is left."""
        with _store_errors():
            self._make_directory()
            descriptor, name = tempfile.mkstemp(prefix=_PART_PREFIX, dir=self._directory)
        path = Path(name)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                yield Incoming(path, file)
        except OSError as error:  # the buffer is written when the file is closed
            raise StoreError(_cannot_be_written(error)) from None
        finally:
            with suppress(OSError):
                remove_file(path)

    def keep(self, incoming: Incoming) -> Path:
        """Give an archive, which is whole, its final name."""
        incoming.finish()
        path = self._path(incoming.sha256)
        with _store_errors():
            try:
                replace_file(incoming.path, path)
            except PermissionError:  # on Windows, where another process reads the same archive
                if self.find(incoming.sha256) is None:
                    raise
        return path

    def prune(self) -> int:
        """Remove archives that are too old, or too many, and what killed processes left.

        Returns how many bytes were removed.
        """
        files = self._files()
        now, total, removed = self.now(), sum(size for _, size, _ in files), 0
        for used_at, size, path in sorted(files):
            age_s = now - used_at
            is_part = path.name.startswith(_PART_PREFIX)
            if age_s <= _IN_USE_S or not (
                is_part or age_s > self.max_age_s or total > self._max_bytes
            ):
                continue
            with suppress(OSError):
                remove_file(path)
                total -= size
                removed += size
        return removed

    def clear(self) -> int:
        """Remove all archives, and return how many there were."""
        removed = 0
        for _, _, path in self._files():
            with suppress(OSError):
                remove_file(path)
                removed += 1
        return removed

    def size(self) -> tuple[int, int]:
        """Return the number of archives, and their bytes together."""
        files = self._files()
        return len(files), sum(size for _, size, _ in files)

    def _files(self) -> list[tuple[float, int, Path]]:
        """List what is in the store, with the times of last use and the sizes."""
        files = []
        with suppress(OSError), os.scandir(self._directory) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and _is_ours(entry.name):
                    files.append((status.st_mtime, status.st_size, Path(entry.path)))
        return files

    def _path(self, digest: str) -> Path:
        name = f"{digest}{_SUFFIX}"
        assert _NAME.fullmatch(name)
        return self._directory / name

    def _make_directory(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self._directory.lstat()
        if not stat.S_ISDIR(status.st_mode):
            kind = special_kind(status) or "a file"
            raise StoreError(f"the directory {DIRECTORY_NAME} of the cache is {kind}")
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            raise StoreError(f"the directory {DIRECTORY_NAME} of the cache is another user's")


def _is_ours(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) or name.startswith(_PART_PREFIX)


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(_cannot_be_written(error)) from None


def _cannot_be_written(error: OSError) -> str:
    return f"the archive can't be written to the store: {describe_os_error(error)}"
