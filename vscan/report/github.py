"""Workflow commands of GitHub Actions: at most ten annotations, the worst kind first.

A line of a log is a command where it begins with two colons, so every character that
could end a value is escaped, and nothing but commands is written.
"""

from collections.abc import Iterable, Iterator
from typing import IO

from vscan.model import Finding
from vscan.policy.model import FAILURE, Conclusion, Effect, Violation
from vscan.report.locations import place_of
from vscan.result import Report

_MOST = 10  # GitHub shows ten of a kind for each step
_SAID = 5  # of what one extension has


def write(report: Report, stream: IO[str]) -> None:
    """Write the annotations; the last one counts what did not fit."""
    commands = [*_failing(report), *_missing(report)] or list(_blind(report))
    if len(commands) > _MOST:
        more = len(commands) - _MOST + 1
        commands[_MOST - 1 :] = [_command("notice", f"{more} more are in the report")]
    stream.writelines(f"{command}\n" for command in commands)


def _failing(report: Report) -> Iterator[str]:
    for assessment in report.assessments:
        if not assessment.fails:
            continue
        extension = assessment.extension
        failing = [v for v in assessment.violations if v.effect is Effect.FAIL]
        texts = [text for violation in failing for text in _texts(violation)]
        message = "; ".join(texts[:_SAID])
        title = f"{extension.id} {extension.version or ''}".strip()
        file, line = place_of(extension, report.run.workspace)
        yield _command("error", message, file=file, line=str(line), title=title)


def _texts(violation: Violation) -> Iterable[str]:
    if violation.findings:
        return map(_said, violation.findings)
    return (f"{violation.kind}: {detail}" for detail in violation.details)


def _said(finding: Finding) -> str:
    """Say a finding. Its place is in the extension; the annotation's is in the repository."""
    place = f" ({finding.place})" if finding.place else ""
    return f"{finding.severity.word}: {finding.message}{place}"


def _missing(report: Report) -> Iterator[str]:
    for assessment in report.assessments:
        for violation in assessment.incomplete:
            title = f"{assessment.extension.id} was not examined whole"
            if violation.check.startswith(FAILURE):
                title = f"{assessment.extension.id} has no verdict"
            said = "; ".join(violation.details[:_SAID])
            yield _command("warning", f"{violation.kind}: {said}", title=title)
    for item in report.unreadable:
        yield _command("warning", item.reason, title=f"{item.name} could not be read")


def _blind(report: Report) -> Iterator[str]:
    """Say of a run that could not look why, where no one extension is to blame."""
    if report.decision.outcome not in {Conclusion.CLEAN, Conclusion.FINDINGS}:
        title = f"vscan: {report.decision.outcome.replace('-', ' ')}"
        yield _command("warning", " ".join(report.decision.reasons), title=title)


def _command(level: str, message: str, **properties: str) -> str:
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level}{' ' if said else ''}{said}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
