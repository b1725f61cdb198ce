"""Programs that are named like data: high if something starts them."""

from pathlib import Path
from typing import Any

import pytest

from tests.analysis import analyse_extension
from tests.unit.offline.test_disguised_file import ELF, MACH_O, PE, PNG
from vscan.model import Severity

RULE = "disguised-program"
SHELL = b"#!/bin/sh\necho hello\n"
MODULE = b"exports.activate = () => console.log('hello');\n"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        (
            "media/t.png",
            PE,
            'require("child_process").exec(\'copy "\'+join(__dirname,"../media/t.png")+x)',
        ),
        (
            "data/cache.dat",
            ELF,
            "const {spawn} = require('node:child_process'); spawn(dir + '/data/cache.dat');",
        ),
        (
            "x.json",
            MACH_O,
            "import cp from 'child_process';\nconst f = `${root}/x.json`;\ncp.execFile(f)",
        ),
        ("a/logo.ICO", PE, "import * as c from 'child_process'; c.exec('start a\\\\logo.ico ')"),
        ("f/font.woff2", SHELL, "term.sendText('sh f/font.woff2 ')"),
        (
            "img/b.gif",
            b"@echo off\r\necho x\r\n",
            "new vscode.ShellExecution('cmd /c img\\\\b.gif')",
        ),
        ("m/pic.jpg", MODULE, "require('child_process').fork(path.join(m, 'pic.jpg'))"),
        ("d/db.sqlite", PE, "process.dlopen(module, here + '/db.sqlite')"),
    ],
)
def test_a_program_that_is_named_like_data_and_started_is_high(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (found,) = analyse_extension(tmp_path, {name: content, "out/a.js": code}).of(RULE)
    assert (found.severity, found.file) == (Severity.HIGH, name)
    assert "out/a.js" in found.message


@pytest.mark.parametrize(
    "main", ["./media/icon.png", "media/icon.png", "./data/x.dat", "lib/a.txt"]
)
def test_an_entry_point_that_is_named_like_data_is_high(tmp_path: Path, main: str) -> None:
    files: dict[str, str | bytes] = {main.removeprefix("./"): MODULE}
    (found,) = analyse_extension(tmp_path, files, main=main).of(RULE)
    assert found.severity is Severity.HIGH
    assert found.message.endswith("and the editor runs it")


def test_a_script_that_is_named_like_a_text_is_medium(tmp_path: Path) -> None:
    """A program may store scripts as texts, and a generator keeps its templates as texts."""
    code = "require('child_process').exec('npm i'); write('%s')"
    for name, severities in (("run.txt", [Severity.MEDIUM]), ("index.js.txt", [])):
        files: dict[str, str | bytes] = {name: MODULE, "a.js": code % name}
        found = analyse_extension(tmp_path / name, files).of(RULE)
        assert [finding.severity for finding in found] == severities


@pytest.mark.parametrize(
    ("files", "manifest"),
    [
        ({"t.png": PE, "a.js": "show('t.png')"}, {}),  # nothing there starts a program
        ({"t.png": PE, "a.js": "require('child_process').exec('other.png')"}, {}),
        ({"t.png": PNG, "a.js": "require('child_process').exec('open t.png ')"}, {}),
        ({"bin/tool.exe": PE, "a.js": "require('child_process').spawn('bin/tool.exe')"}, {}),
        ({"bin/server": ELF, "a.js": "require('child_process').spawn('bin/server')"}, {}),
        ({"a.json": b'{"a": 1}', "a.js": "require('child_process');read('a.json')"}, {}),
        ({"b.css": b"a{}", "a.js": "x"}, {"main": "b.css"}),
        ({"icon.png": PNG}, {"main": "icon.png"}),
    ],
)
def test_one_half_alone_is_not_found(
    tmp_path: Path, files: dict[str, str | bytes], manifest: dict[str, Any]
) -> None:
    assert not analyse_extension(tmp_path, files, **manifest).of(RULE)
