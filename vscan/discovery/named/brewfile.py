"""Homebrew's Brewfile: ``vscode "publisher.name"``."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.comment_lines import HASH_COMMENT, CommentLines
from vscan.discovery.named.extension_argument import mistake, parse_id, read_extension
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_ENTRY = lazy_regex(
    r"(?:(?<![\w.\"'/-])(?:vscode|cursor)(?![\w-])|[\"']vscode[\"'](?=[ \t]*,))"
    r"(?:[ \t(,]|\\\r?\n)*+"
    r"(?:(?P<quote>[\"'])(?P=quote){0,2}(?P<id>[^\"'\r\n]++)(?P=quote)|(?P<other>[^\r\n]{0,80}+))"
)
_GOES_ON = lazy_regex(r"[ \t]*(?:[+*%\"']|<<|\.[a-z])|[ \t]*\\\r?\n[ \t]*[\"']")
_WORDS = lazy_regex(
    r"%[wWiI][\[({<|!](?P<words>[^\])}>|!]{0,100000}+)|\[(?P<list>[^\[\]]{0,100000}+)\]"
)
_WORD = lazy_regex(r"[^\s\"',:]+")
_MAX_MISTAKES = 1000
_NAME = lazy_regex(r"\.?brewfile(?:[._-].*)?|.*\.brewfile", re.IGNORECASE)


def _accepts(path: PurePosixPath) -> bool:
    is_in_folder = path.suffix.lower() == ".rb" and any("brew" in each for each in path.parts[:-1])
    is_program = path.suffix.lower() in {".md", ".json", ".py", ".ts"}
    return is_in_folder or (_NAME.fullmatch(path.name) is not None and not is_program)


def _read(text: str) -> Iterator[Read]:
    source = SourceText(text)
    comments = CommentLines(source, HASH_COMMENT)
    listed: list[Read] | None = None
    mistakes = 0
    for entry in _ENTRY.finditer(text):
        if comments.contain(entry.start()):
            continue
        is_whole = entry["id"] is not None and _GOES_ON.match(text, entry.end()) is None
        if entry["id"] is not None and is_whole and "#{" not in entry["id"]:
            yield from read_extension(source, entry.span("id"), entry["id"])
            continue
        if listed is None:
            listed = list(_listed(source, comments))
            yield from listed
        mistakes += 1
        if not listed and mistakes <= _MAX_MISTAKES:
            part = "other" if entry["id"] is None else "id"
            span = source.span(*entry.span(part))
            message = "the value of this is not in the file"
            yield mistake("input-unresolved", How.INSTALLS, message, span, entry[part])


def _listed(source: SourceText, comments: CommentLines) -> Iterator[Read]:
    """Read the lists of a file in which a loop names extensions."""
    for words in _WORDS.finditer(source.text):
        part = "list" if words["words"] is None else "words"
        for word in _WORD.finditer(source.text, *words.span(part)):
            if parse_id(word[0].partition("@")[0]) and not comments.contain(word.start()):
                yield from read_extension(source, word.span(), word[0])


KIND = NamedKind("brewfile", _accepts, _read)
