"""Export the public data of this machine to one file, for a machine without a network."""

import contextlib
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from vscan.advisories import Advisories
from vscan.advisories.database import FILE_NAME, DataError, StoredSet
from vscan.advisories.writer import as_data_error, open_writer
from vscan.files_on_windows import replace_file
from vscan.model import DataSet


def export(directory: Path, file: Path) -> tuple[StoredSet, ...]:
    """Write a file that ``AdvisoryDbWriter.import_export`` reads.

    It has the sets of the data file, and each list of the seed that is newer than the file's and
    does not lack most of it.
    ``DataError`` where the data can't be used, or the file can't be written.
    """
    with closing(Advisories(directory)) as advisories:
        if advisories.error is not None:
            raise DataError(advisories.error)
        lists = advisories.lists
        with as_data_error(file):
            workspace = Path(tempfile.mkdtemp(".new", f".{file.name}.", file.parent))
        try:
            with as_data_error(file), contextlib.suppress(FileNotFoundError):
                shutil.copyfile(directory / FILE_NAME, workspace / FILE_NAME)
            with open_writer(workspace) as writer:
                for data, entries in lists:
                    stored = writer.sets().get(data.name)
                    if stored is None or _is_newer(data, stored):
                        writer.import_set(_stored(data), entries)
                sets = tuple(writer.sets().values())
            with as_data_error(file):
                replace_file(workspace / FILE_NAME, file)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)
    return sets


def _is_newer(data: DataSet, stored: StoredSet) -> bool:
    """Whether a list of the seed is newer than the file's, and not less than half of it."""
    return bool(stored.as_of) and data.as_of > stored.as_of and 2 * data.count >= stored.count


def _stored(data: DataSet) -> StoredSet:
    return StoredSet(data.name, data.source, data.as_of, data.count, digest="", etag="")
