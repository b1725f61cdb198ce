"""Read lists of extensions below the keys of YAML, line by line, as templated YAML can be."""

import re
from collections.abc import Iterator

from vscan.discovery.named.comment_lines import HASH_COMMENT, CommentLines
from vscan.discovery.named.decoded_text import decode
from vscan.discovery.named.extension_argument import is_extension, mistake, read_extension
from vscan.discovery.named.interface import Read
from vscan.discovery.named.list_words import COST, Budget, Comments, Item, Word
from vscan.discovery.named.references import references
from vscan.discovery.named.script_places import ScriptPlaces
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_MIN_BUDGET = 600_000
_ALIAS = lazy_regex(r"\*(?P<name>[\w.-]+)")
_KEY_OR_MARK = lazy_regex(r"[-?|>!&=%].*|[^:]+:|true|false|null|~", re.IGNORECASE | re.DOTALL)


class YamlText:
    """A text whose keys have lists of extensions for values."""

    def __init__(self, text: str) -> None:
        written = SourceText(text)
        self.source = decode(written) or written
        self.comments = CommentLines(self.source, HASH_COMMENT)
        budget = Budget(2 * len(text) + _MIN_BUDGET)
        self._places = ScriptPlaces(self.source, Comments(hashes=True, slashes=False), budget)
        self._budget = budget

    def words(self, key: re.Match[str]) -> Iterator[Word]:
        """Give the words below a key, which ends behind its colon."""
        start = self._places.line_start(key.start())
        for item in self._places.value(key.end(), start):
            yield from self._word(item)

    def _word(self, item: Item) -> Iterator[Word]:
        is_anchor = self.source.text[item.start - 1 : item.start] == "&"
        if not isinstance(item, Word) or is_anchor:
            return
        alias = _ALIAS.fullmatch(item.text)
        anchor = self._anchor(alias["name"]) if alias else None
        if anchor is None:
            yield item
            return
        for value in self._places.value(anchor.end(), self._places.line_start(anchor.start())):
            if isinstance(value, Word):
                yield value

    def _anchor(self, name: str) -> re.Match[str] | None:
        self._budget.spend(len(self.source.text) // 10)
        if self._budget.left <= 0:
            return None
        return re.compile(rf"&{re.escape(name)}(?![\w.-])").search(self.source.text)

    def is_exhausted(self) -> bool:
        """Say whether there was more than could be read."""
        return self._budget.left <= 0

    def parent(self, offset: int) -> str:
        """Return the line that a key's line is indented below; nothing for a key at the left."""
        line = self.source.line_at(offset)
        indent = self.source.indent(line)
        for index in range(line - 1, max(-1, line - 1000), -1):
            found = self.source.indent(index)
            if 0 <= found < indent:
                return self.source.line(index)
            if not self._budget.spend(5 * COST):
                break
        return ""


def read_words(
    source: SourceText, words: Iterator[Word], how: How, *, has_mistakes: bool = True
) -> Iterator[Read]:
    """Read the words of a list: ids, archives, references without a value, and mistakes."""
    for argument in words:
        word = argument
        if word.text.startswith("name=") and len(word.text) == word.end - word.start:
            word = word._replace(text=word.text[5:], start=word.start + 5)
        place = (word.start, word.end)
        if any(references(word.text)) or _ALIAS.fullmatch(word.text):
            message = "the value of this is not in the file"
            yield mistake("input-unresolved", how, message, source.span(*place), word.text)
        elif is_extension(word.text) or (has_mistakes and not _KEY_OR_MARK.fullmatch(word.text)):
            yield from read_extension(source, place, word.text, how)
