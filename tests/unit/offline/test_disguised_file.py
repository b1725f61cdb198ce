"""Files that are not what they are called, and native programs."""

import struct
from pathlib import Path

import pytest

from tests.analysis import analyse_extension
from vscan.model import Confidence, Kind, Severity
from vscan.providers.offline.checks.disguised_file import native

ELF = b"\x7fELF\x02\x01\x01" + bytes(64)
PE = b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0" + bytes(64)
MACH_O = b"\xcf\xfa\xed\xfe" + bytes(64)
UNIVERSAL = b"\xca\xfe\xba\xbe" + struct.pack(">I", 2) + bytes(64)
JAVA_CLASS = b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(64)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("logo.png", b"const cp = require('child_process')", "a text"),
        ("media/icon.woff2", b"#!/bin/sh\necho hello", "a text"),
        ("logo.gif", b"GIF89a/*", "a text"),
        ("LOGO.JPG", ELF, "a program (ELF)"),
        ("notes.txt", PE, "a program (PE)"),
        ("font.ttf", b"PK\x03\x04" + bytes(64), "an archive"),
        ("logo.png", b"<html><script>x()</script>", "a page with a script"),
    ],
)
def test_a_disguised_file_is_found(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    (found,) = analyse_extension(tmp_path, {name: content}).of("disguised-file")
    assert (found.severity, found.kind, found.file) == (Severity.MEDIUM, Kind.MALWARE, name)
    assert found.message.endswith(f" is {what}")
    assert (found.line, found.offset) == (1, 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.png", PNG),
        ("logo.png", b"\xff\xd8\xff\xe0\0\x10JFIF"),  # an image under another image's name
        ("logo.png", b"\xef\xbf\xbdPNG\r\n\x1a\n\0\0"),  # spoilt by a tool
        ("._logo.png", b"\0\x05\x16\x07\0\x02\0\0Mac OS X"),
        ("logo.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:0"),
        ("logo.png", b"<!DOCTYPE html><title>404</title>"),
        ("logo.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("logo.png", b""),
        ("font.ttf", b"\0\x01\0\0\0\x11"),
        ("sound.mp3", b"\0\x11\x22"),  # no format that is known by its first bytes
        ("script.sh", b"#!/bin/sh"),
        ("notes.txt", b"MZ is how a program begins"),
        ("data.bin", b"PK\x03\x04"),
    ],
)
def test_a_file_that_matches_its_suffix_is_not_found(
    tmp_path: Path, name: str, content: bytes
) -> None:
    analysis = analyse_extension(tmp_path, {name: content})
    assert not analysis.verdict.findings
    assert not analysis.verdict.gaps


def test_an_unknown_image_format_has_low_confidence(tmp_path: Path) -> None:
    (found,) = analyse_extension(tmp_path, {"logo.png": bytes(range(32, 64)) + b"\0\1\2"}).of(
        "disguised-file"
    )
    assert found.confidence is Confidence.LOW


def test_native_programs_are_one_finding_and_a_fact_each(tmp_path: Path) -> None:
    analysis = analyse_extension(
        tmp_path, {"bin/a.exe": PE, "bin/b": ELF, "bin/c.dylib": UNIVERSAL}
    )
    (found,) = analysis.of("native-binary")
    assert (found.severity, found.kind, found.file) == (
        Severity.MEDIUM,
        Kind.POSTURE,
        "bin/a.exe",
    )
    assert found.message.startswith("3 native programs outside of node_modules: bin/a.exe, bin/b")
    assert analysis.capabilities["native-code"] == ("bin/a.exe", "bin/b", "bin/c.dylib")


def test_native_programs_in_node_modules_are_only_facts(tmp_path: Path) -> None:
    analysis = analyse_extension(tmp_path, {"node_modules/keytar/build/keytar.node": MACH_O})
    assert not analysis.verdict.findings
    assert analysis.capabilities["native-code"] == ("node_modules/keytar/build/keytar.node",)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (ELF, "ELF"),
        (PE, "PE"),
        (MACH_O, "Mach-O"),
        (UNIVERSAL, "Mach-O"),
        (JAVA_CLASS, None),
        (b"MZ", None),
        (b"", None),
        (b"\x7fEL", None),
    ],
)
def test_a_native_program_is_recognised_by_its_first_bytes(
    content: bytes, what: str | None
) -> None:
    assert native(content) == what
