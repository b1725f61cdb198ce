"""Every recipe is run by a test, and has nothing left to be filled in but ``OWNER``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ci.recipe_addresses import PLACEHOLDER, documents, owner, with_address
from tests.recipes.documents import (
    DOCUMENTS,
    FOR_DEVELOPERS,
    RECIPES,
    ROOT,
    TESTED_APART,
    Kind,
    Recipe,
    kind_of,
    of,
    recipes_in,
)
from vscan import __version__

OWNER = owner((ROOT / "pyproject.toml").read_text("utf-8"))
_LEFT_OPEN = re.compile(r"\b(SHA|DIGEST|TODO|REPLACE|CHANGEME|VERSION|YOUR_\w+)\b|<[a-z-]+>")


def not_run(recipes: list[Recipe]) -> list[str]:
    return [str(recipe) for recipe in recipes if kind_of(recipe) is None]


def test_a_test_runs_every_recipe() -> None:
    """Each kind has tests that are parametrized with the recipes of that kind."""
    assert len(RECIPES) > 20
    assert {kind_of(recipe) for recipe in RECIPES} == set(Kind)
    assert not_run(RECIPES) == []


def test_every_document_with_recipes_is_read() -> None:
    """Add a new one to ``DOCUMENTS``, so that its recipes are run."""
    named = {str(path.relative_to(ROOT)) for path in documents()}
    with_recipes = {name for name in named if recipes_in(name, (ROOT / name).read_text("utf-8"))}
    assert with_recipes == {*DOCUMENTS, *TESTED_APART, *FOR_DEVELOPERS}


@pytest.mark.parametrize(
    "block",
    [
        "```yaml\nsteps:\n  - task: UsePythonVersion\n```",  # of another system
        "```yml\npipelines:\n  default: []\n```",
        "```groovy\nnode { sh 'vscan scan .' }\n```",
        "```console\n$ vscan scan .\n```",
        "```bash\nvscan scan .\n```",
        "- in a list:\n\n  ~~~yaml\n  steps: []\n  ~~~",
    ],
)
def test_a_recipe_that_no_test_runs_is_noticed(block: str) -> None:
    added = recipes_in("README.md", f"# A\n\n{block}\n")
    assert len(not_run(added)) == 1


def left_open(recipe: Recipe) -> list[str]:
    return [match[0] for match in _LEFT_OPEN.finditer(recipe.text)]


def test_nothing_is_left_to_be_filled_in_but_the_owner() -> None:
    assert {str(recipe): found for recipe in RECIPES if (found := left_open(recipe))} == {}


@pytest.mark.parametrize("text", ["OWNER/vscan@SHA", "vscan@sha256:DIGEST", "rev: <commit>"])
def test_what_is_left_open_is_noticed(text: str) -> None:
    assert len(left_open(Recipe("README.md", 1, "sh", text))) == 1


def test_the_recipes_have_the_address_and_the_version_of_this_checkout() -> None:
    """If this fails, ``python -m ci.recipe_addresses`` rewrites the documents."""
    for path in documents():
        text = path.read_text("utf-8")
        assert text == with_address(text, OWNER, __version__), path.name


def test_the_owner_is_explained_as_long_as_it_is_not_set() -> None:
    for name in ("README.md", "docs/usage.md"):
        text = " ".join((ROOT / name).read_text("utf-8").split())
        assert ("Replace `OWNER` with" in text) == (OWNER == PLACEHOLDER), name
        assert ("not on PyPI yet" in text) == (OWNER == PLACEHOLDER), name


def test_the_address_is_put_everywhere() -> None:
    """With another owner and version, none of the old is left in a recipe."""
    for recipe in RECIPES:
        changed = with_address(recipe.text, "Acme-Inc", "2.3.4")
        for old in (OWNER, f"v{__version__}", f":{__version__}"):
            assert old not in changed
        assert with_address(changed, OWNER, __version__) == recipe.text


def test_the_setting_is_one_that_can_be_read() -> None:
    urls = "[project]\n[project.urls]\n"
    assert owner(urls) == PLACEHOLDER
    assert owner(f'{urls}Repository = "https://github.com/acme/vscan"\n') == "acme"
    with pytest.raises(SystemExit, match="is wanted"):
        owner(f'{urls}Repository = "https://example.org/vscan"\n')


_SCHEMAS = {Kind.GITHUB: "vendor.github-workflows", Kind.GITLAB: "vendor.gitlab-ci"}


def conforms(kind: Kind, text: str, directory: Path) -> bool:
    """Say whether a pipeline conforms to the schema of its system."""
    path = directory / "recipe.yml"
    path.write_text(text, "utf-8")
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, f"--builtin-schema={_SCHEMAS[kind]}", path], capture_output=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("recipe", of(*_SCHEMAS), ids=str)
def test_a_pipeline_conforms_to_the_schema_of_its_system(recipe: Recipe, tmp_path: Path) -> None:
    kind = kind_of(recipe)
    assert kind is not None
    assert conforms(kind, recipe.text, tmp_path)
    wrong = recipe.text.replace("runs-on:", "runs-no:").replace("  script:", "  scripts:")
    assert not conforms(kind, wrong, tmp_path)
