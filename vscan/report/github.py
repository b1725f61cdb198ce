"""Workflow commands of GitHub Actions: at most ten annotations, the worst kind first.

GitHub executes a line of the log that begins with two colons. So each character that could end a
value is escaped, and only commands are written.
"""

from collections.abc import Iterable, Iterator
from typing import IO

from vscan.model import Finding, Origin
from vscan.policy.model import Violation
from vscan.report.alert_locations import location_of, named_locations
from vscan.report.view import run_errors
from vscan.report_model import Report
from vscan.safe_text import pluralize

_MAX_COMMANDS = 10  # GitHub shows ten of a kind for each step
_MAX_DETAILS = 5  # of one extension


def write(report: Report, stream: IO[str]) -> None:
    """Write the annotations; the last one counts those beyond the limit."""
    commands = [*_failing(report), *_incomplete(report), *_whole_run(report)]
    if len(commands) > _MAX_COMMANDS:
        more = len(commands) - _MAX_COMMANDS + 1
        commands[_MAX_COMMANDS - 1 :] = [_command("notice", f"{more} more are in the report")]
    stream.writelines(f"{command}\n" for command in commands)


def _failing(report: Report) -> Iterator[str]:
    for assessment in report.assessments:
        if not assessment.fails:
            continue
        extension = assessment.extension
        texts = [text for each in assessment.failing_violations for text in _texts(each)]
        message = "; ".join(texts[:_MAX_DETAILS])
        title = f"{extension.id} {extension.version or ''}".strip()
        places = _places(extension.origins, report.run.workspace)
        if not places:
            file, line = location_of(extension, report.run.workspace)
            places = {"file": file, "line": str(line)}
        more = _more_places(extension.origins, report.run.workspace)
        yield _command("error", message + more, **places, title=title)


def _places(origins: Iterable[Origin], workspace: str) -> dict[str, str]:
    """Give the first place that names an extension, as properties; empty where none does."""
    found = named_locations(origins, workspace)
    if not found:
        return {}
    first = found[0]
    end = {"endColumn": str(first.column + first.length)} if first.length else {}
    return {"file": first.path, "line": str(first.line), "col": str(first.column), **end}


def _more_places(origins: Iterable[Origin], workspace: str) -> str:
    more = len(named_locations(origins, workspace)) - 1
    return f"; and {pluralize(more, 'more place')}" if more > 0 else ""


def _texts(violation: Violation) -> Iterable[str]:
    if violation.findings:
        return map(_finding, violation.findings)
    return (f"{violation.label}: {detail}" for detail in violation.details)


def _finding(finding: Finding) -> str:
    """Describe a finding, with its location in the extension, not in the repository."""
    location = f" ({finding.place})" if finding.place else ""
    return f"{finding.severity.word}: {finding.message}{location}"


def _incomplete(report: Report) -> Iterator[str]:
    for item in report.unreadable:
        places = _places(item.origins, report.run.workspace)
        yield _command("warning", item.reason, **places, title=f"{item.name} could not be read")
    for assessment in report.assessments:
        for violation in assessment.incomplete_violations:
            title = f"{assessment.extension.id} was not examined whole"
            if violation.is_failure:
                title = f"{assessment.extension.id} has no verdict"
            details = "; ".join(violation.details[:_MAX_DETAILS])
            origins, workspace = assessment.extension.origins, report.run.workspace
            message = f"{violation.label}: {details}{_more_places(origins, workspace)}"
            yield _command("warning", message, **_places(origins, workspace), title=title)


def _whole_run(report: Report) -> Iterator[str]:
    if (reason := run_errors(report).reason) is not None:
        title = f"vscan: {report.decision.outcome.replace('-', ' ')}"
        yield _command("warning", reason, title=title)


def _command(level: str, message: str, **properties: str) -> str:
    fields = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level}{' ' if fields else ''}{fields}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
