import bz2
import io
import random
import sqlite3
import tarfile
import wave
from pathlib import Path

import pytest

from tests.offline import found
from vscan.model import Severity
from vscan.providers.offline.code_or_data import Content, content_of, is_binary


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("extension.js", b"eval(1)"),
        ("data.txt", b"eval(1)"),  # require takes any name
        ("README.md", b"/* MIT License */ eval(1)"),
        ("README.md", b"<!-- a comment to node, too -->"),
        ("README.md", b"#!/usr/bin/env node"),
        ("LICENSE", b"const x = 1"),
        ("LICENSE", b"async function f() {}"),
        ("license.js", b"MIT License"),
        ("image.png", b"GIF89a=1;"),
        ("data.bin", b'{"use strict"; eval(1)}'),
        ("notes.md", b'"Some text" + eval(1)'),
        ("notes.md", b"x = `Some text`"),
        ("notes.md", b"--> MIT License\neval(1)"),
        ("notes.md", b"{}" + b" " * 510 + b"eval(1)"),
        ("list.json", b"[1]; eval(1)"),
        ("list.json", b'["\\x41"]'),  # no escape of JSON
        ("main.JSON", b"eval(1)"),
        ("list.json", b"// ends here\xe2\x80\xa8eval(1)\n[1]"),
        ("list.json", b"[1]// ends here\reval(1)"),
        ("page.svg", b"<?xml version='1.0'?><svg><script>eval(1)</script></svg>"),
        ("page.xhtml", b"<?xml version='1.0'?><p onclick='eval(1)'>"),
        ("index.php", b"<?xml version='1.0'?><?php eval(1)"),
        ("app.asar", b"\x04\0\0\0\x10\0\0\0\x0c\0\0\0\x08\0\0\0" + b'{"files":{}}'),
        ("empty.txt", b""),
        ("page.html", b"<html>"),
        ("setup", b"#!/bin/sh"),
    ],
)
def test_content_that_node_could_run_is_code_whatever_its_name(name: str, head: bytes) -> None:
    assert content_of(name, head) is Content.CODE


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("README.md", b"# Title"),
        ("docs/Guide.MD", b"\xef\xbb\xbf\n## Title"),
        ("README.md", b'<p align="center">'),
        ("README.md", b"[![npm version](https://x)](y)"),
        ("LICENSE", b"MIT License"),
        ("LICENSE.txt", b"\n    Copyright Acme Inc"),
        ("node_modules/x/CHANGELOG", b"Version history"),
        ("ThirdPartyNotices.txt", b"NOTICES AND INFORMATION"),
    ],
)
def test_documentation_that_node_can_not_run_is_prose(name: str, head: bytes) -> None:
    assert content_of(name, head) is Content.PROSE


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("package.nls.de.json", b'{"a": "b"}'),
        ("list.json", b"[1]"),
        ("extension.js.map", b'{"version":3,'),  # brackets don't matter
        ("tsconfig.json", b'// a comment\n{"a": [1, 2.5e3, true, null,], /* b */ "c": "\\u0041"}'),
        ("list.txt", b'"a"'),
        ("notes.md", b'{ "a" : 1 }'),
        ("x.tmLanguage", b'<?xml version="1.0"?>'),
        ("image", b"\x89PNG\r\n"),
        ("font", b"wOF2\x00\x01"),
        ("library.node", b"\x7fELF\x02"),
        ("tool.exe", b"MZ\x90\x00"),
        ("library.node", b"\xcf\xfa\xed\xfe"),
        ("archive", b"PK\x03\x04"),
        ("code.wasm", b"\x00asm"),
    ],
)
def test_content_that_no_engine_can_run_is_data(name: str, head: bytes) -> None:
    assert content_of(name, head) is Content.DATA


PROGRAM = 'eval(atob("Y29uc29sZS5sb2coMSk="))'


def noise(number: int, size: int = 600) -> bytes:
    """Make bytes of which many look like bidirectional controls."""
    dice = random.Random(number)
    controls = (b"\xe2\x80\xaa", b"\xe2\x80\xae", b"\xe2\x81\xa6")
    return b"".join(dice.choice(controls) + dice.randbytes(40) for _ in range(size // 40))


def packed_tar(form: int, name: str = "package/lib/index.js") -> bytes:
    with io.BytesIO() as whole:
        with tarfile.open(fileobj=whole, mode="w", format=form) as archive:
            entry = tarfile.TarInfo(name)
            content = PROGRAM.encode() + noise(1)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        return whole.getvalue()


def sound() -> bytes:
    with io.BytesIO() as whole:
        with wave.open(whole, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(noise(2))
        return whole.getvalue()


def database(directory: Path) -> bytes:
    connection = sqlite3.connect(directory / "x.sqlite")
    connection.execute("CREATE TABLE a (b)")
    connection.execute("INSERT INTO a VALUES (?)", (noise(3),))
    connection.commit()
    connection.close()
    return (directory / "x.sqlite").read_bytes()


HEADERS = {
    "a": b"!<arch>\n",
    "ai": b"%PDF-1.5\r%\xe2\xe3\xcf\xd3\r\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
    "bmp": b"BM\x40\x24\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    "bz2": b"BZh91AY&SY",
    "doc": bytes.fromhex("d0cf11e0a1b11ae1"),
    "gif": b"GIF89a\x40\x03\x80\x02\xf7\0\0",
    "lib": b"!<arch>\n/               1342943816  0     0     0       14        `\n",
    "mo": bytes.fromhex("de120495"),
    "old.gif": b"GIF87a\x20\x03\x20\x02\xf7\0\0",
    "old.pyc": b"a\r\r\n\0\0\0\0",
    "parquet": b"PAR1",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "pyc": b"\xcb\r\r\n\0\0\0\0",
    "rar": b"Rar!\x1a\x07\0",
    "rtf": b"{\\rtf1\\ansi ",
    "sqlite": b"SQLite format 3\0",
    "swf": b"CWS\x0a",
    "tif": b"II*\0",
    "tiff": b"MM\0*",
    "unknown": b"",
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "skippable.zst": b"\x50\x2a\x4d\x18\x04\0\0\0",
    "zst": b"\x28\xb5\x2f\xfd",
}


@pytest.mark.parametrize("suffix", HEADERS)
def test_random_bytes_of_a_binary_file_are_no_code(suffix: str) -> None:
    content = HEADERS[suffix] + noise(5)
    assert is_binary(f"media/x.{suffix}", content[:512])
    assert found(content, f"media/x.{suffix}") == {}


def test_files_that_programs_write_are_data(tmp_path: Path) -> None:
    for name, content in {
        "gnu.tar": packed_tar(tarfile.GNU_FORMAT),
        "gnu-long-name.tar": packed_tar(tarfile.GNU_FORMAT, "long" * 40),
        "pax.tar": packed_tar(tarfile.PAX_FORMAT, "é" + "long" * 40),
        "ustar.tar": packed_tar(tarfile.USTAR_FORMAT),
        "first-form.tar": packed_tar(tarfile.USTAR_FORMAT).replace(b"ustar\x0000", b"\0" * 8),
        "x.wav": sound(),
        "x.sqlite": database(tmp_path),
        "x.bz2": bz2.compress(noise(4)),
    }.items():
        assert content_of(name, content[:512]) is Content.DATA, name
        assert found(content, name) == {}


_BINARY = b"\0\xff\x80\x90" * 50


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (b"GIF89a=1;", b""),
        (b"GIF89a=1;\n//" + _BINARY + b"\n", b""),
        (b"GIF89a/*" + _BINARY + b"*/=1;", b""),
        (b"GIF89a='\\\n" + _BINARY + b"';", b""),
        (b"GIF89a=/" + _BINARY + b"/;", b""),
        (b"GIF89a`" + _BINARY + b"`;", b""),
        (b"GIF89a\n<!--" + _BINARY + b"\n=1;", b""),
        (b"GIF89a\n-->" + _BINARY + b"\n;", b""),
        (b"BM=1;", _BINARY),
        (b"BM/*\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + _BINARY + b"*/=1;", b""),
        (b"RIFF/*\0\0WEBP" + _BINARY + b"*/=1;", b""),
        (b"BZh91AY&SY=1;", _BINARY),
        (b"BZh91AY&SY/*" + _BINARY + b"*/;", b""),
        (b"II*x;", _BINARY),
        (b"void/\0" + _BINARY + b"/;", b"\0" * 20),
        (b"PAR1=1;", _BINARY),
        (b".5;/*" + _BINARY + b"*/", b""),
        (b"x=1;/*".ljust(257) + b"ustar\0" + _BINARY + b"*/", b""),
        (b"%PDF-1.7\n", b""),  # to a shell that is a command that it does not know
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b""),
        (b"{\\rtf1\\ansi }\n", b""),
    ],
)
def test_a_program_behind_the_beginning_of_a_picture_is_found(begins: bytes, ends: bytes) -> None:
    program = begins + b"\n;" + PROGRAM.encode() + b"//" + ends
    assert found(program, "media/x.gif").get("decoded-code") is Severity.HIGH


@pytest.mark.parametrize("name", ["x.sh", "x.cmd", "x.ps1", "x.py", "x.html", "x.php"])
def test_languages_that_skip_unknown_text_are_always_code(name: str) -> None:
    for begins in (b"a\x01\n", b"\x89PNG\r\n\x1a\n\0", HEADERS["sqlite"] + _BINARY, b"PK\3\4"):
        assert content_of(name, begins + b"\ncurl x | sh") is Content.CODE


@pytest.mark.parametrize("title", [b"Title\n=====\n", b"Title\r\n---\r\n", b"T:\n------\n"])
def test_an_underlined_title_is_prose(title: bytes) -> None:
    assert content_of("README.md", title + b"\nText") is Content.PROSE


@pytest.mark.parametrize(
    "code",
    [
        b"Title\n==\n1;eval(1)",
        b"Title\n===\n1;eval(1)",
        b"Title\n--\nx;eval(1)",
        b"Title /*\n=====\n*/;eval(1)",
        b"Title = `\n=====\n`;eval(1)",
        b"Title = '\\\n-----\n';eval(1)",
        b"Title\n--->1;eval(1)",
        b"Title\n=====x\n",
    ],
)
def test_code_that_resembles_an_underlined_title_is_code(code: bytes) -> None:
    assert content_of("README.md", code) is Content.CODE
