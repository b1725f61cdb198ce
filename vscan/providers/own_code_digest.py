"""A digest of the code that makes verdicts: what other code said is asked anew.

No number has to be counted up by hand. Versions of libraries and of Python are not part of it: the
lock file and the image tie those to a version of this code.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_VSCAN = Path(__file__).parent.parent


@cache
def code_digest(*paths: str) -> str:
    """Digest files and folders, named by their paths below the package: 16 hexadecimal digits.

    Where there is no source, as in an installation of compiled files alone, it is another one in
    each process: nothing is then remembered that other code may have said.
    """
    return digest_of(_VSCAN, paths)


def digest_of(root: Path, paths: Iterable[str]) -> str:
    """Digest files and folders below ``root``: their names and contents."""
    made = hashlib.sha256()
    for path in paths:
        sources = sorted(_sources(f"{root}/{path}"))
        if not sources:
            return os.urandom(8).hex()
        for file in sources:
            with open(file, "rb", buffering=0) as source:  # noqa: PTH123 - a path for each is slow
                content = source.read()
            made.update(f"{file[len(str(root)) :]}\n{len(content)}\n".encode())
            made.update(content)
    return made.hexdigest()[:16]


def _sources(place: str) -> Iterator[str]:
    """List a file, or all the files in a folder, but for compiled ones."""
    try:
        entries = list(os.scandir(place))
    except NotADirectoryError:
        yield place
        return
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry.path)
        elif not entry.name.endswith(".pyc"):
            yield entry.path
