"""Texts that only mention the flag that installs, and texts that only seem to."""

import pytest

from tests.unit.discovery.named_text import KINDS, read

PROGRAM = KINDS["install-commands-program"]
FLAG = "code --install-extension"


@pytest.mark.parametrize(
    "text",
    [
        "_code() { COMPREPLY=($(compgen -W '--install-extension --list-extensions')); }\n",
        "#compdef code\nx=(\n '*--install-extension[install]:id or path:_files'\n)\n",
        "case $1 in --install-extension) I=$2;; esac\n",
        'case "$1" in\n  -x) ;;\n  -i|--install-extension)\n    I=$2 ;;\nesac\n',
        f'echo "to install: {FLAG} $NAME"\n',
        f"echo 'to install: {FLAG} $NAME' >&2\n",
        f"paths:\n  description: runs {FLAG} <id>\n",
        f"vsce package -o mine.vsix && {FLAG} mine.vsix\n",
    ],
)
def test_flags_that_no_editor_gets_are_nothing(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f'echo "{FLAG} $NAME" | sh\n',
        f'echo "{FLAG} $NAME" > x.sh\n',
        f'{{\n echo "{FLAG} $NAME"\n}} | sh\n',
        f'X="\necho " {FLAG} $NAME "\n"\n',
        f'echo "$({FLAG} $NAME)"\n',
        f'eval "$X"\necho "{FLAG} $NAME"\n',
        "case $1 in x) ;; esac\nargs=(\n--install-extension)\ncode ${args[@]} $x\n",
        f'complete -F x code\nX="--install-extension --list-extensions"\n{FLAG} $X\n',
        f"description: &x {FLAG} $NAME\n",
        f"description: ; {FLAG} $NAME\n",
    ],
)
def test_flags_that_an_editor_may_get_are_unresolved(text: str) -> None:
    assert "input-unresolved" in read(text)


def test_what_a_message_names_counts() -> None:
    assert read(f'echo "{FLAG} a.b"\n') == ["a.b"]
    assert read(f"description: {FLAG} a.b\n") == ["a.b"]


def test_another_archive_than_the_one_that_is_built_counts() -> None:
    text = f"vsce package -o mine.vsix && {FLAG} other.vsix\n"
    assert read(text) == ["vsix-file: other.vsix"]


def test_an_option_that_a_program_declares_is_nothing() -> None:
    text = 'p.add_argument("--install-extension", help="install one, such as a.b")\n'
    assert read(text, PROGRAM) == []
    text = 'p.add_argument("--install-extension", "a.b")\n'
    assert read(text, PROGRAM) == ["a.b"]


def test_a_list_of_domains_or_files_is_none_of_extensions() -> None:
    kind = KINDS["list-file-of-any-name"]
    assert read("example.com\nfoo.org\n", kind) == []
    assert read("tar.gz\nd.ts\n", kind) == []
    assert read("example.com\na.b\n", kind) == ["example.com", "a.b"]
