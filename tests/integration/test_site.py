"""The documentation as a site: it builds without a network and without a warning."""

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")

from ci.site_pages import TOP_PAGES, adapt, slug
from tests.integration.test_html_browser import browser  # noqa: F401 - a fixture
from tests.quiet_http_server import QuietServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"


def build(place: Path, configuration: Path) -> subprocess.CompletedProcess[str]:
    """Build the site as ``mkdocs build --strict`` does; a proxy that is none stands for a network.

    The messages of the theme about its own future are switched off.
    """
    proxies = {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE}
    environment = {**os.environ, **proxies, "NO_MKDOCS_2_WARNING": "1"}
    command = ("-m", "mkdocs", "build", "--strict", "-d", place, "-f", configuration)
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    done = build(place, ROOT / "mkdocs.yml")
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return place


class Page(HTMLParser):
    """The links of a page, what it loads, and the places that a link can lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.text = path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids.add(values.get("id", ""))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        is_file = tag == "link" and values.get("rel") in {"stylesheet", "icon", "preconnect"}
        if is_file or (tag in {"script", "img", "iframe"} and "src" in values):
            self.loaded.append(values.get("src") or values["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path) for path in site.glob("**/*.html")}


def test_each_document_is_a_page(pages: dict[str, Page]) -> None:
    documents = {path.relative_to(ROOT / "docs") for path in ROOT.glob("docs/**/*.md")}
    wanted = {
        path.with_name("index.html" if path.name == "README.md" else f"{path.stem}.html")
        for path in (*documents, *map(Path, TOP_PAGES.values()))
    }
    assert {path.as_posix() for path in wanted} <= set(pages)


def test_the_site_loads_nothing_from_elsewhere(pages: dict[str, Page], site: Path) -> None:
    for name, page in pages.items():
        assert not [url for url in page.loaded if "//" in url], name
    for sheet in site.glob("**/*.css"):
        assert not re.search(r"@import|url\(.?(?:https?:)?//", sheet.read_text("utf-8")), sheet


def broken(pages: dict[str, Page], site: Path) -> Iterator[str]:
    for name, page in pages.items():
        if name == "404.html":
            continue  # it is shown under any address, so its links are those of a server
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            target = target.resolve()
            target = target / "index.html" if target.is_dir() else target
            there = pages.get(target.relative_to(site.resolve()).as_posix())
            if not target.is_file() or (
                parts.fragment and there is not None and unquote(parts.fragment) not in there.ids
            ):
                yield f"{name}: {link}"


def test_every_link_leads_to_a_page_and_a_heading(pages: dict[str, Page], site: Path) -> None:
    assert list(broken(pages, site)) == []


def test_the_search_has_the_words_of_the_pages(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    texts = {each["location"]: each["text"] for each in index["docs"]}
    assert "posture" in texts["results.html#what-is-posture"]


class Files(SimpleHTTPRequestHandler):
    """Serves a directory."""

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with QuietServer(("127.0.0.1", 0), functools.partial(Files, directory=site)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("exit 3", "Why did my run exit 3?"),
        ("posture", "What is posture?"),
        ("fail on medium", "How do I make it fail on medium?"),
        ("company extensions private", "How do I keep company extensions private?"),
        ("guarddog", "How does it compare with guarddog and vsix-audit?"),
    ],
)
def test_the_search_answers_a_question(
    browser: "Browser",  # noqa: F811
    address: str,
    words: str,
    heading: str,
) -> None:
    """In a browser, which asks no other server and says nothing of an error."""
    page = browser.new_page()
    said: list[str] = []
    elsewhere: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on(
        "request",
        lambda request: elsewhere.append(request.url) if address not in request.url else None,
    )
    page.goto(f"{address}/index.html")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.locator(".md-search-result__article", has_text=heading).first.wait_for()
    assert (said, elsewhere) == ([], [])
    page.close()


@pytest.mark.parametrize("name", ["index.html", "reference/configuration.html", "questions.html"])
def test_a_phone_needs_no_scrolling_to_the_side(
    browser: "Browser",  # noqa: F811
    address: str,
    name: str,
) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 850})
    page.goto(f"{address}/{name}")
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.close()


def test_a_link_to_nothing_fails_the_build(tmp_path: Path) -> None:
    documents = tmp_path / "docs"
    documents.mkdir()
    (documents / "one.md").write_text("# One\n\n[Two](two.md), [here](#nowhere)\n", "utf-8")
    text = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    text = text.replace("ci/site_pages.py", str(ROOT / "ci" / "site_pages.py"))
    (tmp_path / "mkdocs.yml").write_text(text, "utf-8")
    done = build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert done.returncode == 1
    assert "two.md" in done.stderr
    assert "#nowhere" in done.stderr


@pytest.mark.parametrize(
    ("source", "page", "text", "changed"),
    [
        ("README.md", "index.md", "[a](docs/policy.md#b)", "[a](policy.md#b)"),
        ("README.md", "index.md", "![a](docs/images/a.svg)", "![a](images/a.svg)"),
        ("docs/decisions/cache.md", "decisions/cache.md", "[`a`](../../README.md)",
         "[`a`](../index.md)"),
        ("docs/architecture.md", "architecture.md", "[a](../pyproject.toml)", "a"),
        ("docs/a.md", "a.md", "[a](https://example.com/x) [b](#c)",
         "[a](https://example.com/x) [b](#c)"),
        ("docs/a.md", "a.md", "```sh\n[a](../Dockerfile)\n```", "```sh\n[a](../Dockerfile)\n```"),
    ],
)  # fmt: skip
def test_links_lead_to_where_the_target_is_on_the_site(
    source: str, page: str, text: str, changed: str
) -> None:
    assert adapt(text, source, page, "") == changed


def test_with_an_address_of_the_repository_files_are_links() -> None:
    made = adapt("[a](../Dockerfile)", "docs/a.md", "a.md", "https://example.com/o/r/")
    assert made == "[a](https://example.com/o/r/blob/HEAD/Dockerfile)"


def test_headings_have_the_anchors_of_github() -> None:
    assert slug("`--on-gap` and [what](x) else?", "-") == "--on-gap-and-whatx-else"
    assert slug("`.obsolete` counts", "-") == "obsolete-counts"
