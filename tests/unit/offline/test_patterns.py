"""What holds for all patterns together: they are quick, and hostile input doesn't change that."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yara_x

from tests.offline import analyse
from vscan.sources.offline.checks import CHECKS

MIB = 1024**2


def test_no_pattern_is_slow_in_yara_s_own_opinion() -> None:
    compiler = yara_x.Compiler()
    for number, check in enumerate(CHECKS):
        compiler.new_namespace(str(number))
        compiler.add_source(check.patterns)
    assert compiler.warnings() == []
    compiler.add_source(r"rule slow { strings: $a = /.{1,9}a/ condition: $a }")
    assert compiler.warnings() != []


@contextmanager
def cpu_s(spent: list[float]) -> Iterator[None]:
    before = time.process_time()
    yield
    spent.append(time.process_time() - before)


HOSTILE = {
    "spaces": " ",
    "newlines": "\n",
    "a letter": "a",
    "quotes": '"',
    "parentheses": "(",
    "backslashes": "\\",
    "slashes": "/",
    "digits": "1",
    "evals": "eval(",
    "functions": "Function(",
    "buffers": "eval(Buffer.from(",
    "named": "a=atob(b);",
    "comments": "eval/*",
    "shells": "powershell -w hidden ",
    "pipes": "curl a|",
    "npx": "npx github:a ",
    "selectors": "\ufe00",
    "high selectors": "\U000e0101",
    "ok, ok, ok": "\U000e015f\U000e015b ",
    "tags": "\U000e0041",
    "zero width": "\u200b\u200c",
    "escapes": r"\ufe00",
    "decoders": "0xfe00 0xe0100 ",
    "names": "_0xab ",
    "controls": "\u202e",
    "addresses": "http://10.0.0.1 ",
    "chains": '"eth_call" ',
    "targets": '"/Login Data" "/.ssh/id_rsa" ',
    "publish": "npm publish ",
    "keys": "-----BEGIN PRIVATE" + " KEY-----\n",
    "code behind spaces": ";" + " " * 200,
    "remote": "ScreenConnect ",
    "tokens": "AKIA" + "A" * 16 + " ",
    "environment": "A_KEY=",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_eight_times_the_text_takes_no_more_than_some_eight_times_as_long(text: str) -> None:
    """Quadratic would be 64 times. Ratios only: how fast a machine is doesn't matter."""
    name = ".env" if "=" in text else "x.js"
    spent: list[float] = []
    for size in (MIB // 8, MIB):
        best: list[float] = []
        for _ in range(2):
            with cpu_s(best):
                verdict = analyse({name: (text * (size // len(text.encode()) + 1))[:size]})
        assert all("too many places" in gap for gap in verdict.gap_texts), verdict.gap_texts
        spent.append(min(best))
    small, large = spent
    assert large < 24 * max(small, 0.02)


def test_decoys_beyond_counting_are_a_gap(tmp_path: Path) -> None:
    """A thousand harmless addresses may hide one that is not."""
    del tmp_path
    decoys = "'http://10.0.0.1' " * 1000
    verdict = analyse({"x.js": decoys + "'http://45.76.12.34'"})
    assert verdict.findings == ()
    assert verdict.gap_texts == ("x.js has too many places to look at for exfiltration-sink",)
    assert analyse({"x.js": decoys[:-18]}).gap_texts == ()
