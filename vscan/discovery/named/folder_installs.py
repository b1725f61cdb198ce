"""Installs without an editor's command: downloads of archives, and copies into its directories.

The address of a download names the extension. What is copied or unpacked into a directory of
extensions is not told by the line that does it.
"""

import re
from collections.abc import Iterator

from vscan.discovery.named.comment_lines import CommentLines
from vscan.discovery.named.extension_argument import mistake, parse_id
from vscan.discovery.named.interface import Elsewhere, Mistake, Named, Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How, Registry

_PART = r"[A-Za-z0-9$_{}%.-]{1,100}"
_DOWNLOAD = lazy_regex(
    rf"/_apis/public/gallery/publishers?/(?P<pub>{_PART})/(?:vs)?extensions?/(?P<name>{_PART})"
    rf"/(?P<version>{_PART})/(?:vspackage|assetbyname)"
    rf"|gallerycdn\.vsassets\.io/extensions/(?P<pub2>{_PART})/(?P<name2>{_PART})/(?P<version2>{_PART})/"
    rf"|open-vsx\.org/api/(?P<pub3>{_PART})/(?P<name3>{_PART})/(?:(?:linux|win32|darwin|alpine|web|universal)"
    rf"[\w-]{{0,20}}/)?(?P<version3>{_PART})/file/"
)
_VERSION = lazy_regex(r"[0-9]{1,20}\.[0-9]{1,20}\.[0-9]{1,20}(?:-[0-9A-Za-z.+-]{1,60})?")
_LINK = lazy_regex(
    r"(?<![\w-])vscode(?:-insiders)?:/{0,2}extension/(?P<id>[A-Za-z0-9-]{1,100}\.[A-Za-z0-9-]{1,100})"
)
_FOLDER = (
    r"(?:\.vscode(?:-server|-insiders|-server-insiders|-oss|-remote|-oss-dev)?|\.vscodium(?:-server)?"
    r"|\.cursor(?:-server)?|\.windsurf(?:-server)?|\.openvscode-server|openvscode-server|code-server"
    r"|\.positron|\.trae|\.kiro|\.antigravity|VSCodium|\.theia)[/\\]extensions(?![\w.-])"
)
_FOLDERS = lazy_regex(_FOLDER)
_KEPT = lazy_regex(
    r"^[ \t]*(?:ENV[ \t]+|ARG[ \t]+|export[ \t]+|set[ \t]+|local[ \t]+)?\$?(?P<name>\w{1,60})"
    rf"[ \t]*:?=[ \t]*[\"']?[^\s\"';]{{0,200}}?{_FOLDER}[/\\]?[\"']?[ \t\r]*$",
    re.MULTILINE,
)
_UNPACKS = lazy_regex(
    r"(?<![\w./-])(?:unzip|tar|bsdtar|7z[az]?|gtar|git[ \t]+clone|git[ \t]+submodule[ \t]+add|curl"
    r"|wget|Expand-Archive|Invoke-WebRequest|iwr|unarchive|get_url|ADD|aria2c|degit)(?=[ \t:,\"'])"
)
_COPIES = lazy_regex(
    r"(?<![\w./-])(?:cp|mv|rsync|ln|install|ditto|scp|COPY|Copy-Item|Move-Item|robocopy|xcopy|mklink"
    r"|copy|move)(?=[ \t])"
)
_WRITES = lazy_regex(r"(?:>>?|\btee(?:[ \t]+-a)?)[ \t]*[\"']?$")
_ENTERS = lazy_regex(r"(?:cd|pushd|WORKDIR|Set-Location)[ \t]+[\"']?$")
_DESTINATION = lazy_regex(r"\b(?:dest|dst)[\"']?[ \t]*[:=][ \t]*[\"']?$")
_SEPARATOR = lazy_regex(r"[;|\r\n]|&&")
_PATH_END = lazy_regex(r"[\w.~$/\\{}%:@()-]{0,200}$")
_REST_OF_PATH = lazy_regex(r"[^\s\"';&|),\]]{0,200}")
# What may be behind the last argument of a command.
_LAST = lazy_regex(
    r"[\"'\]),}]*[ \t]*(?:-[\w-]+[ \t]*|\d?>{1,2}[^\s]{1,100}[ \t]*|\\)?(?=[;&|\r\n#]|\Z)"
)
# A path that is relative, or to where the repository is.
_OWN = lazy_regex(
    r"(?!/)(?:\.{1,2}/|\$\{?(?:PWD|containerWorkspaceFolder|workspaceFolder)\}?|\$\(pwd\)|%CD%)?"
    r"[\w./\\*@+-]*$(?<!\.vsix)(?<!\.zip)"
)
_MAX_NAMES = 20
_NEAR = 1000
# A directory that an editor is started with.
_DIRECTORY = lazy_regex(
    r"(?<![\w-])(?:code|codium|cursor|windsurf|code-server)(?:-\w{1,20})?[\"']?[ \t,]"
    r"[^\r\n;&|]{0,200}?--(?:extensions-dir|extensionDevelopmentPath)[\"']?[= \t,]+[\"']?"
    r"(?P<path>[^\s\"';&|),]{1,200})"
)
_MAX_PLACES = 200
_MARKS = ("xtension", "vsassets", "open-vsx", "vscode")


def read_folder_installs(text: str, comments: re.Pattern[str]) -> Iterator[Read]:
    """Read what a script downloads, unpacks or copies. ``comments`` begin as in CommentLines."""
    if not any(map(text.__contains__, _MARKS)):
        return
    source = SourceText(text)
    lines = CommentLines(source, comments)
    for found in _DOWNLOAD.finditer(text):
        if not lines.contain(found.start()):
            yield _download(source, found)
    for found in _LINK.finditer(text):
        identity = parse_id(found["id"])
        if identity and not lines.contain(found.start()):
            yield Named(identity, How.INSTALLS, source.span(*found.span("id")))
    if _FOLDERS.search(text):
        yield from _copies(source, lines)
    for found in _DIRECTORY.finditer(text):
        if not lines.contain(found.start()):
            span = source.span(*found.span("path"))
            yield Elsewhere("extensions-directory", found["path"], How.INSTALLS, span)


def read_downloads(text: str) -> Iterator[Named]:
    """Read the addresses of archives in a program, as far as it does not compute them."""
    if any(mark in text for mark in ("vspackage", "assetbyname", "open-vsx.org/api")):
        source = SourceText(text)
        for found in _DOWNLOAD.finditer(text):
            read = _download(source, found)
            if isinstance(read, Named):
                yield read


def _download(source: SourceText, found: re.Match[str]) -> Read:
    """Read the address of an archive."""
    number = next(number for number in ("", "2", "3") if found[f"pub{number}"])
    name, start = found[f"name{number}"], found.start(f"name{number}")
    span = source.span(start, start + len(name))
    identity = parse_id(f"{found[f'pub{number}']}.{name}")
    if identity is None:
        message = "the value of this is not in the file"
        return mistake("input-unresolved", How.INSTALLS, message, span, found[0].strip("/"))
    version = found[f"version{number}"] if _VERSION.fullmatch(found[f"version{number}"]) else None
    registry = Registry.OPEN_VSX if number == "3" else Registry.MARKETPLACE
    return Named(identity, How.INSTALLS, span, version, registry=registry)


def _copies(source: SourceText, lines: CommentLines) -> Iterator[Read]:
    """Tell what is put into a directory of extensions, by its path or by a variable that has it."""
    names = {found["name"] for found in _KEPT.finditer(source.text)}
    variables = "".join(
        rf"|\$\{{?{re.escape(name)}\b\}}?|%{re.escape(name)}%"
        for name in sorted(names)[:_MAX_NAMES]
    )
    for count, found in enumerate(re.finditer(_FOLDER + variables, source.text)):
        if count > _MAX_PLACES:
            message = "there is more in this file than can be looked up"
            yield Mistake("input-unresolved", How.INSTALLS, message, source.span(0, 0))
            return
        if not lines.contain(found.start()):
            yield from _copy(source, found.start(), found.end())


def _copy(source: SourceText, start: int, end: int) -> Iterator[Read]:
    """Tell what the command at a place puts there; nothing if it only reads it."""
    text = source.text
    near = text[max(0, start - _NEAR) : start]
    path = _PATH_END.search(near)
    start = start - len(path[0]) if path else start
    command = _SEPARATOR.split(near[: len(near) - (len(path[0]) if path else 0)])[-1]
    end_of_path = _REST_OF_PATH.match(text, end)
    end = end_of_path.end() if end_of_path else end
    span = source.span(start, end)
    copies = _COPIES.search(command)
    if copies and not _DESTINATION.search(command):
        if not _LAST.match(text, end, end + 200):
            return  # it copies from there
        words = [word.strip("\"',[") for word in command[copies.end() :].split()]
        sources = [word for word in words if word and not word.startswith("-")]
        if sources and all(map(_OWN.match, sources)):
            for each in sources:
                yield Elsewhere("extension-folder", each, How.INSTALLS, span)
            return
    elif _ENTERS.search(command):
        behind = text[end : end + _NEAR // 2]
        if not (_UNPACKS.search(behind) or _COPIES.search(behind)):
            return
    elif not any(pattern.search(command) for pattern in (_UNPACKS, _WRITES, _DESTINATION)):
        return
    message = "what is put into this directory of extensions is not told here"
    yield mistake("input-unresolved", How.INSTALLS, message, span, text[start:end])
