import pytest

from vscan.sources.offline.content import Content, content_of


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
        ("notes.md", b"{}" + b" " * 510),  # and then?
        ("empty.txt", b""),
        ("page.html", b"<html>"),
        ("setup", b"#!/bin/sh"),
    ],
)
def test_what_node_could_run_is_code_whatever_its_name(name: str, head: bytes) -> None:
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
        ("list.json", b"[1]"),  # by its name: node parses it
        ("extension.js.map", b'{"version":3,'),
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
def test_what_no_engine_takes_for_a_script_is_data(name: str, head: bytes) -> None:
    assert content_of(name, head) is Content.DATA
