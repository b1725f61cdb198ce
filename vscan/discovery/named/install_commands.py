"""Commands that install extensions, in scripts and configurations whose comments begin with #."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.comment_lines import HASH_COMMENT
from vscan.discovery.named.encoded_commands import read_encoded_commands
from vscan.discovery.named.folder_installs import read_folder_installs
from vscan.discovery.named.install_commands_program import PROGRAM
from vscan.discovery.named.interface import Mistake, NamedKind, Read
from vscan.discovery.named.list_words import Comments
from vscan.discovery.named.metadata_text import read_labels
from vscan.discovery.named.written_lists import read_written_lists
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_SCRIPT = Language(Comments(hashes=True, slashes=False), HASH_COMMENT)
_CMD_SCRIPT = Language(
    Comments(hashes=True, slashes=False), lazy_regex(r"[ \t]*\#(?![^\r\n&|]{0,500}[&|])")
)
_RUNS_CMD = lazy_regex(r"^[ \t-]*shell:[ \t]*[\"']?cmd\b", re.MULTILINE | re.IGNORECASE)
_PROGRAM_SCRIPT = lazy_regex(
    r"#![^\r\n]{0,200}\b(?:python|pypy|uv|node|nodejs|deno|bun|tsx|ruby|perl|lua)[0-9.]*"
    r"(?:[ \t\r\n]|$)"
)
_SUFFIXES = frozenset(
    """
    sh bash zsh fish ksh mk mak just dockerfile containerfile yml yaml toml nix command cfg
    ini conf service env envrc profile bats run sls pp cmake desktop nu
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)
_TEMPLATES = frozenset(("tmpl", "tpl", "j2", "jinja", "in", "erb", "template", "example", "dist"))
_TEMPLATE_FOLDERS = frozenset(("ISSUE_TEMPLATE", "PULL_REQUEST_TEMPLATE", "DISCUSSION_TEMPLATE"))
_NAMES = lazy_regex(
    r"(?:dockerfile|containerfile|(?:gnu)?makefile|justfile|vagrantfile|jenkinsfile)\.(?!md$).*"
    r"|cmakelists\.txt|pom\.xml|build\.xml"
)
_PROSE = frozenset(
    """
    readme license licence changelog authors contributing contributors copying notice news
    todo history codeowners maintainers credits
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)


def _accepts(path: PurePosixPath) -> bool:
    suffixes = [suffix.lower().lstrip(".") for suffix in path.suffixes]
    while suffixes and (suffixes[-1] in _TEMPLATES or suffixes[-1].isdigit()):
        suffixes.pop()
    name = path.name.lower()
    if any(part.upper() in _TEMPLATE_FOLDERS for part in path.parts[:-1]):
        return False
    if not suffixes:
        return name.partition(".")[0] not in _PROSE if name[0] != "." else True
    return suffixes[-1] in _SUFFIXES or _NAMES.fullmatch(name) is not None


def _read(text: str) -> Iterator[Read]:
    yield from read_labels(text)
    yield from read_folder_installs(text, _SCRIPT.comment_line)
    yield from read_encoded_commands(text, _SCRIPT)
    yield from read_written_lists(text)
    if not _PROGRAM_SCRIPT.match(text):
        yield from read_commands(text, _CMD_SCRIPT if _RUNS_CMD.search(text) else _SCRIPT)
        return
    # The name of a script need not tell its language.
    found = list(read_commands(text, PROGRAM))
    yield from found
    if not found:
        for item in read_commands(text, _SCRIPT):
            message = "what this program installs is known only when it runs"
            yield Mistake("input-unresolved", How.INSTALLS, message, item.span)


KIND = NamedKind("install-commands", _accepts, _read, INSTALL_MARKS)
