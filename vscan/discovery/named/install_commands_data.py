"""Commands that install extensions, in JSON, and in the language of Terraform and Packer."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.folder_installs import read_folder_installs
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.list_words import Comments
from vscan.discovery.named.metadata_text import read_labels
from vscan.lazy_regex import lazy_regex

# In a script that Terraform holds, //usr/bin/code is a command.
_DATA = Language(
    Comments(hashes=True, slashes=True),
    lazy_regex(r"[ \t]*(?:\#|//(?!\w+/))"),
)
_JSON = Language(Comments(hashes=True, slashes=True), lazy_regex(r"[ \t]*//"))
_JSON_START = lazy_regex(r"(?:\s|//[^\r\n]*|/\*(?:[^*]|\*(?!/))*+\*/){0,1000}+[{\[]")
_NAMES = frozenset(
    """
    package.json devcontainer.json .devcontainer.json devcontainer-feature.json tasks.json
    deno.json deno.jsonc composer.json project.json turbo.json launch.json settings.json
    settings.jsonc devbox.json
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)
_SUFFIXES = frozenset((".tf", ".tofu", ".hcl", ".tfvars", ".code-workspace", ".ipynb"))


def _accepts(path: PurePosixPath) -> bool:
    name = path.name.lower()
    return (
        name in _NAMES
        or path.suffix.lower() in _SUFFIXES
        or name.endswith((".tf.json", ".pkr.json"))
    )


def _read(text: str) -> Iterator[Read]:
    yield from read_labels(text)
    language = _JSON if _JSON_START.match(text) else _DATA
    yield from read_commands(text, language)
    yield from read_folder_installs(text, language.comment_line)


KIND = NamedKind("install-commands-data", _accepts, _read, INSTALL_MARKS)
