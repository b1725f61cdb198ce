"""Find the values of the variables of a script: where it says what they are.

A value is looked up by name alone, without regard to case: all values that a name has anywhere in
the text count, as which of them a command gets is known only when it runs.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Literal

from vscan.discovery.named.list_filters import changes_words
from vscan.discovery.named.list_words import COST, File, Item, Word, loose
from vscan.discovery.named.references import Reference, references
from vscan.discovery.named.script_places import ScriptPlaces
from vscan.discovery.named.settable_names import SettableNames
from vscan.lazy_regex import lazy_regex

_ASSIGNMENT = lazy_regex(
    r"""(?<![\w-])(?<!\ in\ )\$?(?:(?:global|script|local|env):)?["']?
        (?P<name>[a-z_]\w{0,100}+(?:[.-]\w{1,100}+){0,3})
        (?:["']?\]?|\[[^\[\]\r\n]{0,60}+\])[ \t]{0,40}+
        (?::=|::=|[?+]=|=(?![=>~])|:(?![:=/]))""",
    re.VERBOSE | re.IGNORECASE,
)
_INDEX = lazy_regex(r"\[[\"']([A-Za-z_]\w*)[\"']\]")
_LOOPS = (
    # Shells, Python, JavaScript, PowerShell, Jinja; zsh; batch files.
    r"\bfor(?:each)?[ \t]*\(?[ \t]*(?:const |let |var )?\$?(?P<name>[a-z_]\w*)[ \t]+(?:in|of)\b",
    r"\bfor[ \t]+(?P<name>[a-z_]\w*)[ \t]*(?=\()",
    r"\bfor[ \t]+(?:/d[ \t]+)?%%?(?P<name>[a-z])[ \t]+in\b",
)
_LISTS = (
    # fish, bash, Docker, Terraform.
    r"\bset[ \t]+(?:-{1,2}\w+[ \t]+){0,5}(?P<name>[a-z_]\w*)[ \t]+(?!=)",
    r"\bprintf[ \t]+-v[ \t]+(?P<name>[a-z_]\w*)[ \t]+",
    r"^[ \t]*ENV[ \t]+(?P<name>[a-z_]\w*)[ \t]+",
    r"\bvariable[ \t]+\"(?P<name>[\w-]+)\"[ \t]*(?=\{)",
)
_EACH = (
    r"(?P<list>(?<![\w.])[\w.]{1,100}|\[[^\[\]]{0,2000}+\])\.(?:forEach|map|each)\b"
    r"(?:[ \t]*[({]|[ \t]+do)[ \t]*(?:async )?[(|]?(?P<name>[a-z_]\w*)"
)
_PARTS = (
    # Python; JavaScript and Ruby; Nix; Make; Go's templates.
    r"\bfor[ \t]+(?P<name>[a-z_]\w*)[ \t]+in[ \t]+(?P<list>[a-z_][\w.]*):[ \t]*(?:$|[a-z_])",
    _EACH,
    r"\((?P<name>[a-z_]\w*):[^()\r\n]{0,300}+\)[ \t]*(?P<list>[a-z_][\w.]*)",
    r"\$\(foreach[ \t]+(?P<name>\w+),(?P<list>[^,\r\n]{0,1000}+)",
    r"\{\{-?[ \t]*(?P<name>range)[ \t]+(?!\$\w*[,: \t]*[$:])(?P<list>[^{}]{0,20000}+)\}\}",
    r"\{\{-?[ \t]*(?:range )?[ \t]*(?:\$\w+, *)?\$(?P<name>\w+)[ \t]*:=(?P<list>[^{}]{0,20000}+)\}",
)
_PATTERNS = tuple(
    (kind, lazy_regex(source, re.IGNORECASE | re.MULTILINE))
    for kind, sources in (("loop", _LOOPS), ("value", _LISTS), ("part", _PARTS))
    for source in sources
)
_FILE_LOOP = lazy_regex(
    r"\bfor[ \t]+/[fr][ \t]+(?:\"[^\"\r\n]*\"[ \t]+)?%%?(?P<name>[a-z])[ \t]+in[ \t]*\(",
    re.IGNORECASE,
)
_READ = lazy_regex(
    r"\b(?:read|mapfile|readarray)\b"
    r"(?P<names>(?:[ \t]+(?:-\w+|[a-z_]\w*|''|\"\"|\$'[^']{0,9}'|[0-9]+)){1,20})",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"[0-9@*]|args|argv")
_PLACES = {"each": "for_each", "item": "for", ".": "range"}  # Terraform, Taskfile, Go's templates
_BARE_NAME = lazy_regex(r"(?:local\.|var\.)?(?P<name>[A-Za-z_]\w*)")
# What a command prints.
_OUTPUT = lazy_regex(r"[ \t]*[\"'(@]{0,2}(?:\$\((?!\()|`)")
_COMMAND_OUTPUT = lazy_regex(r"(?:\$\((?!\()|`).*")
# A command whose output is not what it gets; and none of Make's functions and variables.
_UNKNOWN_COMMAND = lazy_regex(
    r"\$\([ \t]*(?!(?:echo|printf|print|cat|grep|sort|head|tail|uniq|sed|tr|cut|awk"
    r"|addprefix|addsuffix|foreach|shell|sort|filter|filter-out|subst|patsubst|strip|wildcard|call|if|or|and)\b)"
    r"(?:\./|[A-Za-z_/~])[\w./~-]{0,100}+(?:[ \t]|(?<=\.sh)\)|(?<=\.py)\))"
)
_MAX_LINE = 1000
# Commands that may assign any variable: other files, and text that is made when the script runs.
_ASSIGNS_ANY = lazy_regex(
    r"(?:^|[;&|{(])[ \t]*+(?:(?:do|then|else|RUN)[ \t]+)?(?:"
    r"(?:\.|source)[ \t]+(?![=:])\S|export[ \t]+[\"']?(?:\$\(|`)"
    r"|eval[ \t]+[\"']?(?:\$\((?:cat|curl|wget|base64)\b|\$\w|`))",
    re.MULTILINE,
)
# What a shell makes of a value: ``${x/a/b}``, ``${x#a}``.
_CHANGES = lazy_regex(
    r"\$\{\w+(?:\[[@*]\])?(?:/(?!.{0,100}--install)[^}]{1,100}/[^}\s]|[#%]{1,2}[\w.])"
)
_KEYED = lazy_regex(r"\$\{\w+\[\$")
_FLAG = "--install-extension"
_MAX_DEPTH = 30  # of variables in values
_MAX_COMBINATIONS = 200  # of the values of one word with several references


class Variables:
    """The values of the variables in a text, by name. ``is_caseless``: case is no difference."""

    def __init__(self, places: ScriptPlaces, *, is_caseless: bool) -> None:
        self._places = places
        self._text = places.source.text
        self._budget = places.budget
        self._is_caseless = is_caseless
        self._values: dict[str, tuple[Item, ...]] = {}
        self._call_values: dict[str, tuple[Item, ...]] = {}
        self._open: set[str] = set()  # names that are being looked up
        self._settable = SettableNames(self._text)
        # What other files may set: a variable, a function's or the file's own arguments.
        self.used: dict[tuple[Literal["variable", "function", "file"], str], bool] = {}

    @cached_property
    def _lookups(self) -> dict[str, list[tuple[str, int, int]]]:
        """What each name is given by: the kind of the place, and its part of the text."""
        found: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for match in _ASSIGNMENT.finditer(self._text):
            name = self._key(match["name"])
            place = ("value", match.start(), match.end())
            found[name].append(place)
            if index := _INDEX.search(match[0]):
                found[self._key(index[1])].append(place)  # os.environ["NAME"] =
            if not name.isidentifier():
                for part in {re.split(r"[.-]", name)[-1], name.replace("-", "_")} - {name}:
                    found[part].append(place)
        for kind, pattern in _PATTERNS:
            for match in pattern.finditer(self._text):
                start, end = match.span("list") if kind == "part" else match.span()
                found[self._key(match["name"])].append((kind, start, end))
        for match in _FILE_LOOP.finditer(self._text):
            found[self._key(match["name"])].append(("lines", match.start(), match.end()))
        for match in _READ.finditer(self._text):
            for name in set(match["names"].split()):
                found[self._key(name)].append(("input", match.start(), match.end()))
        return found

    def _key(self, name: str) -> str:
        return name.lower() if self._is_caseless else name

    def _is_loop(self, name: str) -> bool:
        """Say whether a name is that of a loop, and not of a value."""
        found = self._lookups.get(self._key(name), ())
        return bool(found) and all(kind != "value" for kind, _, _ in found)

    def values(self, name: str, depth: int = 0) -> tuple[Item, ...]:
        """Return the words that a name stands for. A reference in them is one without a value."""
        name = self._key(name)
        known = self._values.get(name)
        if known is not None or name in self._open:
            return known or ()
        self._open.add(name)
        items: list[Item] = []
        for place in self._lookups.get(name, ()):
            if self._budget.left <= 0:
                break
            found = list(self._value(*place))
            if place[0] in {"value", "loop"} and self._is_output(place[2], found):
                found.append(Word("$()", place[1], place[2], is_listed=True))
            if any(isinstance(item, Word) and item.text.startswith(_FLAG) for item in found):
                found = [loose(item) for item in found]  # a command, and no list
            items.extend(self.resolve(found, depth))
        self._open.discard(name)
        self._values[name] = tuple(dict.fromkeys(items))
        return self._values[name]

    def _value(self, kind: str, start: int, end: int) -> Iterator[Item]:
        if kind == "lines":
            return self._places.file_loop(end)
        if kind == "input":
            return self._places.input(start, end)
        if kind == "part":
            return map(loose, self._places.words(start, end))
        return self._places.value(end, self._places.line_start(start))

    def _is_output(self, start: int, found: list[Item]) -> bool:
        """Say whether a value has words that a command makes, beside those that were found."""
        if any(isinstance(item, File) for item in found):
            return False
        if not found:
            return _OUTPUT.match(self._text, start) is not None
        line_end = self._places.source.bounds(self._places.source.line_at(start))[1]
        rest = self._text[start : min(line_end, start + _MAX_LINE)]
        self._budget.spend(len(rest))
        command = _COMMAND_OUTPUT.search(rest)
        is_unknown = _UNKNOWN_COMMAND.search(rest) is not None
        return is_unknown or (command is not None and changes_words(command[0], ""))

    def resolve(self, items: Iterable[Item], depth: int = 0) -> Iterator[Item]:
        """Replace words with references by the words that they stand for, where these are known."""
        for item in items:
            if not self._budget.spend(COST):
                yield item
            elif isinstance(item, File):
                yield self._file(item, depth)
            elif found := tuple(references(item.text)):
                yield from self._word(item, found, depth)
            else:
                yield from self._bare_word(item, depth)

    def _file(self, file: File, depth: int) -> File:
        """Return a file with the path that a variable holds, if that is its whole path."""
        found = tuple(references(file.path))
        if len(found) != 1 or found[0].end - found[0].start != len(file.path):
            return file
        word = Word(file.path, file.start, file.end, is_listed=False)
        values = self.reference(found[0], word, depth + 1) if depth < _MAX_DEPTH else ()
        paths = [item.text for item in values if isinstance(item, Word)]
        return file._replace(path=paths[0]) if len(paths) == 1 else file

    def _bare_word(self, word: Word, depth: int) -> tuple[Item, ...]:
        """Return the words of a name that languages without a sign for variables use in a list."""
        match = _BARE_NAME.fullmatch(word.text)
        name = match["name"] if match and not word.is_guess else ""
        is_name = bool(name) and self._key(name) in self._lookups
        if is_name and self._key(name) in self._open:
            return ()  # a value that holds its own name
        values = self.values(name, depth + 1) if is_name and depth < _MAX_DEPTH else ()
        return values or (word,)

    def _word(self, word: Word, found: tuple[Reference, ...], depth: int) -> Iterator[Item]:
        """Give the words that one with references stands for, or itself if they are not known."""
        if depth > _MAX_DEPTH:
            yield word
            return
        if len(found) == 1 and (found[0].start, found[0].end) == (0, len(word.text)):
            values = self.reference(found[0], word, depth + 1)
            if not values and self._open.issuperset(map(self._key, found[0].names or [""])):
                return  # a value that holds its own name
            yield from values or (word,)
            return
        yield from self._combine(word, found, depth) or [word]

    def _combine(self, word: Word, found: tuple[Reference, ...], depth: int) -> list[Item]:
        """Return the words that a text with references in it can be."""
        at = _version_start(word.text, found)
        choices: list[list[Word]] = []
        total = 1
        for reference in found:
            values = self.reference(reference, word, depth + 1)
            words = [item for item in values if isinstance(item, Word)]
            if at >= 0 and reference.start > at:
                words = [item for item in words if not any(references(item.text))]
            if not words and at >= 0 and reference.start > at:
                # An unknown version: the id is known all the same.
                cut = Word(word.text[:at], word.start, word.start + at, word.is_listed)
                left = tuple(item for item in found if item.end <= at)
                return list(self._word(cut, left, depth + 1)) if left else [cut]
            total *= len(words)
            if not 0 < total <= _MAX_COMBINATIONS or not self._budget.spend(total):
                return []
            choices.append(words)
        return [_joined(word, found, chosen) for chosen in product(*choices)]

    def reference(self, reference: Reference, word: Word, depth: int) -> tuple[Item, ...]:
        """Return the words that a reference stands for, at the place of its word."""
        if not self._budget.spend(1):
            return ()
        found = [*self._by_place(reference, word.start, depth)]
        is_at_place = bool(found)
        if not found:
            found = [*self._by_name(reference.names, depth)]
        self._note_use(reference, word, is_at_place=is_at_place, is_known=bool(found))
        if reference.default:
            start, end = reference.default
            text = word.text[start:end]
            if text and len(word.text) == word.end - word.start:
                found.append(Word(text, word.start + start, word.start + end, is_listed=False))
        text = word.text[reference.start : reference.end]
        is_unseen = bool(found) and self._is_assigned_unseen(reference, word.start)
        is_keyed = len(text) < len(word.text) and _KEYED.match(text) is not None
        if is_unseen or is_keyed or _CHANGES.match(text):
            found.append(Word(text, word.start, word.end, is_listed=True, is_guess=word.is_guess))
        self._budget.spend(len(found))
        return tuple(dict.fromkeys(found))

    def _note_use(
        self, reference: Reference, word: Word, *, is_at_place: bool, is_known: bool
    ) -> None:
        """Note what other files may set of what a reference stands for."""
        if not reference.names or reference.is_placeholder:
            return
        is_part = len(word.text) != reference.end - reference.start
        if _PARAMETER.fullmatch(reference.names[0].lower()):
            function = self._places.function_at(word.start)
            self._use("function" if function else "file", function, is_part=is_part)
            return
        written = word.text[reference.start : reference.end]
        if is_at_place or (is_known and self._is_loop(reference.names[0])):
            return
        if self._settable.contain(reference, written, is_known=is_known):
            self._use("variable", reference.names[-1], is_part=is_part)

    def _use(
        self, what: Literal["variable", "function", "file"], name: str, *, is_part: bool
    ) -> None:
        self.used[what, name] = is_part or self.used.get((what, name), False)

    def use_of_program(self, offset: int) -> None:
        """Note that a program gets what it installs from where its text does not say."""
        for name in self._settable.names:
            self._use("variable", name, is_part=False)
        if self._settable.takes_arguments:
            self._use("file", "", is_part=False)
        if function := self._places.function_at(offset):
            self._use("function", function, is_part=False)

    def calls(self, offset: int) -> tuple[Item, ...]:
        """Return what the function that a place is in is called with."""
        function = self._places.function_at(offset)
        if not function or self._budget.left <= 0:
            return ()
        self._use("function", function, is_part=False)
        if function not in self._call_values:
            items = self.resolve(self._places.arguments(function))
            self._call_values[function] = tuple(dict.fromkeys(items))
        self._budget.spend(COST * len(self._call_values[function]))
        return self._call_values[function]

    def is_never_called(self, offset: int) -> bool:
        """Say whether a place is in a function whose name the text has only once."""
        name = self._places.function_at(offset)
        if not name or not self._budget.spend(len(self._text) // 10):
            return False
        found = re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self._text, re.IGNORECASE)
        return next(found, None) is not None and next(found, None) is None

    def assigned(self, name: str) -> tuple[Item, ...]:
        """Return the words that a text gives a name as its value, for a use in other files."""
        found: list[Item] = []
        for kind, start, end in self._lookups.get(name, ()):
            if self._budget.left <= 0:
                break
            if kind == "value":
                items = [item for item in self._value(kind, start, end) if not self._is_sink(item)]
                found += items
                if self._is_output(end, items):
                    found.append(Word("$()", start, end, is_listed=True))
        return tuple(dict.fromkeys(self.resolve(found)))

    def _is_sink(self, item: Item) -> bool:
        """Say whether an item is the file that the output of a command goes to."""
        before = self._text[max(0, item.start - 5) : item.start]
        return before.rstrip(" \t\"'").endswith(">")

    @cached_property
    def _unseen(self) -> list[int]:
        return [match.start() for match in _ASSIGNS_ANY.finditer(self._text)]

    def _is_assigned_unseen(self, reference: Reference, at: int) -> bool:
        """Say whether a command that may assign any variable is behind the last assignment."""
        index = bisect_left(self._unseen, at) - 1
        name = reference.names[0] if reference.names else ""
        if index < 0 or not name or _PARAMETER.fullmatch(name.lower()):
            return False
        lookups = self._lookups.get(self._key(name), ())
        self._budget.spend(len(lookups))
        return all(start < self._unseen[index] or start > at for _, start, _ in lookups)

    def _by_name(self, names: tuple[str, ...], depth: int) -> tuple[Item, ...]:
        """Return the words of a path as ``matrix.extension``: of its last name that has any."""
        if names and self._is_loop(names[0]):
            return self.values(names[0], depth)
        return next(filter(None, (self.values(name, depth) for name in reversed(names))), ())

    def _by_place(self, reference: Reference, at: int, depth: int) -> Iterator[Item]:
        """Give the words of a name that stands for something else at each place."""
        name = reference.names[0].lower() if reference.names else ""
        items: Iterable[Item] = ()
        if _PARAMETER.fullmatch(name):
            items = self._places.arguments_of_calls(at)
        elif name in {"_", "psitem"}:
            items = self._places.piped(at)
        elif name == "s" or reference.is_placeholder:  # %s of printf, {} of xargs
            items = self._places.statement(at)
        elif name == "item":
            items = self._places.task_loop(at)
        found = tuple(self.resolve(items, depth))
        yield from found
        if not found and name in _PLACES:
            yield from self.values(_PLACES[name], depth)


def _version_start(text: str, found: tuple[Reference, ...]) -> int:
    """Return where the @ before a version is; -1 if there is none."""
    at = text.find("@")
    while at >= 0 and any(item.start <= at < item.end for item in found):
        at = text.find("@", at + 1)
    return at


def _joined(word: Word, found: tuple[Reference, ...], chosen: tuple[Word, ...]) -> Word:
    """Put chosen values in the places of references; the place of the first stands for all."""
    parts, last = [], 0
    for reference, value in zip(found, chosen, strict=True):
        parts += [word.text[last : reference.start], value.text]
        last = reference.end
    text = "".join(parts) + word.text[last:]
    return Word(text, chosen[0].start, chosen[0].end, word.is_listed or chosen[0].is_listed)
