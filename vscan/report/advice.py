"""What to do about a run that is not green: a sentence for each cause, worst first."""

from vscan.model import FailureKind, GapKind, Rule
from vscan.policy.model import GAP_CHECK_ID, Assessment
from vscan.report.rule_pages import rule_page
from vscan.report.view import failing_findings, group_missing_verdicts, worst_first
from vscan.report_model import Report

_OF_FAILURES = {
    FailureKind.NOT_LISTED: "If the extension is your own, --private ID keeps it from the service,"
    " and the ignore file can accept it; else find out where it comes from.",
    FailureKind.RATE_LIMITED: "Run again later; finished verdicts are cached.",
    FailureKind.TIMEOUT: "Run again; finished verdicts are cached.",
    FailureKind.NETWORK: "Look at the network and its proxy, and run again; --offline leaves"
    " vscan.dev out.",
    FailureKind.BAD_RESPONSE: "Run again; finished verdicts are cached.",
    FailureKind.NOT_REMEMBERED: "`vscan scan` asks for it.",
    FailureKind.INTERRUPTED: "Run again; finished verdicts are cached.",
    FailureKind.BUG: "Please report it, with the output of -v.",
}
_OF_NAMES_WITHOUT_BYTES = (
    "--fetch open-vsx (or another registry) has the archives analysed; without --offline,"
    " vscan.dev is asked about the names."
)


def advice_for(report: Report) -> list[tuple[str, str]]:
    """List the rules that fail the run, the kinds of failures and gaps, each with what to do."""
    rules = {rule.id: rule for rule in report.rules}
    assessments = [item for item in worst_first(report) if isinstance(item, Assessment)]
    failing = [finding.rule for item in assessments for finding in failing_findings(item)]
    advice = {rule: _of_rule(rules[rule]) for rule in failing if rule in rules}
    for (kind, _), group in group_missing_verdicts(
        (*report.unreadable, *report.assessments)
    ).items():
        if (rule := group[0].rule) in rules:
            advice[rule] = _of_rule(rules[rule])
        elif kind in _OF_FAILURES:
            advice[str(kind)] = _OF_FAILURES[kind]
    if any(map(_is_only_named, assessments)):
        advice[GAP_CHECK_ID] = _OF_NAMES_WITHOUT_BYTES
    return list(advice.items())


def _of_rule(rule: Rule) -> str:
    return f"{rule.help} More: {rule_page(rule.id) or f'`vscan rules {rule.id}`'}"


def _is_only_named(item: Assessment) -> bool:
    """Whether an extension can't be judged because only its name is here."""
    gaps = [gap for verdict, _ in item.verdicts for gap in verdict.gaps]
    is_incomplete = any(each.check == GAP_CHECK_ID for each in item.incomplete_violations)
    return is_incomplete and any(gap.kind is GapKind.NO_BYTES for gap in gaps)
