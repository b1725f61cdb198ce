from typing import Any

import pytest

from tests.offline import analyse, found
from vscan.model import Severity
from vscan.providers.offline.manifest_values import Purpose, purpose_of

FOUND = {"self-spread": Severity.HIGH}
NO_EDITOR: dict[str, Any] = {"bin": "a.js", "activationEvents": []}
EDITOR = 'const vscode = require("vscode");\n'


@pytest.mark.parametrize(
    "code",
    [
        'exec("code --install-extension acme.tools")',
        'cp.spawn(code, ["--install-extension", file])',
        'execSync("vsce publish -p " + token)',
        'execSync("npx ovsx publish x.vsix -p " + token)',
        'spawn("npm", ["publish", "--access", "public"])',
        'spawnSync("npm.cmd", ["publish"])',
        'terminal.sendText("npm publish")',
        '1 // one\n* exec("npm publish")',  # a product
    ],
)
def test_a_command_that_spreads_is_found(code: str) -> None:
    assert found(EDITOR + code) == FOUND


@pytest.mark.parametrize(
    "code",
    [
        'execSync("npx ovsx publish x.vsix -p " + process.env.OVSX_PAT)',
        'spawnSync("code", ["--install-extension", "acme.tools"])',
        EDITOR + 'execSync("npm publish")',
    ],
)
def test_a_tool_for_a_terminal_that_publishes_is_medium(code: str) -> None:
    """Its user starts it, in order to publish; an editor starts an extension unasked."""
    (finding,) = analyse({"lib/a.js": code}, NO_EDITOR).findings
    assert (finding.rule, finding.severity) == ("self-spread", Severity.MEDIUM)
    assert found(code, "lib/a.js") == FOUND


def test_a_tool_that_looks_for_a_token_is_not_only_medium() -> None:
    code = 'execSync("npm publish"); use(text.match(/_authToken=(.+)/))'
    assert Severity.HIGH in {each.severity for each in analyse({"a.js": code}, NO_EDITOR).findings}


@pytest.mark.parametrize(
    "manifest",
    [
        {"activationEvents": ["onStartupFinished"]},
        {"contributes": {"commands": [{"command": "a.b", "title": "A"}]}},
        {"extensionDependencies": ["acme.other"]},
        {"extensionKind": ["ui"]},
        {"scripts": {"vscode:uninstall": "node a.js"}},
    ],
)
def test_each_value_that_only_editors_read_makes_an_extension(manifest: dict[str, Any]) -> None:
    assert purpose_of(manifest | {"bin": "a.js"}) is Purpose.EXTENSION
    code = 'require("child_process").exec("code --install-extension acme.tools --force")'
    verdict = analyse({"lib/a.js": code}, NO_EDITOR | manifest)
    assert Severity.HIGH in {each.severity for each in verdict.findings}


@pytest.mark.parametrize("manifest", [{}, {"main": "a.js"}, {"scripts": 1}, {"contributes": {}}])
def test_a_command_without_such_a_value_is_none(manifest: dict[str, Any]) -> None:
    """Without a command it counts as an extension: another extension may start it."""
    assert purpose_of(manifest | {"bin": "a.js"}) is Purpose.COMMAND
    is_library = "main" in manifest
    assert purpose_of(manifest) is (Purpose.LIBRARY if is_library else Purpose.FILES)
    for program in ("main", "browser", "module", "exports"):
        assert purpose_of(manifest | {program: "a.js"}) is Purpose.LIBRARY


@pytest.mark.parametrize(
    "code",
    [
        'const usage = "code --install-extension acme.tools"',
        'const hint = "then run npm publish"',
        'exec("npm install"); exec("npm run publish:docs")',
        'exec("yarn publish:all")',
        'exec("npm view x")',
        'exec("git status");' + "x();" * 200 + 'show("npm publish")',  # far from it
        "/**\n * cp.spawnSync(code, ['--install-extension', id])\n */",
        "// exec('npm publish')",
    ],
)
def test_commands_that_publish_nothing_are_not_found(code: str) -> None:
    assert found(code) == {}


def test_scripts_of_a_manifest_and_notes_are_not_code() -> None:
    assert found('{"scripts": {"x": "exec(vsce publish)"}}', "node_modules/x/package.json") == {}
    assert found("# Release\n\nexec('vsce publish')", "CONTRIBUTING.md") == {}
