"""docs/images/: what a terminal shows, drawn from a real run."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.command import environment

pytest.importorskip("termios", reason="the picture is taken from a terminal of Unix")

from ci.pictures import PLACE, shown


def test_the_picture_of_a_scan_is_drawn(tmp_path: Path) -> None:
    place = tmp_path / "scan.svg"
    done = subprocess.run(
        [sys.executable, "-m", "ci.pictures", "--place", place],
        env=environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for svg in (place.read_text("utf-8"), PLACE.read_text("utf-8")):
        text = "".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
        assert "$ vscan scan tests/data/offline --offline" in text
        assert "example.tab-colours" in text
        assert "exit 1" in text
        assert not re.search(r"url\(.?https?:|<image|/tmp/", svg)


def test_lines_that_are_written_again_are_shown_once() -> None:
    written = "one\r\n\x1b[?25ltwo\r\nthree\x1b[2K\x1b[1A\x1b[2Knew\r\n\x1b[31mred\x1b[0m\r\n"
    assert shown(written) == "one\nnew\n\x1b[31mred\x1b[0m"
