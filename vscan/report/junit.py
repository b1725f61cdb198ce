"""The JUnit report: a test case for each extension, for CI systems that can't read SARIF.

An extension that fails the run is a failure; one that can't be judged is an error.
"""

from collections.abc import Iterator
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from vscan.model import Unreadable
from vscan.policy.model import Assessment, EvaluatedFinding
from vscan.report.view import (
    Standing,
    described_machines,
    failing_checks,
    failing_findings,
    run_errors,
    standing_of,
    worst_findings_first,
)
from vscan.report_model import Report
from vscan.safe_text import join_first

_CAUSES = 5  # in a message
_MARKS = {Standing.SUPPRESSED: " (suppressed)", Standing.IN_BASELINE: " (known)"}


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, a test case at a time."""
    errors = run_errors(report)
    # A reason of the run as a whole gets a test case of its own, or the run would be green.
    whole_run = errors.reason is not None
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    about = (
        f'name="vscan" tests="{report.stats.total + whole_run}" failures="{errors.failing}"'
        f' errors="{errors.incomplete + whole_run}" time="{report.stats.elapsed_s:.3f}"'
    )
    stream.write(f"<testsuites {about}>\n")
    stream.write(f"<testsuite {about} timestamp={quoteattr(report.run.started_at)}>\n")
    stream.write("<properties>\n")
    for name, value in (
        ("outcome", report.decision.outcome),
        ("exit_code", str(int(report.decision.exit_code))),
        *(("reason", reason) for reason in report.decision.reasons),
    ):
        stream.write(f"<property name={quoteattr(name)} value={quoteattr(value)}/>\n")
    stream.write("</properties>\n")
    for assessment in report.assessments:
        for line in _case(assessment):
            stream.write(f"{line}\n")
    for item in report.unreadable:
        for line in _unreadable(item):
            stream.write(f"{line}\n")
    if errors.reason is not None:
        outcome, reason = quoteattr(report.decision.outcome), quoteattr(errors.reason)
        stream.write('<testcase classname="vscan" name="the whole run" time="0">\n')
        stream.write(f"<error type={outcome} message={reason}/>\n</testcase>\n")
    stream.write("</testsuite>\n</testsuites>\n")


def _case(assessment: Assessment) -> Iterator[str]:
    extension = assessment.extension
    version = f"@{extension.version}" if extension.version else ""
    name, publisher = quoteattr(f"{extension.id}{version}"), quoteattr(extension.id.publisher)
    yield f'<testcase classname={publisher} name={name} time="0">'
    lines = "\n".join([*map(_line, worst_findings_first(assessment)), *_named(assessment)])
    incomplete = assessment.incomplete_violations
    if assessment.fails:
        message = quoteattr(join_first(list(_causes(assessment)), _CAUSES, "; "))
        yield f'<failure type="findings" message={message}>{escape(lines)}</failure>'
    elif incomplete:
        check = quoteattr(incomplete[0].label)
        message = quoteattr("; ".join(detail for each in incomplete for detail in each.details))
        yield f"<error type={check} message={message}/>"
    if lines and not assessment.fails:
        yield f"<system-out>{escape(lines)}</system-out>"
    yield "</testcase>"


def _causes(assessment: Assessment) -> Iterator[str]:
    """Describe what fails the run in words: the findings, worst first, then the checks."""
    for finding in failing_findings(assessment):
        yield f"{finding.severity.word} {finding.rule}: {finding.message}"
    for violation in failing_checks(assessment):
        yield "; ".join(violation.details) or violation.label


def _named(assessment: Assessment) -> Iterator[str]:
    """List the places of a repository that name the extension, and the machines that have it."""
    for origin in assessment.extension.origins:
        if origin.line is not None:
            yield f"{origin.how or 'named'} at {origin.uri}:{origin.line}"
    if machines := described_machines(assessment.extension):
        yield f"installed on {machines}"


def _line(evaluated: EvaluatedFinding) -> str:
    finding = evaluated.finding
    mark = _MARKS.get(standing_of(evaluated), "")
    location = f" ({finding.place})" if finding.place else ""
    return f"{finding.severity.word} {finding.rule}: {finding.message}{location}{mark}"


def _unreadable(item: Unreadable) -> Iterator[str]:
    publisher = item.id.publisher if item.id else "unreadable"
    yield f'<testcase classname={quoteattr(publisher)} name={quoteattr(item.name)} time="0">'
    yield f'<error type="unreadable" message={quoteattr(item.reason)}/>'
    yield "</testcase>"
