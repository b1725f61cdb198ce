"""Commands and lists in languages and forms that few repositories have."""

import pytest

from tests.unit.discovery.named_text import KINDS, read

BREWFILE = KINDS["brewfile"]
COMPILED = KINDS["install-commands-compiled"]
GITPOD = KINDS["gitpod"]
SHELL = KINDS["install-commands"]
TERRAFORM = KINDS["terraform"]


@pytest.mark.parametrize(
    "text",
    [
        'exec.Command("code","--install-extension","a.b").Run()\n',
        'Command::new("code").args(["--install-extension","a.b"]).status();\n',
        'task x(type:Exec){ commandLine "code","--install-extension","a.b" }\n',
        '<?php system("code --install-extension a.b");\n',
        'CreateObject("WScript.Shell").Run "code --install-extension a.b"\n',
        'new ProcessBuilder("code", "--install-extension", "a.b").start();\n',
    ],
)
def test_programs_that_start_others_are_read(text: str) -> None:
    assert read(text, COMPILED) == ["a.b"]


def test_a_text_of_a_program_that_starts_none_is_nothing() -> None:
    assert read('const help = "code --install-extension a.b"\n', COMPILED) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<argument>--install-extension</argument>\n  <argument>a.b</argument>\n", ["a.b"]),
        ('exec { "code --install-extension a.b": }\n', ["a.b"]),
        ("execute_process(COMMAND code --install-extension a.b)\n", ["a.b"]),
        ("environment:\n  - VSCODE_EXTENSION_IDS=a.b|c.d\n", ["a.b", "c.d"]),
        ('brew bundle --file=- <<E\nvscode "a.b"\nE\n', ["a.b"]),
        ('cat > .vscode/extensions.json <<E\n{"recommendations": ["a.b"]}\nE\n', ["a.b"]),
        ("declare -A M=([b]=a)\ncode --install-extension ${M[$k]}.$k\n", ["input-unresolved"]),
    ],
)
def test_more_forms_in_scripts_are_read(text: str, expected: list[str]) -> None:
    found = read(text, SHELL)
    assert set(expected) <= set(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vscode 'a' + '.b'\n", ["input-unresolved"]),
        ('vscode "a" ".b"\n', ["input-unresolved"]),
        ('__send__ "vscode", "a.b"\n', ["a.b"]),
        ('cursor "a.b"\n', ["a.b"]),
        ('cask "cursor"\n', []),
        ('vscode "a.b" if OS.mac?\n', ["a.b"]),
    ],
)
def test_more_forms_of_brewfiles_are_read(text: str, expected: list[str]) -> None:
    assert read(text, BREWFILE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "vscode:\n  ? extensions\n  : - a.b\n",
        "vscode:\n  extensions:\n  - !!binary ZXZpbC5wYXlsb2Fk\n",
        'vscode: {extensions: [\n  "a.\\\n   b"\n]}\n',
    ],
)
def test_forms_of_yaml_that_are_not_read_are_unresolved(text: str) -> None:
    assert "input-unresolved" in read(text, GITPOD)


def test_modules_of_terraform_in_json_are_read() -> None:
    text = '{"module": {"c": {"source": "x/vscode-web", "extensions": ["a.b"]}}}'
    assert read(text, TERRAFORM) == ["a.b"]
    assert read(text.replace("vscode-web", "rds"), TERRAFORM) == []


def test_each_id_of_a_line_of_a_list_counts() -> None:
    assert read("a.b a remark c.d\n", KINDS["list-file"]) == ["a.b", "c.d"]
