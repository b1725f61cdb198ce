import pytest

from tests.offline import found
from vscan.model import Severity

FOUND = {"decoded-code": Severity.HIGH}


@pytest.mark.parametrize(
    "code",
    [
        'eval(atob("Y29uc29sZQ=="))',
        'eval ( /* why */ atob ( "Y29uc29sZQ==" ) )',
        'eval(\n  // decoded\n  atob("Y29uc29sZQ=="))',
        'eval/**/(atob("Y29uc29sZQ=="))',
        '(0,eval)(atob("Y29uc29sZQ=="))',
        '(0, eval)(atob("Y29uc29sZQ=="))',
        'globalThis.eval(atob("Y29uc29sZQ=="))',
        'globalThis["eval"](atob("Y29uc29sZQ=="))',
        'window["eval"](window.atob("Y29uc29sZQ=="))',
        'eval?.(atob("Y29uc29sZQ=="))',
        'eval.call(null, atob("Y29uc29sZQ=="))',
        'eval(Buffer.from("Y29uc29sZQ==", "base64").toString())',
        "eval(Buffer.from(data, 'base64').toString('utf8'))",
        'eval(new Buffer("Y29uc29sZQ==", "base64").toString())',
        'eval("" + decodeURIComponent(escape(atob(x))))'.replace('"" + ', ""),
        'eval(unescape("%63"))',
        "eval(String.fromCharCode(99, 111))",
        "eval(zlib.gunzipSync(Buffer.from(x, 'base64')).toString())",
        'eval(new TextDecoder().decode(Buffer.from(x, "hex")))',
        'new Function(atob("Y29uc29sZQ=="))()',
        'Function(atob("Y29uc29sZQ=="))()',
        'new Function("require", "module", atob(x))(require, module)',
        'new Function("require", Buffer.from(x, "base64").toString())(require)',
        'vm.runInThisContext(Buffer.from(x, "base64").toString())',
        'require("vm").runInNewContext(atob(x))',
        'const vm = require("vm"); new vm.Script(Buffer.from(x, "base64"))',
        'module._compile(Buffer.from(x, "base64").toString(), "x.js")',
        'm._compile(Buffer.from("Y29uc29sZQ==", "base64").toString("utf8"), "")',
        'setTimeout(atob("Y29uc29sZQ=="), 0)',
        'const cp = require("child_process"); cp.execSync(Buffer.from("bHM=", "base64") + "")',
        'require("child_process").exec(atob("bHM="))',
        'import("data:text/javascript;base64,Y29uc29sZQ==")',
        'eval((atob("Y29uc29sZQ==")))',
        "eval(`${atob(x)}`)",
        'eval("" + atob(x))',
        "Reflect.apply(eval, null, [atob(x)])",
        "Reflect.construct(Function, [atob(x)])()",
        "(() => {}).constructor(atob(x))()",
        '[]["filter"]["constructor"](atob(x))()',
        'new Worker(Buffer.from(x, "base64").toString(), { eval: true })',
        'const { exec } = require("child_process"); exec(Buffer.from("bHM=", "base64").toString())',
        "eval(decodeURIComponent('%63'))",
        r'eval("\x63\x6f\x6e\x73\x6f\x6c\x65")',
        'const c = atob(x);\nnew Function("require", c)(require)',
        'const s = atob("Y29uc29sZQ=="); eval(s)',
        'let c = Buffer.from(x, "base64").toString();\nnew Function(c)()',
        'globalThis["ev" + "al"](atob(x))',
        r'global["\x65\x76\x61\x6c"](atob(x))',
        r"ev\u0061l(atob(x))",
        r"\u{65}val(atob(x))",
        "const e = eval; e(atob(x))",
        "const F = globalThis.Function\nnew F(atob(x))()",
        'eval(Buffer["from"](x, "base64")["toString"]())',
        'new (require("vm").Script)(Buffer.from(x, "base64"))',
    ],
)
def test_code_that_is_decoded_and_run_is_found(code: str) -> None:
    assert found(f"const a = 1;\n{code};") == FOUND


@pytest.mark.parametrize(
    "code",
    [
        'new Function("return this")()',
        "new Function(names, body)",
        'eval("require")("fs"); const x = atob(y)',
        'const x = atob(y); eval("1 + 1")',
        "const s = atob(y); eval(t)",
        "isFunction(Buffer.from(x))",
        "medieval(atob(x))",
        "/x/.exec(Buffer.from(x).toString())",
        "setTimeout(() => Buffer.from(x), 10)",
        "setTimeout(function () { atob(x) }, 10)",
        'spawn("git", args).stdin.write(Buffer.from(x))',
        'globalThis["ev" + "ent"](atob(x))',
        r'global["\x61\x64\x64"](atob(x))',
        r"\u0061dd(atob(x))",
        "const e = evaluate; e(atob(x))",
        "const e = eval; f(atob(x))",
        'new (require("vm").Context)(Buffer.from(x, "base64"))',
    ],
)
def test_decoding_alone_and_running_alone_are_not_found(code: str) -> None:
    assert found(code) == {}


def test_a_readme_may_explain_decoding_but_code_in_a_text_file_is_found() -> None:
    code = 'eval(atob("Y29uc29sZQ=="))'
    assert found(f"# Never write\n\n    {code}\n", "README.md") == {}
    assert found(code, "node_modules/x/data.txt") == FOUND


def test_one_alias_hides_no_other() -> None:
    assert found('const a=Function,b=eval;b(atob("x"))') == {"decoded-code": Severity.HIGH}


@pytest.mark.parametrize(
    "code",
    [
        "setTimeout(fn, 0, Buffer.from(x, 'base64'));",
        "setTimeout(resolve, 100, decodeURIComponent(x));",
        "self.setInterval(this.push, 50, atob(s));",
        "setTimeout((b) => port.postMessage(b), 10, Buffer.from(data));",
        "setTimeout(cb, 0, null, Buffer.from('abc'));",
        "setTimeout(function(d){self.write(d)}, 0, atob(e));",
    ],
)
def test_a_timer_may_hand_decoded_data_to_its_function(code: str) -> None:
    assert found(code) == {}


@pytest.mark.parametrize(
    "code",
    [
        "setTimeout(atob(x), 0);",
        "setTimeout(Buffer.from(x, 'base64').toString());",
        "setTimeout(eval, 0, atob(x));",
        "setInterval(globalThis.eval, 0, atob(x));",
        "setTimeout(vm.runInThisContext, 0, Buffer.from(x, 'hex'));",
    ],
)
def test_a_timer_that_runs_decoded_text_is_found(code: str) -> None:
    assert found(code) == {"decoded-code": Severity.HIGH}
