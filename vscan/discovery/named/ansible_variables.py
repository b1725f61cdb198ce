"""Variables and modules of Ansible, and keys of other YAML, that list extensions to install."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

from vscan.discovery.named.interface import Mistake, NamedKind, Read
from vscan.discovery.named.list_words import Word
from vscan.discovery.named.yaml_lists import YamlText, read_words
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_EDITOR = r"(?:vs_?code|visual_studio_code|codium|code|cursor|windsurf)"
_KEY = lazy_regex(
    rf"""(?<![\w-])["']?(?P<key>
        (?:\w{{0,60}}_)?{_EDITOR}\w{{0,60}}?_?(?:extensions?|exts?|plugins)(?:_\w{{0,60}})?
      | \w{{0,60}}_ext_to_be_installed
      | extensions?
    )["']?[ \t]*:(?=\s|\[|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_PROSE = frozenset(("description:", "desc:", "comment:", "summary:", "notes:", "version:"))
_REMOVES = lazy_regex(r"(?:absent|remov\w*|uninstall\w*|unwanted)$", re.IGNORECASE)
_PARENT = lazy_regex(
    r"[ \t-]*[\"']?(?:[\w.-]+[_.-])?(?:vs[_-]?code|codium|code|cursor|windsurf|visual_studio_code"
    r"|code-?server|openvscode-?server)(?:[_.-]\w+)?[\"']?[ \t]*:",
    re.IGNORECASE,
)
_MARKS = ("xtension", "xts", "plugins", "_ext")


def _accepts(path: PurePosixPath) -> bool:
    is_yaml = path.suffix.lower() in {".yml", ".yaml", ".sls"}
    return is_yaml and path.name.lower() not in {".gitpod.yml", ".gitpod.yaml"}


def _read(text: str) -> Iterator[Read]:
    if "ext" not in text and "plugins" not in text:
        return
    yaml = YamlText(text)
    given = set()
    for key in _KEY.finditer(yaml.source.text):
        if yaml.comments.contain(key.start()):
            continue
        is_plain = key["key"].lower() in {"extension", "extensions"}
        if is_plain and not _PARENT.match(yaml.parent(key.start())):
            continue
        for item in _read_list(yaml, key):
            if item.span not in given:
                given.add(item.span)
                yield item
    if yaml.is_exhausted():
        message = "there is more in this file than can be read"
        yield Mistake("input-unresolved", How.INSTALLS, message, yaml.source.span(0, 0))


def _read_list(yaml: YamlText, key: re.Match[str]) -> Iterator[Read]:
    """Read a list; one in which nothing names an extension is of something else."""
    how = How.REMOVES if _REMOVES.search(key["key"]) else How.INSTALLS
    found: list[Read] = []
    for entry in _entries(yaml.words(key)):
        found += _read_entry(yaml, entry, how)
    if any(not isinstance(item, Mistake) or item.rule == "input-unresolved" for item in found):
        yield from found


def _entries(words: Iterator[Word]) -> Iterator[list[Word]]:
    """Split a list into its entries, which begin with a dash where they are more than a word."""
    entry: list[Word] = []
    for word in words:
        if word.text == "-":
            yield entry
            entry = []
        else:
            entry.append(word)
    yield entry


def _read_entry(yaml: YamlText, entry: list[Word], how: How) -> Iterator[Read]:
    has_keys = any(word.text.endswith(":") for word in entry)
    for word, value in pairwise(entry):
        if word.text.strip("\"'") == "state:" and value.text.lower() in {"absent", "removed"}:
            how = How.REMOVES
    yield from read_words(yaml.source, _values(entry), how, has_mistakes=not has_keys)


def _values(entry: list[Word]) -> Iterator[Word]:
    """Give the words of an entry that are of no key whose value is prose."""
    key = ""
    for word in entry:
        key = word.text.lower() if word.text.endswith(":") else key
        if key not in _PROSE:
            yield word


KIND = NamedKind("ansible-variables", _accepts, _read, _MARKS)
