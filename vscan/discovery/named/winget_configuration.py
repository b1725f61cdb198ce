"""Configurations of winget and DSC: the resource Microsoft.VSCode.Dsc/VSCodeExtension."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.comment_lines import HASH_COMMENT, CommentLines
from vscan.discovery.named.extension_argument import mistake, read_extension
from vscan.discovery.named.interface import Named, NamedKind, Read
from vscan.discovery.named.references import references
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_RESOURCE = lazy_regex(r"Microsoft\.VSCode\.Dsc/VSCodeExtension", re.IGNORECASE)
_SETTINGS = lazy_regex(r"(?<!\w)[\"']?(?:settings|properties)[\"']?[ \t]*:", re.IGNORECASE)
_SETTING = lazy_regex(
    r"""(?<![\w$])["']?(?P<key>name|version|prerelease|exist|_exist|ensure)["']?[ \t]*:[ \t]*+
        (?:(?P<quote>["'])(?P<quoted>[^"'\r\n]*+)|(?P<plain>[^\s,}#][^\r\n,}#]*+))""",
    re.VERBOSE | re.IGNORECASE,
)
_ENTRY = lazy_regex(r"[ \t]*-(?:[ \t]|$)")
_MAX_LINES = 200  # of an entry, on either side of its resource
_VERSION = lazy_regex(r"[0-9]{1,20}\.[0-9]{1,20}\.[0-9]{1,20}(?:-[0-9A-Za-z.+-]{1,60})?")
_MARKS = ("xtension", "xts", "plugins", "_ext")


def _accepts(path: PurePosixPath) -> bool:
    name = path.name.lower()
    is_yaml = name.endswith((".yaml", ".yml"))
    is_here = path.parent.name.lower() in {".config", ".configurations"} or "dsc" in name
    return name.endswith(".winget") or (is_yaml and (is_here or "winget" in name))


def _read(text: str) -> Iterator[Read]:
    source = SourceText(text)
    comments = CommentLines(source, HASH_COMMENT)
    resources = [
        match.span() for match in _RESOURCE.finditer(text) if not comments.contain(match.start())
    ]
    for index, place in enumerate(resources):
        start, end = _entry(source, source.line_at(place[0]))
        # Entries of a list in one line are told apart by their resources.
        before = max(start, resources[index - 1][1]) if index else start
        after = min(end, resources[index + 1][0]) if index + 1 < len(resources) else end
        values = _settings(source, comments, place[1], after)
        if "name" not in values:
            values = _settings(source, comments, before, place[0])
        yield from _read_settings(source, place, values)


def _settings(
    source: SourceText, comments: CommentLines, start: int, end: int
) -> dict[str, tuple[str, int]]:
    """Return the settings in a part of an entry, with their places, by their names."""
    block = _SETTINGS.search(source.text, start, end)
    values: dict[str, tuple[str, int]] = {}
    for match in _SETTING.finditer(source.text, block.end() if block else start, end):
        part = "plain" if match["quoted"] is None else "quoted"
        if not comments.contain(match.start()):
            key = match["key"].lower().lstrip("_")
            values.setdefault(key, (match[part].strip(), match.start(part)))
    return values


def _read_settings(
    source: SourceText, resource: tuple[int, int], values: dict[str, tuple[str, int]]
) -> Iterator[Read]:
    how = How.INSTALLS
    if values.get("exist", ("",))[0].lower() == "false":
        how = How.REMOVES
    if values.get("ensure", ("",))[0].lower() == "absent":
        how = How.REMOVES
    name, place = values.get("name", ("", resource[0]))
    if not name or any(references(name)) or name.startswith("["):
        span = source.span(place, place + max(len(name), 1))
        message = "the value of this is not in the file"
        yield mistake("input-unresolved", how, message, span, name or "no name")
        return
    is_pre_release = values.get("prerelease", ("",))[0].lower() == "true"
    version = values.get("version", ("", 0))
    found = read_extension(
        source, (place, place + len(name)), name, how, is_pre_release=is_pre_release
    )
    for item in found:
        yield from _with_version(source, item, version)


def _with_version(source: SourceText, item: Read, version: tuple[str, int]) -> Iterator[Read]:
    text, place = version
    if not isinstance(item, Named) or not text:
        yield item
        return
    if _VERSION.fullmatch(text):
        yield Named(item.id, item.how, item.span, text)
        return
    yield item
    span = source.span(place, place + len(text))
    yield mistake("input-ignored", item.how, "no editor takes this version", span, text)


def _entry(source: SourceText, line: int) -> tuple[int, int]:
    """Return the bounds of the list's entry that a line is in."""
    first, indent = line, max(source.indent(line), 0)
    for index in range(line, max(-1, line - _MAX_LINES), -1):
        found = source.indent(index)
        if found >= 0 and (found < indent or index == line):
            first, indent = index, found
            if _ENTRY.match(source.line(index)):
                break
    last = line
    for index in range(line + 1, min(len(source), line + _MAX_LINES)):
        found = source.indent(index)
        if 0 <= found <= indent:
            break
        last = index
    return source.bounds(first)[0], source.bounds(last)[1]


KIND = NamedKind("winget-configuration", _accepts, _read, _MARKS)
