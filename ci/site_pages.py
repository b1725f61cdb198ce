"""Hooks of ``mkdocs build``: pages from the top of the repository, and links as GitHub has them.

README.md is the start page. Where a document links to a file that is no page, the site has the
text of the link, or, with ``repo_url`` in mkdocs.yml, a link to the file there.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
# The file in the repository, and the page that it becomes.
TOP_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CHANGELOG.md": "CHANGELOG.md",
}
_SOURCES = {page: source for source, page in TOP_PAGES.items()}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_INDENTED = re.compile(r"^ {3}(?=\S)", re.MULTILINE)  # in a numbered list: here it takes four
_BLOCK = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give headings the anchors that GitHub gives them."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slug
    return config


def slug(heading: str, separator: str) -> str:
    """Make GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", separator)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents from the top of the repository."""
    for source, page in TOP_PAGES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:  # noqa: ANN401 - mkdocs' own
    """Lead links to where their targets are on the site, and find history after all else."""
    name = page.file.src_uri
    if name.startswith(("decisions/", "studies/", "CHANGELOG")):
        page.meta["search"] = {"boost": 0.2}
    source = _SOURCES.get(name, f"docs/{name}")
    return adapt(markdown, source, name, config.repo_url or "")


def adapt(markdown: str, source: str, page: str, repository: str) -> str:
    """Change the links of a document, ``source`` in the repository and ``page`` on the site."""

    def changed(match: re.Match[str]) -> str:
        sign, text, target = match.groups()
        path, sharp, anchor = target.partition("#")
        if not path or "://" in path:
            return match[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        goal = TOP_PAGES.get(file) or (file[5:] if file.startswith("docs/") else None)
        if goal is not None:
            link = posixpath.relpath(goal, posixpath.dirname(page) or ".")
            return f"{sign}[{text}]({link}{sharp}{anchor})"
        if repository:
            return f"[{text}]({repository.rstrip('/')}/blob/HEAD/{file}{sharp}{anchor})"
        return text

    parts = _BLOCK.split(markdown)
    parts[::2] = (_INDENTED.sub("    ", _LINK.sub(changed, part)) for part in parts[::2])
    return "".join(parts)
