"""docs/transcripts.md shows what vscan really shows."""

import re

import pytest

from ci import transcripts


@pytest.mark.full
def test_the_page_of_transcripts_is_what_the_commands_show() -> None:
    """Whoever changes what people see writes the page anew: ``python -m ci.transcripts``."""
    assert transcripts.text() == transcripts.PLACE.read_text("utf-8")


def test_the_page_has_each_situation_and_no_path_of_this_machine() -> None:
    page = transcripts.PLACE.read_text("utf-8")
    titles = re.findall("^## (.*)$", page, re.MULTILINE)
    assert titles == [transcript.title for transcript in transcripts.TRANSCRIPTS]
    assert "127.0.0.1" not in page
    assert "/tmp/" not in page
    for code in (1, 2, 3, 130):
        assert f"(exit code {code})" in page
