"""Defaults that switch a guard of the editor off."""

from pathlib import Path
from typing import Any

import pytest

from tests.analysis import analyse_extension
from vscan.model import Severity

RULE = "unsafe-default-setting"


@pytest.mark.parametrize(
    ("defaults", "severity"),
    [
        ({"chat.tools.autoApprove": True}, Severity.HIGH),
        ({"chat.tools.global.autoApprove": True, "editor.tabSize": 2}, Severity.HIGH),
        ({"security.workspace.trust.enabled": False}, Severity.HIGH),
        ({"task.allowAutomaticTasks": "on"}, Severity.HIGH),
        ({"http.proxyStrictSSL": False}, Severity.MEDIUM),
        ({"[python]": {"task.allowAutomaticTasks": "on"}}, Severity.HIGH),
    ],
)
def test_a_default_that_opens_a_guard_is_found(
    tmp_path: Path, defaults: dict[str, Any], severity: Severity
) -> None:
    (finding,) = analyse_extension(tmp_path, contributes={"configurationDefaults": defaults}).of(
        RULE
    )
    assert finding.severity is severity
    assert "its defaults set" in finding.message


@pytest.mark.parametrize(
    "defaults",
    [
        {"[yaml]": {"editor.insertSpaces": True}, "editor.wordSeparators": "x"},
        {"chat.tools.autoApprove": False, "http.proxyStrictSSL": True},
        {"chat.tools.autoApprove": 1, "task.allowAutomaticTasks": True},
        {"[x]": "chat.tools.autoApprove"},
        ["chat.tools.autoApprove"],
    ],
)
def test_other_defaults_are_not_found(tmp_path: Path, defaults: Any) -> None:
    assert not analyse_extension(tmp_path, contributes={"configurationDefaults": defaults}).of(RULE)
