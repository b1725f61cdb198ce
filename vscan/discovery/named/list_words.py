"""Split lists and commands of many languages into words, and tell which name an extension.

The languages are those that scripts and configurations are written in: shells, PowerShell, batch
files, Make, YAML, JSON, HCL, Nix. One reader for all of them reads more than any of them would, and
so loses none of their words.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from vscan.discovery.named.extension_argument import is_extension
from vscan.lazy_regex import lazy_regex


class Word(NamedTuple):
    """A word at an offset. A loose one need not name an extension, a listed one should.

    A guess is an argument of some command; whether that gives it to an editor is not known.
    """

    text: str
    start: int
    end: int
    is_listed: bool
    is_guess: bool = False


class File(NamedTuple):
    """A file that a command reads words from, by its path as written."""

    path: str
    start: int
    end: int


Item: TypeAlias = Word | File


class Mode(Enum):
    """What the next word is: of a list, a command, a file, or of no account."""

    LIST = auto()
    COMMAND = auto()
    PRINTED = auto()  # what a command prints
    PATTERN = auto()  # of grep and its like, before their files
    FILES = auto()
    OTHER = auto()


class Comments(NamedTuple):
    """How comments begin that end with their line."""

    hashes: bool
    slashes: bool


_GRAMMAR = r"""
      (?P<blank>(?:[ \t]|[\\`^][ \t]*(?:\r\n?|\n)|\\[nrt]|\\++["'])++)
    | (?P<newline>\r\n?|\n)
    COMMENT
    | (?P<heredoc><<[-~]?[ \t]*+\\?["']?[A-Za-z_]\w{0,60}+["']?)
    | (?P<herestring><<<)
    | (?P<input><(?!\())
    | (?P<quoted>"(?:[^"\\$]|\\.?|\$\([^()]{0,300}+\)|\$)*+(?:"|\Z)|'[^']*+(?:'|\Z))
    | (?P<word>(?:
          \$\$?\{[^}\r\n]{0,200}+\} | \$\$?\([\w.-]{1,100}+\) | \{\{[^{}\r\n]{0,200}+\}\}
        | \\(?![nrt"'\s]) | [$@](?![({]) | [^\s"'`;|&,()\[\]{}<>\\$@]
      )++)
    | (?P<open>[$@<]?[(\[{])
    | (?P<close>[)\]}])
    | (?P<separator>&&|\|\||[;|&])
    | (?P<comma>,)
    | (?P<other>.)
    """
_WORD_START = r"(?<![^\s\[({,;|&\"])"


def _tokens(signs: str) -> re.Pattern[str]:
    comment = f"| (?P<comment>{_WORD_START}(?:{signs})[^\\r\\n]*+)" if signs else ""
    return lazy_regex(_GRAMMAR.replace("COMMENT", comment), re.VERBOSE | re.DOTALL)


_TOKENS = {
    Comments(hashes=True, slashes=True): _tokens(r"\#|//"),
    Comments(hashes=True, slashes=False): _tokens(r"\#"),
    Comments(hashes=False, slashes=True): _tokens("//"),
    Comments(hashes=False, slashes=False): _tokens(""),
}
_INNER_WORD = lazy_regex(
    r"""(?:\$\{[^}]{0,200}\}|\{\{[^{}]{0,200}\}\}|\\(?![nrt"'\s])|[^\s,;\\|"'])++"""
)
_LINE = lazy_regex(r"[^\r\n]++")
_MAX_DEPTH = 3
_PATH = lazy_regex(
    r"(?!-)(?=[^A-Za-z]{0,200}[A-Za-z])"
    r"(?:\$\([^()\r\n]{0,200}\)|\$\{[^}\r\n]{0,200}\}|[\w./~$@+:\\%{}-])++"
)
_READS_FILES = frozenset(
    ("cat", "head", "tail", "sort", "uniq", "cut", "type", "gc", "get-content", "more", "less")
)
_FUNCTIONS = frozenset(("list", "concat", "toset", "tolist", "distinct", "array"))
_READS_FILES_IN_LISTS = frozenset(
    (
        *("cat", "gc", "get-content", "open", "file", "readfilesync"),
        "import-powershelldatafile",
    )
)
_READS_AFTER_PATTERN = frozenset(("grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "jq", "yq"))
_PRINTS = frozenset(("echo", "printf", "print", "write-output", "write-host"))
_BEFORE_COMMANDS = frozenset(
    ("sudo", "do", "then", "else", "while", "until", "if", "!", "command", "exec", "run", "in", "-")
)
_BEFORE_QUOTES = frozenset(("", "@", "f", "r", "b", "$"))  # a quote behind others is an apostrophe
_LIST_MARKS = {":::": Mode.LIST, "::::": Mode.FILES}  # of GNU parallel


COST = 14  # of an item, in characters


class Budget:
    """The characters that may still be read, so that one file takes bounded time."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, amount: int) -> bool:
        """Take an amount; false if nothing is left."""
        self.left -= amount
        return self.left > 0


class WordReader:
    """Reads the items of one part of a text; ``position`` is the offset that it came to."""

    def __init__(self, text: str, comments: Comments, budget: Budget, depth: int = 0) -> None:
        self._text = text
        self._comments = comments
        self._pattern = _TOKENS[comments]
        self._depth = depth  # of commands in quotes
        self._budget = budget
        self.position = 0
        self.breaks: list[int] = []  # where commands end that don't feed the next one
        self.quoted: list[tuple[int, int]] = []
        self._modes: list[Mode] = []
        self._pieces: list[tuple[str, int, int]] = []
        self._next: Mode | None = None  # for one word, behind < and <<<
        self._heredocs: list[str] = []
        self._goes_on = False  # behind a comma
        self._in_backticks = False

    def value(self, start: int, end: int) -> Iterator[Item]:
        """Give the words of a list. It ends with its line, where no bracket is open in it."""
        return self._read(start, end, Mode.LIST, is_value=True)

    def command(self, start: int, end: int) -> Iterator[Item]:
        """Give what the commands in a part of the text print, and the files that they read."""
        return self._read(start, end, Mode.COMMAND, is_value=False)

    def words(self, start: int, end: int) -> Iterator[Item]:
        """Give all words of a part of the text."""
        return self._read(start, end, Mode.LIST, is_value=False)

    def _read(self, start: int, end: int, mode: Mode, *, is_value: bool) -> Iterator[Item]:
        self._modes = [mode]
        self.position = start
        before = ""
        for token in self._pattern.finditer(self._text, start, end):
            kind = token.lastgroup or ""
            if not self._budget.spend(COST + token.end() - token.start()):
                break
            if kind == "comment" and self._is_no_comment(token, before):
                yield from words_of(token[0].partition(";")[0], token.start())
                continue
            before = before if kind == "blank" else kind
            if kind in {"word", "quoted"}:
                if is_value and self._is_behind_value(token, kind):
                    break
                self._add(token, kind)
                continue
            if self._pieces:
                yield from self._flush()
            if is_value and self._ends(kind):
                break
            yield from self._apply(kind, token)
            self.position = token.end()
        if self._pieces:
            yield from self._flush()

    def _is_no_comment(self, token: re.Match[str], before: str) -> bool:
        """Say whether two slashes may be a word of a shell, whose commands JSON and HCL hold."""
        is_at_end = before in {"", "newline", "comma", "open"} and ";" not in token[0]
        return token[0].startswith("//") and not is_at_end

    def _is_behind_value(self, token: re.Match[str], kind: str) -> bool:
        """Say whether a value ends before a token: ``do``, or a quote that is an apostrophe."""
        if kind == "quoted":
            before = "".join(text for text, _, _ in self._pieces[-2:])
            return before not in _BEFORE_QUOTES and "\n" in token[0]
        return token[0] == "do" and len(self._modes) == 1

    def _ends(self, kind: str) -> bool:
        if len(self._modes) > 1:
            return False
        return kind in {"close", "separator"} or (kind == "newline" and not self._goes_on)

    def _add(self, token: re.Match[str], kind: str) -> None:
        self._goes_on = False
        start, end = token.span()
        if kind == "quoted":
            start += 1
            end -= end - start > 0 and token[0][-1] == token[0][0]
            self.quoted.append((start, end))
        self._pieces.append((self._text[start:end], start, end))
        self.position = token.end()

    def _apply(self, kind: str, token: re.Match[str]) -> Iterator[Item]:
        self._goes_on = kind == "comma" or (
            self._goes_on and kind in {"blank", "newline", "comment"}
        )
        if kind in {"open", "close"} or token[0] == "`":
            self._bracket(kind, token[0])
        elif kind == "separator":
            if token[0] != "|":
                self.breaks.append(token.start())
            self._begin_command()
        elif kind in {"input", "herestring"}:
            self._next = Mode.FILES if kind == "input" else Mode.LIST
        elif kind == "heredoc":
            self._heredocs.append(token[0].lstrip("<-~ \t\\").strip("\"'"))
        elif kind == "newline":
            self._begin_command()
            yield from self._documents(token.end())

    def _bracket(self, kind: str, sign: str) -> None:
        """Begin or end a part in brackets, or the command between two backticks."""
        if sign == "`":
            kind = "close" if self._in_backticks else "open"
            self._in_backticks = not self._in_backticks
        if kind == "open":
            is_list = self._modes[-1] is Mode.LIST and sign not in {"$(", "<(", "`"}
            is_file = self._modes[-1] is Mode.FILES and sign == "("
            inner = Mode.LIST if is_list else Mode.COMMAND
            self._modes.append(Mode.FILES if is_file else inner)
            self._next = None
        elif len(self._modes) > 1:
            self._modes.pop()

    def _begin_command(self) -> None:
        if self._modes[-1] is not Mode.LIST:
            self._modes[-1] = Mode.COMMAND

    def _documents(self, start: int) -> Iterator[Item]:
        """Give the words of the here-documents that begin on the line before."""
        for mark in self._heredocs:
            if self._budget.left <= 0:
                break
            end = document_end(self._text, start, mark)
            self._budget.spend(end - start)
            yield from lines_of(self._text[start:end], start)
            start = end
        self._heredocs.clear()

    def finish_documents(self, end: int) -> Iterator[Item]:
        """Give the words of the here-documents of a line that was read up to ``end``."""
        if self._heredocs:
            line_end = self._text.find("\n", end)
            yield from self._documents(line_end + 1 if line_end >= 0 else len(self._text))

    def _flush(self) -> Iterator[Item]:
        pieces, self._pieces = self._pieces, []
        start, end = pieces[0][1], pieces[-1][2]
        text = "".join(piece for piece, _, _ in pieces)
        mode = self._next or self._modes[-1]
        self._next = None
        if text in _LIST_MARKS:
            self._modes[-1] = _LIST_MARKS[text]
        elif mode is Mode.FILES:
            if _PATH.fullmatch(text):
                yield File(text, start, end)
        elif mode is Mode.LIST:
            yield from self._listed(text, pieces)
        elif mode is Mode.PRINTED:
            yield from map(loose, self._listed(text, pieces))
        elif not text.startswith("-"):
            yield from self._loose_word(text, start, end, mode)

    def _listed(self, text: str, pieces: list[tuple[str, int, int]]) -> Iterator[Item]:
        if text.lower().removeprefix("fs.") in _READS_FILES_IN_LISTS:
            self._modes[-1] = Mode.FILES
        elif text in _FUNCTIONS:
            pass
        elif len(pieces) > 1 and not any(sign.isspace() for sign in text):
            yield Word(text.replace("\\", ""), pieces[0][1], pieces[-1][2], is_listed=True)
        else:
            for piece in pieces:
                yield from self._piece(*piece)

    def _piece(self, piece: str, start: int, end: int) -> Iterator[Item]:
        if self._depth < _MAX_DEPTH and ("$(" in piece or "`" in piece):
            inner = WordReader(self._text, self._comments, self._budget, self._depth + 1)
            yield from inner._read(start, end, Mode.LIST, is_value=False)
        else:
            yield from words_of(piece, start)

    def _loose_word(self, text: str, start: int, end: int, mode: Mode) -> Iterator[Item]:
        if mode is Mode.PATTERN:
            self._modes[-1] = Mode.FILES
        elif mode is Mode.COMMAND:
            self._modes[-1] = _mode_behind(text)
            if self._text[start - 1 : start] in {"'", '"'} and is_extension(text):
                yield Word(text, start, end, is_listed=False)
        if "$" in text or "{{" in text:
            yield Word(text, start, end, is_listed=False, is_guess=mode is not Mode.COMMAND)


def _mode_behind(command: str) -> Mode:
    """Tell what the words behind the name of a command are."""
    name = re.split(r"[/\\]", command.lower().lstrip("@-"))[-1].removesuffix(".exe")
    if name in _READS_FILES:
        return Mode.FILES
    if name in _READS_AFTER_PATTERN:
        return Mode.PATTERN
    if name in _PRINTS:
        return Mode.PRINTED
    goes_on = not name or name in _BEFORE_COMMANDS or name.endswith(":") or is_extension(command)
    return Mode.COMMAND if goes_on or "=" in name else Mode.OTHER


def document_end(text: str, start: int, mark: str) -> int:
    """Return where the here-document that begins at ``start`` ends: before its mark."""
    found = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t]*\r?$", re.MULTILINE).search(text, start)
    return found.start() if found else len(text)


def loose(item: Item) -> Item:
    """Return an item as one that need not name an extension."""
    return item._replace(is_listed=False) if isinstance(item, Word) else item


def words_of(text: str, start: int) -> Iterator[Word]:
    """Give the words of a text, each as one of a list."""
    for match in _INNER_WORD.finditer(text):
        word = match[0].replace("\\", "")
        yield Word(word, start + match.start(), start + match.end(), is_listed=True)


def lines_of(text: str, start: int) -> Iterator[Word]:
    """Give the words of a here-document, without the comments in it."""
    for line in _LINE.finditer(text):
        yield from words_of(line[0].partition("#")[0], start + line.start())
