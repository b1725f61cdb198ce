"""Alerts: the findings of one rule, in one severity, about one extension.

An alert becomes one SARIF result, however many findings and installed versions it has.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct

from vscan.model import Extension, Finding, Rule, Severity
from vscan.policy.model import EvaluatedFinding, Waiver
from vscan.report.sarif.rules import rule_id_of, unknown_rule
from vscan.report_model import Report


class Alert(Struct, frozen=True):
    """The content of one result. ``extensions`` are the installed versions of one id."""

    extensions: tuple[Extension, ...]
    rule: str
    severity: Severity
    findings: tuple[EvaluatedFinding, ...]

    @property
    def rule_id(self) -> str:
        """The id of the rule in this severity."""
        return rule_id_of(self.rule, self.severity)

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers, if each finding has one; otherwise the alert is open."""
        waivers = [each.waiver for each in self.findings if each.waiver is not None]
        return tuple(dict.fromkeys(waivers)) if len(waivers) == len(self.findings) else ()

    @property
    def stored_at(self) -> int | None:
        """The earliest time at which a finding was cached, if all come from stale verdicts."""
        times = [each.stored_at for each in self.findings if each.stored_at is not None]
        return min(times) if len(times) == len(self.findings) else None

    @property
    def rank(self) -> tuple[bool, Severity]:
        """The priority if a file can't hold all alerts; the lowest are left out first."""
        return not self.waivers, self.severity


class AlertSummary(Struct, frozen=True):
    """Facts about all alerts that the file needs before the first one.

    ``counts`` are by rank; ``rules`` include those of findings that no provider describes.
    """

    counts: Mapping[tuple[bool, Severity], int]
    rules: tuple[Rule, ...]
    has_baseline: bool

    @property
    def total(self) -> int:
        """The number of alerts."""
        return sum(self.counts.values())


def summarize_alerts(report: Report) -> AlertSummary:
    """Go through all alerts once."""
    counts: Counter[tuple[bool, Severity]] = Counter()
    rules: dict[str, Rule] = {}
    for rule in report.rules:  # two providers may share one
        rules.setdefault(rule.id, rule)
    has_baseline = False
    for alert in alerts_of(report):
        counts[alert.rank] += 1
        has_baseline = has_baseline or any(each.in_baseline for each in alert.findings)
        if alert.rule not in rules:
            rules[alert.rule] = unknown_rule(alert.rule, alert.findings[0].finding.kind)
    return AlertSummary(counts, tuple(rules.values()), has_baseline)


def alerts_of(report: Report) -> Iterator[Alert]:
    """Group findings into alerts. Assessments are sorted by id, findings by provider.

    Stale findings are included: GitHub closes an alert without a result as fixed, which is wrong
    for an extension that could not be scanned.
    """
    by_id = itertools.groupby(report.assessments, key=lambda a: a.extension.id.key)
    for _, assessments in by_id:
        installed = tuple(assessments)
        groups: dict[tuple[str, Severity], dict[Finding, EvaluatedFinding]] = {}
        for assessment in installed:
            for each in (*assessment.findings, *assessment.last_known_findings):
                group = groups.setdefault((each.finding.rule, each.finding.severity), {})
                group.setdefault(each.finding, each)
        extensions = tuple(assessment.extension for assessment in installed)
        for (rule, severity), group in groups.items():
            yield Alert(extensions, rule, severity, tuple(group.values()))
