"""Files of any name that commands run, build or read: scripts, Makefiles, dev containers.

A file whose own name says that it is one is read anyway.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from vscan.discovery.named.folders import changed_folders
from vscan.discovery.named.interface import Elsewhere, Mistake, Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_What: TypeAlias = Literal[
    "script", "program", "brewfile", "container-file", "yaml-file", "dockerfile"
]
_PATH = r"(?P<path>(?:\$\([^()\r\n]{1,80}\)[\"']?|\$\{[^}\r\n]{1,80}\}|[\w./~$@+%\\-]){1,300}+)"
_BETWEEN = r"[\"']?(?:[ \t]*,[ \t]*|[ \t]+)[\"']?"  # words of a shell, or of a list of arguments
_OPTION = r"(?:-(?![cem][\"', \t])[\w.-]{1,40}+(?:=[^\s\"',]{0,100})?|run|task)"
_SHELLS = r"(?:ba|z|da|k|a|mk|fi|c|tc)?sh"
_PROGRAMS = r"python[0-9.]{0,5}|pypy3?|uv|node|nodejs|deno|bun|tsx|ts-node|ruby|perl|lua|php|jython"
_START = r"(?<![\w./=-])"
_REST = r"[^\r\n;&|]{0,200}?"  # of a command, before an option
_GIVES = r"[= \t\"',]*"
# Looking ahead lets a command be found that is an argument of another one.
_RUNS = lazy_regex(
    rf"{_START}(?:(?P<shell>{_SHELLS}|source|pwsh|powershell|cmd|call)|(?P<program>{_PROGRAMS}))"
    rf"(?:\.exe)?(?=(?:{_BETWEEN}{_OPTION}){{0,6}}+(?:{_BETWEEN}|[ \t]*<[ \t]*){_PATH})",
    re.IGNORECASE,
)
_SOURCES = lazy_regex(
    rf"(?:^|[;&|({{\"'`]|\b(?:then|do|else)\b)[ \t]*\.[ \t]+[\"']?{_PATH}", re.MULTILINE
)
_COMMAND_KEY = (
    r"[\w.-]{0,40}(?:run|script|command|cmd|entry|exec|shell|init|before|hook|build|start)s?:[ \t]*"
)
_NO_PROSE = r"(?![\w./~$-]{1,200}\.(?:md|rst|adoc|html?)\b)"
_COMMAND = lazy_regex(
    rf"(?:^[ \t@-]*(?:RUN[ \t]+|{_COMMAND_KEY})?|[;&|({{`\[][ \t]*"
    r"|\b(?:then|do|else|sudo|exec|nohup|time)[ \t]+"
    r"|[:=][ \t]*(?=[\"']\.{1,2}/)|-c[ \t]+(?=[\"'])|\[(?=[\"']))"
    rf"[\"']?(?=[\w.~$-]{{0,80}}/){_NO_PROSE}{_PATH}(?=[\s\"';&|)\]]|\Z)",
    re.MULTILINE | re.IGNORECASE,
)
_PIPED = lazy_regex(
    rf"(?<![\w-])(?:cat|<)[ \t]+[\"']?{_PATH}[\"']?[^\r\n;]{{0,200}}?\|[ \t]*(?:sudo[ \t]+)?"
    rf"(?:{_SHELLS})(?![\w-])"
)
_CONTAINER_TOOLS = "(?:docker|podman|buildah|buildx|nerdctl)"


def _use(what: _What, pattern: str) -> tuple[_What, re.Pattern[str]]:
    return what, lazy_regex(rf"{pattern}{_PATH}", re.MULTILINE | re.IGNORECASE)


_USES = (
    _use("script", rf"{_START}g?make{_REST}{_BETWEEN}(?:-f|--file|--makefile){_GIVES}"),
    _use("script", r"^[ \t]*[-s]?include[ \t]+"),
    _use("script", r"--mount=[^\s]{0,100}?(?:source|src)="),
    _use("brewfile", rf"{_START}brew{_REST}--file[= \t\"',]+"),
    _use("brewfile", r"\bHOMEBREW_BUNDLE_FILE(?:_GLOBAL)?=[\"']?"),
    _use(
        "container-file",
        r"(?<![\w-])devcontainers?(?:/ci@|[ \t]|[\"'],)[^;&|]{0,300}?(?<![\w-])"
        r"(?:--(?:override-)?config|configFile)[\"']?[=: \t\"',]+",
    ),
    _use("dockerfile", rf"{_START}{_CONTAINER_TOOLS}{_REST}{_BETWEEN}(?:-f|--file){_GIVES}"),
    _use("dockerfile", r"(?<![\w-])[\"']?dockerfile[\"']?[ \t]*[:=][ \t]*[\"']?"),
    _use("yaml-file", rf"{_START}docker(?:-compose|[ \t]+compose){_REST}(?:-f|--file){_GIVES}"),
)
# Lists of files: in dev containers, and in compose files.
_LISTS = lazy_regex(
    r"(?<![\w-])[\"']?(?:dockerComposeFile|include|extends|env_file|import_playbook|include_tasks"
    r"|import_tasks)[\"']?[ \t]*:(?P<list>[^:{}]{0,2000})"
)
_LIST_WORD = lazy_regex(r"[^\s\"',\[\]:-][^\s\"',\[\]]{0,300}+")
_COPY = lazy_regex(
    r"^[ \t]*(?:COPY|ADD)[ \t]+(?P<words>[^\r\n]{1,2000})", re.MULTILINE | re.IGNORECASE
)
_OTHER_LINE = lazy_regex(r"^(?![ \t]*(?:COPY|ADD)[ \t])[^\r\n]+", re.MULTILINE | re.IGNORECASE)
_NAME = lazy_regex(r"[^\s\"'/;&|,\[\](){}=<>]+")
_PLAIN_WORDS = frozenset(("-", "--", ".", "..", "run", "task"))
_MAX_FILES = 2000  # that one file uses


def used_files(text: str) -> Iterator[Read]:
    """Give the files that the commands of a text run, build or read."""
    found: dict[tuple[_What, str], tuple[int, int]] = {}
    for what, path, start in _uses(text):
        if path not in _PLAIN_WORDS and (len(path) > 1 or path.isalnum()):
            found.setdefault((what, path), (start, start + len(path)))
        if len(found) > _MAX_FILES:
            break
    if not found:
        return
    source = SourceText(text)
    folders = changed_folders(text)
    for (what, path), place in found.items():
        yield Elsewhere(what, path, How.INSTALLS, source.span(*place), folders)
    if len(found) > _MAX_FILES:
        message = "there are more files that this one uses than can be looked up"
        yield Mistake("input-unresolved", How.INSTALLS, message, source.span(0, 0))


def _uses(text: str) -> Iterator[tuple[_What, str, int]]:
    for match in _RUNS.finditer(text):
        what: _What = "program" if match["program"] else "script"
        yield what, match["path"], match.start("path")
    for pattern in (_SOURCES, _COMMAND, _PIPED):
        for match in pattern.finditer(text):
            yield "script", match["path"], match.start("path")
    for what, pattern in _USES:
        for match in pattern.finditer(text):
            yield what, match["path"], match.start("path")
    for match in _LISTS.finditer(text):
        for word in _LIST_WORD.finditer(text, *match.span("list")):
            yield "yaml-file", word[0], word.start()
    yield from _copied(text)


def _copied(text: str) -> Iterator[tuple[_What, str, int]]:
    """Give the files that a Dockerfile copies, and then has in a command by their new names."""
    copies = list(_COPY.finditer(text))
    if not copies:
        return
    names = {name[0] for line in _OTHER_LINE.finditer(text) for name in _NAME.finditer(line[0])}
    for copy in copies:
        words = list(_LIST_WORD.finditer(text, *copy.span("words")))
        words = [word for word in words if not word[0].startswith("--")]
        for word in words[:-1]:
            new = words[-1][0]
            name = PurePosixPath(word[0] if new.endswith("/") else new).name
            if name in names:
                yield "script", word[0], word.start()
