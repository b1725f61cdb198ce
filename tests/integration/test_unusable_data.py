"""Public data that can't be used is a gap of every verdict that would have needed it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.advisories import library, record, removed_list, repository, take
from tests.builders import install
from tests.command import command, environment
from tests.other_systems import is_root, make_pipe
from vscan.advisories.database import FILE_NAME

Spoil = Callable[[Path], object]
# As root nothing is unreadable, but without the right to read everything.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def edited(statement: str) -> Spoil:
    def edit(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(statement)
            connection.commit()

    return edit


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def emptied(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:8192].ljust(file.stat().st_size, b"\0"))


def linked(target: str) -> Spoil:
    def link(file: Path) -> None:
        file.unlink()
        file.symlink_to(target)

    return link


def piped(file: Path) -> None:
    file.unlink()
    make_pipe(file)


def made_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def moved(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.symlink_to("nowhere")


def replaced(file: Path) -> None:
    shutil.rmtree(file.parent)
    file.parent.touch()


SPOILT: dict[str, Spoil] = {
    "garbage": lambda file: file.write_bytes(b"no data base" * 1000),
    "empty": lambda file: file.write_bytes(b""),
    "cut": cut,
    "without its pages": emptied,
    "an older schema": edited("PRAGMA user_version = 0"),
    "a newer schema": edited("PRAGMA user_version = 9"),
    "another program's": edited("PRAGMA application_id = 7"),
    "a table too many": edited("CREATE TABLE more (x)"),
    "a table too few": edited("DROP TABLE signatures"),
    "an odd set": edited("UPDATE sets SET count = 'many'"),
    "an odd package": edited("UPDATE affected SET facts = '[' WHERE package = 'acme-bad'"),
    "an odd removal": edited("UPDATE removed SET facts = '7'"),
    "an odd signature": edited("UPDATE signatures SET name = x'ff'"),
    "a kind of signature": edited("UPDATE signatures SET kind = 'func'"),
    "a link to nowhere": linked("nowhere"),
    "a link to itself": linked(FILE_NAME),
    "a pipe": piped,
    "a folder": made_a_folder,
    "a directory that leads nowhere": moved,
    "a directory that is a file": replaced,
    "not to be read": lambda file: file.chmod(0),
    "in a directory not to be read": lambda file: file.parent.chmod(0),
}


def gaps(home: Path) -> list[str]:
    """Scan an extension that the data knows in every way; give the gaps of its verdict."""
    line = command("scan", "extensions", "--offline", "--no-cache", "-o", "json=report.json",
                   "--data-dir", "data")  # fmt: skip
    if is_root():
        line[:0] = UNPRIVILEGED
    done = subprocess.run(
        line, env=environment(home), cwd=home, capture_output=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    report = json.loads((home / "report.json").read_bytes())
    ((verdict,),) = (each["verdicts"] for each in report["extensions"])
    found: list[str] = verdict["gaps"]
    return found


@pytest.mark.skipif(
    sys.platform != "linux" or (is_root() and shutil.which("setpriv") is None),
    reason="nobody could be kept from reading",
)
def test_data_that_can_not_be_used_is_a_gap(tmp_path: Path) -> None:
    place = install(tmp_path / "extensions", "acme.tool")
    (place / "yarn.lock").write_text('acme-bad@^1.0.0:\n  version "1.0.0"\n')
    (place / "main.js").write_text("library number 1.2.3")
    take(
        tmp_path / "whole",
        json.dumps(record()).encode(),
        removed_list("| acme.tool | 8/20/2026 | Malware |"),
        repository(jquery=library(patterns=("library number (§§version§§)",))),
    )
    data = tmp_path / "data"
    shutil.copytree(tmp_path / "whole", data)
    assert gaps(tmp_path) == []
    silent = []
    for name, spoil in SPOILT.items():
        if data.is_dir() and not data.is_symlink():
            data.chmod(0o755)
            shutil.rmtree(data)
        else:
            data.unlink()
        shutil.copytree(tmp_path / "whole", data)
        spoil(data / FILE_NAME)
        if not any("data" in gap for gap in gaps(tmp_path)):
            silent.append(name)
    data.chmod(0o755)
    assert silent == []
