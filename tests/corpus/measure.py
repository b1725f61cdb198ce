"""Scan what was planted, and count what was found and what was accused without a reason.

The program runs as a user runs it, and only its JSON report is read. A finding counts
where the same extension with nothing planted in it has none like it.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.command import command, environment
from tests.corpus.planting import Planted
from tests.corpus.shapes import Near, Shape

Finding = Mapping[str, Any]
Findings = Mapping[str, tuple[Finding, ...]]  # by the folder of an extension

_LEVELS = ("info", "low", "medium", "high", "critical")
_TITLES = {
    1: "known-malicious extension",
    2: "malicious npm package",
    3: "invisible payload",
    4: "decoder of one",
    5: "decoded text is run",
    6: "fetched and run",
    7: "exfiltration sink",
    8: "commands from a chain",
    9: "theft targets",
    10: "self-spread",
    11: "remote control",
    12: "impersonation",
    13: "theme, grammar or snippets with code",
    14: "activation on everything",
    15: "member that is not installed",
    16: "content belies the suffix",
    17: "native binary",
    18: "obfuscation",
    19: "uninstall script",
    20: "bidirectional controls",
    21: "shipped secret",
}


@dataclass(frozen=True)
class Outcome:
    """A case, and the findings that it has and its control has not."""

    case: Shape | Near
    places: frozenset[str | None]
    findings: tuple[Finding, ...]

    @property
    def accusations(self) -> tuple[Finding, ...]:
        """What is said of it, wherever, that is of medium or worse."""
        return tuple(f for f in self.findings if _accuses(f, "medium"))

    @property
    def found(self) -> bool:
        """Whether a payload is found where it lies, as what it is, with its text."""
        if isinstance(self.case, Near):
            return False
        return any(
            finding["file"] in self.places
            and _accuses(finding, self.case.severity)
            and (self.case.expects_text or "") in f"{finding['message']}\n{finding['evidence']}"
            for finding in self.findings
        )


def _accuses(finding: Finding, least: str) -> bool:
    """Whether it is bad enough. An advisory for a package is a fact, and accuses nobody."""
    enough = _LEVELS.index(finding["severity"]) >= _LEVELS.index(least)
    return enough and finding["kind"] != "vulnerability"


def scan(place: Path, home: Path) -> Findings:
    """Analyse a directory with no network, as a process of its own."""
    report = home / "report.json"
    done = subprocess.run(
        command("scan", place, "--offline", "-o", f"json={report}"),
        env=environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    if not report.exists():
        raise AssertionError(f"exit {done.returncode}, no report: {done.stderr.strip()[-1000:]}")
    return findings(json.loads(report.read_text("utf-8")))


def findings(report: Mapping[str, Any]) -> Findings:
    """Take the findings out of a report; every extension in it has to be scanned."""
    unread = [item["id"] for item in report["extensions"] if item["status"] != "scanned"]
    if unread:
        raise AssertionError(f"not scanned: {unread}")
    return {item["path"]: tuple(item["findings"]) for item in report["extensions"]}


def judge(planted: Iterable[Planted], found: Findings) -> dict[str, Outcome]:
    """Give the outcome of each case by its name."""
    return {
        item.case.name: Outcome(
            item.case, item.places, tuple(_new(found[item.folder], found[item.control]))
        )
        for item in planted
    }


def _new(found: Iterable[Finding], control: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out as many findings of a rule in a file as the control has of that severity."""
    known = Counter(map(_likeness, control))
    for finding in found:
        likeness = _likeness(finding)
        if known[likeness]:
            known[likeness] -= 1
        else:
            yield finding


def _likeness(finding: Finding) -> tuple[str, str | None, str]:
    return finding["rule"], finding["file"], finding["severity"]


def table(outcomes: Iterable[Outcome]) -> str:
    """Make the table of docs/precision.md, and name below it what went wrong."""
    outcomes = tuple(outcomes)
    shapes = [o for o in outcomes if isinstance(o.case, Shape)]
    nears = [o for o in outcomes if isinstance(o.case, Near)]
    rows = ["| Check | Payloads | Found | Near misses | False alarms |", "|---|--:|--:|--:|--:|"]
    for number, title in _TITLES.items():
        rows.append(_row(f"{number}. {title}", *(_of(number, part) for part in (shapes, nears))))
    rows.append(_row("all", shapes, nears))
    missed = sorted(o.case.name for o in shapes if not o.found)
    alarms = sorted(
        f"{o.case.name} ({', '.join(sorted({f['rule'] for f in o.accusations}))})"
        for o in nears
        if o.accusations
    )
    return "\n".join(
        [*rows, "", f"Missed: {', '.join(missed) or 'none'}.", "",
         f"False alarms: {', '.join(alarms) or 'none'}."]
    )  # fmt: skip


def _of(number: int, outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.case.check == number]


def _row(title: str, shapes: list[Outcome], nears: list[Outcome]) -> str:
    found = sum(outcome.found for outcome in shapes)
    alarms = sum(bool(outcome.accusations) for outcome in nears)
    return f"| {title} | {len(shapes)} | {found} | {len(nears)} | {alarms} |"
