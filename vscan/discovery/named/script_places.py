"""Find the words that a script gives to one place in it: by a pipe, a loop, a call or an input."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from vscan.discovery.named.list_words import COST, Budget, Comments, File, Item, WordReader, loose
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex

_LOOP_WORD = lazy_regex(r"(?<![\w-])(do|done|end)(?![\w-])")
_FUNCTION = lazy_regex(
    r"""^[ \t]*(?:
        (?:[\w@]{1,30}[ \t]+){0,4}(?:function|filter|def|sub|func|fn|fun)[ \t]+(?P<keyword>[\w:-]+)
      | (?:(?:export|const|let|var)[ \t]+){1,2}(?P<arrow>\w+)[ \t]*=[ \t]*(?:async[ \t]*)?
        (?:\([^()\r\n]{0,200}\)|\w+)[ \t]*=>
      | (?P<shell>[\w:-]+)[ \t]*\([ \t]*\)
      | :(?P<label>[A-Za-z_]\w*)[ \t]*\r?$ )""",
    re.VERBOSE | re.MULTILINE,
)
_FUNCTION_END = lazy_regex(r"^\}", re.MULTILINE)
_COMMAND_WORD = lazy_regex(
    r"(?:^|[;&|{(`])[ \t]*+(?:(?:do|then|else|sudo)[ \t]+)*+(?:call[ \t]+:?)?"
    r"(?P<name>[\w:-]{1,100}+)(?=[ \t])",
    re.MULTILINE | re.IGNORECASE,
)
_CALL = lazy_regex(r"(?<!\w)(?P<name>[A-Za-z_]\w{0,100}+)\((?=[ \t\r\n]*[\"'`\[\w$])")
_USE = lazy_regex(r"\$[({]?(?P<name>\w{1,100}+)(?:\[@\])?[)}]?[\"']?(?=[ \t])")
_PIPE = lazy_regex(
    r"\|[ \t\r\n]*+(?:ForEach-Object|foreach|%)[ \t]*+(?:-\w+[ \t]+)?\{|\.ForEach\([ \t]*\{",
    re.IGNORECASE,
)
_LOOP_KEY = lazy_regex(r"[ \t-]*(?:loop|with_\w+)[ \t]*:")
_ASSIGNED = lazy_regex(
    r"(?:^|[\s;])\$?(?P<name>[\w-]+)[ \t]*[:+?]{0,2}=[ \t]*[\"'(@\[]{0,3}[^=;]*$"
)
_CONTINUED = lazy_regex(r"(?:[\\`^|]|&&)[ \t]*$")
_NEAR = 1000
_MAX_LOOPS = 5  # that a command is in
_MAX_QUOTES = 3  # in each other, around a command
_MAX_TASK_LINES = 200  # from a command of a task to its loop


class ScriptPlaces:
    """Answers what is given to a place of a text, as items that may hold references."""

    def __init__(self, source: SourceText, comments: Comments, budget: Budget) -> None:
        self.source = source
        self.budget = budget
        self._comments = comments
        self._statements: dict[
            tuple[int, int], tuple[list[Item], list[int], list[tuple[int, int]]]
        ] = {}
        self._call_arguments: dict[str, tuple[Item, ...]] = {}
        self._piped: dict[int, tuple[Item, ...]] = {}
        self._loops: dict[int, tuple[Item, ...]] = {}

    def _reader(self) -> WordReader:
        return WordReader(self.source.text, self._comments, self.budget)

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return self.source.bounds(self.source.line_at(offset))[0]

    def value(self, start: int, line_start: int) -> Iterator[Item]:
        """Give the words of a value: the rest of its line, its brackets, or its block of lines."""
        line = self.source.line_at(start)
        rest = self.source.text[start : min(self.source.bounds(line)[1], start + 100)].strip()
        if rest and rest[0] not in "|>&!#":
            yield from self._reader().value(start, len(self.source.text))
            return
        first = self.source.line_at(line_start)
        end = self._block_end(line, self.source.indent(first))
        yield from self._reader().words(start, end)

    def _block_end(self, line: int, indent: int) -> int:
        """Return where the block of lines below a key ends, which is indented more than the key."""
        last = line
        for index in range(line + 1, len(self.source)):
            found = self.source.indent(index)
            if not self.budget.spend(COST):
                break
            if found < 0:
                continue
            start = self.source.bounds(index)[0] + found
            if found < indent or (found == indent and self.source.text[start] not in "-[(]){}"):
                break
            last = index
        return self.source.bounds(last)[1]

    def words(self, start: int, end: int) -> Iterator[Item]:
        """Give the words of a part of the text, and the files that commands in it read."""
        return self._reader().words(start, end)

    def file_loop(self, start: int) -> Iterator[Item]:
        """Give what a batch file's loop over the lines of a file or a command reads."""
        end = self.source.bounds(self.source.line_at(start))[1]
        text = self.source.text[start:end].partition(")")[0]
        inner = text.strip().strip("\"'`")
        offset = start + text.find(inner)
        if " " in inner:
            yield from self._reader().command(offset, offset + len(inner))
        elif inner:
            yield File(inner, offset, offset + len(inner))

    def input(self, start: int, end: int) -> Iterator[Item]:
        """Give what a command such as ``read`` reads: from a pipe, a file, or a here-document."""
        yield from self._with_documents(*self._logical_line(start))
        depth = loops = 0
        for match in _LOOP_WORD.finditer(self.source.text, end):
            if not self.budget.spend(match.end() - end) or loops >= _MAX_LOOPS:
                break
            end = match.end()
            depth += 1 if match[0] == "do" else -1
            if depth <= 0 and match[0] != "do":
                loops += 1
                line_end = self.source.bounds(self.source.line_at(end))[1]
                yield from self._with_documents(end, line_end)
                if depth == 0 or "<" in self.source.text[end:line_end]:
                    break

    def _with_documents(self, start: int, end: int) -> Iterator[Item]:
        reader = self._reader()
        yield from reader.command(start, end)
        yield from reader.finish_documents(end)

    def _logical_line(self, offset: int) -> tuple[int, int]:
        """Return the bounds of a line and those that it continues or that continue it."""
        first = last = self.source.line_at(offset)
        while first > 0 and (
            _CONTINUED.search(self._tail(first - 1)) or self._head(first).startswith("|")
        ):
            first -= 1
            if not self.budget.spend(10):
                break
        while last + 1 < len(self.source) and (
            _CONTINUED.search(self._tail(last)) or self._head(last + 1).startswith("|")
        ):
            last += 1
            if not self.budget.spend(10):
                break
        return self.source.bounds(first)[0], self.source.bounds(last)[1]

    def command_line(self, offset: int) -> str:
        """Return the lines of the command at a place, as far as they are near it."""
        start, end = self._logical_line(offset)
        start, end = max(start, offset - _NEAR), min(end, offset + _NEAR)
        return self.source.text[start:end] if self.budget.spend(end - start) else ""

    def _tail(self, line: int) -> str:
        start, end = self.source.bounds(line)
        return self.source.text[max(start, end - 40) : end]

    def _head(self, line: int) -> str:
        start, end = self.source.bounds(line)
        return self.source.text[start : min(end, start + 200)].lstrip()

    def statement(self, offset: int) -> tuple[Item, ...]:
        """Return what the pipeline at a place works with: printed words, and files it reads.

        In a quote, the commands in it come first, then those around it.
        """
        bounds = [self._logical_line(offset)]
        for _ in range(_MAX_QUOTES):
            quoted = self._commands(*bounds[-1])[2]
            index = bisect_right(quoted, (offset, len(self.source.text))) - 1
            if index < 0 or not quoted[index][0] < offset < quoted[index][1]:
                break
            bounds.append(quoted[index])
        found = (self._command_at(offset, start, end) for start, end in reversed(bounds))
        return next(filter(None, found), ())

    def _command_at(self, offset: int, start: int, end: int) -> tuple[Item, ...]:
        items, breaks, _ = self._commands(start, end)
        if self.budget.left <= 0:
            return ()
        index = bisect_left(breaks, offset)
        after = breaks[index - 1] if index else start
        before = breaks[index] if index < len(breaks) else end
        first, last = (bisect_left(items, place, key=_place) for place in (after, before))
        documents = bisect_left(items, end, key=_place)
        found = (*items[first:last], *items[documents:]) if before < end else items[first:]
        self.budget.spend(len(found))
        return tuple(item for item in found if not item.start <= offset < item.end)

    def _commands(
        self, start: int, end: int
    ) -> tuple[list[Item], list[int], list[tuple[int, int]]]:
        """Read a logical line: its items, where its commands end, and its quotes."""
        known = self._statements.get((start, end))
        if known is None:
            reader = self._reader()
            items = [*reader.command(start, end), *reader.finish_documents(end)]
            items.sort(key=_place)
            known = self._statements[start, end] = (items, reader.breaks, reader.quoted)
        return known

    @cached_property
    def _functions(self) -> tuple[list[int], list[str]]:
        found = [
            (match.start(), match[match.lastgroup or 0].lower())
            for match in _FUNCTION.finditer(self.source.text)
        ]
        return [start for start, _ in found], [name for _, name in found]

    @cached_property
    def _calls(self) -> dict[str, list[int]]:
        """Where the arguments of each command begin."""
        calls: dict[str, list[int]] = defaultdict(list)
        for pattern in (_COMMAND_WORD, _USE, _CALL):
            for match in pattern.finditer(self.source.text):
                calls[match["name"].lower()].append(match.end())
        return calls

    def arguments_of_calls(self, offset: int) -> tuple[Item, ...]:
        """Return what the function or the batch label that a place is in gets as arguments."""
        name = self.function_at(offset)
        return self.arguments(name) if name else ()

    def function_at(self, offset: int) -> str:
        """Return the name of the function or the batch label that a place is in, if any."""
        starts, names = self._functions
        index = bisect_right(starts, offset) - 1
        if index < 0 or bisect_right(self._ends, starts[index]) != bisect_right(self._ends, offset):
            return ""
        return names[index]

    @cached_property
    def _ends(self) -> list[int]:
        """Where functions end: at a bracket that a line begins with."""
        return [match.start() for match in _FUNCTION_END.finditer(self.source.text)]

    def arguments(self, name: str) -> tuple[Item, ...]:
        """Return what a command, in lower case, gets as arguments."""
        known = self._call_arguments.get(name)
        if known is None:
            items: dict[int, Item] = {}
            for start in self._calls.get(name, ()):
                for item in self._reader().value(start, len(self.source.text)):
                    items[item.start] = loose(item)
            known = tuple(items.values())
            self._call_arguments[name] = known
        return known

    def arguments_of_name(self, offset: int) -> tuple[Item, ...]:
        """Return what follows the alias or variable that the words before a place are kept in."""
        name = self.name_of_value(offset)
        return self.arguments(name.lower()) if name else ()

    def name_of_value(self, offset: int) -> str:
        """Return the name that is assigned the value that a place is in, if any."""
        start = self.line_start(offset)
        found = _ASSIGNED.search(self.source.text[max(start, offset - 200) : offset])
        return found["name"] if found else ""

    @cached_property
    def _pipes(self) -> list[int]:
        return [match.start() for match in _PIPE.finditer(self.source.text)]

    def piped(self, offset: int) -> tuple[Item, ...]:
        """Return what PowerShell gives to the block of ForEach-Object that a place is in."""
        index = bisect_right(self._pipes, offset) - 1
        if index < 0:
            return ()
        pipe = self._pipes[index]
        known = self._piped.get(pipe)
        if known is None:
            items = self._reader().command(self._expression_start(pipe), pipe)
            known = self._piped[pipe] = tuple(items)
        return known

    def _expression_start(self, end: int) -> int:
        """Return where the expression before a pipe begins: at a line where no bracket is open."""
        depth = 0
        text = self.source.text
        for index in range(end - 1, -1, -1):
            sign = text[index]
            if sign in ")]}":
                depth += 1
            elif sign in "([{":
                depth -= 1
            is_end = sign == ";" or (sign == "\n" and not _goes_on(text, index))
            if depth < 0 or (depth == 0 and is_end):
                return index + 1
            if not self.budget.spend(1):
                return index
        return 0

    def task_loop(self, offset: int) -> tuple[Item, ...]:
        """Return the list that the task of a YAML file at a place is repeated for."""
        line = self.source.line_at(offset)
        first, indent = self._task_start(line)
        known = self._loops.get(first)
        if known is None:
            items: list[Item] = []
            for index in range(first, min(len(self.source), first + _MAX_TASK_LINES)):
                found = self.source.indent(index)
                if not self.budget.spend(1) or (index > line and 0 <= found <= indent):
                    break
                if match := _LOOP_KEY.match(self.source.line(index)[:200]):
                    start = self.source.bounds(index)[0]
                    items += self.value(start + match.end(), start)
            known = self._loops[first] = tuple(items)
        return known

    def _task_start(self, line: int) -> tuple[int, int]:
        """Return the first line of the task that a line is of, and its indent."""
        indent = self.source.indent(line)
        for index in range(line, max(-1, line - _MAX_TASK_LINES), -1):
            found = self.source.indent(index)
            if not self.budget.spend(COST):
                break
            start = self.source.bounds(index)[0] + max(found, 0)
            if 0 <= found < max(indent, 1) or index == line:
                if self.source.text.startswith("- ", start) and self._is_task(index):
                    return index, found
                indent = min(indent, found) if index != line else indent
        return line, indent

    def _is_task(self, line: int) -> bool:
        """Say whether a list's entry has keys, as a task has."""
        return bool(re.match(r"[ \t]*-[ \t]+[\w.\"']+[ \t]*:", self.source.line(line)[:300]))


def _goes_on(text: str, line_end: int) -> bool:
    """Say whether PowerShell reads on behind the end of a line."""
    return text[max(0, line_end - 3) : line_end].rstrip()[-1:] in {"|", ",", "`"}


def _place(item: Item) -> int:
    return item.start
