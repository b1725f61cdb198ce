"""The descriptions of rules and notifications in a SARIF file. All their text is vscan's own."""

import re
from collections.abc import Iterable
from typing import Any

from vscan import __version__
from vscan.model import FailureKind, Kind, Rule, Severity
from vscan.report.rule_pages import repository_address, rule_page
from vscan.report.sarif.escaping import cut, inert
from vscan.safe_text import sanitize

HOME = "https://pypi.org/project/vscan-ci/"

LEVELS = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# GitHub reads the severity of an alert from its rule, as a number. Info has none.
_SECURITY_SEVERITIES = {
    Severity.LOW: "2.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
_PROBLEMS = {"note": "recommendation", "warning": "warning", "error": "error"}
# GitHub sorts alerts by the precision of their rules.
_PRECISIONS = {
    Kind.MALWARE: "high",
    Kind.VULNERABILITY: "high",
    Kind.SECRET: "medium",
    Kind.POSTURE: "low",
    Kind.POLICY: "very-high",
}
REASON, WARNING, LEFT_OUT, NOT_JUDGED = "reason", "warning", "left-out", "not-judged"
_NOTICES = {
    FailureKind.NOT_LISTED: "The source does not know the extension.",
    FailureKind.RATE_LIMITED: "The source asked for longer pauses than the settings allow.",
    FailureKind.TIMEOUT: "There was no verdict in time.",
    FailureKind.NETWORK: "The source could not be reached.",
    FailureKind.BAD_RESPONSE: "The source's answer could not be used.",
    FailureKind.NOT_REMEMBERED: "The cache has no current verdict, and a report asks no provider.",
    FailureKind.UNREADABLE: "Something that should be an extension could not be read.",
    FailureKind.INTERRUPTED: "The run ended before the extension's turn.",
    FailureKind.BUG: "A fault of vscan's own kept the extension from being scanned.",
    NOT_JUDGED: "A part of an extension's analysis is missing, so it can't be judged.",
    REASON: "Why the run ended as it did.",
    WARNING: "Something odd about the run or its settings.",
    LEFT_OUT: "There are more results than a file may hold.",
}


def tool_driver(rules: Iterable[Rule]) -> dict[str, Any]:
    """Describe the tool with its rules and notifications."""
    return {
        "name": "vscan",  # must never change: GitHub stores alerts under it
        "semanticVersion": __version__,
        "informationUri": repository_address() or HOME,
        "rules": [_rule(rule, severity) for rule in rules for severity in Severity],
        "notifications": [_notice(str(notice), text) for notice, text in _NOTICES.items()],
    }


def _notice(notice: str, text: str) -> dict[str, Any]:
    described = {key: {"text": text} for key in ("shortDescription", "fullDescription", "help")}
    return {"id": notice, **described}


def rule_id_of(rule: str, severity: Severity) -> str:
    """Give the id of a rule in one severity."""
    return f"{sanitize(rule, 200)}/{severity.word}"


def _rule(rule: Rule, severity: Severity) -> dict[str, Any]:
    """Describe a rule in one severity. The text is vscan's own, so its Markdown is kept."""
    level = LEVELS[severity]
    texts = [sanitize(text, 280) for text in (rule.meaning, rule.why, rule.help)]
    titles = ("What it means", "Why it matters", "What to do")
    properties: dict[str, Any] = {
        "tags": ["security", "vscode-extension", str(rule.kind)],
        "precision": _PRECISIONS[rule.kind],
        "problem.severity": _PROBLEMS[level],
    }
    if severity in _SECURITY_SEVERITIES:
        properties["security-severity"] = _SECURITY_SEVERITIES[severity]
    rule_id = rule_id_of(rule.id, severity)
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in re.split(r"\W+", rule_id)),
        "shortDescription": {"text": inert(f"{rule.title} ({severity.word})", 250)},
        "fullDescription": {"text": cut(inert(" ".join(texts[:2])))},
        "help": {
            "text": cut(inert(" ".join(texts))),
            "markdown": " ".join(
                f"**{title}:** {text}" for title, text in zip(titles, texts, strict=True)
            ),
        },
        "helpUri": rule_page(rule.id) or HOME,
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }


def unknown_rule(rule: str, kind: Kind) -> Rule:
    """Describe a rule that this version lacks: a cached verdict may have one that was removed."""
    return Rule(
        rule,
        kind,
        "A finding of a rule that this version has no description of",
        "The cached verdict about the extension comes from another version of vscan.",
        "It mattered when it was found.",
        "Scan the extension again.",
    )
