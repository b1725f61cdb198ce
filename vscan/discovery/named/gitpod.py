"""Gitpod's .gitpod.yml: ``vscode.extensions``, with the hashes of its old form."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec.structs import replace

from vscan.discovery.named.interface import Mistake, Named, NamedKind, Read
from vscan.discovery.named.list_words import Word
from vscan.discovery.named.source_text import SourceText
from vscan.discovery.named.yaml_lists import YamlText, read_words
from vscan.lazy_regex import lazy_regex
from vscan.model import How, Registry

_KEY = lazy_regex(r"(?<![\w.-])[\"']?extensions[\"']?[ \t]*:(?![^\s\[\"'{*&|>!#])")
_NOT_READ = lazy_regex(r"^[ \t]*(?:-[ \t]+)?\?[ \t]|!!binary", 8)
_HASHED = lazy_regex(r"(?P<id>[^@:\s]+@[^:\s]+):(?P<hash>[A-Za-z0-9+/=_-]{16,100})")


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() in {".gitpod.yml", ".gitpod.yaml"}


def _read(text: str) -> Iterator[Read]:
    yaml = YamlText(text)
    for key in _KEY.finditer(yaml.source.text):
        if not yaml.comments.contain(key.start()):
            for word in yaml.words(key):
                yield from _read_word(yaml, word)
    if other := _NOT_READ.search(text):
        message = "this form of YAML is not read"
        span = SourceText(text).span(*other.span())
        yield Mistake("input-unresolved", How.INSTALLS, message, span)
    if yaml.is_exhausted():
        message = "there is more in this file than can be read"
        yield Mistake("input-unresolved", How.INSTALLS, message, yaml.source.span(0, 0))


def _read_word(yaml: YamlText, word: Word) -> Iterator[Read]:
    hashed = _HASHED.fullmatch(word.text)
    if hashed:
        word = word._replace(text=hashed["id"], end=word.start + len(hashed["id"]))
    for item in read_words(yaml.source, iter((word,)), How.INSTALLS):
        if isinstance(item, Named):
            yield replace(item, registry=Registry.OPEN_VSX, hash=hashed["hash"] if hashed else "")
        else:
            yield item


KIND = NamedKind("gitpod", _accepts, _read)
