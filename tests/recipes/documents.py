"""The recipes of the documents: every fenced block that somebody may copy, and its kind."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    *("README.md", "docs/usage.md", "docs/docker.md", "docs/repositories.md"),
    *("docs/policy.md", "docs/questions.md", "docs/data.md"),
)
# Documents whose recipes have a test module of their own.
TESTED_APART = {"docs/scale.md"}  # test_shard_recipes
# Documents whose commands are for those who develop vscan, or need GitHub: no test runs these.
FOR_DEVELOPERS = {"docs/performance.md", "docs/poc.md", "CONTRIBUTING.md", "SECURITY.md"}
_LANGUAGES = {"yaml", "yml", "groovy", "jenkinsfile", "sh", "bash", "shell", "console", "zsh"}


class Kind(StrEnum):
    """What runs a recipe."""

    GITHUB = "a workflow of GitHub Actions"
    GITLAB = "a pipeline of GitLab CI"
    JENKINS = "a pipeline of Jenkins"
    PRE_COMMIT = "a configuration of pre-commit"
    COMPOSE = "a file of Docker Compose"
    KUBERNETES = "a resource of Kubernetes"
    CONTAINER = "commands that need a container engine"
    CHECKOUT = "commands in a checkout of vscan"
    SHELL = "commands where vscan is installed"


@dataclass(frozen=True)
class Recipe:
    """A fenced block: where it is, and its text."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Name it in the output of the tests."""
        return f"{self.document}:{self.line}"


def recipes_in(document: str, text: str) -> list[Recipe]:
    """Read the recipes of a document. Blocks of other languages, such as TOML, are none."""
    return [
        Recipe(document, token.map[0] + 1, language, token.content)
        for token in MarkdownIt().parse(text)
        if token.type == "fence" and token.map is not None
        if (language := token.info.strip().lower()) in _LANGUAGES
    ]


def kind_of(recipe: Recipe) -> Kind | None:
    """Say what runs a recipe; ``None`` if no test does."""
    if recipe.language in {"yaml", "yml"}:
        return _kind_of_yaml(yaml.safe_load(recipe.text))
    if recipe.language in {"groovy", "jenkinsfile"}:
        return Kind.JENKINS if recipe.text.startswith("pipeline {") else None
    if recipe.language != "sh":
        return None
    if any(re.match(r"docker\b", line) for line in commands(recipe.text)):
        return Kind.CONTAINER
    if re.search(r"\bpip install\b|\.venv/bin/", recipe.text):
        return Kind.CHECKOUT
    return Kind.SHELL


def _kind_of_yaml(content: object) -> Kind | None:
    match content:
        case {"jobs": {}, True: _}:  # YAML takes the key "on" for a truth value
            return Kind.GITHUB
        case {"repos": [*_]}:
            return Kind.PRE_COMMIT
        case {"services": {}}:
            return Kind.COMPOSE
        case {"apiVersion": str(), "kind": str()}:
            return Kind.KUBERNETES
        case dict() if any(isinstance(job, dict) and "script" in job for job in content.values()):
            return Kind.GITLAB
    return None


def commands(text: str) -> list[str]:
    """Split a block into its commands, each in one line."""
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and line.lstrip()[0] != "#"]


RECIPES = [
    recipe
    for document in DOCUMENTS
    for recipe in recipes_in(document, (ROOT / document).read_text("utf-8"))
]


def of(*kinds: Kind) -> list[Recipe]:
    """Give the recipes of some kinds."""
    return [recipe for recipe in RECIPES if kind_of(recipe) in kinds]
