"""Read the commands in a text that install extensions: of editors, ovsx, and VS Code's tunnel."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from vscan.discovery.named.command_grammar import (
    ARCHIVE,
    ARGUMENT,
    CLOSING,
    COMMAND_END,
    COMPARED,
    COMPUTED_OPTION,
    CONTINUED,
    ENTRY,
    FLAG,
    GAP,
    GOES_ON,
    JOINED,
    JOINED_ID,
    LETTER,
    LIST_END,
    LISTED,
    NAMES_SOMETHING,
    NEIGHBOURHOOD,
    NEXT_ELEMENT,
    NEXT_ENTRY,
    OPTIONS_WITH_VALUES,
    PART_OF_WORD,
    PIECES,
    POSITIONAL,
    PRE_RELEASE,
    PREFIXED,
    RECOMMENDATIONS,
    REST_OF_COMMAND,
    argument_words,
    is_filtered,
)
from vscan.discovery.named.comment_lines import CommentLines
from vscan.discovery.named.decoded_text import decode, has_escape
from vscan.discovery.named.extension_argument import is_extension, mistake, read_extension
from vscan.discovery.named.folders import changed_folders
from vscan.discovery.named.harmless_flags import HarmlessFlags
from vscan.discovery.named.interface import Elsewhere, Mistake, Named, Read, Span, Used
from vscan.discovery.named.list_filters import changes_words
from vscan.discovery.named.list_variables import Variables
from vscan.discovery.named.list_words import COST, Budget, Comments, File, Item, Word
from vscan.discovery.named.references import references
from vscan.discovery.named.script_places import ScriptPlaces
from vscan.discovery.named.shell_word import read_shell_word
from vscan.discovery.named.source_text import SourceText
from vscan.discovery.named.written_files import WrittenFiles
from vscan.model import How, Registry

INSTALL_MARKS = ("--install-extension", "--install-builtin-extension", "ovsx")  # of large files


class Language(Struct, frozen=True):
    """A family of languages: its comments, and whether its commands are only quoted in it."""

    comments: Comments
    comment_line: re.Pattern[str]  # from the start of a line to the sign
    is_program: bool = False
    is_caseless: bool = False
    escape: str = "\\"  # takes the meaning of the next character away, in shells


_MIN_BUDGET = 600_000
_MAX_ARGUMENT = 2000  # characters of one that holds references
_MAX_MISTAKES = 1000  # of a file


def read_commands(text: str, language: Language) -> Iterator[Read]:
    """Read all commands of a text that install extensions, in the order of their places."""
    source = SourceText(text)
    found = list(_read(source, language))
    decoded = None if language.is_program else decode(source)  # a program is long, and computes
    if decoded is not None and (meant := list(_read(decoded, language))):
        # What is written with escapes is not what is meant.
        found = [item for item in found if not _is_escaped(source, item)]
        known = {(type(item), item.span) for item in found}
        found += [item for item in meant if (type(item), item.span) not in known]
    yield from sorted(found, key=_order)


def _read(source: SourceText, language: Language) -> Iterator[Read]:
    if FLAG.search(source.text) or (
        not language.is_program and COMPUTED_OPTION.search(source.text)
    ):
        yield from _CommandReader(source, language).read()


def _is_escaped(source: SourceText, item: Read) -> bool:
    start = source.bounds(item.span.line - 1)[0] + item.span.column - 1
    return has_escape(source.text[start : start + item.span.length + 1])


def _order(item: Read) -> tuple[int, int, str]:
    return item.span.line, item.span.column, type(item).__name__


class _CommandReader:
    def __init__(self, source: SourceText, language: Language) -> None:
        text = source.text
        self._text = text
        self._language = language
        self._source = source
        budget = Budget(2 * len(text) + _MIN_BUDGET)
        self._places = ScriptPlaces(self._source, language.comments, budget)
        self._variables = Variables(self._places, is_caseless=language.is_caseless)
        self._comments = CommentLines(self._source, language.comment_line)
        self._known: dict[tuple[Word, bool], tuple[Read, ...]] = {}
        self._harmless = HarmlessFlags(text)
        self._written = WrittenFiles(text)
        self._constants: set[str] = set()  # names in a program that stand for the flag
        self._constant_uses = 0
        self._flag_start = 0  # of the flag that is read
        self._first: tuple[int, int] = (0, 0)  # where the first flag is
        self._folders = changed_folders(text)
        self._asks_for_pre_releases = PRE_RELEASE.search(text) is not None

    def read(self) -> Iterator[Read]:
        mistakes = 0
        given: set[tuple[str, Span, str]] = set()
        for flag in FLAG.finditer(self._text):
            if self._comments.contain(flag.start()):
                continue
            self._flag_start = flag.start()
            self._first = flag.span() if self._first == (0, 0) else self._first
            for item in self._verb(flag) if flag["verb"] else self._flag(flag):
                key = (type(item).__name__, item.span, str(getattr(item, "id", "")))
                if key in given:
                    continue
                given.add(key)
                if isinstance(item, Mistake) and self._harmless.contain(*flag.span()):
                    continue
                if isinstance(item, Elsewhere) and self._harmless.is_built(flag, item.target):
                    continue
                mistakes += isinstance(item, Mistake)
                if not isinstance(item, Mistake) or mistakes <= _MAX_MISTAKES:
                    yield item
        yield from self._computed_options()
        for (what, name), is_part in self._variables.used.items():
            yield Used(what, name, How.INSTALLS, self._source.span(*self._first), is_part)
        is_too_much = mistakes > _MAX_MISTAKES or self._places.budget.left <= 0
        if is_too_much and not self._language.is_program:
            message = "there is more in this file than can be looked up"
            yield Mistake("input-unresolved", How.INSTALLS, message, self._source.span(0, 0))

    def _flag(self, flag: re.Match[str]) -> Iterator[Read]:
        start = self._argument_start(flag)
        if self._language.is_program and self._harmless.is_declaration(*flag.span()):
            return
        found = ARCHIVE.match(self._text, start) if start >= 0 else None
        if found and not any(references(found["path"])):
            yield from read_extension(self._source, found.span("path"), found["path"])
            return
        if joined := self._shell_words(flag, start):
            yield from joined
            return
        argument = ARGUMENT.match(self._text, start) if start >= 0 else None
        if argument is None or not NAMES_SOMETHING.match(argument["text"]):
            yield from self._without_argument(flag)
            return
        if self._is_name_in_program(flag, argument):
            yield from self._name(argument)
            return
        if not self._language.is_program and GOES_ON.match(self._text, argument.end()):
            yield from self._unresolved(argument.start("text"), argument.end())
        is_pre_release = self._is_pre_release(flag.start(), argument.end())
        for word in argument_words(argument):
            yield from self._resolved(word, is_pre_release=is_pre_release)

    def _shell_words(self, flag: re.Match[str], start: int) -> list[Read]:
        """Read an argument whose parts a shell joins to an id, or whose braces hold ids."""
        if start < 0 or self._language.is_program:
            return []
        word = read_shell_word(self._text, start, self._language.escape)
        if word is None or not any(JOINED_ID.fullmatch(text) for text in word.texts):
            return []
        is_pre_release = self._is_pre_release(flag.start(), word.end)
        return [
            item
            for text in word.texts
            for item in read_extension(
                self._source, (word.start, word.end), text, is_pre_release=is_pre_release
            )
        ]

    def _computed_options(self) -> Iterator[Read]:
        """Tell the options of editors that only a shell knows, and that may install."""
        for found in () if self._language.is_program else COMPUTED_OPTION.finditer(self._text):
            known = re.split(r"[$`{]", found["option"], maxsplit=1)[0]
            is_install = "--install-extension".startswith(re.sub(r"[\"'\\]", "", known))
            if is_install and not self._comments.contain(found.start()):
                yield from self._unresolved(*found.span("option"))

    def _argument_start(self, flag: re.Match[str]) -> int:
        """Return where the argument of a flag begins, or its quotes; -1 if it has none."""
        text, place = self._text, flag.end()
        is_quoted = text[flag.start() - 1 : flag.start()] in {'"', "'"}
        closing = CLOSING.match(text, place)
        if closing and (is_quoted or "'" in flag[0] or '"' in flag[0]):
            place = closing.end()
            if listed := LISTED.match(text, place):
                return listed.end()
        if text[place : place + 1] in {"=", ","}:
            found = LISTED.match(text, place)
            return found.end() if found else place + 1
        if gap := GAP.match(text, place):
            joined = JOINED.match(text, gap.end())
            return joined.end() if joined else gap.end()
        if tags := NEXT_ELEMENT.match(text, place):
            return tags.end()
        entry = NEXT_ENTRY.match(text, place)
        line_start = self._places.line_start(flag.start())
        if entry and ENTRY.match(text, line_start, flag.start()):
            return entry.end()
        return -1

    def _is_name_in_program(self, flag: re.Match[str], argument: re.Match[str]) -> bool:
        """Say whether an argument in a program is no text in quotes, but a name."""
        if not self._language.is_program or argument["quotes"]:
            return False
        return any(sign in self._text[flag.end() : argument.start()] for sign in "\"'")

    def _name(self, argument: re.Match[str]) -> Iterator[Read]:
        """Read what a name in a program stands for."""
        name = re.match(r"[A-Za-z_]\w*", argument["text"])
        if name is None:
            yield from self._unresolved(*argument.span("text"))
            return
        values = self._variables.values(name[0])
        start, end = argument.span("text")
        found = list(self._items(values or self._variables.calls(start), is_pre_release=False))
        yield from found
        if not any(isinstance(item, Named | Elsewhere) for item in found):
            yield from self._unresolved(start, end)

    def _constant(self, flag: re.Match[str]) -> Iterator[Read]:
        """Read what follows the name, in a program, that has the flag for its value."""
        name = self._places.name_of_value(flag.start())
        if (
            not name
            or name in self._constants
            or not self._places.budget.spend(len(self._text) // 10)
        ):
            return
        self._constants.add(name)
        for use in re.finditer(rf"(?<![\w.]){re.escape(name)}[ \t]*[,+][ \t]*", self._text):
            if not self._places.budget.spend(COST):
                return
            argument = ARGUMENT.match(self._text, use.end())
            if argument and argument["quotes"]:
                for word in argument_words(argument):
                    yield from self._resolved(word, is_pre_release=False)
            elif argument:
                self._constant_uses += 1
                yield from self._name(argument)

    def _without_argument(self, flag: re.Match[str]) -> Iterator[Read]:
        """Read what a pipe, an alias or a list of arguments adds behind a flag."""
        if self._language.is_program:
            uses = self._constant_uses
            found = list(self._constant(flag))
            yield from found
            if found or self._constant_uses > uses:
                return
        prefixed = PREFIXED.search(self._text[max(0, flag.start() - 100) : flag.start()])
        items = [
            *(self._variables.values(prefixed["name"]) if prefixed else ()),
            *self._variables.resolve(self._places.statement(flag.start())),
            *self._variables.resolve(self._places.arguments_of_name(flag.start())),
        ]
        is_pre_release = self._is_pre_release(flag.start(), flag.end())
        found = list(self._items(items, is_pre_release=is_pre_release))
        yield from found
        line = self._places.command_line(flag.start())
        if not found or (not any(isinstance(item, File) for item in items) and is_filtered(line)):
            yield from self._unresolved(flag.start(), flag.end())

    def _resolved(self, word: Word, *, is_pre_release: bool) -> Iterator[Read]:
        """Read an argument, or what its references stand for."""
        if not any(references(word.text)):
            yield from self._named(word, is_pre_release=is_pre_release)
            return
        if len(word.text) > _MAX_ARGUMENT:
            items: list[Item] = []
        elif "$(" in word.text or "`" in word.text:
            items = [*self._places.words(word.start, word.end)]
        else:
            items = [word]
        found = [*self._items(self._variables.resolve(items), is_pre_release=is_pre_release)]
        if self._language.is_program and not any(isinstance(item, Named) for item in found):
            calls = self._variables.calls(word.start)
            given = [*self._items(calls, is_pre_release=is_pre_release)]
            found = given or found
        yield from found
        is_file = any(isinstance(item, Elsewhere) for item in found)
        is_changed = "(" in word.text and not is_file and changes_words(word.text, "")
        if PART_OF_WORD.search(word.text) or is_changed:
            yield from self._unresolved(word.start, word.end)
        # A value that is no id is a part of one: ``$PUBLISHER.name``.
        if all(isinstance(item, Mistake) and item.rule == "input-ignored" for item in found):
            yield from self._unresolved(word.start, word.end)

    def _items(self, items: Iterable[Item], *, is_pre_release: bool) -> Iterator[Read]:
        """Read the items that a flag gets."""
        for item in items:
            if isinstance(item, File):
                yield from self._file(item)
            elif self._language.is_program and self._text[item.end : item.end + 1] == "(":
                continue  # a call, as subprocess.run(
            elif any(references(item.text)):
                if not item.is_guess:
                    yield from self._unresolved(item.start, item.end)
            elif item.is_listed or is_extension(item.text):
                key = (item, is_pre_release)
                if key not in self._known:
                    self._known[key] = tuple(self._named(item, is_pre_release=is_pre_release))
                yield from self._known[key]

    def _file(self, file: File) -> Iterator[Read]:
        span = self._source.span(file.start, file.end)
        is_editors = RECOMMENDATIONS.search(file.path) is not None
        if is_editors or file.path.endswith("extensions.json"):
            yield Elsewhere("recommendations", file.path, How.INSTALLS, span)
        else:
            yield Elsewhere("list-file", file.path, How.INSTALLS, span, self._folders)
        is_changed = changes_words(self._places.command_line(file.start), file.path)
        if not is_editors and (is_changed or self._written.contain(file.path)):
            yield from self._unresolved(file.start, file.end)

    def _named(self, word: Word, *, is_pre_release: bool) -> Iterator[Read]:
        """Read a word that has no references: an id, an archive, or an entry that holds one."""
        pieces = [piece for piece in PIECES.split(word.text) if is_extension(piece)]
        if len(pieces) > 0 and not is_extension(word.text) and "://" not in word.text:
            for piece in pieces:
                start = word.start + max(self._text[word.start : word.end].find(piece), 0)
                place = (start, start + len(piece))
                yield from read_extension(self._source, place, piece, is_pre_release=is_pre_release)
        elif LETTER.search(word.text) and not word.text.startswith("-") and self._counts(word):
            yield from read_extension(
                self._source, (word.start, word.end), word.text, is_pre_release=is_pre_release
            )

    def _counts(self, word: Word) -> bool:
        return is_extension(word.text) or (
            not self._language.is_program and not word.text.endswith(":")
        )

    def _unresolved(self, start: int, end: int) -> Iterator[Read]:
        if self._language.is_program:
            self._variables.use_of_program(start)
            before = self._text[max(0, self._flag_start - 100) : self._flag_start]
            if COMPARED.search(before) or self._variables.is_never_called(start):
                return  # other files may call the function
        text = self._text[start:end]
        message = "the value of this is not in the file"
        yield mistake(
            "input-unresolved", How.INSTALLS, message, self._source.span(start, end), text
        )

    def _is_pre_release(self, start: int, end: int) -> bool:
        """Say whether a command asks for pre-releases, before or behind a flag."""
        if not self._asks_for_pre_releases:
            return False
        before = self._text[max(0, start - NEIGHBOURHOOD) : start]
        after = self._text[end : end + NEIGHBOURHOOD]
        border = LIST_END if "," in before[-4:] + after[:4] else COMMAND_END
        before = border.split(CONTINUED.sub(" ", before))[-1]
        after = border.split(CONTINUED.sub(" ", after))[0]
        return bool(PRE_RELEASE.search(before) or PRE_RELEASE.search(after))

    def _verb(self, verb: re.Match[str]) -> Iterator[Read]:
        """Read the arguments of a command that installs: ``ovsx get`` takes one, others many."""
        is_ovsx = verb["verb"].startswith("ovsx")
        if self._places.budget.left <= 0:
            return
        rest = REST_OF_COMMAND.match(self._text, verb.end())
        start, end = rest.span() if rest else (verb.end(), verb.end())
        if not self._places.budget.spend(end - start):
            return
        option = ""
        for match in POSITIONAL.finditer(self._text, start, end):
            if not self._places.budget.spend(match.end() - match.start()):
                return
            is_value = option in OPTIONS_WITH_VALUES
            option = match[0]
            if is_value or option.startswith("-"):
                continue
            word = Word(option, match.start(), match.end(), is_listed=True)
            for item in self._resolved(word, is_pre_release=False):
                is_named = isinstance(item, Named) and is_ovsx
                yield replace(item, registry=Registry.OPEN_VSX) if is_named else item
            if is_ovsx:
                return
