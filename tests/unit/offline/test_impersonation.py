"""Names that are made to be taken for another's, and honest names that are like them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis import analyse_extension
from vscan.model import Confidence, Kind, Severity
from vscan.providers.offline.checks.impersonation import _is_near


@pytest.mark.parametrize(
    ("identity", "shown", "confidence", "words"),
    [
        # The name of a popular extension, under another publisher.
        (
            "acme.formatter",
            "Prettier - Code Formatter",
            Confidence.MEDIUM,
            "esbenp.prettier-vscode",
        ),
        ("acme.formatter", "prettier code formatter", Confidence.MEDIUM, "esbenp.prettier-vscode"),
        ("acme.prettier-vscode", "Make it pretty", Confidence.MEDIUM, "esbenp.prettier-vscode"),
        ("acme.python", "Python", Confidence.MEDIUM, "ms-python.python"),
        # Publishers that can hardly be told apart.
        ("juan-bianco.tools", "Tools", Confidence.HIGH, "juanblanco"),
        ("glthub.tools", "Tools", Confidence.HIGH, "github"),
        ("dbaeurner.tools", "Tools", Confidence.HIGH, "dbaeumer"),
        ("vsc0devim.tools", "Tools", Confidence.HIGH, "vscodevim"),
        # One letter away, with the very name.
        ("ms-pythom.python", "Snake", Confidence.HIGH, "ms-python.python"),
        ("hashicrop.terraform", "HCL", Confidence.HIGH, "hashicorp.terraform"),
        # Letters that only look like those.
        ("acme.tools", "PyIance", Confidence.HIGH, "Pylance"),
        ("acme.tools", "GitHub Copi1ot", Confidence.HIGH, "GitHub Copilot"),
        ("acme.prett1er-vscode", "Tools", Confidence.HIGH, "esbenp.prettier-vscode"),
    ],
)
def test_an_imitated_name_is_found(
    tmp_path: Path, identity: str, shown: str, confidence: Confidence, words: str
) -> None:
    (found,) = analyse_extension(tmp_path, identity=identity, shown=shown).of("impersonation")
    assert (found.severity, found.kind, found.confidence) == (
        Severity.MEDIUM,
        Kind.MALWARE,
        confidence,
    )
    assert words in found.message
    assert found.evidence == identity


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        ("ms-python.python", "Python"),
        ("ms-python.python-preview", "Python"),  # the publisher's own
        ("vscode.docker", "Docker"),  # the editor's own
        ("anysphere.cpptools", "C/C++"),  # an editor's build of it
        ("muhammad-sammy.csharp", "C#"),
        ("robertohuertasm.vscode-icons", "vscode-icons"),  # where it was before
        ("acme.python-tools", "Python"),  # a word, with another name
        ("acme.tools", "Go"),
        ("acme.go", "Golang"),
        ("acme.prettier-plus", "Prettier Plus"),
        ("eg2.tslint", "TSLint"),
        ("jeanp413.open-remote-ssh", "Open Remote - SSH"),
        ("yandeu.five-server", "Live Server (Five Server)"),
        ("acme.eslint-rules", "ESLint Rules"),
        ("gitlab-fan.tools", "Tools"),
        ("red-hat.tools", "Tools"),
        ("acme.tools", ""),
    ],
)
def test_an_honest_name_is_not_found(tmp_path: Path, identity: str, shown: str) -> None:
    assert not analyse_extension(tmp_path, identity=identity, shown=shown).of("impersonation")


@pytest.mark.parametrize(
    ("identity", "shown", "manifest"),
    [
        ("prettier-vscode-pro.prettier-vscode", "Prettier - Code formatter", {}),
        ("acme.prettier-vscode", "Prettier - Code Formatter", {}),
        ("esbenp-team.formatter", "Prettier - Code formatter", {}),
        (
            "acme.formatter",
            "Prettier - Code formatter",
            {"repository": {"url": "https://github.com/prettier/prettier-vscode.git"}},
        ),
        ("acme.formatter", "ESLint", {"repository": "https://github.com/microsoft/vscode-eslint"}),
        ("acme.lance", "P\u0443lance", {}),
        ("acme.python", "Python", {"repository": "https://github.com/ms-python/vscode-python"}),
    ],
)
def test_a_copy_is_high(tmp_path: Path, identity: str, shown: str, manifest: Any) -> None:
    """One similarity may be a fork's; a copy has its name and more."""
    (found,) = analyse_extension(tmp_path, identity=identity, shown=shown, **manifest).of(
        "impersonation"
    )
    assert (found.severity, found.confidence) == (Severity.HIGH, Confidence.HIGH)


@pytest.mark.parametrize(
    ("identity", "shown", "manifest"),
    [
        ("acme.formatter", "Prettier - Code Formatter", {"repository": {"url": 1}}),
        ("acme.formatter", "Prettier - Code Formatter", {"repository": "github:acme/formatter"}),
        ("acme.eslint-fork", "ESLint", {"repository": "https://github.com/acme/eslint-fork"}),
        ("acme.python", "Python", {}),
    ],
)
def test_the_same_name_alone_is_medium(
    tmp_path: Path, identity: str, shown: str, manifest: Any
) -> None:
    (found,) = analyse_extension(tmp_path, identity=identity, shown=shown, **manifest).of(
        "impersonation"
    )
    assert found.severity is Severity.MEDIUM


def test_a_name_that_differs_in_one_letter_has_low_confidence(tmp_path: Path) -> None:
    """Many honest names are that near to another."""
    (found,) = analyse_extension(tmp_path, identity="acme.code-runners").of("impersonation")
    assert (found.severity, found.confidence) == (Severity.LOW, Confidence.LOW)
    assert found.message.startswith("did you mean formulahendry.code-runner?")


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_near_names_differ_by_at_most_one_edit(one: str, other: str) -> None:
    """One letter is added, taken away, changed, or changes places with its neighbour."""
    edits = {one}
    for place in range(len(one) + 1):
        head, tail = one[:place], one[place:]
        edits.add(head + tail[1:])
        edits.add(head + tail[1:2] + tail[:1] + tail[2:])
        edits |= {head + letter + rest for letter in "abc" for rest in (tail, tail[1:])}
    assert _is_near(one, other) == (other in edits)
