"""The HTML report: one file, whole, inert."""

import base64
import hashlib
import io
import re
import tracemalloc
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import finding, task, verdict
from tests.examples import examples
from tests.reports import everything, many, report, repository
from vscan.errors import Exit
from vscan.model import (
    Confidence,
    Failed,
    FailureKind,
    GapKind,
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
BENIGN_REPOSITORY = page(repository()).shape


@settings(max_examples=examples(40), deadline=None)
@given(
    # A long name would be folded with the reason that it is in.
    (st.text(max_size=80) | st.text("<>&\"'/!-=?ab `", max_size=80)).filter(str.strip)
)
@example("<b>")
@example("`<b>` and `a b`")
@example("</title>")
@example("%s {} &#x3c;b>")
def test_no_text_changes_the_structure_of_the_page(text: str) -> None:
    """A hostile text is a text in the same position as a harmless one."""
    assert page(everything(text)).shape == BENIGN
    assert page(repository(text)).shape == BENIGN_REPOSITORY


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


@pytest.mark.parametrize("of", [everything(), repository()])
def test_every_link_within_the_page_leads_somewhere(of: Report) -> None:
    shown = page(of)
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
    assert "timeout slow 1 extension" in shown.text


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


def test_ids_in_the_reasons_are_links_to_their_rows() -> None:
    shown = page(everything())
    rows = [body["id"] for body in shown.named("tbody") if "id" in body]
    reasons = shown.after("ul", "reasons")
    linked = dict(zip(reasons.inside("a"), reasons.named("a"), strict=True))
    assert linked["acme.bad."]["href"] == f"#{rows[0]}"
    assert linked["acme.lost."]["href"] in {f"#{name}" for name in rows[1:3]}


def test_an_id_without_a_row_is_no_link() -> None:
    quiet = [
        Scanned(task("acme.low", "1.0.0"), verdict(version="2.0.0"), from_cache=False),
        Scanned(task("acme.other"), verdict(), from_cache=False),
    ]
    decided = Decision(Conclusion.CLEAN, Exit.CLEAN, ("See acme.low, acme.other and x.acme.low.",))
    shown = page(replace(report([*quiet], min_risk=RiskLevel.HIGH), decision=decided))
    assert "See acme.low, acme.other and x.acme.low." in shown.text
    links = [a["href"] for a in shown.named("a")]
    assert links.count("#e0") == 1  # what differs in its version has a row


def test_long_reasons_and_further_ones_are_folded_and_none_is_lost() -> None:
    long = "It has " + "a very " * 50 + "long end."
    texts = (long, *(f"Reason {n}." for n in range(6)), "Warning: one.", "A note.")
    decided = Decision(Conclusion.FINDINGS, Exit.FINDINGS, texts, informational=("A note.",))
    shown = page(replace(report([]), decision=decided))
    summary = shown.inside("summary")[0]
    assert summary == "1 reason in full, 3 more reasons, 1 warning, 1 note"
    items = shown.inside("li")
    assert items[0].startswith("It has a very")
    assert items[0].endswith("…")
    assert len(items[0]) <= 200
    assert items[1:4] == ["Reason 0.", "Reason 1.", "Reason 2."]
    assert items[4:10] == [long, "Reason 3.", "Reason 4.", "Reason 5.", "Warning: one.", "A note."]


def test_a_run_found_nothing_if_nothing_is_left_and_else_it_passed() -> None:
    posture = finding(Severity.HIGH, Kind.POSTURE)
    whole = page(report([Scanned(task(), verdict(), from_cache=False)]))
    assert whole.inside("h1") == ["Nothing found"]
    assert "Everything was scanned, and nothing was found." in whole.text
    low = verdict(finding(Severity.LOW), posture, gaps=("a part",))
    left = page(report([Scanned(task(), low, from_cache=False)]))
    assert left.inside("h1") == ["Passed"]
    assert left.inside("title") == ["vscan: passed (exit 0)"]
    assert (
        "Nothing fails the policy. It leaves 1 finding below its thresholds, 1 finding of posture,"
        " 1 extension with parts missing."
    ) in left.text


def test_half_a_verdict_has_no_risk_and_no_score() -> None:
    shown = page(repository())
    rows = [body for body in shown.named("tbody") if "id" in body]
    assert "r0" in (rows[1]["data-f"] or "").split()
    half = shown.text[shown.text.index("half acme.half") :]
    assert "publisher not known to be verified 1.0.0 unknown offline only; vscan.dev failed" in half
    lost = "acme.lost x:1 acme 1.0.0 unknown vscan.dev failed no whole verdict"
    assert lost in page(everything()).text


def test_what_was_not_examined_has_no_score_and_says_so_in_words() -> None:
    blank = verdict(score=100, risk=RiskLevel.UNKNOWN, gaps=("its bytes",), kind=GapKind.NO_BYTES)
    shown = page(report([Scanned(task(), blank, from_cache=False)]))
    cells = shown.after("tr", "more").inside("td")
    assert "1.0.0 unknown parts missing its bytes fresh" in shown.text
    assert "100" not in cells
    assert [a["class"] for a in shown.named("span") if a.get("class") == "alert"] == ["alert"]


def test_the_version_column_names_only_the_analysed_versions_that_differ() -> None:
    first = task("acme.tools", "1.0.0")
    of = report(
        [
            Scanned(first, verdict(version="2.0.0"), from_cache=False),
            Scanned(
                replace(first, provider="offline"),
                verdict(version="1.0.0", source="offline"),
                from_cache=False,
            ),
        ]
    )
    assert "analysed: 2.0.0" in page(of).inside("small")


def test_posture_comes_with_its_reason_and_does_not_repeat_its_title() -> None:
    shown = page(repository()).text
    assert "vscan.dev sees a risk in Socket's view of the dependencies" in shown
    assert "high risk in Socket's view of the dependencies" not in shown
    assert shown.count("Install scripts and sudden new maintainers") == 2  # and by the rule
    assert (
        "high risk in x"
        in page(
            report(
                [
                    Scanned(
                        task(),
                        verdict(finding(Severity.HIGH, Kind.POSTURE, "high risk in x")),
                        from_cache=False,
                    )
                ]
            )
        ).text
    )


def test_marks_of_code_are_not_shown_raw() -> None:
    of = report([])
    decided = replace(of.decision, reasons=("Old: `vscan db update` fetches it, see `--data`.",))
    run = replace(of.run, warnings=("nothing of osv-npm; `vscan db update` fetches it",))
    shown = page(replace(of, decision=decided, run=run)).text
    assert "Old: “vscan db update” fetches it, see --data." in shown
    assert "nothing of osv-npm; “vscan db update” fetches it" in shown


def test_an_extension_of_a_repository_shows_its_places_and_what_the_registry_states() -> None:
    shown = page(repository()).text
    for expected in (
        "x:5 installs it",  # in the row
        "x:5 installs it, version 1.0.0 dev-container",
        "x:12 recommends it workspace-recommendations",
        "Brings in acme.member, other.stranger 1 not judged",
        "Brought in by acme.pack",
        "Unknown to open-vsx, marketplace anybody could register this id there",
        "Fetched from open-vsx",
        "1.0.0 (linux-x64) the latest is 1.2.0",
        "Published 2026-11-01 10:00 UTC, 20 days before this run",
        "Namespace not verified",
        "Deprecated deprecated",
        "Platforms linux-x64, web",
        "Downloads 1,234,567",
        "whoever controls the registry could send another key",
        "SHA-256 " + "ab" * 32,
        "Places to look at",
        "x:5 input-ignored x",
        "acme.feature feature x:5",
    ):
        assert expected in shown, expected


@pytest.mark.parametrize("kind", ["signed", "signed-unpinned", "digest", "none"])
def test_each_integrity_check_says_what_it_proves(kind: str) -> None:
    of = repository()
    (pack,) = (item for item in of.assessments if item.extension.fetched)
    assert pack.extension.fetched
    facts = replace(pack.extension.fetched, integrity=kind, deprecated=None, verified=None)
    other = replace(pack, extension=replace(pack.extension, fetched=facts))
    shown = page(replace(of, assessments=(other,)))
    (said,) = (
        value
        for label, value in zip(shown.inside("dt"), [*shown.inside("dd"), *[""] * 99], strict=False)
        if label == "Integrity"
    )
    assert len(said) > 40
    assert "Deprecated" not in shown.inside("dt")
    assert "Namespace" not in shown.inside("dt")


def test_the_charts_count_everything_in_words_and_leave_out_zeros() -> None:
    shown = page(everything())
    charts = [svg for svg in shown.named("svg") if svg.get("role") == "img"]
    assert [chart["aria-label"] for chart in charts] == [
        "Extensions by worst risk: 3 high, 1 low, 3 unknown",
        "Findings by severity: 1 critical, 1 high, 1 low",
    ]
    widths = [float(part["width"] or 0) for part in shown.named("rect")]
    assert sum(widths[:3]) == pytest.approx(100, abs=0.1)
    assert sum(widths[3:]) == pytest.approx(100, abs=0.1)
    assert "not counted here: 1 posture, 1 suppressed, 1 known from the baseline" in shown.text


def test_the_smallest_part_of_a_chart_can_be_seen() -> None:
    risky = Scanned(task("acme.bad"), verdict(risk=RiskLevel.CRITICAL), from_cache=False)
    calm = [Scanned(task(f"acme.t{n}"), verdict(), from_cache=False) for n in range(900)]
    parts = page(report([risky, *calm])).named("rect")
    assert [part["class"] for part in parts] == ["l4", "l1"]
    assert 1 < float(parts[0]["width"] or 0) < 2


def test_a_report_without_extensions_says_what_to_do() -> None:
    shown = page(report([]))
    assert "vscan scan ." in shown.inside("code")
    assert not shown.named("figure")
    assert "table" not in {tag for tag, _ in shown.tags}
    hidden = page(report([Scanned(task(), verdict(), from_cache=False)], min_risk=RiskLevel.HIGH))
    assert "There is no extension at this level to show" in hidden.text


@pytest.mark.full
def test_in_a_large_report_only_eventful_extensions_have_a_row() -> None:
    calm = [
        Scanned(task(f"pub-{n % 3}.t{n:04d}"), verdict(), from_cache=False) for n in range(2000)
    ]
    bad = Scanned(task("acme.bad"), verdict(finding()), from_cache=False)
    lost = Failed(task("acme.lost"), FailureKind.TIMEOUT, "slow")
    differs = Scanned(task("acme.old", "0.9.0"), verdict(), from_cache=False)
    assert len([b for b in page(report([*calm])).named("tbody") if "id" in b]) == 2000
    shown = page(report([bad, lost, differs, *calm]))
    ids = [text for text in shown.inside("small") if text.startswith(("acme.", "pub-"))]
    assert sorted(ids) == ["acme.bad", "acme.lost", "acme.old"]
    assert "2000 extensions without a row" in shown.text
    assert "have no details" not in shown.text
    counted = shown.after("table", "publishers").inside("th")[4:7]
    assert counted == ["pub-0", "pub-1", "pub-2"]
    assert shown.after("table", "publishers").inside("td")[:3] == ["667", "none", "low"]


@pytest.mark.full
@pytest.mark.parametrize("kind", ["varied", "findings", "failures"])
def test_ten_thousand_extensions_are_less_than_ten_megabytes(kind: str) -> None:
    """Even if each of them has a row, and every failure a cause of its own."""
    message = "a package has an advisory with a message of the usual length"
    bad = verdict(*(replace(finding(), message=f"{message} {n}") for n in range(20)))
    outcomes: list[Scanned | Failed] = [
        Scanned(task(f"pub-{n % 900}.extension-{n:05d}"), bad, from_cache=False)
        if kind == "findings"
        else Failed(task(f"pub-{n % 900}.extension-{n:05d}"), FailureKind.TIMEOUT, f"slow {n}")
        for n in range(10_000)
    ]
    of = many(10_000) if kind == "varied" else report([*outcomes])
    written = Counted()
    write(of, written)
    assert 1_000_000 < written.size < 10_000_000


@pytest.mark.parametrize(
    ("made", "colour"),
    [
        (report([Scanned(task(), verdict(finding()), from_cache=False)]), "high"),
        (report([Scanned(task(), verdict(finding(Severity.LOW)), from_cache=False)]), "good"),
        (report([Scanned(task(), verdict(), from_cache=False)]), "good"),
        (report([Failed(task(), FailureKind.TIMEOUT, "slow")]), "alert"),
    ],
)
def test_the_verdict_has_the_colour_of_its_outcome(made: Report, colour: str) -> None:
    """A class that the style does not know would leave the colour of an incomplete run."""
    text = io.StringIO()
    write(made, text)
    (name,) = re.findall(r'class="outcome (is-[a-z-]+)"', text.getvalue())
    rules = re.findall(
        r"^([^{}\n]+) \{ border-color: var\(--(\w+)\); \}", text.getvalue(), re.MULTILINE
    )
    named = {part.strip(): value for names, value in rules for part in names.split(",")}
    assert named.get(f".{name}", "alert") == colour
