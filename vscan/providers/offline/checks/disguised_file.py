"""Files whose first bytes contradict their suffix, and native programs.

Reviewers trust a suffix, but programs need not respect it. A script in a font file escapes review;
a native binary can't be reviewed at all.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    Fact,
    FileWindow,
    Found,
    Match,
    identity,
)
from vscan.safe_text import pluralize, sanitize

DISGUISED = Rule(
    "disguised-file",
    Kind.MALWARE,
    "A file is not what its name says",
    "The file has the suffix of an image, a font or a text, but starts like a script, a program or"
    " an archive.",
    "Nobody reviews a font. Code that is loaded from one is meant to be overlooked.",
    "Look into the file, and at what reads it.",
)
NATIVE = Rule(
    "native-binary",
    Kind.POSTURE,
    "The extension contains a native program",
    "It has compiled programs (ELF, PE, Mach-O) outside of node_modules.",
    "They run without the editor's restrictions, and nobody can review what they do.",
    "Check that the publisher builds them in the open, and that they are signed.",
)
_NATIVE_FACT: Final = "native-code"
_MEDIA = frozenset(
    {".avif", ".bmp", ".cur", ".eot", ".gif", ".icns", ".ico", ".jpeg", ".jpg", ".mp3", ".mp4"}
    | {".ogg", ".otf", ".png", ".tif", ".tiff", ".ttf", ".wav", ".webm", ".webp", ".woff"}
    | {".woff2"}
)
_TEXT = frozenset(
    {".cjs", ".css", ".html", ".js", ".json", ".log", ".map", ".md", ".mjs", ".svg", ".toml"}
    | {".ts", ".txt", ".xml", ".yaml", ".yml"}
)
_FIRM = frozenset({".gif", ".jpeg", ".jpg", ".otf", ".png", ".ttf", ".webp", ".woff", ".woff2"})
# The first bytes of all kinds of media: an image with the suffix of another kind is only a mistake.
# Some were damaged by a tool that treated them as text, some are metadata files of macOS.
_MEDIUM = lazy_regex(
    rb"""
    \x89PNG | \xff\xd8\xff | GIF8 | BM | RIFF | II\*\0 | MM\0\* | \0\0[\x01\x02]\0 | 8BPS | icns
    | wOF[F2] | \0\x01\0\0 | OTTO | true | ttcf | ....ftyp | \xef\xbf\xbd | \0\x05\x16\x07
    """,
    re.VERBOSE | re.DOTALL,
)
_ARCHIVE = lazy_regex(rb"PK\x03\x04|\x1f\x8b\x08|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\xfd7zXZ\0")
# The first bytes of these formats are never text alone. But an image's file may contain an error
# page, or a pointer of Git's large file storage.
_BINARY = lazy_regex(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NO_CODE = lazy_regex(rb"(\xef\xbb\xbf)?\s*(<|\Z)|version https://git-lfs")
_SCRIPT_TAG = lazy_regex(rb"<(script|\?php)[\s>]", re.IGNORECASE)
_MACH_O = frozenset({b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe"}) | {
    b"\xcf\xfa\xed\xfe"
}
_UNIVERSAL, _ARCHITECTURES = b"\xca\xfe\xba\xbe", 20  # more are Java's class file
_PE_OFFSET = 0x3C
_FIRST = Match("", "", 0, 0)  # the first byte
_SHOWN = 16  # bytes of the first program
_NAMED = 10  # native programs in the message


def native(content: bytes) -> str | None:
    """Return the format of a native program: ``ELF``, ``PE`` or ``Mach-O``, or ``None``."""
    magic = content[:4]
    if magic == b"\x7fELF":
        return "ELF"
    if magic in _MACH_O:
        return "Mach-O"
    if magic == _UNIVERSAL and 0 < int.from_bytes(content[4:8], "big") < _ARCHITECTURES:
        return "Mach-O"
    if magic[:2] == b"MZ":
        at = int.from_bytes(content[_PE_OFFSET : _PE_OFFSET + 4], "little")
        if content[at : at + 4] == b"PE\0\0":
            return "PE"
    return None


def _on_file(window: FileWindow) -> Iterator[Found]:
    suffix = window.suffix
    machine = native(window.content)
    if machine:
        yield Fact(_NATIVE_FACT, window.name)
    if suffix not in _MEDIA and not (machine and suffix in _TEXT):
        return
    program = (f"a program ({machine})", Confidence.HIGH) if machine else None
    found = program or _hidden(suffix, window.head)
    if found:
        what, confidence = found
        message = f"{window.base[-100:]} is {what}"
        yield window.finding(DISGUISED, Severity.MEDIUM, confidence, message, _FIRST)


def _hidden(suffix: str, head: bytes) -> tuple[str, Confidence] | None:
    """Return what a file is instead of an image or a font, and the confidence, or ``None``."""
    if _ARCHIVE.match(head):
        return "an archive", Confidence.HIGH
    if _BINARY.search(head):
        unheard = suffix in _FIRM and not _MEDIUM.match(head)
        return ("neither an image nor a font", Confidence.LOW) if unheard else None
    if _NO_CODE.match(head):
        page = _SCRIPT_TAG.search(head)
        return ("a page with a script", Confidence.MEDIUM) if page else None
    return "a text", Confidence.HIGH


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    natives = sorted(context.facts.get(_NATIVE_FACT, ()))
    files = [name for name in natives if "node_modules/" not in name]
    if files:
        named = ", ".join(files[:_NAMED])
        yield Finding(
            rule=NATIVE.id,
            severity=Severity.MEDIUM,
            kind=NATIVE.kind,
            message=f"{pluralize(len(files), 'native program')} outside of node_modules: {named}",
            file=files[0],
            offset=0,
            evidence=context.heads.get(files[0], b"")[:_SHOWN].hex(" "),
            confidence=Confidence.HIGH,
            digest=identity(*_digests(context, set(files))),
        )


def _digests(context: ExtensionContext, files: Collection[str]) -> list[str]:
    return sorted(d for name, d in context.digests.items() if sanitize(name, 200) in files)


CHECK = Check((DISGUISED, NATIVE), on_file=_on_file, on_end=_on_end)
