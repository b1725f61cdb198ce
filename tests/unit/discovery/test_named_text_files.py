from pathlib import Path, PurePosixPath

import pytest

from tests.unit.discovery.named_text import KINDS, read_directory, short
from vscan.discovery.named import KINDS as ALL_KINDS
from vscan.discovery.named.interface import Elsewhere, Mistake, Named

OWN = "https://example.com/files/linux-x64/own-1.0.0@linux-x64.vsix"
DATA = Path(__file__).resolve().parents[2] / "data"


def test_the_repository_names_what_is_expected_where_it_is_expected() -> None:
    found = {
        f"{item.id} {item.version or '-'} {item.how} "
        f"text/{path}:{item.span.line}:{item.span.column}"
        for path, _, item, _ in read_directory(DATA / "repo" / "text")
        if isinstance(item, Named)
    }
    assert sorted(found) == (DATA / "repo.expected.text-part").read_text("utf-8").splitlines()


def test_the_repository_s_other_places_are_told() -> None:
    found = sorted(
        f"{path}:{item.span.line} {short(item)}"
        for path, _, item, _ in read_directory(DATA / "repo" / "text")
        if isinstance(item, Mistake | Elsewhere)
    )
    assert found == [
        "odd/.gitpod.yaml:5 vsix-url: https://example.com/own.vsix",
        "odd/Dockerfile.dev:12 input-unresolved",
        "odd/Dockerfile.dev:13 vsix-file: /tmp/own.vsix",
        "odd/Dockerfile.dev:13 vsix-url: https://example.com/x/own-1.0.0.vsix",
        "odd/ansible.yml:29 input-unresolved",
        "odd/devcontainer.json:5 list-file: .devcontainer/extensions.txt",
        "odd/home.nix:12 input-unresolved",
        'odd/install-extensions.sh:15 list-file: $(dirname "$0")/extensions.txt',
        "odd/install-extensions.sh:23 list-file: vscode/list.txt",
        "odd/install-extensions.sh:24 list-file: $HOME/.dotfiles/vscode/more.txt",
        "odd/install.cmd:12 list-file: extensions.txt",
        "odd/install.ps1:12 list-file: $PSScriptRoot\\extensions.txt",
        "odd/main.tf:11 recommendations: ",
        "odd/setup.js:6 input-unresolved",
        "odd/setup.winget:22 vsix-file: C:\\own\\own.vsix",
        f"odd/vscode/plugins.txt:7 vsix-url: {OWN}",
        "odd/vscode/plugins.txt:8 input-ignored",
        "odd/workflow.yml:12 input-unresolved",
    ]


def test_a_place_holds_the_name_of_its_extension() -> None:
    for path, _, item, text in read_directory(DATA / "repo" / "text"):
        if isinstance(item, Named):
            line = text.replace("\r\n", "\n").split("\n")[item.span.line - 1]
            start = item.span.column - 1
            assert item.id.name in line[start : start + item.span.length], path


def test_harmless_files_name_nothing() -> None:
    traps = DATA / "repo-traps" / "text"
    assert [(str(path), short(item)) for path, _, item, _ in read_directory(traps)] == []


def test_the_kinds_have_names_in_order() -> None:
    names = [kind.name for kind in ALL_KINDS]
    assert names == sorted(set(names))
    assert set(KINDS) <= set(names)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("Dockerfile", ["install-commands"]),
        ("docker/Dockerfile.dev", ["install-commands"]),
        ("x/dev.dockerfile", ["install-commands"]),
        ("Containerfile", ["install-commands"]),
        ("bin/bootstrap", ["install-commands"]),
        (".zshrc", ["install-commands"]),
        ("run_once_install.sh.tmpl", ["install-commands"]),
        (".gitpod.Dockerfile", ["install-commands"]),
        ("install.BAT", ["install-commands-batch"]),
        ("install.ps1", ["install-commands-powershell"]),
        ("package.json", ["install-commands-data"]),
        ("a/src/x.ts", ["install-commands-program"]),
        ("dotfiles/vscode/extensions.txt", ["list-file"]),
        ("vscode/extensions", ["install-commands", "list-file"]),
        ("vs-code-extensions.list", ["list-file"]),
        ("extensions.txt", ["list-file-of-any-name"]),
        ("home/.Brewfile", ["brewfile", "install-commands"]),
        ("Brewfile.work", ["brewfile"]),
        ("main.tf", ["install-commands-data", "terraform"]),
        ("shell.nix", ["install-commands", "nix-expression"]),
        (".gitpod.yml", ["gitpod", "install-commands"]),
        ("roles/x/defaults/main.yml", ["ansible-variables", "install-commands"]),
        (
            ".config/configuration.winget.yaml",
            ["ansible-variables", "install-commands", "winget-configuration"],
        ),
        ("setup.winget", ["winget-configuration"]),
        ("README.md", []),
        ("docs/notes.txt", []),
        ("requirements.txt", []),
        ("robots.txt", []),
        ("LICENSE", []),
        ("README", []),
        ("data.json", []),
        ("index.html", []),
    ],
)
def test_a_path_says_which_kinds_read_it(path: str, names: list[str]) -> None:
    accepting = [name for name, kind in KINDS.items() if kind.accepts(PurePosixPath(path))]
    assert sorted(accepting) == names
