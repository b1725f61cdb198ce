"""What a manifest gives away, and that no manifest, however odd, stops an analysis."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis import analyse_extension
from tests.examples import examples
from vscan.model import Kind, Severity

PROGRAM = {"out/extension.js": "exports.activate = () => {}"}
THEME: dict[str, Any] = {"themes": [{"label": "Dark", "path": "./dark.json"}]}


@pytest.mark.parametrize("point", ["themes", "iconThemes", "snippets", "localizations"])
def test_a_theme_with_a_program_is_found(tmp_path: Path, point: str) -> None:
    """The editor reads such contributions itself: nothing needs to run."""
    analysis = analyse_extension(
        tmp_path, PROGRAM, main="./out/extension", contributes={point: [{}]}
    )
    (found,) = analysis.of("code-in-theme")
    assert (found.severity, found.kind) == (Severity.MEDIUM, Kind.MALWARE)
    assert found.evidence == "out/extension.js"


@pytest.mark.parametrize(
    ("files", "manifest"),
    [
        ({}, {"main": "./out/extension", "contributes": THEME}),  # there is no such file
        (PROGRAM, {"contributes": THEME}),  # nothing runs it
        (PROGRAM, {"main": "out/extension.js", "contributes": THEME | {"commands": [{}]}}),
        (PROGRAM, {"main": "out/extension.js", "contributes": {}}),
        (PROGRAM, {"main": "out/extension.js"}),
    ],
)
def test_a_theme_without_a_program_and_a_program_with_commands_are_not_found(
    tmp_path: Path, files: dict[str, str | bytes], manifest: dict[str, Any]
) -> None:
    assert not analyse_extension(tmp_path, files, **manifest).of("code-in-theme")


@pytest.mark.parametrize(
    ("event", "severity"), [("onLanguage:x", Severity.LOW), ("onStartupFinished", Severity.MEDIUM)]
)
def test_a_language_s_program_may_wait_for_its_language(
    tmp_path: Path, event: str, severity: Severity
) -> None:
    """Completion and formatting come that way, with no contribution that says so."""
    analysis = analyse_extension(
        tmp_path,
        PROGRAM,
        browser="out/extension.js",
        activationEvents=[event],
        contributes={"grammars": [{}], "languages": [{}]},
    )
    (found,) = analysis.of("code-in-theme")
    assert found.severity is severity


@pytest.mark.parametrize("event", ["*", "onStartupFinished", "onView:x"])
def test_a_theme_that_starts_programs_at_the_start_is_high(tmp_path: Path, event: str) -> None:
    """A theme may show what is new in it, but it has nothing to start."""
    program = {"out/extension.js": "const cp = require('child_process'); cp.exec('x')"}
    (found,) = analyse_extension(
        tmp_path, program, main="out/extension.js", contributes=THEME, activationEvents=[event]
    ).of("code-in-theme")
    assert found.severity is (Severity.MEDIUM if event == "onView:x" else Severity.HIGH)


def test_activation_on_everything_is_found(tmp_path: Path) -> None:
    (found,) = analyse_extension(
        tmp_path, PROGRAM, main="out/extension.js", activationEvents=["onUri", "*"]
    ).of("eager-activation")
    assert (found.severity, found.kind) == (Severity.MEDIUM, Kind.POSTURE)


@pytest.mark.parametrize(
    ("manifest"),
    [
        {"main": "out/extension.js", "activationEvents": ["onStartupFinished", "onLanguage:*"]},
        {"main": "out/extension.js", "activationEvents": "*"},
        {"activationEvents": ["*"]},  # there is nothing to activate
    ],
)
def test_narrower_activation_events_are_not_found(tmp_path: Path, manifest: dict[str, Any]) -> None:
    assert not analyse_extension(tmp_path, PROGRAM, **manifest).of("eager-activation")


def test_missing_members_are_one_finding(tmp_path: Path) -> None:
    (tmp_path / "here.one-1.2.3").mkdir()
    analysis = analyse_extension(
        tmp_path,
        extensionPack=["here.one", "gone.one"],
        extensionDependencies=["gone.two", "vscode.git"],
    )
    (found,) = analysis.of("missing-member")
    assert (found.severity, found.kind) == (Severity.MEDIUM, Kind.POSTURE)
    assert found.message == "2 members not installed: gone.one, gone.two"


def test_installed_members_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "here.one-1.2.3").mkdir()
    assert not analyse_extension(tmp_path, extensionPack=["Here.One"]).of("missing-member")


def test_an_uninstall_script_is_found(tmp_path: Path) -> None:
    (found,) = analyse_extension(tmp_path, scripts={"vscode:uninstall": "node ./out/bye"}).of(
        "uninstall-script"
    )
    assert (found.severity, found.kind) == (Severity.MEDIUM, Kind.POSTURE)
    assert found.message == "uninstalling it runs: node ./out/bye"


def test_scripts_that_editors_do_not_run_are_not_found(tmp_path: Path) -> None:
    """Npm's own are for whoever builds the extension."""
    scripts = {"postinstall": "node x", "vscode:prepublish": "tsc", "vscode:uninstall": " "}
    assert not analyse_extension(tmp_path, scripts=scripts).of("uninstall-script")


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    _nested,
    max_leaves=6,
)
_FIELDS = (
    "__metadata",
    "activationEvents",
    "browser",
    "contributes",
    "displayName",
    "enabledApiProposals",
    "extensionDependencies",
    "extensionPack",
    "main",
    "name",
    "scripts",
)
_POINTS = ("authentication", "languageModelTools", "mcpServerDefinitionProviders", "themes")
_CONTRIBUTES = st.fixed_dictionaries({}, optional=dict.fromkeys(_POINTS, _JSON)) | _JSON


@settings(max_examples=examples(60), deadline=None)
@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(_FIELDS, _JSON) | {"contributes": _CONTRIBUTES}
    )
)
def test_no_manifest_makes_a_check_fail(fields: dict[str, Any]) -> None:
    """What is of the wrong type is as good as not there: nothing raises, so nothing is a gap."""
    with TemporaryDirectory() as directory:
        assert analyse_extension(Path(directory).resolve(), PROGRAM, **fields).verdict.gaps == ()


def test_a_thousand_events_hide_none(tmp_path: Path) -> None:
    events = [f"onCommand:{number}" for number in range(1500)] + ["*"]
    it = analyse_extension(tmp_path, {"main.js": ""}, main="./main.js", activationEvents=events)
    assert [finding.rule for finding in it.verdict.findings] == ["eager-activation"]
