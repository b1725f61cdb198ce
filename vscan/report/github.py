"""Workflow commands of GitHub Actions: at most ten annotations, the worst kind first.

GitHub executes a line of the log that begins with two colons. So each character that could end a
value is escaped, and only commands are written.
"""

from collections.abc import Iterable, Iterator
from typing import IO

from vscan.model import Finding, Origin, Unreadable
from vscan.policy.model import Assessment
from vscan.report.alert_locations import location_of, named_locations
from vscan.report.rule_pages import rule_page
from vscan.report.view import (
    failing_checks,
    failing_findings,
    result_word,
    run_errors,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import join_first, pluralize

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
    for assessment in worst_first(report):
        if isinstance(assessment, Unreadable) or not assessment.fails:
            continue
        extension = assessment.extension
        texts = list(_causes(assessment))
        message = join_first(texts, _MAX_DETAILS, "; ") + _advice(assessment)
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


def _causes(assessment: Assessment) -> Iterator[str]:
    """Describe what fails the run: the findings, worst first, then the checks in words."""
    yield from map(_finding, failing_findings(assessment))
    for violation in failing_checks(assessment):
        yield "; ".join(violation.details) or violation.label


def _advice(assessment: Assessment) -> str:
    """Name the page of the worst finding's rule, or the command that explains it."""
    for finding in failing_findings(assessment)[:1]:
        return f". What to do: {rule_page(finding.rule) or f'vscan rules {finding.rule}'}"
    return ""


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
            cause = violation.label.replace("-", " ")
            message = f"{cause}: {details}{_more_places(origins, workspace)}"
            yield _command("warning", message, **_places(origins, workspace), title=title)


def _whole_run(report: Report) -> Iterator[str]:
    if (reason := run_errors(report).reason) is not None:
        title = f"vscan: {result_word(report)}"
        yield _command("warning", reason, title=title)


def _command(level: str, message: str, **properties: str) -> str:
    fields = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level}{' ' if fields else ''}{fields}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
