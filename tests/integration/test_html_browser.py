"""The HTML report in a real browser: Debian's Chromium, driven by Playwright.

Without a browser these tests are skipped; with VSCAN_REQUIRE_BROWSER=1 they fail then.
"""

import os
import shutil
import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import finding, task, verdict
from tests.reports import everything, many, report, repository
from vscan.model import Failed, FailureKind, RiskLevel, Scanned, Severity
from vscan.report.html import write
from vscan.report_model import Report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HOSTILE = "</td></script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'"
COLUMNS = ("Extension", "Publisher", "Version", "Score", "Risk", "Findings", "Verdict")
# What a row shows in a column, read from the page as a person would.
RISKS = ["unknown", "low", "medium", "high", "critical"]

# Every piece of text that can be seen, with its contrast to what is behind it.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = colour(getComputedStyle(each).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const low = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(colour(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.push([element.outerHTML.slice(0, 100), contrast]);
  }
  return low;
}"""

# Where elements end, in pixels from the top of the page.
BOTTOMS = """(selectors) => selectors.map((selector) => {
  const found = [...document.querySelectorAll(selector)];
  return Math.max(...found.map((each) => each.getBoundingClientRect().bottom));
})"""

# The contrast of each part of a chart, and of each mark of a legend, to the page.
FILLS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = (text) => {
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const part = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const contrast = (text) => {
    const [a, b] = [light(text), paper];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const parts = [...document.querySelectorAll(".bar rect")].map((e) => getComputedStyle(e).fill);
  const marks = [...document.querySelectorAll(".legend li")].map(
    (e) => getComputedStyle(e, "::before").backgroundColor
  );
  return [...parts, ...marks].map(contrast);
}"""

# The time from a click to a sorted table that is laid out, in milliseconds.
SORT_TIME = """(column) => {
  const button = document.querySelectorAll("#list thead button")[column];
  const started = performance.now();
  button.click();
  document.body.offsetHeight;
  return performance.now() - started;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    missing = None
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing = "there is no chromium (apt-get install chromium)"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "playwright is not installed (pip install playwright)"
    if missing is not None:
        if os.environ.get("VSCAN_REQUIRE_BROWSER") == "1":
            pytest.fail(f"VSCAN_REQUIRE_BROWSER is 1, and {missing}")
        pytest.skip(missing)
    # Root, as containers have it, gets no sandbox; the pages are ours.
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


class Visit:
    """A page that is open, and all that it said, asked for or broke."""

    def __init__(self, page: "Page", path: Path) -> None:
        self.page = page
        self.path = path
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))"
        )
        page.goto(path.as_uri())

    @property
    def quiet(self) -> bool:
        """Whether nothing was said, and nothing asked for but the file itself."""
        return not self.said and {url.partition("#")[0] for url in self.asked} == {
            self.path.as_uri()
        }

    @property
    def shown(self) -> str:
        return self.page.locator("#shown").inner_text()

    def column(self, number: int) -> list[str]:
        """Give the texts of one column, first line, of the rows that are shown."""
        found: list[str] = self.page.evaluate(
            "n => [...document.querySelectorAll('#list > tbody:not([hidden]) > tr:first-child')]"
            ".map(row => row.cells[n].innerText.trim().split('\\n')[0].trim())",
            number,
        )
        return found

    def select(self, label: str, option: str) -> None:
        self.page.locator(".filters").get_by_label(label).select_option(label=option)

    def choose(self, label: str, option: str) -> list[str]:
        """Choose by one filter; the ids that are left."""
        self.select(label, option)
        ids = self.page.locator(
            "#list > tbody:not([hidden]) th small:nth-of-type(1)"
        ).all_inner_texts()
        self.page.get_by_role("button", name="Clear", exact=True).click()
        return ids


@pytest.fixture
def visit(browser: "Browser", tmp_path: Path) -> Iterator[Any]:
    contexts: list[BrowserContext] = []

    def open_(of: Report, **options: Any) -> Visit:
        path = tmp_path / f"report-{len(contexts)}.html"
        with path.open("w", encoding="utf-8") as stream:
            write(of, stream)
        context = browser.new_context(**options)
        contexts.append(context)
        return Visit(context.new_page(), path)

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("of", [everything(), repository()])
def test_it_loads_nothing_and_breaks_nothing(visit: Any, of: Report) -> None:
    """Everything that can be pressed is pressed."""
    shown = visit(of)
    for button in shown.page.locator("button").all():
        if button.is_visible():
            button.click()
    for select in shown.page.locator("select").all():
        select.select_option(index=1)
    shown.page.get_by_role("button", name="Clear", exact=True).click()
    assert shown.quiet, (shown.said, shown.asked)


def test_hostile_texts_are_inert(visit: Any) -> None:
    shown = visit(everything(HOSTILE))
    shown.page.get_by_role("button", name="Open shown").click()
    for head in shown.page.locator("#list thead button").all():
        head.click()
    shown.page.get_by_label("Search").fill(HOSTILE)
    assert shown.page.evaluate("window.pwned") is None
    assert shown.page.locator("img").count() == 0
    assert shown.page.locator("script").count() == 1
    assert HOSTILE in shown.page.locator("#list").inner_text()
    assert shown.quiet, (shown.said, shown.asked)


def test_what_the_policy_does_not_name_does_not_run(visit: Any, tmp_path: Path) -> None:
    """The control: were a text not escaped, the policy would still stop it, and say so."""
    shown = visit(everything())
    spoilt = shown.path.read_text("utf-8").replace(
        "<h1>", "<h1><script>window.pwned=1</script><b onclick=1 style='color:red'>x</b>"
    )
    path = tmp_path / "spoilt.html"
    path.write_text(spoilt, "utf-8")
    other = Visit(shown.page.context.new_page(), path)
    assert other.page.evaluate("window.pwned") is None
    assert any("script-src" in text for text in other.said)
    assert any("style-src" in text for text in other.said)


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_every_column_sorts_both_ways(visit: Any, column: int) -> None:
    shown = visit(many(60))
    head = shown.page.locator("#list thead th").nth(column)
    seen = {}
    for _ in range(2):
        head.get_by_role("button").click()
        seen[head.get_attribute("aria-sort")] = shown.column(column)
        assert shown.page.locator("#list thead [aria-sort]").count() == 1
    up, down = seen["ascending"], seen["descending"]
    assert sorted(up) == sorted(down)
    match COLUMNS[column]:
        case "Score":
            assert list(map(float, up)) == sorted(map(float, up))
            assert list(map(float, down)) == sorted(map(float, down), reverse=True)
        case "Risk":
            assert up == sorted(up, key=RISKS.index)
            assert down == sorted(down, key=RISKS.index, reverse=True)
        case "Version":
            versions = [tuple(map(int, text.split("."))) for text in up]
            assert versions == sorted(versions)
        case "Publisher":
            numbers = [int(text.rpartition("-")[2]) for text in up]
            assert numbers == sorted(numbers)
        case "Extension":
            assert up == sorted(up)
            assert down == up[::-1]
        case _:
            assert len(up) == 60
    assert "60 of 60 extensions" in shown.shown


def test_what_has_no_value_is_last_either_way(visit: Any) -> None:
    shown = visit(everything())
    for _ in range(2):
        shown.page.get_by_role("button", name="Score").click()
        scores = shown.column(3)
        assert scores[-3:] == ["", "", ""]
        assert "" not in scores[:-3]


def test_filters_choose_and_say_how_many(visit: Any) -> None:
    shown = visit(everything())
    bad, lost = ["acme.bad"], {"acme.lost", "acme.private", "acme.torn"}
    assert shown.choose("Findings", "that count") == bad
    assert shown.choose("Findings", "malware") == bad
    assert set(shown.choose("Findings", "vulnerabilities")) == {"acme.bad", "acme.accepted"}
    assert set(shown.choose("Findings", "suppressed")) == {"acme.accepted", "acme.private"}
    assert shown.choose("Findings", "known") == ["acme.known"]
    assert shown.choose("Findings", "none") == ["acme.clean"]
    assert set(shown.choose("Verdict", "failed or unreadable")) == lost
    assert shown.choose("Verdict", "fresh") == bad
    assert set(shown.choose("Risk", "unknown")) == lost
    assert shown.choose("Risk", "critical") == []
    assert len(shown.choose("Risk", "high or worse")) == 3
    assert len(shown.choose("Risk", "low or worse")) == 4
    assert len(shown.choose("Publisher", "not verified")) == 4
    assert shown.choose("Publisher", "verified") == []
    shown.select("Publisher", "not verified")
    shown.select("Findings", "that count")
    assert shown.shown == "1 of 7 extensions, worst first"
    assert shown.page.locator("#shown").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize(
    ("typed", "number"), [("EXTENSION-00007", 1), ("acme-3.", 2), ("acme-3 00040", 1), ("zzz", 0)]
)
def test_the_search_looks_at_id_name_and_publisher(visit: Any, typed: str, number: int) -> None:
    shown = visit(many(50))
    shown.page.get_by_label("Search").fill(typed)
    assert shown.shown.startswith(f"{number} of 50 extensions")
    assert len(shown.column(0)) == number


def test_it_can_be_used_by_keyboard_alone(visit: Any) -> None:
    shown = visit(many(5))
    press = shown.page.keyboard.press

    def focus() -> str:
        text: str = shown.page.evaluate("document.activeElement.innerText.trim()")
        return text

    press("Tab")
    assert focus() == "Skip to the extensions"
    press("Enter")
    for _ in range(5 + 3):  # the filters, and the three buttons
        press("Tab")
    press("Tab")
    assert focus() == "Extension"
    press("Enter")
    head = shown.page.locator("#list thead th").first
    assert head.get_attribute("aria-sort") == "ascending"
    for _ in COLUMNS:
        press("Tab")
    name = shown.page.locator("#list button.name").first
    assert focus() == "extension-00000"
    more = shown.page.locator(f"#{name.get_attribute('aria-controls')}")
    assert not more.is_visible()
    press("Enter")
    assert name.get_attribute("aria-expanded") == "true"
    assert more.is_visible()
    press("Space")
    assert name.get_attribute("aria-expanded") == "false"
    assert not more.is_visible()
    # What has the focus can be seen to have it.
    assert name.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


def test_a_failure_leads_to_its_row_whatever_is_filtered(visit: Any) -> None:
    shown = visit(everything())
    shown.select("Verdict", "fresh")
    shown.page.locator("#failures").get_by_role("link", name="acme.lost").click()
    row = shown.page.locator("#list > tbody.open")
    assert "acme.lost" in row.inner_text()
    assert "last known, not judged" in row.inner_text()
    assert shown.shown.startswith("7 of 7")


def test_details_open_and_close_together(visit: Any) -> None:
    shown = visit(many(8))
    opened = shown.page.locator("#list .more:visible")
    assert opened.count() == 0
    shown.page.get_by_label("Search").fill("00003")
    shown.page.get_by_role("button", name="Open shown").click()
    assert opened.count() == 1
    shown.page.get_by_role("button", name="Clear", exact=True).click()
    assert opened.count() == 1
    shown.page.get_by_role("button", name="Close all").click()
    assert opened.count() == 0


def test_without_scripts_everything_can_be_read(visit: Any) -> None:
    shown = visit(everything(), java_script_enabled=False)
    rows = shown.page.locator("#list .more")
    assert rows.count() == 7
    assert all(row.is_visible() for row in rows.all())
    assert not shown.page.get_by_label("Search").is_visible()
    assert shown.page.locator("button:visible").count() == 0


def test_on_paper_there_are_no_controls_and_what_counts_is_open(visit: Any) -> None:
    shown = visit(everything())
    shown.page.emulate_media(media="print")
    assert shown.page.locator("button.name").first.is_visible()
    for control in ("input", "select", "#reset", "#open", "#close", "nav"):
        assert not shown.page.locator(control).first.is_visible()
    assert shown.page.locator(".notes li").first.bounding_box()["height"] > 0
    bodies = shown.page.locator("#list > tbody").all()
    opened = {
        b.locator("th small").first.inner_text() for b in bodies if b.locator(".more").is_visible()
    }
    assert opened == {"acme.bad", "acme.lost", "acme.private", "acme.torn"}
    assert shown.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("of", [everything(), repository()], ids=["all", "repo"])
def test_all_text_stands_out_from_its_ground(
    visit: Any, of: Report, scheme: str, media: str
) -> None:
    shown = visit(of, color_scheme=scheme)
    shown.page.get_by_role("button", name="Open shown").click()
    shown.page.emulate_media(media=media)
    paper = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light" or media == "print")
    assert shown.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
def test_nothing_sticks_out_on_a_narrow_screen(visit: Any, width: int) -> None:
    long = "n" * 200
    shown = visit(everything(long), viewport={"width": width, "height": 800})
    more = shown.page.get_by_role("button", name="All filters")
    assert more.is_visible() == (width <= 768)
    if more.is_visible():
        assert not shown.page.get_by_role("combobox", name="Risk").is_visible()
        more.click()
    shown.page.get_by_role("button", name="Open shown").click()
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    shown.page.get_by_role("button", name="Score").click()
    assert shown.page.locator("#list thead [aria-sort=ascending]").inner_text().startswith("Score")


@pytest.mark.parametrize("size", [(1400, 1000), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("of", "first"), [(everything(), "acme.bad"), (repository(), "acme.pack")], ids=["all", "repo"]
)
def test_the_first_screen_has_verdict_reasons_charts_and_the_first_failing_extension(
    visit: Any, of: Report, first: str, size: tuple[int, int]
) -> None:
    width, height = size
    shown = visit(of, viewport={"width": width, "height": height})
    row = "#list > tbody:nth-of-type(1) > tr:first-child"
    wanted = ["h1", ".outcome > .reasons", ".charts", row]
    bottoms = shown.page.evaluate(BOTTOMS, wanted)
    assert all(0 < bottom <= height for bottom in bottoms), dict(zip(wanted, bottoms, strict=True))
    assert bottoms[0] == min(bottoms)
    assert bottoms[-1] == max(bottoms)
    assert first in shown.page.inner_text(row)
    assert "critical" in shown.page.inner_text(row)


def test_a_thousand_extensions_show_the_failing_one_on_the_first_screen(visit: Any) -> None:
    calm = [Scanned(task(f"acme.t{n:04d}"), verdict(), from_cache=False) for n in range(999)]
    bad = Scanned(task("zeta.bad"), verdict(finding()), from_cache=False)
    shown = visit(report([*calm, bad]), viewport={"width": 390, "height": 844})
    row = "#list > tbody:nth-of-type(1) > tr:first-child"
    (bottom,) = shown.page.evaluate(BOTTOMS, [row])
    assert bottom <= 844
    assert "zeta.bad" in shown.page.inner_text(row)
    assert shown.shown == "1000 of 1000 extensions, worst first"
    shown.page.get_by_label("Search").fill("t0500")
    assert shown.shown.startswith("1 of 1000")


def test_an_id_in_a_reason_opens_its_row(visit: Any) -> None:
    shown = visit(everything())
    shown.page.locator(".outcome > .reasons").get_by_role("link", name="acme.lost").click()
    row = shown.page.locator("#list > tbody.open")
    assert "acme.lost" in row.inner_text()
    assert shown.page.evaluate("document.activeElement.closest('tbody').id") == row.get_attribute(
        "id"
    )


def test_no_match_says_so_and_the_filters_are_cleared_by_keyboard(visit: Any) -> None:
    shown = visit(everything())
    search = shown.page.get_by_label("Search")
    clear = shown.page.get_by_role("button", name="Clear filters")
    assert not clear.is_visible()
    search.fill("no such extension")
    assert "No extension matches." in shown.page.inner_text("#extensions")
    assert not shown.page.locator("#list").is_visible()
    clear.focus()
    shown.page.keyboard.press("Enter")
    assert shown.page.locator("#list").is_visible()
    assert not clear.is_visible()
    assert shown.shown.startswith("7 of 7")
    assert search.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_parts_of_the_charts_stand_out_and_have_words(visit: Any, scheme: str) -> None:
    levels = [verdict(finding(severity), risk=risk) for severity, risk in zip(
        sorted(Severity), sorted(RiskLevel), strict=True
    )]  # fmt: skip
    of = report(
        [Scanned(task(f"acme.t{n}"), each, from_cache=False) for n, each in enumerate(levels)]
    )
    shown = visit(of, color_scheme=scheme)
    contrasts = shown.page.evaluate(FILLS)
    assert len(contrasts) == 20
    assert min(contrasts) >= 3, contrasts
    legends = shown.page.locator(".legend").all_inner_texts()
    words = [text.split()[1::2] for text in legends]
    assert words == [
        ["critical", "high", "medium", "low", "unknown"],
        ["critical", "high", "medium", "low", "info"],
    ]


def test_rows_without_details_have_nothing_to_open(visit: Any) -> None:
    """Above two thousand extensions the file would be too large with all details."""
    lost = [
        Failed(task(f"acme.extension-{n:05d}"), FailureKind.TIMEOUT, f"{n} " + "too slow " * 200)
        for n in range(2100)
    ]
    shown = visit(report([*lost]))
    assert shown.shown.startswith("2100 of 2100")
    rows, buttons = shown.page.locator("#list > tbody"), shown.page.locator("#list button.name")
    assert 0 < buttons.count() < rows.count() == 2100
    brief = rows.count() - buttons.count()
    assert f"the last {brief} rows have no details" in shown.page.inner_text("#extensions")
    last = rows.last
    shown.page.evaluate("id => { location.hash = id }", last.get_attribute("id"))
    shown.page.wait_for_function("scrollY > 10000")
    shown.page.get_by_label("Search").fill("02099")
    shown.page.get_by_role("button", name="Open shown").click()
    assert shown.quiet, (shown.said, shown.asked)


def test_every_control_has_a_name_and_every_heading_its_place(visit: Any) -> None:
    shown = visit(everything())
    shown.page.get_by_role("button", name="Open shown").click()
    tree = shown.page.context.new_cdp_session(shown.page).send("Accessibility.getFullAXTree")
    controls = {"button", "combobox", "searchbox", "textbox", "link", "DisclosureTriangle"}
    named = [
        (node["role"]["value"], node.get("name", {}).get("value"))
        for node in tree["nodes"]
        if not node["ignored"] and node.get("role", {}).get("value") in controls
    ]
    assert len(named) > 30
    assert all(name for _, name in named), named
    levels = shown.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = shown.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert shown.page.evaluate("document.documentElement.lang") == "en"


def test_an_empty_report_is_a_page_too(visit: Any) -> None:
    shown = visit(report([]))
    assert "There is no extension to show." in shown.page.inner_text("#extensions")
    assert shown.quiet, (shown.said, shown.asked)


@pytest.mark.nightly
def test_sorting_two_thousand_rows_takes_no_more_for_each_than_two_hundred(visit: Any) -> None:
    pages = {number: visit(many(number)).page for number in (200, 2000)}
    times: dict[int, list[float]] = {200: [], 2000: []}
    for turn in range(9):
        for number, page in pages.items():
            times[number].append(page.evaluate(SORT_TIME, turn % 7) / number)
    # The first turns warm up.
    ratio = statistics.median(times[2000][2:]) / statistics.median(times[200][2:])
    assert ratio < 2, times
