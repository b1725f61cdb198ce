"""Programs and protections that are changed. Payloads are inert: nothing is written."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.tampering import CHECK

ADDRESS = "0x" + "0" * 40
RULE = "tampering"
START = """
const fs = require("fs"), os = require("os"), path = require("path"), vscode = require("vscode");
const cp = require("child_process"), home = os.homedir();
"""


@pytest.mark.parametrize(
    "source",
    [
        "fs.writeFileSync(path.join(home, '.vscode', 'extensions', 'a.b-1.0.0', 'main.js'), text);",
        (
            "const other = vscode.extensions.getExtension('a.b');"
            " fs.appendFileSync(path.join(other.extensionPath, 'main.js'), text);"
        ),
        (
            "vscode.extensions.all.filter((e) => e.packageJSON.main)"
            ".map((e) => require.resolve(path.join(e.extensionPath, e.packageJSON.main)))"
            ".forEach((f) => fs.appendFileSync(f, text));"
        ),
        "fs.writeFileSync(path.join(vscode.env.appRoot, 'out', 'main.js'), text);",
        "fs.writeFileSync(path.join(vscode.env.appRoot, 'product.json'), text);",
        "fs.appendFileSync('/etc/hosts', '0.0.0.0 registry.npmjs.org');",
        "fs.appendFileSync('/etc/sudoers', 'a ALL=(ALL) NOPASSWD: ALL');",
        "fs.writeFileSync(path.join(home, '.config/google-chrome/Default/Preferences'), text);",
        "fs.copyFileSync(own, path.join(process.env.LOCALAPPDATA, 'exodus', 'app.asar'));",
        "cp.exec('powershell Add-MpPreference -ExclusionPath C:/');",
        "cp.execSync('powershell Set-MpPreference -DisableRealtimeMonitoring $true');",
        (
            "vscode.workspace.getConfiguration('security').update("
            "'workspace.trust.enabled', false, true);"
        ),
        "vscode.workspace.getConfiguration('extensions').update('verifySignature', false, true);",
        "vscode.workspace.getConfiguration().update('http.proxyStrictSSL', false, true);",
        (
            "setInterval(async () => { const t = await vscode.env.clipboard.readText();"
            f" if (/0x[a-fA-F0-9]{{40}}/.test(t))"
            f" vscode.env.clipboard.writeText('{ADDRESS}'); }}, 9);"
        ),
        (
            "setInterval(async () => { const t = await vscode.env.clipboard.readText();"
            " vscode.env.clipboard.writeText(t.replace(/a/g, 'b')); }, 9);"
        ),
        "vscode.window.showInputBox = async (o) => { const a = await old(o); keep(a); return a; };",
        "Object.defineProperty(vscode.window, 'showInputBox', { value: own });",
        "const { window: w } = vscode; w.createTerminal = own;",
        (
            f"const old = globalThis.fetch; globalThis.fetch = (u, o) => {{"
            f" o.body = o.body.replace("
            f"/0x[a-fA-F0-9]{{40}}/g, '{ADDRESS}'); return old(u, o); }};"
        ),
        *(
            f"const old = {name}; {name}{space}= (u, o) => {{ o.body = o.body.replace("
            f"/0x[a-fA-F0-9]{{40}}/g, '{ADDRESS}'); return old(u, o); }};"
            for name in (
                "window.fetch",
                "self.XMLHttpRequest",
                "XMLHttpRequest.prototype.send",
                "window.ethereum.request",
                "ethereum.request",
            )
            for space in ("", "\n", "\N{NO-BREAK SPACE}")
        ),
    ],
)
def test_a_change_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "fs.writeFileSync(path.join(__dirname, 'cache.json'), text);",
        "exports.activate = (c) => fs.writeFileSync(c.asAbsolutePath('cache.json'), text);",
        "fs.readFileSync(path.join(vscode.env.appRoot, 'product.json'));",
        "fs.readFileSync(path.join(home, '.vscode', 'extensions', 'a.b-1.0.0', 'main.js'));",
        "fs.readFileSync('/etc/hosts');",
        "fs.appendFileSync('/etc/hosts', '127.0.0.1 app.localhost');",
        "fs.writeFileSync(path.join(home, '.config', 'tool', 'a.json'), text);",
        "cp.exec('powershell Get-MpPreference');",
        "vscode.workspace.getConfiguration('editor').update('fontSize', 12, true);",
        "vscode.workspace.getConfiguration('security').get('workspace.trust.enabled');",
        (
            "vscode.workspace.getConfiguration('security').update("
            "'workspace.trust.enabled', true, true);"
        ),
        (
            "vscode.commands.registerCommand('a.upper', async () => {"
            " const t = await vscode.env.clipboard.readText();"
            " vscode.env.clipboard.writeText(t.toUpperCase()); });"
        ),
        "vscode.env.clipboard.writeText('x');",
        (  # what is personal is taken out of what is copied or pasted
            "const shapes = [/\\b0x[a-fA-F0-9]{40}\\b/g]; let s;"
            "vscode.commands.registerCommand('a.paste', async () => {"
            " s = await vscode.env.clipboard.readText(); s = s.replace(shapes[0], '0x'); });"
            "vscode.commands.registerCommand('a.copy', async () => {"
            " s = editor.document.getText(editor.selection).replace(shapes[0], '0x');"
            " await vscode.env.clipboard.writeText(s); });"
        ),
        "const old = globalThis.fetch; globalThis.fetch = (u, o) => { log(u); return old(u, o); };",
        "const own = { window: {} }; own.window.showInputBox = ask;",
        (
            "async function f() { const ok = await vscode.window.showWarningMessage("
            "'Block the hosts?', 'Yes'); if (ok) fs.appendFileSync('/etc/hosts',"
            " '0.0.0.0 update.microsoft.com'); }"
        ),
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_file_and_the_line() -> None:
    source = """\
const fs = require('fs'), vscode = require('vscode');
const file = vscode.env.appRoot + '/product.json';

fs.writeFileSync(file, text);
"""
    (finding,) = findings_of(CHECK, source)
    assert "resources/app/product.json (line 4)" in finding.message
    assert finding.line == 4
