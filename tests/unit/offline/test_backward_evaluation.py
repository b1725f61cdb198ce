"""What expressions are: constant texts, names of APIs, and contents that come from a source."""

import base64
import zlib

import pytest

from tests.flows import nodes, program_of, value_of
from tests.offline import found
from vscan.providers.offline.syntax.values import UNKNOWN, Source

PACKED = base64.b64encode(zlib.compress(b"eval")).decode()


XORED = [ord(letter) ^ 42 for letter in "eval"]


@pytest.mark.parametrize(
    "expression",
    [
        "'ev' + 'al'",
        "('e' + 'v') + ('a' + 'l')",
        "`ev${'al'}`",
        "`${`e`}${'v'}al`",
        r"'\x65\x76\u0061\u{6c}'",
        "'eval'",
        "('x', 'eval')",
        "['e', 'v', 'a', 'l'].join('')",
        "['ev', ...['a', 'l']].join('')",
        "['l', 'a', 'v', 'e'].reverse().join('')",
        "'lave'.split('').reverse().join('')",
        "[...'lave'.split('')].reverse().join('')",
        "'e-v-a-l'.split('-').join('')",
        "'e.v.a.l'.replace(/\\./g, '')",
        "'exvxaxl'.replaceAll('x', '')",
        "'xevalx'.substring(1, 5)",
        "'xevalx'.slice(1, 5)",
        "'xevalx'.substr(1, 4)",
        "'EVAL'.toLowerCase()",
        "' eval '.trim()",
        "'ev'.concat('a', 'l')",
        "'eval'.toString()",
        "String('eval')",
        "String.fromCharCode(101, 118, 97, 108)",
        "String.fromCharCode(0x65, 0x76, 0b1100001, 0o154)",
        "String.fromCharCode(...[101, 118, 97, 108])",
        "String.fromCharCode.apply(null, [101, 118, 97, 108])",
        "[101, 118, 97, 108].map((c) => String.fromCharCode(c)).join('')",
        "[101, 118, 97, 108].map(c => { return String.fromCharCode(c); }).join('')",
        "[102, 119, 98, 109].map((c) => String.fromCharCode(c - 1)).join('')",
        f"{XORED}.map((c) => String.fromCharCode(c ^ 42)).join('')",
        f"String.fromCharCode(...{XORED}.map((c) => c ^ 42))",
        f"Buffer.from({XORED}.map((c) => c ^ 42)).toString()",
        "[101, 119, 99, 111].map((c, i) => String.fromCharCode(c - i)).join('')",
        "atob('ZXZhbA==')",
        "atob('ZXZh' + 'bA==')",
        "atob(['ZXZh', 'bA=='].join(''))",
        "window.atob('ZXZhbA==')",
        "Buffer.from('ZXZhbA==', 'base64').toString()",
        "Buffer.from('ZXZhbA==', 'base64').toString('utf8')",
        "Buffer.from('6576616c', 'hex').toString('utf-8')",
        "new Buffer('6576616c', 'hex').toString()",
        "Buffer.from([101, 118, 97, 108]).toString()",
        "Buffer.from('eval').toString()",
        "`${Buffer.from('6576616c', 'hex')}`",
        "'' + Buffer.from('6576616c', 'hex')",
        "decodeURIComponent('%65%76%61%6c')",
        "unescape('%65val')",
        f"require('zlib').inflateSync(Buffer.from('{PACKED}', 'base64')).toString()",
        f"require('zlib').unzipSync(Buffer.from('{PACKED}', 'base64')) + ''",
        "{ a: 'eval' }.a".replace("{ a: 'eval' }", "({ a: 'eval' })"),
        "({ ['a' + 'b']: 'eval' })['ab']",
        "['x', 'eval'][1]",
        "['x', 'eval'][3 - 2]",
        "['x', 'eval'].at(1)",
        "parseInt('1') && 'eval'",
        "(() => 'eval')()",
        "(function () { return 'eval'; })()",
        "((a, b) => a + b)('ev', 'al')",
        "await 'eval'",
        "'xeval'.slice(-4)",
        "String.fromCharCode(~-102, +'118', - -97, 108)",
        "[, 'eval'][1]",
        "[/* , */, 'eval', ][1]",
        "['x', , ...['y', 'eval'], 'z'][3]",
    ],
)
def test_a_constant_is_computed(expression: str) -> None:
    assert "eval" in value_of(f"async function main() {{ probe({expression}); }}").texts


@pytest.mark.parametrize(
    "source",
    [
        "const a = 'eval'; probe(a);",
        "const a = 'ev', b = a + 'al'; probe(b);",
        "let a; a = 'eval'; probe(a);",
        "const { a } = { a: 'eval' }; probe(a);",
        "const { a: { b } } = { a: { b: 'eval' } }; probe(b);",
        "const [, b] = ['x', 'eval']; probe(b);",
        "const { a = 'eval' } = {}; probe(a);",
        "const { ['a']: b } = { a: 'eval' }; probe(b);",
        "const o = {}; o.a = 'eval'; probe(o.a);",
        "const o = {}; o['a'] = 'eval'; probe(o.a);",
        "const o = { a: 'eval' }; const k = 'a'; probe(o[k]);",
        "const o = { a: { b: 'eval' } }; probe(o.a.b);",
        "const o = { ...{ a: 'eval' } }; probe(o.a);",
        "const a = 'eval', o = { a }; probe(o.a);",
        "function f(a) { probe(a); } f('eval');",
        "const f = function g(a) { probe(a); }; f('eval');",
        "const f = other || function (a) { probe(a); }; f('eval');",
        "setTimeout((a) => probe(a), 10, 'eval');",
        "const f = (a) => probe(a); f('eval');",
        "const f = (a = 'eval') => probe(a); f();",
        "function f({ a }) { probe(a); } f({ a: 'eval' });",
        "function f(...a) { probe(a[1]); } f('x', 'eval');",
        "function f(a) { return a; } probe(f('eval'));",
        "function f() { const a = 'eval'; return () => a; } probe(f()());",
        "function f(a) { return a + 'l'; } probe(f('eva'));",
        "const o = { f() { return 'eval'; } }; probe(o.f());",
        "const o = { f: () => 'eval' }; probe(o.f());",
        "const o = { f(a) { probe(a); } }; o.f('eval');",
        "class C { f() { return 'eval'; } } probe(new C().f());",
        "class C { static a = 'eval'; } probe(C.a);",
        "class C { a = 'eval'; f() { probe(this.a); } }",
        "class C { #a = 'eval'; f() { probe(this.#a); } }",
        "class C { constructor(a) { this.a = a; } f() { probe(this.a); } } new C('eval');",
        "class C { f(a) { probe(a); } g() { this.f('eval'); } }",
        "for (const a of ['eval']) probe(a);",
        "for (const [, a] of [['x', 'eval']]) probe(a);",
        "for (const a in { eval: 1 }) probe(a);",
        "for (var a of ['eval']) {} probe(a);",
        "let a; for (a of ['eval']) {} probe(a);",
        "let a; for ([, a] of [['x', 'eval']]) {} probe(a);",
        "var a = 'x'; var a = 'eval'; probe(a);",
        "var a; var { a } = { a: 'eval' }; probe(a);",
        "['eval'].forEach((a) => probe(a));",
        "['eval'].forEach(function (a) { probe(a); });",
        "Object.values({ a: 'eval' }).forEach((a) => probe(a));",
        "Object.entries({ a: 'eval' }).forEach(([k, v]) => probe(v));",
        "Object.keys({ eval: 1 }).forEach((k) => probe(k));",
        "try { throw 'eval'; } catch (e) { probe(e); }",
        "const words = ['x', 'eval']; const word = (n) => words[n - 10]; probe(word(11));",
        "const words = ['x', 'eval']; function word(n) { return words[n]; } probe(word(0x1));",
        "function words() { return ['x', 'eval']; } const w = (n) => words()[n]; probe(w(1));",
        (
            "const key = 42, list = [79, 92, 75, 70];"
            " probe(list.map((c) => String.fromCharCode(c ^ key)).join(''));"
        ),
        "const d = (t) => Buffer.from(t, 'base64').toString(); probe(d('ZXZhbA=='));",
        "const d = (t) => atob(t); const e = d; probe(e('ZXZhbA=='));",
        "const a = x ? 'eval' : 'other'; probe(a);",
        "const a = x || 'eval'; probe(a);",
        "const a = x ?? 'eval'; probe(a);",
        "const m = new Map([['a', 'eval']]); m.forEach((v) => probe(v));",
        "Promise.resolve('eval').then((a) => probe(a));",
        "(async () => 'eval')().then((a) => probe(a));",
        "async function f() { return 'eval'; } async function g() { probe(await f()); }",
        "const f = Object.freeze({ a: 'eval' }); probe(f.a);",
        "function* f(d) { yield d + 'al'; } for (const x of f('ev')) probe(x);",
        "const f = function* () { yield 'ev' + 'al'; }; for (let x of f()) probe(x);",
        (
            "async function* f() { yield* g(); } async function* g() { yield 'eval'; }"
            "(async () => { for await (const x of f()) probe(x); })();"
        ),
        "class A { *all() { yield 'eval'; } } for (const x of new A().all()) probe(x);",
        "const { value } = (function* () { yield 'eval'; })().next(); probe(value);",
        "probe([...(function* () { yield 'eval'; })()][0]);",
        "probe(require('util').format('%s%s', 'ev', 'al'));",
        "const { format: f } = require('node:util'); probe(f('%sal', 'ev'));",
        "probe(['a', 'eval', 'c'].slice(1)[0]);",
        "const p = ok ? ['a', 'b'] : ['c', 'eval']; probe(p.slice(1)[0]);",
        "const o = {}; o.a = {}; o.a.b = 'eval'; probe(o.a.b);",
        (
            "class E { constructor(f) { this.f = f; } go(x) { this.f(x); } }"
            " new E((y) => probe(y)).go('eval');"
        ),
        "function run(f) { f('eval'); } run((y) => probe(y));",
        "function run(f) { other(f); } function other(g) { g('eval'); } run((y) => probe(y));",
        "const api = {}; api.run = (y) => probe(y); const { run } = api; run('eval');",
        "const api = { run(y) { probe(y); } }; const { run: go } = api; go('eval');",
        "function make() { return { run: (y) => probe(y) }; } make().run('eval');",
        "class A { get #f() { return 'eval'; } go() { probe(this.#f); } }",
        "class A { static get f() { return 'eval'; } } probe(A.f);",
        "let a; a ??= 'eval'; probe(a);",
        "const m = new Map([['k', (y) => probe(y)]]); m.get(k)?.('eval');",
        "[(v) => 'ev' + 'al', (v) => probe(v)].reduce((v, f) => f(v), 'x');",
        (
            "const [r] = await Promise.allSettled([same('eval')]); probe(r.value);"
            " function same(x) { return x; }"
        ),
    ],
)
def test_a_constant_is_followed_to_its_use(source: str) -> None:
    assert "eval" in value_of(source).texts


@pytest.mark.parametrize(
    "source",
    [
        "function e(e) { probe(e); } e('eval');",
        "function f(a) { var f = a; probe(f); } f('eval');",
        "(function f(f) { probe(f); })('eval');",
    ],
)
def test_a_constant_is_followed_into_a_function_whose_name_is_used_again(source: str) -> None:
    assert "eval" in value_of(source).texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("probe(x ? 'a' : 'b');", {"a", "b"}),
        ("let a = 'a'; a = 'b'; probe(a);", {"a", "b"}),
        ("let a = 'a'; if (x) a = 'b'; probe(a + 'c');", {"ac", "bc"}),
        ("probe('a' + unknown);", {f"a{UNKNOWN}"}),
        ("probe(`a${unknown}b`);", {f"a{UNKNOWN}b"}),
        ("probe(unknown);", set()),
        ("probe(null);", set()),
        ("function f(a) { probe(a); } f('a'); f('b');", {"a", "b"}),
        ("probe(['a', unknown].join('/'));", {f"a/{UNKNOWN}"}),
    ],
)
def test_what_may_be_and_what_is_unknown(source: str, texts: set[str]) -> None:
    assert set(value_of(source).texts) == texts


EXEC = "child_process.exec"
REQUIRE = "require('child_process')"


@pytest.mark.parametrize(
    "source",
    [
        f"probe({REQUIRE}.exec);",
        "probe(require('node:child_process').exec);",
        "probe(require(`child_process`)['exec']);",
        f"probe({REQUIRE}['ex' + 'ec']);",
        "probe(require('child_' + 'process').exec);",
        "probe(require(atob('Y2hpbGRfcHJvY2Vzcw==')).exec);",
        f"const a = {REQUIRE}; probe(a.exec);",
        f"const a = {REQUIRE}, b = a; probe(b.exec);",
        f"const {{ exec }} = {REQUIRE}; probe(exec);",
        f"const {{ exec: run }} = {REQUIRE}; probe(run);",
        f"const {{ ['exec']: run }} = {REQUIRE}; probe(run);",
        f"let run; ({{ exec: run }} = {REQUIRE}); probe(run);",
        f"const run = {REQUIRE}.exec; probe(run);",
        f"const a = {REQUIRE}; const key = 'exec'; probe(a[key]);",
        "const r = require; probe(r('child_process').exec);",
        "const load = (name) => require(name); probe(load('child_process').exec);",
        "probe(module.require('child_process').exec);",
        "probe(process.mainModule.require('child_process').exec);",
        "probe(globalThis.require('child_process').exec);",
        "probe(__non_webpack_require__('child_process').exec);",
        (
            "const { createRequire } = require('module');"
            " const r = createRequire(__filename); probe(r('child_process').exec);"
        ),
        (
            "import { createRequire } from 'node:module';"
            " const r = createRequire(import.meta.url); probe(r('child_process').exec);"
        ),
        "import { exec } from 'child_process'; probe(exec);",
        "import { exec as run } from 'node:child_process'; probe(run);",
        "import * as cp from 'child_process'; probe(cp.exec);",
        "import cp from 'child_process'; probe(cp.exec);",
        "import('child_process').then((cp) => probe(cp.exec));",
        "import('child_process').then(({ exec }) => probe(exec));",
        "async function f() { const cp = await import('child_process'); probe(cp.exec); }",
        "async function f() { const { exec } = await import('child_process'); probe(exec); }",
        f"const cp = __importStar({REQUIRE}); probe(cp.exec);",
        f"const cp = __importDefault({REQUIRE}); probe(cp.default.exec);",
        f"const cp = __toESM({REQUIRE}); probe((0, cp.exec));",
        f"const cp = n({REQUIRE}); probe(cp.exec);",
        f"let t = require('tslib'), cp = t.__importStar({REQUIRE}); probe(cp.exec);",
        (
            "var __importStar = (this && this.__importStar) || function (mod) {"
            " if (mod && mod.__esModule) return mod; var result = {}; copy(result, mod);"
            f" return result; }}; const cp = __importStar({REQUIRE}); probe(cp.exec);"
        ),
        (
            "var __importDefault = (this && this.__importDefault) || function (mod) {"
            " return (mod && mod.__esModule) ? mod : { 'default': mod }; };"
            f" const cp = __importDefault({REQUIRE}); probe(cp.default.exec);"
        ),
        (
            "var __toESM = (mod, isNode, target) => "
            " (target = mod != null ? Object.create(mod) : {}, mod);"
            f" var cp = __toESM({REQUIRE}); probe(cp.exec);"
        ),
        (
            f"var m = {{ 5317: (e) => {{ e.exports = {REQUIRE}; }} }};"
            " var cp = n(5317); probe(cp.exec);"
        ),
        (
            f"var m = {{ 'cp': function (e) {{ 'use strict'; e.exports = {REQUIRE}; }} }};"
            " var cp = n('cp'); probe(cp.exec);"
        ),
        f"class C {{ constructor() {{ this.cp = {REQUIRE}; }} f() {{ probe(this.cp.exec); }} }}",
        f"const tools = {{ cp: {REQUIRE} }}; probe(tools.cp.exec);",
        f"function cp() {{ return {REQUIRE}; }} probe(cp().exec);",
        f"function f(cp) {{ probe(cp.exec); }} f({REQUIRE});",
        f"const list = [{REQUIRE}]; probe(list[0].exec);",
        f"probe({REQUIRE}.exec.bind(null));",
        f"probe(require('util').promisify({REQUIRE}.exec));",
        f"probe((x, {REQUIRE}).exec);",
        f"probe({REQUIRE}?.exec);",
        "probe(process.getBuiltinModule('child_process').exec);",
        f"const w = {{}}; w['sh' + 'ow'] = {REQUIRE}.exec; probe(w.show);",
    ],
)
def test_an_api_has_one_name_however_it_is_reached(source: str) -> None:
    assert EXEC in value_of(source).names


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("probe(eval);", "eval"),
        ("probe((0, eval));", "eval"),
        ("probe(globalThis.eval);", "eval"),
        ("probe(window['ev' + 'al']);", "eval"),
        ("probe(global[atob('ZXZhbA==')]);", "eval"),
        ("const g = globalThis; probe(g.eval);", "eval"),
        ("probe((() => {}).constructor);", "Function"),
        ("probe([]['filter']['constructor']);", "Function"),
        ("probe(''.constructor.constructor);", "Function"),
        ("probe(require('fs').promises.readFile);", "fs.readFile"),
        ("probe(require('fs/promises').readFile);", "fs.readFile"),
        ("probe(require('fs-extra').readFile);", "fs.readFile"),
        ("import fs from 'node:fs/promises'; probe(fs.readFile);", "fs.readFile"),
        ("import axios from 'axios'; probe(axios.get);", "axios.get"),
        ("probe(require('axios').default.get);", "axios.get"),
        ("probe(require('node-fetch'));", "fetch"),
        ("import * as vscode from 'vscode'; probe(vscode.env.clipboard);", "vscode.env.clipboard"),
        ("const { env: e } = process; probe(e);", "process.env"),
        ("probe(new (require('ws'))('wss://a.invalid'));", "WebSocket()"),
        ("const eval2 = eval; const run = eval2; probe(run);", "eval"),
    ],
)
def test_names(source: str, name: str) -> None:
    assert name in value_of(source).names


@pytest.mark.parametrize(
    "source",
    [
        "function f(eval) { probe(eval); }",
        "const eval = work; probe(eval);",
        "const o = { eval: 1 }; probe(o.eval);",
        "probe('eval');",
        "import { eval } from './own'; probe(eval);",
    ],
)
def test_a_name_of_the_program_is_not_the_api(source: str) -> None:
    assert "eval" not in value_of(source).names


def called_names(source: str) -> set[str]:
    return {name for call in program_of(source).calls for name in call.names}


@pytest.mark.parametrize(
    "call",
    [
        "cp.exec('x');",
        "cp.exec.call(null, 'x');",
        "cp.exec.apply(cp, ['x']);",
        "cp.exec.bind(cp)('x');",
        "cp.exec.bind(cp, 'x')();",
        "const run = cp.exec.bind(cp); run('x');",
        "cp['ex' + 'ec'].bind(cp, 'x')();",
        "['x'].forEach(cp.exec);",
        "Promise.resolve('x').then(cp.exec);",
        "Promise.resolve('x').then(cp.exec.bind(cp));",
        "Promise.resolve('x').then(cp['ex' + 'ec']);",
        "setTimeout(cp.exec, 10, 'x');",
        "Reflect.get(cp, 'exec')('x');",
        "Reflect.construct(cp.exec, ['x']);",
        "(0, cp['ex' + 'ec'])('x');",
        "cp['ex' + 'ec']?.('x');",
        "cp['ex' + 'ec'].call(cp, 'x');",
        "const run = cp['ex' + 'ec']; run('x');",
        r"cp.ex\u0065c('x');",
        "const run = cp.exec, more = run; more('x');",
        "let run = cp.exec, more = run; run = more; more('x');",
        "const o = { run: cp.exec }; o.run('x');",
        "const o = {}; o.run = cp.exec; o.run('x');",
        "require('util').promisify(cp.exec)('x');",
        "cp?.exec?.('x');",
        "cp['ex' + 'ec']('x');",
        "(0, cp.exec)('x');",
        "Reflect.apply(cp.exec, cp, ['x']);",
        "const { exec: run } = cp; run('x');",
        "const run = cp.exec; run('x');",
        "const key = 'exec'; cp[key]('x');",
        "const run = require('util').promisify(cp.exec); run('x');",
        "function go(run) { run('x'); } go(exec);\nconst { exec } = cp;",
        "(cp.exec)('x');",
        "((cp.exec))('x');",
        "cp.exec`x`;",
    ],
)
def test_a_call_has_the_name_of_what_it_calls(call: str) -> None:
    source = f"const cp = {REQUIRE};\n{call}"
    found = [each for each in program_of(source).calls if EXEC in each.names]
    assert found
    if "`" not in call:
        texts = {text for each in found for value in each.arguments for text in value.all_texts()}
        assert "x" in texts


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("new Function('x')", "new Function"),
        ("Reflect.construct(Function, ['x'])", "Function"),
        ("eval('x')", "eval"),
        ("import('x')", "import"),
        ("setTimeout('x')", "setTimeout"),
        ("(() => {}).constructor('x')", "Function"),
        ("new (class A {}).constructor('x')", "Function"),
        ("[].filter.constructor('x')", "Function"),
        ("globalThis['eval']('x')", "eval"),
        (
            r"ev\u0061l('x')",
            "eval",
        ),
    ],
)
def test_a_call_that_runs_code_has_a_name(call: str, name: str) -> None:
    assert name in called_names(call)


FETCHED = "await (await fetch('https://a.invalid/')).text()"
GET = "require('https').get('https://a.invalid/', (res) => {"


@pytest.mark.parametrize(
    "source",
    [
        f"probe({FETCHED});",
        "fetch(url).then((r) => r.text()).then((t) => probe(t));",
        "fetch(url).then((r) => r.json()).then(({ code }) => probe(code));",
        "fetch(url).then(function (r) { return r.text(); }).then(probe2 => probe(probe2));",
        f"const a = {FETCHED}; const b = a; probe(b.trim());",
        f"let a = ''; a += {FETCHED}; probe(a);",
        f"probe(JSON.parse({FETCHED}).code);",
        f"probe(Buffer.from({FETCHED}, 'base64').toString());",
        f"probe(`x${{{FETCHED}}}`);",
        f"probe(({FETCHED}).split('').reverse().join(''));",
        f"probe(({FETCHED}).split(',').map((c) => String.fromCharCode(c ^ 7)).join(''));",
        f"{GET} res.on('data', (d) => probe(d)); }});",
        (
            f"{GET} let s = ''; res.on('data', (d) => {{ s += d; }});"
            " res.on('end', () => probe(s)); });"
        ),
        (
            f"{GET} const l = []; res.on('data', (d) => l.push(d));"
            " res.on('end', () => probe(Buffer.concat(l).toString())); });"
        ),
        (
            f"{GET} const l = []; res.on('data', l.push.bind(l));"
            " res.on('end', () => probe(Buffer.concat(l))); });"
        ),
        f"{GET} (async () => {{ for await (const d of res) probe(d); }})(); }});",
        (
            "const get = () => new Promise((resolve) => {"
            " require('https').get(url, (r) => { let s = ''; r.on('data', (d) => (s += d));"
            " r.on('end', () => resolve(s)); }); }); get().then((t) => probe(t));"
        ),
        (
            "function get(u, done) { fetch(u).then((r) => r.text()).then((t) => done(null, t)); }"
            " get(url, (error, t) => probe(t));"
        ),
        "axios.get(url).then(({ data }) => probe(data));".replace("axios", "require('axios')"),
        "const { data } = await require('axios').get(url); probe(data);",
        "const a = new WebSocket('wss://a.invalid'); a.on('message', (m) => probe(m));",
        "const a = new WebSocket('wss://a.invalid'); a.onmessage = (m) => probe(m.data);",
        (
            "const a = new WebSocket('wss://a.invalid');"
            " a.addEventListener('message', ({ data }) => probe(data));"
        ),
        "require('net').connect(1, 'a.invalid').on('data', (d) => probe(d));",
        "require('dns').resolveTxt('a.invalid', (e, r) => probe(r.flat().join('')));",
        (
            "async function f() { const r = await require('dns').promises.resolveTxt('a.invalid');"
            " probe(r[0][0]); }"
        ),
        (
            "class C { async load() { this.code = await (await fetch(url)).text(); }"
            " run() { probe(this.code); } }"
        ),
        "class C { load() { return fetch(url); } async run() { probe(await this.load()); } }",
        "const state = {}; fetch(url).then((r) => { state.code = r; }); probe(state.code);",
        "const list = []; fetch(url).then((r) => list.push(r)); probe(list[0]);",
        (
            "const bus = new EventEmitter(); bus.on('code', (c) => probe(c));"
            " fetch(url).then((c) => bus.emit('code', c));"
        ),
        (
            "async function* f() { yield await fetch(url); }"
            " (async () => { for await (const a of f()) probe(a); })();"
        ),
        (
            "const f = () => __awaiter(this, void 0, void 0, function* () {"
            " const r = yield fetch(url); return r.text(); }); f().then((t) => probe(t));"
        ),
        (
            "function f() { return __awaiter(this, void 0, void 0, function () {"
            " return __generator(this, function (_a) { switch (_a.label) {"
            " case 0: return [4, fetch(url)]; case 1: probe(_a.sent()); return [2]; } }); }); }"
        ),
        (
            "function f() { return __awaiter(this, void 0, void 0, function () {"
            " return __generator(this, function (_a) { switch (_a.label) {"
            " case 0: return [4, fetch(url)]; case 1: return [2, _a.sent()]; } }); }); }"
            " f().then((t) => probe(t));"
        ),
        "Promise.all([fetch(url)]).then(([a]) => probe(a));",
        "const [a] = await Promise.all([fetch(url)]); probe(a);",
        "try { await fetch(url); } catch (e) { probe(e.message); }",
        "const r = await fetch(url); const { code: { text } } = await r.json(); probe(text);",
        "const o = { code: await fetch(url) }; const { code } = o; probe(code);",
        "const o = { code: await fetch(url) }; const copy = { ...o }; probe(copy.code);",
        "const run = (code) => probe(code); fetch(url).then(run);",
        "function run(code) { probe(code); } fetch(url).then(run);",
        "fetch(url).then(async (r) => { const t = await r.text(); probe(t); });",
        "const x = new XMLHttpRequest(); x.onload = () => probe(x.responseText);",
        "const load = (cb) => https.get(url, (r) => r.on('data', cb)); load((d) => probe(d));",
        (
            "class A { constructor(f) { this.f = f; } async go() { this.f(await fetch(url)); } }"
            " new A((d) => probe(d)).go();"
        ),
        (
            "class B extends E { open() { fetch(url).then((m) => {"
            " const [verb, rest] = m; this.emit(verb, rest); }); } }"
            " new B().on('run', (x) => probe(x));"
        ),
        (
            "const s = require('net').connect(9, host).on('error', () => {});"
            " s.on('data', (d) => probe(d));"
        ),
    ],
)
def test_an_answer_of_the_network_is_followed(source: str) -> None:
    assert Source.NETWORK in value_of(source).sources


@pytest.mark.parametrize(
    "source",
    [
        f"const a = {FETCHED}; probe(b);",
        f"const a = {FETCHED}; probe(a.length);",
        "const r = await fetch(url); probe(r.status);",
        f"function f(a) {{ {{ const a = 'x'; probe(a); }} }} f({FETCHED});",
        f"const o = {{ a: {FETCHED}, b: 'x' }}; probe(o.b);",
        f"const [a, b] = [{FETCHED}, 'x']; probe(b);",
        "fetch(url); probe('x');",
        f"{GET} res.resume(); }}); probe(local);",
        "fetch(url).then(() => 'x').then((t) => probe(t));",
    ],
)
def test_what_is_beside_an_answer_is_no_answer(source: str) -> None:
    assert Source.NETWORK not in value_of(source).sources


@pytest.mark.parametrize(
    ("expression", "source"),
    [
        ("require('fs').readFileSync(file)", Source.FILE),
        ("require('fs').readFileSync(require('os').homedir() + '/.ssh/id_rsa')", Source.SECRET),
        ("require('fs').readFileSync(__dirname + '/a.png')", Source.PACKAGE_FILE),
        ("process.env", Source.ENVIRONMENT),
        ("process.env.NPM_TOKEN", Source.SECRET),
        ("atob(unknown)", Source.DECODED),
        ("require('vscode').env.clipboard.readText()", Source.CLIPBOARD),
        ("require('vscode').window.activeTextEditor.document.getText()", Source.EDITOR),
        ("require('vscode').authentication.getSession('github', [])", Source.SESSION),
        ("require('vscode').workspace.getConfiguration('a').get('b')", Source.CONFIGURATION),
        ("require('vscode').window.showInputBox()", Source.INPUT),
        ("require('child_process').execSync('git log')", Source.COMMAND),
        ("require('os').hostname()", Source.MACHINE),
        ("require('screenshot-desktop')()", Source.SCREEN),
    ],
)
def test_sources(expression: str, source: Source) -> None:
    assert source in value_of(f"probe({expression});").sources


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("require('os').homedir()", "~"),
        ("require('path').join(require('os').homedir(), '.ssh', 'id_rsa')", "~/.ssh/id_rsa"),
        ("`${process.env.HOME}/.npmrc`", "~/.npmrc"),
        ("process.env['USERPROFILE'] + '/a'", "~/a"),
        ("process.env.HOME || process.env.USERPROFILE", "~"),
        ("require('os').tmpdir() + '/a'", "%TEMP%/a"),
        ("require('path').join(__dirname, 'a')", "%EXTENSION%/a"),
        ("context.extensionPath + '/a'", "%EXTENSION%/a"),
        ("(function activate(c) { return c; })().asAbsolutePath('a')", "%EXTENSION%/a"),
        ("vscode.Uri.joinPath(context.extensionUri, 'a').fsPath", "%EXTENSION%/a"),
    ],
)
def test_directories_have_one_name(expression: str, text: str) -> None:
    assert text in value_of(f"const vscode = require('vscode'); probe({expression});").texts


@pytest.mark.parametrize(
    "source",
    [
        "let a = a + 1; probe(a);",
        "function f() { return f(); } probe(f());",
        "function f(a) { return g(a); } function g(a) { return f(a); } probe(f(1));",
        "const a = b, b = a; probe(a);",
        "let list = {}; list = { next: list }; probe(list.next.next.next);",
        "let o = {}; o.self = o; probe(o.self.self);",
        "class A extends A { m() { return this.m(); } } probe(new A().m());",
        "const f = (x) => x(x); probe(f(f));",
        "let s = 'a'; for (;;) s = s + s; probe(s);",
        "probe(1e200 * 1e10);",
        "for (const a of a) probe(a);",
        "const { a } = a; probe(a);",
        "probe(" + "[" * 500 + "]" * 500 + ");",
        "probe(" + "(" * 500 + "a" + ")" * 500 + ");",
        "probe(" + "a=>" * 300 + "a);",
        "probe(" + "'a'+" * 5000 + "'a');",
        "probe(" + "'a'.concat(" * 300 + "'a'" + ")" * 300 + ");",
        "probe('a'.repeat(9999).repeat(9999).repeat(9999));",
    ],
)
def test_an_evaluation_ends(source: str) -> None:
    assert value_of(source) is not None


def test_an_infinite_number_is_no_error() -> None:
    assert value_of("probe(1e200 * 1e200);").constant is None


def test_an_infinite_number_does_not_end_an_analysis() -> None:
    assert found("setTimeout(1e200 * 1e200);\neval(atob('d29yaygp'));")


def test_an_evaluation_is_bounded_by_steps() -> None:
    functions = "".join(f"const f{n} = (a) => f{n + 1}(a) + f{n + 1}(a);" for n in range(60))
    program = program_of(functions + "const f60 = (a) => a; probe(f0('a'));")
    calls = nodes(program.piece.root, "call_expression")
    (call,) = (call for call in calls if program.source_of(call).startswith("probe"))
    assert program.evaluator.arguments(call)
    assert not program.evaluator.is_exhausted
