"""Terraform of Coder's workspaces: the lists of modules that set up an editor."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.comment_lines import CommentLines
from vscan.discovery.named.extension_argument import mistake
from vscan.discovery.named.id_lists import MEMBERS, read_list
from vscan.discovery.named.interface import Elsewhere, Mistake, NamedKind, Read, Used
from vscan.discovery.named.jsonc import (
    JsonArray,
    JsonString,
    JsonValue,
    read_json,
    select,
)
from vscan.discovery.named.list_filters import changes_words
from vscan.discovery.named.list_variables import Variables
from vscan.discovery.named.list_words import Budget, Comments, File, Item, Word
from vscan.discovery.named.script_places import ScriptPlaces
from vscan.discovery.named.source_text import SourceText
from vscan.discovery.named.yaml_lists import read_words
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_MODULE = lazy_regex(r"^[ \t]*module[ \t]+(?:\"[^\"\r\n]*\"|[\w-]+)[ \t]*\{", re.MULTILINE)
_TOKEN = lazy_regex(
    r"""\#[^\r\n]*+ | //[^\r\n]*+ | /\*(?:[^*]|\*(?!/))*+(?:\*/|\Z) | "(?:[^"\\\r\n]|\\.)*+"
      | (?P<open>\{) | (?P<close>\})""",
    re.VERBOSE | re.DOTALL,
)
_EDITOR = lazy_regex(r"code|codium|cursor|windsurf|kiro|positron", re.IGNORECASE)
_SOURCE = lazy_regex(
    r"^[ \t]*source[ \t]*=[ \t]*\"[^\"\r\n]*(?:code|codium|cursor|windsurf|kiro|positron)",
    re.MULTILINE | re.IGNORECASE,
)
_LIST = lazy_regex(r"^[ \t]*(?:extensions|additional_extensions)[ \t]*=(?!=)", re.MULTILINE)
_AUTO = lazy_regex(
    r"^[ \t]*(?P<key>auto_install_extensions)[ \t]*=[ \t]*+(?!false\b)", re.MULTILINE
)
_COMMENT = lazy_regex(r"[ \t]*(?:\#|//)")
_VARIABLE = lazy_regex(r"\bvar\.([A-Za-z_][\w-]*)")
_UNKNOWN = "the value of this is not in the file"
_MIN_BUDGET = 600_000
_MARKS = ("xtension", "xts", "plugins", "_ext")


def _accepts(path: PurePosixPath) -> bool:
    return path.suffix.lower() in {".tf", ".tofu"} or path.name.lower().endswith(".tf.json")


def _read(text: str) -> Iterator[Read]:
    if text.lstrip().startswith("{"):
        yield from _read_json_modules(text)
        return
    modules = list(_MODULE.finditer(text))
    if not modules:
        return
    source = SourceText(text)
    comments = CommentLines(source, _COMMENT)
    budget = Budget(2 * len(text) + _MIN_BUDGET)
    places = ScriptPlaces(source, Comments(hashes=True, slashes=True), budget)
    variables = Variables(places, is_caseless=False)
    position = 0
    for module in modules:
        if module.start() < position:
            continue
        position = _block_end(text, module.end())
        if not _SOURCE.search(text, module.end(), position):
            continue
        for key in _LIST.finditer(text, module.end(), position):
            items = list(variables.resolve(places.value(key.end(), key.start())))
            yield from read_words(source, _words(text, iter(items)), How.INSTALLS)
            yield from _elsewhere(source, key, items)
        for key in _AUTO.finditer(text, module.end(), position):
            if not comments.contain(key.start("key")):
                yield Elsewhere("recommendations", "", How.INSTALLS, source.span(*key.span("key")))
    if budget.left <= 0:
        message = "there is more in this file than can be read"
        yield Mistake("input-unresolved", How.INSTALLS, message, source.span(0, 0))


def _read_json_modules(text: str) -> Iterator[Read]:
    document = read_json(text)
    modules: list[JsonValue] = list(select(document.root, "module", None))
    modules += [item for each in modules if isinstance(each, JsonArray) for item in each.items]
    for module in modules:
        sources = [each for each in select(module, "source") if isinstance(each, JsonString)]
        if any(_EDITOR.search(each.text) for each in sources):
            for value in select(module, "extensions"):
                yield from read_list(document, value, MEMBERS)


def _elsewhere(source: SourceText, key: re.Match[str], items: list[Item]) -> Iterator[Read]:
    """Tell the files that a list is read from, and the variables that others may set."""
    for item in items:
        if isinstance(item, File):
            span = source.span(item.start, item.end)
            yield Elsewhere("list-file", item.path, How.INSTALLS, span)
            if changes_words("", item.path):
                yield mistake("input-unresolved", How.INSTALLS, _UNKNOWN, span, item.path)
    line = source.text[
        key.end() : min(key.end() + 2000, source.bounds(source.line_at(key.end()))[1])
    ]
    for name in _VARIABLE.finditer(line):
        yield Used("terraform", name[1], How.INSTALLS, source.span(*key.span()))


def _block_end(text: str, start: int) -> int:
    """Return where the block that was opened before ``start`` ends."""
    depth = 1
    for token in _TOKEN.finditer(text, start):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth == 0:
            return token.end()
    return len(text)


def _words(text: str, items: Iterator[Item]) -> Iterator[Word]:
    """Give the texts of a list; names of Terraform that stay are references without a value."""
    for item in items:
        if not isinstance(item, Word):
            continue
        if re.fullmatch(r"(?:var|local|module|data|each)\.[\w.]+", item.text):
            yield item._replace(text=f"${{{item.text}}}")
        elif "." in item.text or text[item.start - 1 : item.start] == '"':
            yield item


KIND = NamedKind("terraform", _accepts, _read, _MARKS)
