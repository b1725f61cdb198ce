"""Real, benign extensions: those that ship inside the npm package code-server (MIT).

They are fetched, never kept in the repository, and only read after that.
"""

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from tests.builders import index

SMALLER, LARGER = "4.100.3", "4.139.1"
SIZES = {SMALLER: 91, LARGER: 95}
_INSIDE = PurePosixPath("package/lib/vscode/extensions")


class OutOfReachError(Exception):
    """There is no npm, or no registry."""


def extensions(version: str, kept: Path) -> Path:
    """Give a directory of extensions as an editor lays it out; fetch it the first time."""
    place = kept / f"code-server-{version}"
    if not (place / "extensions.json").exists():  # what has it is complete
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept) as work:
            made = Path(work) / "made"
            made.mkdir()
            _unpack(_fetch(version, Path(work)), Path(work) / "unpacked")
            _lay_out(Path(work) / "unpacked" / _INSIDE, made)
            try:
                made.rename(place)
            except OSError:
                if not (place / "extensions.json").exists():
                    raise  # else another process of the tests was first
    return place


def _fetch(version: str, work: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise OutOfReachError("npm is not installed, which brings real extensions")
    try:
        subprocess.run(
            [npm, "pack", "--silent", "--fetch-retries=0", f"code-server@{version}"],
            cwd=work,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise OutOfReachError(f"npm could not fetch code-server {version} in time") from None
    except subprocess.CalledProcessError as error:
        text = error.stderr.strip()[-300:]
        raise OutOfReachError(f"npm could not fetch code-server {version}: {text}") from error
    return next(work.glob("code-server-*.tgz"))


def _unpack(archive: Path, place: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and PurePosixPath(member.name).is_relative_to(_INSIDE):
                tar.extract(member, place, filter="data")


def _lay_out(unpacked: Path, place: Path) -> None:
    folders = []
    for path in sorted(unpacked.glob("*/package.json")):
        manifest = json.loads(path.read_text("utf-8-sig"))
        if "vscode" in manifest.get("engines", {}):
            folder = f"{manifest['publisher']}.{manifest['name']}-{manifest['version']}".lower()
            path.parent.rename(place / folder)
            folders.append(folder)
    index(place, *folders)
