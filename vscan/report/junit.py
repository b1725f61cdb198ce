"""The JUnit report: a test case for each extension, for CI systems that read no SARIF.

What fails the run is a failure; what has no verdict, and should have one, is an error.
"""

from collections.abc import Iterator
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from vscan.model import Unreadable
from vscan.policy.model import Assessment, Conclusion, Effect, EvaluatedFinding
from vscan.result import Report
from vscan.text import pluralize

_SEEN = {Conclusion.CLEAN, Conclusion.FINDINGS}


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, a test case at a time."""
    fails = sum(assessment.fails for assessment in report.assessments)
    errors = len(report.unreadable) + sum(
        bool(assessment.incomplete) and not assessment.fails for assessment in report.assessments
    )
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    # A run that could not look is never green, even where no one extension is to blame.
    blind = not fails and not errors and report.decision.outcome not in _SEEN
    errors += blind
    about = (
        f'name="vscan" tests="{len(report.assessments) + len(report.unreadable) + blind}"'
        f' failures="{fails}" errors="{errors}" time="{report.stats.elapsed_s:.3f}"'
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
    if blind:
        outcome, why = quoteattr(report.decision.outcome), " ".join(report.decision.reasons)
        stream.write('<testcase classname="vscan" name="the whole run" time="0">\n')
        stream.write(f"<error type={outcome} message={quoteattr(why)}/>\n</testcase>\n")
    stream.write("</testsuite>\n</testsuites>\n")


def _case(assessment: Assessment) -> Iterator[str]:
    extension = assessment.extension
    version = f"@{extension.version}" if extension.version else ""
    name, publisher = quoteattr(f"{extension.id}{version}"), quoteattr(extension.id.publisher)
    yield f'<testcase classname={publisher} name={name} time="0">'
    lines = "\n".join(map(_line, assessment.held))
    if assessment.fails:
        said = quoteattr(", ".join(_failing(assessment)))
        yield f'<failure type="findings" message={said}>{escape(lines)}</failure>'
    elif assessment.incomplete:
        kind = quoteattr(assessment.incomplete[0].kind)
        said = quoteattr("; ".join(d for v in assessment.incomplete for d in v.details))
        yield f"<error type={kind} message={said}/>"
    if lines and not assessment.fails:
        yield f"<system-out>{escape(lines)}</system-out>"
    yield "</testcase>"


def _failing(assessment: Assessment) -> Iterator[str]:
    """Say what fails the run: how many findings, and which checks."""
    failing = [v for v in assessment.violations if v.effect is Effect.FAIL]
    if number := sum(len(violation.findings) for violation in failing):
        yield pluralize(number, "finding")
    yield from (violation.check for violation in failing if not violation.findings)


def _line(held: EvaluatedFinding) -> str:
    finding = held.finding
    mark = " (waived)" if held.waiver else " (known)" if held.known else ""
    place = f" ({finding.place})" if finding.place else ""
    return f"{finding.severity.word} {finding.rule}: {finding.message}{place}{mark}"


def _unreadable(item: Unreadable) -> Iterator[str]:
    publisher = item.id.publisher if item.id else "unreadable"
    yield f'<testcase classname={quoteattr(publisher)} name={quoteattr(item.name)} time="0">'
    yield f'<error type="unreadable" message={quoteattr(item.reason)}/>'
    yield "</testcase>"
