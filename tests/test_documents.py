"""Links in the documents lead to files and headings that exist."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from vscan.advisories.bundled_data import Seed
from vscan.policy.ignore_file import read_waivers

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^()\s]+)\)")
FLAGS = re.DOTALL | re.MULTILINE
CODE = re.compile(r"^```.*?^```$", FLAGS)
# A module, a test or another file of the repository, named in the text.
PATH = re.compile(r"`((?:vscan|tests|ci|docs)/[\w./-]+\.\w+)`")
TEST = re.compile(r"`(test_\w+)`")


def anchors(path: Path) -> set[str]:
    """Give the anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(CODE.sub("", text)):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield f"{path.relative_to(ROOT)}: {link}"


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    broken = [link for path in DOCUMENTS for link in broken_links(path, path.read_text("utf-8"))]
    assert broken == []


def test_a_broken_link_is_found() -> None:
    readme = ROOT / "README.md"
    for link in ("docs/absent.md", "docs/usage.md#no-such-heading", "#no-such-heading"):
        assert len(list(broken_links(readme, f"See [this]({link})."))) == 1


def test_every_file_that_a_document_names_exists() -> None:
    absent = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in DOCUMENTS
        for name in PATH.findall(path.read_text("utf-8"))
        if not (ROOT / name).exists() and Path(name).stem.upper() != Path(name).stem
    }
    assert absent == set()


def test_the_lists_that_come_with_vscan_have_the_dates_that_documents_give() -> None:
    dates = {str(data.as_of) for data in Seed().lists}
    for name in ("data.md", "questions.md"):
        text = (ROOT / "docs" / name).read_text("utf-8")
        assert set(re.findall(r"2\d{3}-\d\d-\d\d(?= \()", text)) == dates, name


def test_every_ignore_file_in_a_document_is_one(tmp_path: Path) -> None:
    examples = [
        example
        for path in DOCUMENTS
        for example in re.findall(r"^```toml\n(.*?)^```$", path.read_text("utf-8"), FLAGS)
        if "[[ignore]]" in example
    ]
    assert len(examples) >= 4
    for example in examples:
        (tmp_path / "accepted.toml").write_text(example, "utf-8")
        assert read_waivers(tmp_path / "accepted.toml")


def test_each_list_and_table_begins_after_an_empty_line() -> None:
    """Without it, only some readers of Markdown see a list."""
    joined = {
        f"{path.relative_to(ROOT)}: {line}"
        for path in DOCUMENTS
        for before, line in pairwise(CODE.sub("", path.read_text("utf-8")).splitlines())
        if (re.match(r"([-*]|\d+\.) ", line) and re.match(r"[^\s\-*\d#]", before))
        or (line.startswith("|") and re.match(r"[^|\s]", before))
    }
    assert joined == set()


def test_every_test_that_a_document_names_exists() -> None:
    modules = {path.stem for path in ROOT.glob("tests/**/test_*.py")}
    named = {name for path in DOCUMENTS for name in TEST.findall(path.read_text("utf-8"))}
    assert named - modules == set()
