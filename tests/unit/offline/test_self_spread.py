import pytest

from tests.offline import found
from vscan.model import Severity

FOUND = {"self-spread": Severity.HIGH}
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


def test_a_tool_for_a_terminal_that_publishes_is_medium() -> None:
    """Its user starts it, in order to publish."""
    code = 'execSync("npx ovsx publish x.vsix")'
    assert found(code) == {"self-spread": Severity.MEDIUM}
    assert found(EDITOR + code) == FOUND
    assert found(f"{code}; send(process.env.NPM_TOKEN)") == FOUND


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
