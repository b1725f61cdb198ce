"""The HTML report: one file, whole, inert."""

import base64
import hashlib
import io
import tracemalloc
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import finding, task, verdict
from tests.examples import examples
from tests.reports import everything, many, report
from vscan.errors import Exit
from vscan.model import (
    Confidence,
    Failed,
    FailureKind,
    Kind,
    Package,
    RiskLevel,
    Scanned,
    Severity,
)
from vscan.policy.model import Conclusion, Decision, Policy
from vscan.report.html import write
from vscan.report_model import Report

HOSTILE = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</style><img src=x onerror=window.pwned=1>",
    "\"' onmouseover=window.pwned=1 x='",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:window.pwned=1",
    "\udcff\x00\x1b[31m\u202e",
)
LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping"}


class Page(HTMLParser):
    """The file as a browser parses it: tags with attributes, and the texts between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self.tags.append((f"/{tag}", {}))
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        """The tags and the names of their attributes."""
        return [(tag, list(attributes)) for tag, attributes in self.tags]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def inside(self, tag: str) -> list[str]:
        """Give what follows each start of a tag, up to the next one."""
        pairs = zip(self.tags, self.texts, strict=True)
        return [text.strip() for (name, _), text in pairs if name == tag]

    def after(self, tag: str, name: str) -> "Page":
        """Give the page from the first element of a tag with a class on."""
        start = next(
            n
            for n, (found, attributes) in enumerate(self.tags)
            if found == tag and name in (attributes.get("class") or "").split()
        )
        rest = Page("")
        rest.tags, rest.texts = self.tags[start:], self.texts[start:]
        return rest

    def whole(self, tag: str) -> str:
        """Give what the one element of a tag holds, to the letter."""
        (text,) = (t for (name, _), t in zip(self.tags, self.texts, strict=True) if name == tag)
        return text


def html(of: Report) -> str:
    stream = io.StringIO()
    write(of, stream)
    return stream.getvalue()


def page(of: Report) -> Page:
    return Page(html(of))


def test_the_content_security_policy_allows_only_hashed_script_and_style() -> None:
    shown = page(everything())
    metas = {meta.get("http-equiv"): meta.get("content") for meta in shown.named("meta")}
    policy = metas["Content-Security-Policy"] or ""
    hashes = {}
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(shown.whole(tag).encode()).digest()).decode()
        hashes[tag] = f"'sha256-{digest}'"
    assert policy == (
        f"default-src 'none'; style-src {hashes['style']}; script-src {hashes['script']};"
        " base-uri 'none'; form-action 'none'"
    )
    order = [tag for tag, _ in shown.tags]
    before = order.index("style")
    assert any("http-equiv" in attributes for _, attributes in shown.tags[:before])


def test_the_page_loads_nothing_and_has_no_event_attributes() -> None:
    for tag, attributes in page(everything()).tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "img"}
        for name, value in attributes.items():
            assert name != "style"
            assert not name.startswith("on")
            assert name not in LOADING
            if name == "href" and not (value or "").startswith("#"):
                assert (value or "").startswith("https://")
                assert attributes["rel"] == "noopener noreferrer"


@pytest.mark.parametrize("url", ["http://example.com/", "javascript:alert(1)", "//example.com"])
def test_only_https_becomes_a_link(url: str) -> None:
    found = replace(finding(), url=url)
    judged = replace(verdict(found), url=url)
    shown = page(report([Scanned(task(), judged, from_cache=False)]))
    assert url in shown.text
    assert all((a.get("href") or "").startswith("#") for a in shown.named("a"))


BENIGN = page(everything()).shape


@settings(max_examples=examples(40), deadline=None)
@given((st.text() | st.text("<>&\"'/!-=?ab ")).filter(lambda text: text.strip()))
@example("<b>")
@example("</title>")
@example("%s {} &#x3c;b>")
def test_no_text_changes_the_structure_of_the_page(text: str) -> None:
    """A hostile text is a text in the same position as a harmless one."""
    assert page(everything(text)).shape == BENIGN


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_they_are(text: str) -> None:
    written = html(everything(text))
    shown = Page(written)
    assert shown.shape == BENIGN
    if text.isprintable():
        assert " ".join(text.split()) in shown.text


def test_the_file_is_ascii_on_any_stream() -> None:
    """An ASCII stream, as a container without a locale has, takes it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    write(everything("日本語 \udcff"), stream)
    stream.flush()
    assert "日本語" in Page(stream.buffer.getvalue().decode()).text


def test_the_page_shows_the_counts_of_the_report_without_zeros() -> None:
    of = everything()
    shown, stats = page(of).after("dl", "counts"), of.stats
    labels, values = shown.inside("dt"), shown.inside("dd")
    numbers = dict(zip(labels[:9], map(int, values[:9]), strict=True))
    assert numbers == {
        "Extensions": stats.total,
        "Scanned": stats.scanned,
        "from the cache": stats.cached,
        "fresh": stats.fresh,
        "Failed": stats.failed,
        "Unreadable": stats.unreadable,
        "With findings": stats.with_findings,
        "Parts missing": stats.with_gaps,
        "Other version": stats.version_mismatches,
    }
    whole = page(report([Scanned(task(), verdict(), from_cache=False)])).after("dl", "counts")
    assert whole.inside("dt")[:4] == ["Extensions", "Scanned", "fresh", "Started"]
    assert "table" not in {tag for tag, _ in whole.tags}


def test_each_finding_is_counted_once_by_its_standing() -> None:
    of = everything()
    shown = page(of).after("table", "numbers")
    assert shown.inside("th")[:5] == ["critical", "high", "medium", "low", "all"]
    cells = shown.inside("td")[1:26]  # after the empty corner, five rows of five
    rows = [[int(cell or 0) for cell in cells[n : n + 5]] for n in range(0, 25, 5)]
    assert rows == [
        [1, 1, 0, 1, 3],  # count
        [0, 1, 0, 0, 1],  # posture
        [0, 1, 0, 0, 1],  # suppressed
        [0, 0, 1, 0, 1],  # known
        [1, 3, 1, 1, 6],
    ]
    assert "0" not in cells
    assert rows[4][:4] == [number for _, number in of.stats.findings_by_severity if number]
    assert rows[2][4] == of.stats.suppressed
    assert rows[3][4] == of.stats.in_baseline


def test_findings_of_one_standing_have_no_row_of_sums() -> None:
    shown = page(report([Scanned(task(), verdict(finding()), from_cache=False)]))
    assert shown.after("table", "numbers").inside("th")[:3] == [
        "high",
        "all",
        "Count for the policy",
    ]
    assert "Suppressed" not in shown.inside("th")
    assert "All" not in shown.inside("th")


def test_the_verdict_comes_first_with_every_reason() -> None:
    of = everything()
    shown = page(of)
    assert shown.inside("title") == ["vscan: failed (exit 1)"]
    assert shown.inside("h1") == ["Failed"]
    for reason in of.decision.reasons:
        assert reason in shown.text
    assert "exit code 1" in shown.text


@pytest.mark.parametrize("outcome", list(Conclusion))
def test_each_outcome_has_a_headline(outcome: Conclusion) -> None:
    decided = Decision(outcome, Exit.ERROR, ("Because.",))
    shown = page(replace(report([]), decision=decided))
    words = {Conclusion.FINDINGS: "failed", Conclusion.CLEAN: "nothing found"}
    assert words.get(outcome, outcome.replace("-", " ")) in shown.inside("title")[0]
    assert "Because." in shown.text
    assert "There is no extension to show." in shown.text


def test_an_exit_code_of_zero_by_an_option_is_explained() -> None:
    decided = Decision(Conclusion.FINDINGS, Exit.CLEAN, ("Because.",))
    assert "as the run's options accept this" in page(replace(report([]), decision=decided)).text


def test_failures_are_shown_with_the_stale_verdict() -> None:
    shown = page(everything()).text
    assert "timeout x 1 extension" in shown
    assert "unreadable x 1 entry" in shown
    assert "Last known, not judged" in shown
    assert (
        "vscan.dev said of 2.0.0: score 40, high risk, 1 finding; stored 2026-11-18 11:06 UTC"
        ", 2 days before this run"
    ) in shown
    assert "suppressed x (without an end)" in shown


def test_an_extension_without_a_verdict_is_never_shown_as_without_findings() -> None:
    lost = Failed(task(), FailureKind.TIMEOUT, "slow")
    unread = everything().unreadable
    half = Scanned(replace(lost.task, provider="offline"), verdict(), from_cache=False)
    for of in (report([lost]), report([lost, half]), report([], unreadable=unread)):
        shown = page(of)
        assert "No verdict" in shown.inside("h3")
        assert "No findings" not in shown.inside("h3")
        facets = [body["data-f"] or "" for body in shown.named("tbody") if "data-f" in body]
        assert all("lost" in text.split() and "none" not in text.split() for text in facets)
    assert "No findings" in page(report([half])).inside("h3")


def test_failures_of_one_cause_are_one_group() -> None:
    lost = [Failed(task(f"acme.t{n}"), FailureKind.NETWORK, "no answer") for n in range(90)]
    shown = page(report([*lost]))
    assert len(shown.named("details")) == 1
    assert "network no answer 90 extensions" in shown.text


def test_the_row_of_an_extension_shows_all_facts() -> None:
    shown = page(everything()).text
    for expected in (
        "1 critical, 1 high, 1 low, 1 posture",
        "not the installed 1.0.0",
        "from the cache; analysed 2026-10-16 12:27 UTC, 35 days before this run",
        "not verified",
        "1 gap",
        "suppressed x (until 2027-03-31)",
        "known the baseline has it",
        "parts of the analysis are missing (--on-gap)",
        "not in the editor's index",
        "malware, from vscan.dev",
        "-12",
        "+1.5",
    ):
        assert expected in shown


def test_the_worst_extensions_come_first_and_failed_ones_before_clean_ones() -> None:
    names = [text for text in page(everything()).inside("small") if text.startswith("acme.")]
    assert names[0] == "acme.bad"
    assert set(names[1:3]) == {"acme.lost", "acme.private"}
    assert names[-1] == "acme.clean"


def test_an_extension_that_fails_by_risk_or_score_comes_before_passing_ones() -> None:
    outcomes = [
        Scanned(task("acme.a"), verdict(finding(Severity.LOW)), from_cache=False),
        Scanned(task("acme.b"), verdict(score=10, risk=RiskLevel.HIGH), from_cache=False),
    ]
    shown = page(report([*outcomes], policy=Policy(fail_on_risk=RiskLevel.HIGH, min_score=50)))
    bodies = [body for body in shown.named("tbody") if "id" in body]
    assert "counts" in (bodies[0]["data-f"] or "").split()
    assert next(text for text in shown.inside("small") if text.startswith("acme.")) == "acme.b"
    assert "risk level, score" in shown.text


def test_extensions_below_the_level_are_counted_but_not_listed() -> None:
    of = report(
        [
            Scanned(task("acme.low"), verdict(), from_cache=False),
            Scanned(task("acme.high"), verdict(risk=RiskLevel.HIGH), from_cache=False),
        ],
        min_risk=RiskLevel.MEDIUM,
    )
    shown = page(of)
    assert "1 extension below medium risk" in shown.text
    assert "acme.low" not in shown.text
    assert shown.after("dl", "counts").inside("dd")[0] == "2"


def test_only_rules_that_findings_carry_are_explained() -> None:
    anchors = [a["id"] for a in page(everything()).named("article")]
    assert anchors == [
        "rule-vulnerable-dependency",
        "rule-malicious-file",
        "rule-posture-metadata",
        "rule-posture-socket",
    ]


def test_every_link_within_the_page_leads_somewhere() -> None:
    shown = page(everything())
    ids = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    inner = {a["href"] for a in shown.named("a") if (a["href"] or "").startswith("#")}
    assert {f"#{name}" for name in ids} >= inner


def test_the_failures_of_two_providers_are_two_lines_of_one_extension() -> None:
    first = task()
    other = replace(first, provider="offline")
    of = report(
        [Failed(first, FailureKind.TIMEOUT, "slow"), Failed(other, FailureKind.TIMEOUT, "slow")]
    )
    shown = page(of)
    assert len(of.assessments) == 1
    assert shown.inside("td").count("offline") == 1


def test_an_invalid_day_has_no_age() -> None:
    odd = replace(verdict(), analysed_at=None)
    of = report([Scanned(task(), odd, from_cache=False)])
    of = replace(of, run=replace(of.run, finished_at=""), stats=replace(of.stats, elapsed_s=1.5))
    shown = page(of).text
    assert "analysed not known" in shown
    assert "1.5 s: 9 requests" in shown


@pytest.mark.parametrize(
    ("analysed_at", "age"),
    [
        ("2026-11-21T10:01:00Z", "during this run"),
        ("2026-11-21T09:59:00Z", "2 minutes before this run"),
        ("2026-11-21T09:00:00Z", "1 hour before this run"),
        ("2026-11-20T09:00:00", "1 day before this run"),
        ("2027-01-01T00:00:00Z", "2027-01-01 00:00 UTC"),
    ],
)
def test_the_age_of_a_verdict_is_the_time_before_the_end_of_the_run(
    analysed_at: str, age: str
) -> None:
    of = report([Scanned(task(), replace(verdict(), analysed_at=analysed_at), from_cache=True)])
    assert age in page(of).text


def test_two_runs_write_the_same() -> None:
    assert html(many(20)) == html(many(20))


@pytest.mark.full
def test_two_thousand_extensions_are_less_than_five_megabytes() -> None:
    assert len(html(many(2000))) < 5_000_000


class Counted(io.StringIO):
    """Counts what is written, and keeps nothing."""

    size = 0

    def write(self, text: str) -> int:
        self.size += len(text)
        return len(text)


@pytest.mark.full
def test_writing_keeps_no_more_than_a_few_rows_in_memory() -> None:
    def peak(of: Report) -> tuple[int, int]:
        stream = Counted()
        tracemalloc.start()
        try:
            write(of, stream)
            return tracemalloc.get_traced_memory()[1], stream.size
        finally:
            tracemalloc.stop()

    few, many_ = many(5), many(500)
    write(few, Counted())  # what stays loaded is no part of it
    base, _ = peak(few)
    most, size = peak(many_)
    assert size > 900_000
    assert most - base < size / 4


def test_posture_alone_is_not_highlighted() -> None:
    """Twenty high ones that are no reason to fail must not look like one."""
    posture = finding(Severity.HIGH, Kind.POSTURE)
    shown = page(report([Scanned(task(), verdict(posture), from_cache=False)]))
    assert "1 posture" in shown.text
    classes = {attributes.get("class") for attributes in shown.named("span")}
    assert "s3" not in classes


def test_capabilities_and_packages_are_folded() -> None:
    """Long lists are cut, and say so."""
    hosts = tuple(f"host-{n:03d}.example" for n in range(90))
    packages = tuple(
        Package(f"pkg-{n:03d}", "1.0.0", "lock-file", Confidence.MEDIUM, "yarn.lock")
        for n in range(130)
    )
    said = replace(verdict(), capabilities=(("network-hosts", hosts),), packages=packages)
    written = html(report([Scanned(task(), said, from_cache=False)]))
    assert "1 capability" in written
    assert "130 bundled packages" in written
    assert "host-019.example, and 70 more" in written
    assert "pkg-099@1.0.0, and 30 more" in written
    assert "<details open" not in written


def test_a_finding_shows_its_confidence() -> None:
    unsure = replace(finding(), confidence=Confidence.LOW)
    assert "low confidence" in html(report([Scanned(task(), verdict(unsure), from_cache=False)]))
