"""Values go from one file into another. Payloads are inert: hosts do not resolve."""

import pytest

from vscan.model import Finding, Severity
from vscan.providers.offline.checks import CHECKS
from vscan.providers.offline.syntax.joined_modules import join_modules
from vscan.providers.offline.syntax.joined_programs import joined_programs

GET = "async function get(u) { const r = await fetch(u); return r.text(); }\n"


def findings(**files: str) -> list[Finding]:
    """Give the flows in programs that are made of modules; names are without ``.js``."""
    sources = {f"{name}.js": source.encode() for name, source in files.items()}
    found: list[Finding] = []
    for program in joined_programs(sources):
        for check in CHECKS:
            if check.on_program is not None:
                found += [each for each in check.on_program(program) if isinstance(each, Finding)]
    return found


@pytest.mark.parametrize(
    ("main", "run"),
    [
        ('const run = require("./run"); {} run.it(t))', "exports.it = (c) => eval(c)"),
        ('const run = require("./run"); {} run.it(t))', "function it(c) { eval(c) }\nexports.it = it"),
        ('const run = require("./run"); {} run.it(t))', "const it = (c) => eval(c); module.exports = { it }"),
        ('const run = require("./run"); {} run.it(t))', "module.exports.it = (c) => eval(c)"),
        ('const { it } = require("./run.js"); {} it(t))', "exports.it = (c) => eval(c)"),
        ('const { it: go } = require("./run"); get("u").then(go)', "module.exports = { it(c) { eval(c) } }"),
        ('const go = require("./run"); {} go(t))', "module.exports = function (c) { eval(c) }"),
        ('{} require("./run")(t))', "module.exports = (c) => { eval(c) }"),
        ('const p = require("path"); {} require(p.join(__dirname, "run"))(t))', "module.exports = (c) => eval(c)"),
        ("{} require(`./run`)(t))", "module.exports = (c) => eval(c)"),
        ('import { it as go } from "./run.js"; {} go(t))', "export const it = (c) => { eval(c) }"),
        ('import go from "./run.js"; {} go(t))', "export default function it(c) { eval(c) }"),
        ('import go from "./run.js"; {} go(t))', "export default (c) => eval(c);"),
        ('import * as run from "./run.js"; {} run.it(t))', "function it(c) { eval(c) } export { it }"),
        ('import * as run from "./run.js"; {} run.go(t))', "function it(c) { eval(c) } export { it as go }"),
        ('const { it } = await import("./run.js"); {} it(t))', "export const it = (c) => eval(c)"),
        ('import("./run.js").then(({ it }) => { {} it(t)) })', "export const it = (c) => eval(c)"),
        ('const { Run } = require("./run"); {} new Run(t).go())', "exports.Run = class { constructor(c) { this.c = c } go() { eval(this.c) } }"),
        ('import Run from "./run.js"; {} new Run(t).go())', "export default class Run { constructor(c) { this.c = c } go() { eval(this.c) } }"),
        ('#!/usr/bin/env node\nconst run = require("./run"); {} run(t))', "#!/usr/bin/env node\nmodule.exports = (c) => eval(c)"),
    ],
)  # fmt: skip
def test_what_a_module_hands_to_another_is_followed(main: str, run: str) -> None:
    (found,) = findings(main=GET + main.replace("{}", 'get("u").then((t) =>', 1), run=run)
    assert (found.rule, found.severity) == ("network-code", Severity.CRITICAL)
    assert found.file == "run.js"
    assert "main.js:" in found.message


def test_places_are_those_in_the_files() -> None:
    (found,) = findings(
        main='const { load } = require("./net");\n\nload("u", (code) =>\n  eval(code));\n',
        net="\n\nexports.load = (u, done) =>\n  fetch(u).then((r) => r.text()).then(done);\n",
    )
    assert (found.file, found.line) == ("main.js", 4)
    assert "net.js:4" in found.message


def test_a_flow_goes_through_many_modules() -> None:
    (found,) = findings(
        main='const { get } = require("./get"); const run = require("./run");'
        ' async function f() { run.it(await get("u")) } f()',
        get=GET + "module.exports.get = get",
        run='exports.it = (t) => require("./low").low(t)',
        low="exports.low = (c) => new Function(c)()",
    )
    assert found.file == "low.js"


def test_an_index_passes_on_what_other_modules_export() -> None:
    (found,) = findings(
        main='import { it } from "./index.js"; import { get } from "./index.js";'
        ' get("u").then((t) => it(t))',
        index='export * from "./get.js"; export { run as it } from "./run.js";',
        get="export " + GET,
        run="export const run = (c) => eval(c)",
    )
    assert found.file == "run.js"


def test_compiled_modules_are_joined() -> None:
    default = (
        "var __importDefault = (this && this.__importDefault) || function (mod) {\n"
        '  return (mod && mod.__esModule) ? mod : { "default": mod };\n};\n'
    )
    marked = 'Object.defineProperty(exports, "__esModule", { value: true });\n'
    (found,) = findings(
        main=f'"use strict";\n{default}{GET}const run_1 = __importDefault(require("./run"));\n'
        'get("u").then((t) => (0, run_1.default)(t));',
        run=f'"use strict";\n{marked}exports.default = run;\nfunction run(c) {{ eval(c); }}',
    )
    assert found.file == "run.js"


def test_modules_that_load_each_other_are_joined_once() -> None:
    (found,) = findings(
        main=f'{GET}const run = require("./run"); get("u").then((t) => run.it(t)); exports.a = 1;',
        run='const main = require("./main"); exports.it = (c) => eval(c);',
    )
    assert found.file == "run.js"


def test_a_module_that_is_no_javascript_changes_nothing_in_the_others() -> None:
    (found,) = findings(
        main=f'{GET}const run = require("./run"); if (0) require("./broken");'
        ' get("u").then((t) => run.it(t));',
        run="exports.it = (c) => eval(c);",
        broken="if ( { [ `${ function",
    )
    assert found.file == "run.js"


def test_what_modules_do_apart_is_no_flow() -> None:
    assert not findings(
        main=f'{GET}const run = require("./run"); get("u").then((t) => show(t)); run.it("1 + 1");',
        run="exports.it = (c) => eval(c); exports.other = (c) => c;",
    )


def test_modules_that_do_not_load_each_other_are_not_joined() -> None:
    sources = {"a.js": b'require("./missing"); require("b");', "b.js": b"exports.b = 1;"}
    assert not list(join_modules(sources))


def test_many_modules_are_joined_in_programs_of_bounded_size() -> None:
    filler = b"// " + b"x" * 40_000 + b"\n"
    sources = {f"m{n}.js": filler + f'require("./m{n + 1}")'.encode() for n in range(30)}
    programs = list(join_modules(sources))
    assert 1 < len(programs) < 30
    assert max(len(program.source) for program in programs) < 512 * 1024
