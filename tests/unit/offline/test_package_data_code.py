"""Data files of an extension that are run as code. Payloads are inert: no file is there."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.package_data_code import CHECK

RULE = "package-data-code"
START = """
const fs = require("fs"), path = require("path"), vm = require("vm"), zlib = require("zlib");
const cp = require("child_process");
"""


@pytest.mark.parametrize(
    "source",
    [
        "eval(fs.readFileSync(path.join(__dirname, 'logo.png'), 'utf8').slice(900));",
        "new Function('require', fs.readFileSync(__dirname + '/LICENSE.txt', 'utf8'))(require);",
        (
            "fs.readFile(path.join(__dirname, 'font.woff2'), (e, d) =>"
            " vm.runInThisContext(zlib.gunzipSync(d).toString()));"
        ),
        "const { code } = JSON.parse(fs.readFileSync(__dirname + '/de.json', 'utf8')); eval(code);",
        "exports.activate = (c) => eval(fs.readFileSync(c.asAbsolutePath('a.dat')).toString());",
        (
            "exports.activate = (c) => vm.runInNewContext(fs.readFileSync("
            "path.join(c.extensionPath, 'media', 'a.svg'), 'utf8').split('<!--')[1]);"
        ),
        (
            "const bytes = fs.readFileSync(path.join(__dirname, 'icon.png'));"
            " const code = Buffer.from(bytes.map((b) => b ^ 7)).toString(); eval(code);"
        ),
        "module._compile(fs.readFileSync(__dirname + '/a.bin', 'latin1'), 'a.js');",
        "eval(Buffer.from(fs.readFileSync(__dirname + '/a.js', 'utf8'), 'base64').toString());",
        "eval(require('./words.json').list.join(''));",
        "cp.fork(path.join(__dirname, 'a.png'));",
        "cp.spawn('node', [path.join(__dirname, 'a.dat')]);",
        "cp.spawn('node', ['--require', path.join(__dirname, 'a.dat'), './own.js']);",
        "require.extensions['.png'] = require.extensions['.js']; require('./logo.png');",
    ],
)
def test_a_data_file_that_is_run_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "vm.runInThisContext(fs.readFileSync(path.join(__dirname, 'own.js'), 'utf8'));",
        "eval(fs.readFileSync(path.join(folder, 'a.json'), 'utf8'));",
        "JSON.parse(fs.readFileSync(path.join(__dirname, 'a.json'), 'utf8'));",
        "show(fs.readFileSync(path.join(__dirname, 'logo.png')).toString('base64'));",
        "fs.readFileSync(__dirname + '/logo.png'); eval('ready()');",
        "require('./words.json'); require('./own.js');",
        "cp.fork(path.join(__dirname, 'server.js'));",
        "cp.spawn('node', [path.join(__dirname, 'server.js'), __dirname + '/a.json']);",
        "cp.spawn('git', ['add', path.join(__dirname, 'a.json')]);",
        "require.extensions['.ts'] = compile;",
        "new Function('return this')();",
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) < Severity.MEDIUM


def test_the_message_has_the_file_and_both_lines() -> None:
    source = """\
const fs = require('fs');
const text = fs.readFileSync(__dirname + '/media/logo.png', 'utf8');
const code = text.slice(100);
eval(code);
"""
    (finding,) = findings_of(CHECK, source)
    assert "media/logo.png (line 2)" in finding.message
    assert "runs it as code (line 4)" in finding.message
    assert finding.line == 4
