"""Reports for the tests of what people read: one with everything in it, and large ones."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from tests.builders import extension
from tests.server import varied
from vscan.model import (
    Confidence,
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Finding,
    Gap,
    GapKind,
    How,
    Kind,
    Origin,
    Outcome,
    Package,
    PlaceFinding,
    RegistryFacts,
    RiskLevel,
    Scanned,
    Severity,
    Skipped,
    Task,
    Unreadable,
    Verdict,
)
from vscan.policy import evaluate
from vscan.policy.checks import RULES as POLICY_RULES
from vscan.policy.extension_assessment import fingerprint
from vscan.policy.model import BaselineEntry, LastKnownVerdict, Policy, Waiver
from vscan.providers.vscan_dev.answers import parse_results
from vscan.providers.vscan_dev.rules import RULES
from vscan.report_model import Report, Run, count

TODAY = date(2026, 11, 21)


def report(
    outcomes: list[Outcome],
    *,
    unreadable: tuple[Unreadable, ...] = (),
    skipped: tuple[Skipped, ...] = (),
    policy: Policy = Policy(),  # noqa: B008 - frozen
    stale: Mapping[Task, LastKnownVerdict] | None = None,
    text: str = "x",
    min_risk: RiskLevel = RiskLevel.UNKNOWN,
) -> Report:
    """Judge outcomes as a run would; ``text`` is what the run itself says."""
    assessments, decision = evaluate(outcomes, unreadable, policy, today=TODAY, stale=stale)
    return Report(
        run=Run(
            id="run-1",
            started_at="2026-11-21T10:00:00.000Z",
            finished_at="2026-11-21T10:01:12.500Z",
            mode="parallel",
            workers=3,
            fell_back_to_sequential=True,
            providers=("vscan.dev",),
            targets=(text,),
            workspace="",
            policy_files=(text,),
            warnings=(text,),
        ),
        stats=count(assessments, unreadable, requests=9, retries=1, rate_limited=2, elapsed_s=72.5),
        assessments=assessments,
        unreadable=unreadable,
        skipped=skipped,
        rules=(*RULES, *POLICY_RULES),
        decision=decision,
        min_risk=min_risk,
    )


def everything(text: str = "x") -> Report:
    """Build a report that has one of each; ``text`` is each text that may be hostile."""
    findings = (
        Finding("malicious-file", Severity.CRITICAL, Kind.MALWARE, text, text, 7, text,
                "https://example.com/a", 7, Confidence.MEDIUM),
        Finding("vulnerable-dependency", Severity.HIGH, Kind.VULNERABILITY, text, evidence=text),
        Finding("posture-metadata", Severity.HIGH, Kind.POSTURE, text),
        Finding("unheard-of", Severity.LOW, Kind.SECRET, text),
    )  # fmt: skip
    old = Finding("posture-socket", Severity.MEDIUM, Kind.POSTURE, "old")
    outcomes: list[Outcome] = [
        Scanned(_task("acme.accepted", text), _verdict(findings[1], text=text), from_cache=True),
        Scanned(_task("acme.bad", text), _verdict(*findings, text=text), from_cache=False),
        Scanned(_task("acme.clean", text), _verdict(score=97, text=text), from_cache=True),
        Scanned(_task("acme.known", text), _verdict(old, text=text), from_cache=True),
        Failed(_task("acme.lost", text), FailureKind.TIMEOUT, text),
        Failed(_task("acme.private", text), FailureKind.NOT_LISTED, text),
    ]
    baseline = {
        "acme.known": BaselineEntry(
            {fingerprint(old): 1}, RiskLevel.HIGH, 0, frozenset({("1.0.0", "2.0.0")})
        )
    }
    return report(
        outcomes,
        unreadable=(
            Unreadable(
                text, text, ExtensionId.parse("acme.torn"), "1.0.0", None, (Origin(text, 3),)
            ),
        ),
        skipped=(Skipped(text, "1.0.0", "excluded"),),
        policy=Policy(
            waivers=(
                Waiver("acme.accepted", "vulnerable-*", text, date(2027, 3, 31), 1),
                Waiver("acme.private", "failure:not-listed", text, None, 2),
                Waiver("acme.accepted", "gap", text, None, 3),
            ),
            baseline=baseline,
        ),
        stale={outcomes[4].task: LastKnownVerdict(_verdict(old, text=text), 1_795_000_000)},
        text=text,
    )


def repository(text: str = "x") -> Report:
    """Build the report of a repository: places, members, facts of a registry, half a verdict."""
    facts = RegistryFacts(
        registry="open-vsx",
        url="https://example.com/acme.pack.vsix",
        version="1.0.0",
        platform="linux-x64",
        sha256="ab" * 32,
        integrity="signed-unpinned",
        note=text,
        published_at="2026-11-01T10:00:00Z",
        verified=False,
        deprecated=True,
        latest_version="1.2.0",
        platforms=("linux-x64", "web"),
        download_count=1234567,
    )
    container = Origin(text, 5, kind="dev-container", how=How.INSTALLS, version="1.0.0")
    list_ = Origin(text, 12, kind="workspace-recommendations", how=How.RECOMMENDS)

    def named(identity: str, *origins: Origin, **about: Any) -> Extension:
        id_ = ExtensionId.parse(identity)
        return Extension(id_, "1.0.0", None, id_.name, None, origins, in_index=None, **about)

    pack = named(
        "acme.pack", container, list_, fetched=facts, members=("acme.member", "other.stranger")
    )
    half = named("acme.half", list_, unknown_to=("open-vsx", "marketplace"))
    malware = Finding("malicious-file", Severity.CRITICAL, Kind.MALWARE, text, text, 7)
    socket = Finding(
        "posture-socket",
        Severity.HIGH,
        Kind.POSTURE,
        "high risk in Socket's view of the dependencies",
    )
    empty = replace(
        _verdict(score=100, text=text), gaps=(), provider="offline", publisher_verified=None
    )
    made = report(
        [
            Failed(Task("vscan.dev", (half,)), FailureKind.NETWORK, text),
            Scanned(Task("offline", (half,)), empty, from_cache=False),
            Scanned(Task("offline", (named("acme.member"),)), empty, from_cache=False),
            Scanned(
                Task("offline", (pack,)), _verdict(malware, socket, text=text), from_cache=False
            ),
        ],
        skipped=(Skipped("acme.feature", None, "feature", container),),
        text=text,
    )
    return replace(made, place_findings=(PlaceFinding("input-ignored", text, container),))


def many(number: int) -> Report:
    """Build a report of as many extensions, with the findings of the scripted server."""
    return report(list(_varied(number)))


def _varied(number: int) -> Iterator[Outcome]:
    for n in range(number):
        identity = ExtensionId.parse(f"acme-{n % 37}.extension-{n:05d}")
        answer = varied(identity.publisher, identity.name, "a-1")
        verdict = parse_results(answer, identity, "a-1")
        installed = extension(str(identity), verdict.analysed_version if n % 3 else "1.0.0")
        yield Scanned(Task("vscan.dev", (installed,)), verdict, from_cache=bool(n % 2))


def _task(identity: str, name: str) -> Task:
    installed = Extension(
        ExtensionId.parse(identity),
        "1.0.0",
        "linux-x64",
        name,
        "folder",
        (Origin(name, 1),),
        in_index=False,
    )
    return Task("vscan.dev", (installed,))


def _verdict(*findings: Finding, score: float = 40, text: str) -> Verdict:
    return Verdict(
        provider="vscan.dev",
        analysed_version="1.0.0" if score > 90 else "2.0.0",
        score=score,
        risk=RiskLevel.LOW if score > 90 else RiskLevel.HIGH,
        findings=findings,
        analysed_at="2026-10-16T12:27:01Z",
        gaps=() if score > 90 else (Gap(text, GapKind.OTHER),),
        url="https://vscan.dev/extension/acme.tools",
        vulnerabilities=(("low", 0), ("high", 2)),
        modules=(("metadata", RiskLevel.LOW), (text, RiskLevel.HIGH)),
        contributions=(("base", 100), ("metadata", 1.5), (text, -12)),
        publisher_verified=False,
        capabilities=(("network-hosts", (text, "example.com")),),
        packages=(
            Package(text, None, "source-map", Confidence.LOW, text),
            Package(text, text, "node_modules", Confidence.HIGH, text),
        ),
    )
