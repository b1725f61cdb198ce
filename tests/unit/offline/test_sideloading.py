"""Extensions that a program installs without asking. Payloads are inert: nothing is installed."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.sideloading import CHECK
from vscan.providers.offline.manifest_values import Purpose

RULE = "sideloading"
START = """
const fs = require("fs"), os = require("os"), path = require("path"), vscode = require("vscode");
const cp = require("child_process"), install = "workbench.extensions.installExtension";
"""


@pytest.mark.parametrize(
    "source",
    [
        "vscode.commands.executeCommand(install, vscode.Uri.file(__dirname + '/a.vsix'));",
        (
            "const { commands, Uri } = vscode;"
            " commands.executeCommand(install, Uri.file(path.join(os.tmpdir(), 'a.vsix')));"
        ),
        (
            "vscode.commands.executeCommand('workbench.extensions.' + 'installExtension',"
            " vscode.Uri.joinPath(vscode.Uri.file(os.tmpdir()), 'a.vsix'));"
        ),
        "const run = vscode.commands.executeCommand; run(install, vscode.Uri.file(file));",
        "cp.exec(`code --install-extension ${path.join(os.tmpdir(), 'a.vsix')} --force`);",
        "cp.execFileSync('code', ['--install-extension', path.join(__dirname, 'a.vsix')]);",
        "cp.spawn('cursor', ['--install-extension', os.tmpdir() + '/a.vsix', '--force']);",
    ],
)
def test_an_installed_file_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "vscode.commands.executeCommand(install, 'acme.tools');",
        "vscode.commands.executeCommand('workbench.extensions.search', '@id:acme.tools');",
        "cp.exec('code --install-extension acme.tools');",
        "cp.execFile('code', ['--install-extension', 'acme.tools', '--force']);",
        "cp.exec('code --list-extensions');",
        (
            "async function f() { const ok = await vscode.window.showInformationMessage("
            "'Install the helper?', 'Yes'); if (ok)"
            " vscode.commands.executeCommand(install, vscode.Uri.file(__dirname + '/a.vsix')); }"
        ),
        "fs.readFileSync(__dirname + '/a.vsix');",
        "show(install, __dirname + '/a.vsix');",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_file_and_the_finding_the_line() -> None:
    source = """\
const vscode = require('vscode');
const file = vscode.Uri.file(__dirname + '/a.vsix');

vscode.commands.executeCommand('workbench.extensions.installExtension', file);
"""
    (finding,) = findings_of(CHECK, source)
    assert "installs an extension from" in finding.message
    assert finding.line == 4


def test_the_message_names_the_file() -> None:
    source = START + "vscode.commands.executeCommand(install, vscode.Uri.file('/tmp/a.vsix'));"
    (finding,) = findings_of(CHECK, source)
    assert "/tmp/a.vsix" in finding.message


def test_a_package_that_no_editor_starts_installs_for_its_user() -> None:
    source = START + "cp.execFileSync('code', ['--install-extension', 'a.vsix']);"
    assert worst(findings_of(CHECK, source), RULE) == Severity.HIGH
    assert worst(findings_of(CHECK, source, purpose=Purpose.COMMAND), RULE) == Severity.MEDIUM
