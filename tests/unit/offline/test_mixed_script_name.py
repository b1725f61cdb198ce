"""Names that mix letters of two scripts that look alike."""

from pathlib import Path
from typing import Any

import pytest

from tests.analysis import analyse_extension
from vscan.model import Severity

RULE = "mixed-script-name"


@pytest.mark.parametrize(
    "shown",
    [
        "Pr\u0435ttier Pro",  # Cyrillic e
        "\u0421ode Walker",  # Cyrillic S, which looks like C
        "Tools for \u03a1ython",  # Greek R, which looks like P
        "Git\u041dub Helper",
        "S\u043elid shapes",
        "P\u0443th\u043en snakes",
        "D\u0585cker",  # Armenian
    ],
)
def test_a_word_of_two_scripts_is_found(tmp_path: Path, shown: str) -> None:
    (finding,) = analyse_extension(tmp_path, shown=shown).of(RULE)
    assert (finding.severity, finding.file) == (Severity.MEDIUM, "package.json")
    assert "U+0" in finding.message


@pytest.mark.parametrize("field", ["publisher", "name"])
def test_an_id_of_two_scripts_is_high(tmp_path: Path, field: str) -> None:
    manifest: dict[str, Any] = {field: "micr\u043esoft"}
    (finding,) = analyse_extension(tmp_path, **manifest).of(RULE)
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize(
    "shown",
    [
        "\u0420\u0443\u0441\u0441\u043a\u0438\u0439 \u044f\u0437\u044b\u043a",  # Russian
        "C\u0431\u043e\u0440\u043a\u0430 Python",  # a Latin C in a word that is Russian otherwise
        "\u041f\u043e\u0434\u0434\u0435\u0440\u0436\u043a\u0430 TypeScript",
        "1C:\u041f\u0440\u0435\u0434\u043f\u0440\u0438\u044f\u0442\u0438\u0435 BSL",
        "\u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac",  # Greek
        "\u03bbProlog",
        "\u00b5TeX",
        "\u03c0-calculus, \u03a9 and \u0394t",
        "Caf\u00e9 Stra\u00dfe \u0141\u00f3d\u017a",
        "\u4e2d\u6587 Markdown",
        "Bracket \u03b1",
        "",
    ],
)
def test_languages_and_symbols_are_not_found(tmp_path: Path, shown: str) -> None:
    assert not analyse_extension(tmp_path, shown=shown).of(RULE)
