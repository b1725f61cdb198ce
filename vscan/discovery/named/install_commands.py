"""Commands that install extensions, in scripts and configurations whose comments begin with #."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.comment_lines import HASH_COMMENT
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.list_words import Comments
from vscan.lazy_regex import lazy_regex

_SCRIPT = Language(Comments(hashes=True, slashes=False), HASH_COMMENT)
_SUFFIXES = frozenset(
    """
    sh bash zsh fish ksh mk mak just dockerfile containerfile yml yaml toml nix command cfg
    ini conf service env envrc profile
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)
_TEMPLATES = frozenset(("tmpl", "tpl", "j2", "jinja", "in", "erb", "template", "example", "dist"))
_NAMES = lazy_regex(
    r"(?:dockerfile|containerfile|(?:gnu)?makefile|justfile|vagrantfile|jenkinsfile)\.(?!md$).*"
)
_PROSE = frozenset(
    """
    readme license licence changelog authors contributing contributors copying notice news
    todo history codeowners maintainers credits
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)


def _accepts(path: PurePosixPath) -> bool:
    suffixes = [suffix.lower().lstrip(".") for suffix in path.suffixes]
    while suffixes and suffixes[-1] in _TEMPLATES:
        suffixes.pop()
    name = path.name.lower()
    if not suffixes:
        return name.partition(".")[0] not in _PROSE if name[0] != "." else True
    return suffixes[-1] in _SUFFIXES or _NAMES.fullmatch(name) is not None


def _read(text: str) -> Iterator[Read]:
    return read_commands(text, _SCRIPT)


KIND = NamedKind("install-commands", _accepts, _read, INSTALL_MARKS)
