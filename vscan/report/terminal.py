"""The result for people: what failed, what to do, what is left, and the verdict in the last line.

The same lines are written to a terminal, with colours and indented where they are folded, and
elsewhere as they are, so that a log can be searched line by line.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from vscan.best_effort_stream import BestEffortStream
from vscan.model import FailureKind, Finding, RiskLevel, Severity
from vscan.policy.model import GAP_CHECK_ID, Assessment, Conclusion, EvaluatedFinding, Violation
from vscan.report.advice import advice_for
from vscan.report.view import (
    MissingVerdict,
    Standing,
    count_results,
    described_places,
    failing_checks,
    failing_findings,
    group_missing_verdicts,
    known_risk,
    missing_providers,
    name_of,
    result_word,
    standing_of,
    tally,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import foldable, join_first, pluralize, sanitize

_EXTENSIONS = 40  # that fail, or have findings that do not count
_FINDINGS = 10  # of an extension
_CAUSES = 8  # with advice
_NAMES_IN_A_GROUP = 8
_PATH = 4096  # characters of a report's path
_LABEL = 10  # columns: the longest severity, and two blanks
_DIM = "dim"
_JUDGED = frozenset({Standing.ACTIVE, Standing.POSTURE})
_OUTCOME_STYLES = {
    Conclusion.CLEAN: "bold green",
    Conclusion.FINDINGS: "bold red",
    Conclusion.INCOMPLETE: "bold yellow",
    Conclusion.ERROR: "bold red",
    Conclusion.NOTHING_TO_SCAN: "bold yellow",
    Conclusion.INTERRUPTED: "bold yellow",
}
_SEVERITY_STYLES = {
    Severity.INFO: "dim",
    Severity.LOW: "cyan",
    Severity.MEDIUM: "yellow",
    Severity.HIGH: "red",
    Severity.CRITICAL: "bold red",
}


class Line(Struct, frozen=True):
    """A line of the result. One with a label is indented, and its texts are in a column."""

    text: str
    label: str = ""
    style: str = ""
    label_style: str = ""

    def __str__(self) -> str:
        """Write the line without colours."""
        return f"  {self.label:{_LABEL}}{self.text}" if self.label else self.text


_BLANK = Line("")


def write_summary(
    report: Report,
    stream: BestEffortStream,
    style: Literal["rich", "plain", "quiet"],
    outputs: Iterable[tuple[str, str]] = (),
    *,
    everything: bool = False,
) -> None:
    """Write the result; ``outputs`` are the reports that were written, as format and path.

    ``everything`` leaves no extension and no finding out of the lists.
    """
    lines = _quiet(report) if style == "quiet" else _all(report, outputs, everything=everything)
    if style == "rich":
        _write_styled(lines, stream)
    else:
        for line in lines:
            stream.write(f"{line}\n")
    stream.flush()


def headline(report: Report) -> str:
    """Name the outcome, and the failure if it is the same one for all extensions."""
    decision = report.decision
    details = [detail for _, detail in _failure_groups(report)]
    incomplete = decision.outcome is Conclusion.INCOMPLETE
    cause = ""
    if incomplete and len(details) == 1 and not report.stats.scanned:
        cause = f": {details[0]}"
    return f"{result_word(report)}{cause} (exit {int(decision.exit_code)})"


def _all(report: Report, outputs: Iterable[tuple[str, str]], *, everything: bool) -> Iterator[Line]:
    extensions, findings, names = (
        (None, None, None) if everything else (_EXTENSIONS, _FINDINGS, _NAMES_IN_A_GROUP)
    )
    ordered = [item for item in worst_first(report) if isinstance(item, Assessment)]
    failing = [item for item in ordered if item.fails]
    passing = [item for item in ordered if not item.fails and _not_failing(item, findings)]
    for items, describe, more in (
        (failing, _failing, "that fail"),
        (passing, _passing, "with findings that do not count"),
    ):
        for item in items[:extensions]:
            yield from (_BLANK, *describe(item, findings))
        if extensions is not None and len(items) > extensions:
            yield _BLANK
            yield Line(f"and {len(items) - extensions} more {more} (-v lists them)", style=_DIM)
    yield from _block("No verdict", _failures(report, names))
    yield from _block("What to do", _advice(report))
    yield _BLANK
    yield from map(Line, report.decision.reasons)
    yield from map(Line, _counts(report))
    for name, path in outputs:
        if path != "-":
            yield Line(f"report ({name}): {sanitize(str(Path(path).absolute()), _PATH)}")
    yield _last(report, "")


def _quiet(report: Report) -> Iterator[Line]:
    """List what fails, the reasons that affect the outcome or warn, then the outcome."""
    decision = report.decision
    for item in worst_first(report):
        if isinstance(item, Assessment) and item.fails:
            named = _named_at(item)
            for line in _failing_lines(item, None):
                yield replace(line, text=line.text + named)
    yield from _failures(report, _NAMES_IN_A_GROUP)
    yield from (Line(each) for each in decision.reasons if each not in decision.informational)
    if report.run.data:
        yield Line(report.run.data_sentence)
    counts = f": {_results(report)}; {_findings(report)}" if report.stats.total else ""
    yield _last(report, counts)


def _named_at(item: Assessment) -> str:
    """Name the places of a repository that name an extension, for a line without a heading."""
    places = _places(item)
    return f" ({places})" if places else ""


def _places(item: Assessment) -> str:
    """Say where an extension is named, or which machines have it."""
    places = described_places(item)
    has_place = any(origin.line is not None for origin in item.extension.origins)
    return f"{'named at' if has_place else 'on'} {places}" if places else ""


def _last(report: Report, more: str) -> Line:
    return Line(f"vscan: {headline(report)}{more}", style=_OUTCOME_STYLES[report.decision.outcome])


def _block(title: str, lines: Iterator[Line]) -> Iterator[Line]:
    """Put a title above lines; without a line there is none."""
    for first in lines:
        yield from (_BLANK, Line(title, style="bold"), first, *lines)


def _heading(item: Assessment) -> str:
    """Describe an extension: its versions, where it is named, and how it is rated."""
    installed = item.extension.version
    analysed = {verdict.analysed_version for verdict, _ in item.verdicts} - {installed, ""}
    missing = missing_providers(item)
    level = known_risk(item)
    risk = f"{level.word} risk" + (f" ({missing})" if missing else "")
    is_rated = not missing and item.score is not None and level is not RiskLevel.UNKNOWN
    parts = [
        _places(item),
        f"{', '.join(sorted(analysed))} was analysed" if analysed else "",
        risk,
        f"score {item.score:g}" if is_rated else "",
    ]
    return f"{name_of(item)}: {', '.join(filter(None, parts))}"


def _failing(item: Assessment, most: int | None) -> Iterator[Line]:
    """Describe an extension that fails: first what fails it, then its other findings."""
    yield Line(_heading(item), style="bold")
    yield from _failing_lines(item, most)
    yield from _not_counted(item, most)


def _passing(item: Assessment, most: int | None) -> Iterator[Line]:
    """Describe an extension that has findings, and does not fail."""
    yield Line(_heading(item), style=_DIM)
    yield from _not_counted(item, most)


def _failing_lines(item: Assessment, most: int | None) -> Iterator[Line]:
    """Write a line for each finding that fails the run, and for each check with its facts."""
    yield from _first((_finding_line(item, each) for each in failing_findings(item)), most, "fail")
    # The facts stand below the checks that they explain.
    for violation in sorted(failing_checks(item), key=_judges_the_whole):
        details = "; ".join(violation.details)
        text = f"{violation.label}  {name_of(item)}" + (f": {details}" if details else "")
        yield Line(text, "failed", label_style="bold red")
    yield from _first((_finding_line(item, each) for each in _facts(item)), most, "add to that")


def _judges_the_whole(violation: Violation) -> bool:
    """Whether all findings of an extension add to the value that a check judges."""
    return violation.check in {"risk-level", "score"}


def _facts(item: Assessment) -> list[Finding]:
    """List what a failing risk level or score rests on beside the failing findings, worst first."""
    if not any(map(_judges_the_whole, failing_checks(item))):
        return []
    found = [each.finding for each in item.findings if standing_of(each) in _JUDGED]
    failing = set(failing_findings(item))
    return sorted((each for each in found if each not in failing), key=lambda each: -each.severity)


def _not_counted(item: Assessment, most: int | None) -> Iterator[Line]:
    """List findings that do not fail the run, dimmed, worst first."""
    lines = (_dimmed_line(item, each) for each in _not_failing(item, most))
    yield from _first(lines, most, "do not count")


def _not_failing(item: Assessment, most: int | None) -> list[EvaluatedFinding]:
    """Select the active findings that do not fail the run; without a limit, those of all kinds."""
    counted = {*failing_findings(item), *_facts(item)}
    standings = set(Standing) if most is None else {Standing.ACTIVE}
    found = [
        each
        for each in item.findings
        if (standing := standing_of(each)) in standings
        and not (standing in _JUDGED and each.finding in counted)
    ]
    return sorted(found, key=lambda each: -each.finding.severity)


def _first(lines: Iterable[Line], most: int | None, verb: str) -> Iterator[Line]:
    """Give the first lines about an extension, and the number of the others."""
    lines = list(lines)
    yield from lines[:most]
    if most is not None and len(lines) > most:
        yield Line(f"{len(lines) - most} more of it {verb} (-v lists them)", "and", style=_DIM)


def _finding_line(item: Assessment, finding: Finding) -> Line:
    return Line(
        _described(item, finding),
        finding.severity.word,
        label_style=_SEVERITY_STYLES[finding.severity],
    )


def _dimmed_line(item: Assessment, evaluated: EvaluatedFinding) -> Line:
    finding, standing = evaluated.finding, standing_of(evaluated)
    remark = "does not fail the run" if standing is Standing.ACTIVE else standing
    text = f"{_described(item, finding)} ({remark})"
    return Line(text, finding.severity.word, style=_DIM, label_style=_DIM)


def _described(item: Assessment, finding: Finding) -> str:
    place = f"  {finding.place}" if finding.place else ""
    return f"{finding.rule}  {name_of(item)}{place}: {finding.message}"


def _failures(report: Report, most: int | None) -> Iterator[Line]:
    """Describe each group of failures, and name its extensions."""
    for (kind, detail), group in _failure_groups(report).items():
        providers = ", ".join(dict.fromkeys(each.provider for each in group if each.provider))
        names = [each.name for each in group]
        named = join_first(names, len(names) if most is None else most)
        who = f"{providers}: " if providers and not detail.startswith(providers) else ""
        cause = group[0].rule or kind
        yield Line(f"{cause}  {named}: {who}{detail}", "missing", label_style="bold yellow")


def _failure_groups(report: Report) -> dict[tuple[FailureKind, str], list[MissingVerdict]]:
    return group_missing_verdicts((*report.unreadable, *report.assessments))


def _advice(report: Report) -> Iterator[Line]:
    """Say what to do about each cause of a red run; `vscan rules` says more about a rule."""
    advice = advice_for(report)
    for cause, text in advice[:_CAUSES]:
        yield Line(f"{cause}: {text}", "fix")
    if len(advice) > _CAUSES:
        yield Line(f"{len(advice) - _CAUSES} more: `vscan rules` explains them", "and")


def _counts(report: Report) -> Iterator[str]:
    stats = report.stats
    if stats.total:
        yield _results(report) + (f" ({stats.cached} cached)" if stats.cached else "")
    if report.skipped:
        reasons = Counter(item.reason for item in report.skipped)
        yield f"not scanned: {', '.join(f'{n} {reason}' for reason, n in reasons.items())}"
    if not stats.total:
        yield from (report.run.data_sentence,) * bool(report.run.data)
        return
    ignored = _ignored_gaps(report)
    more = (
        f"; {pluralize(ignored, 'extension')} with gaps that the policy accepts" if ignored else ""
    )
    yield _findings(report) + more
    if report.run.data:
        yield report.run.data_sentence
    mode = "in parallel" if report.run.mode == "parallel" else "one after the other"
    if report.run.fell_back_to_sequential:
        mode = "in parallel, then one after the other after a 429"
    requests = ""
    if stats.requests:
        requests = (
            f"{pluralize(stats.requests, 'request')} {mode}, {pluralize(stats.retries, 'retry')},"
            f" {stats.rate_limited} rate limited; "
        )
    yield f"{requests}{stats.elapsed_s:.1f} s"


def _results(report: Report) -> str:
    """Count the extensions, and the entries that could not be read, by their results."""
    unreadable = len(report.unreadable)
    entries = f" and {pluralize(unreadable, 'unreadable entry')}" if unreadable else ""
    counts = count_results(report)
    numbers = [f"{number} {result}" for result, number in counts.items() if number]
    extensions = pluralize(report.stats.total - unreadable, "extension")
    return f"{extensions}{entries}: {', '.join(numbers) or 'none'}"


def _ignored_gaps(report: Report) -> int:
    """Count the extensions whose gaps no reason names, because the policy accepts them."""
    return sum(
        any(verdict.gaps for verdict, _ in item.verdicts)
        and not any(violation.check == GAP_CHECK_ID for violation in item.violations)
        for item in report.assessments
    )


def _findings(report: Report) -> str:
    """Count the active findings by severity, with posture apart, as it alone fails no run."""
    counts = tally(report.assessments)
    texts = []
    for name, severities in (
        ("findings", counts[Standing.ACTIVE]),
        ("posture", counts[Standing.POSTURE]),
    ):
        numbers = [f"{severities[s]} {s.word}" for s in sorted(severities, reverse=True)]
        texts.append(f"{name}: {', '.join(numbers) or 'none'}")
    if report.stats.suppressed:
        texts.append(f"{report.stats.suppressed} suppressed")
    if report.stats.in_baseline:
        texts.append(f"{report.stats.in_baseline} in the baseline")
    return "; ".join(texts)


def _write_styled(lines: Iterable[Line], stream: BestEffortStream) -> None:
    """Write lines with Rich: what is folded stays in its column."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)  # type: ignore[arg-type]
    for line in lines:
        # Text, because Rich would interpret markup in the names.
        text = Text(foldable(line.text), style=line.style)
        if not line.label:
            console.print(text)
            continue
        row = Table.grid(padding=0)
        row.add_column(width=2 + _LABEL)
        row.add_column(overflow="fold")
        row.add_row(Text(f"  {line.label}", style=line.label_style), text)
        console.print(row)
