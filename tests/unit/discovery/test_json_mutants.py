"""What the editor's parser reads in broken files, as it was recorded, is read."""

import json
import re
from typing import Any

import pytest

from tests.json_mutants import ANSWERS, NUMBER, digest, mutants
from vscan.discovery.named import KINDS
from vscan.discovery.named.interface import Named
from vscan.model import How

_READ = {kind.name: kind.read for kind in KINDS}
_ID = r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*"
_FORMS = {
    "workspace-recommendations": re.compile(f"({_ID})"),
    "workspace-file": re.compile(f"({_ID})"),
    "dev-container": re.compile(rf"-?({_ID})(?:@(?:prerelease|\d+\.\d+\.\d+(?:-.*)?))?"),
    "editor-settings": re.compile(rf"({_ID})(?:@(?:prerelease|\d+\.\d+\.\d+(?:-.*)?))?"),
}


@pytest.fixture(scope="module")
def answers() -> Any:
    return json.loads(ANSWERS.read_text("utf-8"))


def test_the_answers_are_of_these_mutants(answers: Any) -> None:
    assert answers["mutants"] == digest()
    assert len(answers["of"]) == NUMBER


def test_no_id_that_the_editor_reads_is_lost(answers: Any) -> None:
    """More is read in few: most have another name than ``vscode`` among the customizations."""
    lost, more = [], []
    for (kind, text), number in zip(mutants(), answers["of"], strict=True):
        forms = (_FORMS[kind].fullmatch(string.lower()) for string in answers["answers"][number])
        expected = {form[1] for form in forms if form}
        read = [item for item in _READ[kind](text) if isinstance(item, Named)]
        found = {item.id.key for item in read if item.how != How.REFUSES}
        if expected - found:
            lost.append((text, expected - found))
        elif found - expected:
            more.append((text, found - expected))
    assert lost == []
    assert len(more) < 20, more


def test_the_mutants_break_what_is_read(answers: Any) -> None:
    """The test above would show little if most of them were read as the whole file is."""
    whole = answers["of"].count(max(answers["of"], key=answers["of"].count))
    assert whole < NUMBER / 2
    assert len(answers["answers"]) > NUMBER / 10
