"""Find what the files of a repository give to the variables, functions and scripts of others.

A script that installs ``$EXTENSION`` gets the value from a compose file, a workflow, a Makefile or
another script; a Dockerfile's ``ARG`` from whoever builds it. All values count that a name is given
anywhere in the repository.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from vscan.discovery.named.comment_lines import HASH_COMMENT, CommentLines
from vscan.discovery.named.extension_argument import is_extension, mistake, read_extension
from vscan.discovery.named.interface import Elsewhere, Mistake, NamedKind, Read, Used
from vscan.discovery.named.list_variables import Variables
from vscan.discovery.named.list_words import COST, Budget, Comments, File, Item, Word
from vscan.discovery.named.references import references
from vscan.discovery.named.script_places import ScriptPlaces
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_SUFFIXES: Final = frozenset(
    """
    sh bash zsh fish ksh mk mak just dockerfile containerfile yml yaml toml nix command cfg ini
    conf service env envrc profile json jsonc tf hcl tfvars properties xml bat cmd ps1 psm1 psd1
    py js mjs cjs ts mts cts rb pl lua go rs gradle kts php nu txt sls tpl tmpl j2 code-workspace
    config
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)
_GIVEN = lazy_regex(
    r"(?<![\w-])([A-Za-z_][\w-]{0,100}+)((?:\.\w{1,60}){0,3})[\"']?\]?[ \t]{0,20}"
    r"(?:[:?+]{0,2}=(?!=)|:(?!:))"
)
_WORD = lazy_regex(r"[\w.-]{1,200}+")
_ARGUMENTS = lazy_regex(
    r"[ \t]*\((?P<call>[^()]{0,2000})\)|(?P<line>(?:[^\r\n;&|\\]|\\(?:\r?\n|.)|&(?!&)){0,2000}+)"
)
_ARGUMENT = lazy_regex(
    r"\$\{[^}\r\n]{0,100}\}|\$\([^()\r\n]{0,200}\)|\{\{[^{}\r\n]{0,100}\}\}|`[^`\r\n]{0,200}`"
    r"|[^\s\"'`,;()\[\]{}|&<>=\\]+"
)
_LIST = lazy_regex(r"\.(?:txt|list|lst|conf|cfg|json|jsonc|ya?ml|toml|csv|ini)$", 2)
_TERRAFORM = lazy_regex(r"\.(?:tf|tfvars|hcl|tofu)(?:\.json)?$")
_PREFIX: Final = "TF_VAR_"
_COMMENTS: Final = Comments(hashes=True, slashes=False)
_MAX_VALUES: Final = 2000  # of one name in one file
_MIN_BUDGET: Final = 600_000


def _accepts(path: PurePosixPath) -> bool:
    suffix = path.suffix.lower().lstrip(".")
    return not suffix or path.name.startswith(".") or suffix in _SUFFIXES


def _read(_: str) -> Iterator[Read]:
    return iter(())


# Of a second walk, in which only values are read.
GIVES_VALUES = NamedKind("given-value", _accepts, _read, ("\0",))


class GivenValues:
    """What the texts of a repository give to names that were not asked about before."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str, PurePosixPath]] = set()
        self._users: dict[tuple[str, str], list[tuple[PurePosixPath, Used]]] = {}
        self._names: dict[str, list[tuple[str, str]]] = {}  # as texts write them
        self._calls: dict[str, list[tuple[str, str]]] = {}

    def ask(self, used: Iterable[tuple[PurePosixPath, Used]]) -> bool:
        """Ask about names; false if all of them were asked about before."""
        self._users, self._names, self._calls = {}, {}, {}
        for path, item in used:
            name = item.name or path.name
            if (item.what, name, path) not in self._known:
                self._known.add((item.what, name, path))
                self._users.setdefault((item.what, name), []).append((path, item))
        for what, name in list(self._users):
            if what in {"function", "file"}:
                self._calls.setdefault(name.lower(), []).append((what, name))
            else:
                self._names.setdefault(name, []).append((what, name))
            if what == "terraform":
                self._names.setdefault(_PREFIX + name, []).append(("variable", name))
                self._users.setdefault(("variable", name), self._users[what, name])
        return bool(self._users)

    def read(self, path: PurePosixPath, text: str) -> Iterator[tuple[PurePosixPath, Read]]:
        """Give what a text gives to the names, with the file that each place is in."""
        found = (match.group(1, 2) for match in _GIVEN.finditer(text))
        given = {each for name, path_ in found for each in (name, name + path_)}
        given &= self._names.keys()
        if not _TERRAFORM.search(path.name) and "-var" not in text:
            given = {name for name in given if any(w == "variable" for w, _ in self._names[name])}
        calls = self._calls_in(text) if self._calls else {}
        if not given and not calls:
            return
        source = SourceText(text)
        budget = Budget(2 * len(text) + _MIN_BUDGET)
        variables = Variables(ScriptPlaces(source, _COMMENTS, budget), is_caseless=False)
        for name in sorted(given):
            items = list(variables.assigned(name))
            yield from self._values(path, source, items, self._names[name])
        for name, ends in sorted(calls.items()):
            words = [word for end in ends for word in _arguments(text, end, budget)]
            items = list(variables.resolve(words))
            yield from self._values(path, source, items, self._calls[name])
        for (what, name), is_part in variables.used.items():
            if what == "variable" and not is_part:
                yield path, Used(what, name, How.INSTALLS, source.span(0, 0), is_part)
        if budget.left <= 0:
            yield path, _too_much(source)

    def _calls_in(self, text: str) -> dict[str, list[int]]:
        """Return where the names of functions and files end that are asked about."""
        found: dict[str, list[int]] = {}
        for word in _WORD.finditer(text):
            name = word[0].rpartition("/")[2].lower()
            if name in self._calls:
                found.setdefault(name, []).append(word.end())
        return found

    def _values(
        self,
        path: PurePosixPath,
        source: SourceText,
        items: list[Item],
        names: list[tuple[str, str]],
    ) -> Iterator[tuple[PurePosixPath, Read]]:
        comments = CommentLines(source, HASH_COMMENT)
        items = [item for item in items if not _is_comment(source, comments, item)]
        users = [user for name in names for user in self._users[name] if user[0] != path]
        for user, used in users if items else ():
            if used.is_part:
                message = "another file gives this a value, which is a part of an id"
                yield user, mistake("input-unresolved", used.how, message, used.span, used.name)
        if not all(used.is_part for _, used in users):
            for item in items[:_MAX_VALUES]:
                for read in _read_item(source, item):
                    yield path, read
            if len(items) > _MAX_VALUES:
                yield path, _too_much(source)


def _too_much(source: SourceText) -> Mistake:
    message = "there is more in this file than can be looked up"
    return Mistake("input-unresolved", How.INSTALLS, message, source.span(0, 0))


def _is_comment(source: SourceText, comments: CommentLines, item: Item) -> bool:
    line = source.line(source.line_at(item.start))[:100].lstrip()
    return line.startswith("//") or comments.contain(item.start)


def _arguments(text: str, start: int, budget: Budget) -> Iterator[Word]:
    """Give the words behind the name of a function or of a script."""
    found = _ARGUMENTS.match(text, start) if budget.left > 0 else None
    span = found.span(found.lastgroup or 0) if found else (start, start)
    if not budget.spend(COST * (1 + span[1] - span[0])):
        return
    for word in _ARGUMENT.finditer(text, *span):
        yield Word(word[0], word.start(), word.end(), is_listed=False)


def _read_item(source: SourceText, item: Item) -> Iterator[Read]:
    place = (item.start, item.end)
    path = item.path if isinstance(item, File) else item.text
    if isinstance(item, File) or _LIST.search(path):
        yield Elsewhere("list-file", path, How.INSTALLS, source.span(*place))
    elif any(references(path)):
        message = "the value of this is not in the file"
        yield mistake("input-unresolved", How.INSTALLS, message, source.span(*place), path)
    elif is_extension(path):
        yield from read_extension(source, place, path)
