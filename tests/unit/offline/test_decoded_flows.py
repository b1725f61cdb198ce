"""Decoded text that is run, however far the two are apart. Payloads are inert: they only count."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.decoded_code import CHECK

RULE = "decoded-code"
START = """
const cp = require("child_process"), vm = require("vm"), zlib = require("zlib");
const crypto = require("crypto");
"""
FAR = "work(1);\n" * 300


@pytest.mark.parametrize(
    "source",
    [
        "const a = atob(packed);\n" + FAR + "eval(a);",
        "const a = Buffer.from(packed, 'base64');\n" + FAR + "vm.runInThisContext(a.toString());",
        "const d = (t) => Buffer.from(t, 'hex').toString(); function run() { eval(d(packed)); }",
        "const parts = []; parts.push(atob(packed)); new Function(parts.join(''))();",
        "class C { constructor() { this.a = atob(packed); } run() { eval(this.a); } }",
        "const o = { code: unescape(packed) }; const { code } = o; Function(code)();",
        (
            "const c = crypto.createDecipheriv('aes-256-cbc', key, iv);"
            " const t = c.update(packed, 'hex', 'utf8') + c.final('utf8'); eval(t);"
        ),
        "zlib.inflate(Buffer.from(packed, 'base64'), (e, d) => eval(d.toString()));",
        "const t = [1, 2, 3].map((c) => String.fromCharCode(c + 100)).join(''); eval(t);",
        "const load = (t) => module._compile(t, 'a.js'); load(atob(packed));",
        "const run = (f, t) => f(t); run(eval, atob(packed));",
        "const t = atob(packed);\n" + FAR + "cp.exec(t);",
        "const c = Buffer.from(packed, 'base64').toString();\n" + FAR + "cp.execSync(c);",
        "const t = atob(packed);\n" + FAR + "setTimeout(t, 10);",
        "Promise.resolve(atob(packed)).then((t) => eval(t));",
        "import('data:text/javascript,work(1)');",
        "const t = atob(packed);\n" + FAR + "(() => {}).constructor(t)();",
        "const t = atob(packed);\n" + FAR + "eval.call(null, t);",
    ],
)
def test_decoded_text_that_is_run_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "const a = atob(packed);\n" + FAR + "show(a);",
        "const a = atob(packed); const b = 'ready()';\n" + FAR + "eval(b);",
        "const t = decodeURIComponent(text);\n" + FAR + "eval(t);",
        "const t = new TextDecoder().decode(bytes);\n" + FAR + "vm.runInThisContext(t);",
        "const t = Buffer.from(text).toString();\n" + FAR + "vm.runInThisContext(t);",
        "const a = atob(packed);\n" + FAR + "cp.execFile('git', ['commit', '-m', a]);",
        "const a = atob(packed);\n" + FAR + "setTimeout(() => show(a), 10);",
        "const a = atob(packed);\n" + FAR + "/x/.exec(a);",
        "function f(eval) { eval(atob(packed)); } f(show);",
        "const a = atob(packed); function f(a) { eval(a); } f('ready()');",
        "eval('ready()'); atob(packed);",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_decoder_and_both_lines() -> None:
    source = """\
const hidden = read();
const text = atob(hidden);

eval(text);
"""
    (finding,) = findings_of(CHECK, source)
    assert "atob (line 2)" in finding.message
    assert "runs it (line 4)" in finding.message
    assert finding.line == 4
