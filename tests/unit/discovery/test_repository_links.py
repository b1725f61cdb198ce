"""What the files of a repository give to each other: values of variables, arguments, and files."""

from pathlib import Path

import pytest

from vscan.discovery import discover
from vscan.model import Extension, Unreadable

COMMAND = "code --install-extension"
SCRIPT = f"#!/bin/sh\n{COMMAND} a.b\n"
DEFAULT = f"#!/bin/sh\n{COMMAND} ${{E:-a.b}}\n"
IMAGE = "FROM x\nARG E=a.b\nRUN code-server --install-extension $E\n"
CONTAINER = '{"customizations": {"vscode": {"extensions": ["a.b"]}}}'


def found(root: Path, files: dict[str, str]) -> list[str]:
    """Return the ids that a repository names, and ``?`` for each place without a value."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    items = list(discover([root]))
    ids = {str(item.id) for item in items if isinstance(item, Extension)}
    return sorted(ids | {"?" for item in items if isinstance(item, Unreadable)})


@pytest.mark.parametrize(
    "other",
    [
        {"compose.yml": "services:\n  a:\n    build:\n      args:\n        E: c.d\n"},
        {"compose.yml": "services:\n  a:\n    build:\n      args:\n        - E=c.d\n"},
        {"bake.hcl": 'target "a" { args = { E = "c.d" } }\n'},
        {".devcontainer.json": '{"build": {"args": {"E": "c.d"}}}'},
        {"Makefile": "x:\n\tdocker build --build-arg E=c.d .\n"},
        {".github/workflows/a.yml": "steps:\n  - run: docker build --build-arg E=c.d .\n"},
        {".github/workflows/a.yml": "steps:\n  - with:\n      build-args: |\n        E=c.d\n"},
        {"build.sh": "export E=c.d\ndocker build --build-arg E .\n"},
    ],
)
def test_a_build_argument_has_the_values_that_others_give_it(
    tmp_path: Path, other: dict[str, str]
) -> None:
    assert found(tmp_path, {"Dockerfile": IMAGE, **other}) == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "other",
    [
        {"Makefile": "x:\n\tE=c.d ./setup.sh\n"},
        {"Makefile": "export E := c.d\n"},
        {"compose.yml": "services:\n  a:\n    environment:\n      E: c.d\n"},
        {"compose.yml": "services:\n  a:\n    environment: [E=c.d]\n"},
        {".env": "E=c.d\n"},
        {"a.properties": "E=c.d\n"},
        {".devcontainer.json": '{"containerEnv": {"E": "c.d"}}'},
        {".github/workflows/a.yml": "steps:\n  - run: ./setup.sh\n    env: {E: c.d}\n"},
        {".github/workflows/a.yml": "steps:\n  - run: echo E=c.d >> $GITHUB_ENV\n"},
        {"run.py": 'import os\nos.environ["E"] = "c.d"\n'},
        {"run.ps1": '$env:E = "c.d"\n'},
        {"run.bat": "set E=c.d\r\n"},
    ],
)
def test_a_script_has_the_environment_that_others_give_it(
    tmp_path: Path, other: dict[str, str]
) -> None:
    assert found(tmp_path, {"setup.sh": DEFAULT, **other}) == ["a.b", "c.d"]


@pytest.mark.parametrize(
    ("name", "text", "other"),
    [
        ("setup.sh", f'{COMMAND} "${{1:-a.b}}"\n', {"Makefile": "x:\n\t./setup.sh c.d\n"}),
        ("setup.sh", f'{COMMAND} "${{1:-a.b}}"\n', {"x.json": '{"x": ["./setup.sh", "c.d"]}'}),
        (
            "lib.sh",
            f'f() {{ {COMMAND} "$1"\n}}\nf a.b\n',
            {"main.sh": ". ./lib.sh\nf c.d\n"},
        ),
        (
            "lib.py",
            'def f(e):\n    run(["code", "--install-extension", e])\nf("a.b")\n',
            {"main.py": 'from lib import f\nf("c.d")\n'},
        ),
        (
            ".github/workflows/b.yml",
            (
                f"on:\n  workflow_call:\n    inputs:\n      e: {{default: a.b}}\n"
                f"jobs:\n  a:\n    steps:\n      - run: {COMMAND} ${{{{ inputs.e }}}}\n"
            ),
            {".github/workflows/a.yml": "jobs:\n  a:\n    uses: ./b.yml\n    with: {e: c.d}\n"},
        ),
        (
            "tasks/main.yml",
            (
                f"- command: {COMMAND} {{{{ item }}}}\n"
                "  loop: \"{{ addons | default(['a.b']) }}\"\n"
            ),
            {"group_vars/all.yml": "addons:\n  - c.d\n"},
        ),
        (
            "main.tf",
            (
                'variable "e" { default = ["a.b"] }\nmodule "c" {\n  source = "x/code-server"\n'
                "  extensions = var.e\n}\n"
            ),
            {"a.auto.tfvars": 'e = ["c.d"]\n'},
        ),
        ("Makefile", f"E ?= a.b\nx:\n\t{COMMAND} $(E)\n", {"go.sh": "make x E=c.d\n"}),
    ],
)
def test_what_has_a_default_has_the_values_of_other_files_too(
    tmp_path: Path, name: str, text: str, other: dict[str, str]
) -> None:
    assert {"a.b", "c.d"} <= set(found(tmp_path, {name: text, **other}))


@pytest.mark.parametrize(
    "value", ["${OTHER}", "$(curl x)", "${{ vars.E }}", "{{ e }}"], ids=["a", "b", "c", "d"]
)
def test_a_value_that_cannot_be_known_is_told(tmp_path: Path, value: str) -> None:
    files = {"setup.sh": DEFAULT, "a.yml": f'env:\n  E: "{value}"\n'}
    assert found(tmp_path, files) == ["?", "a.b"]


def test_a_value_that_is_a_part_of_an_id_is_told_where_it_is_used(tmp_path: Path) -> None:
    files = {"setup.sh": f"{COMMAND} a.${{E:-b}}\n", "a.yml": "env:\n  E: d\n"}
    assert found(tmp_path, files) == ["?", "a.b"]


def test_a_variable_that_the_script_itself_sets_has_no_other_value(tmp_path: Path) -> None:
    files = {"setup.sh": f"e=a.b\n{COMMAND} $e\n", "a.yml": "e: c.d\n"}
    assert found(tmp_path, files) == ["a.b"]


@pytest.mark.parametrize(
    ("runs", "name"),
    [
        ({".devcontainer.json": '{"postCreateCommand": "bash setup.txt"}'}, "setup.txt"),
        ({".devcontainer.json": '{"postCreateCommand": ["sh", "a/b.dat"]}'}, "a/b.dat"),
        ({".devcontainer.json": '{"onCreateCommand": "./setup.png"}'}, "setup.png"),
        ({"package.json": '{"scripts": {"postinstall": "sh data.json"}}'}, "data.json"),
        ({"Makefile": "x:\n\tbash README.md\n"}, "README.md"),
        ({"a.sh": ". ./vars.csv\n"}, "vars.csv"),
        ({"a.sh": "source lib.x\n"}, "lib.x"),
        ({"a.sh": "sh < in.x\n"}, "in.x"),
        ({"a.sh": "cat in.x | sudo bash\n"}, "in.x"),
        ({"a.sh": 'bash "$(dirname "$0")/in.x"\n'}, "in.x"),
        ({"s/a.sh": 'bash "$HERE/in.x"\n'}, "t/in.x"),
        ({"a.sh": "cd s && bash in.x\n"}, "s/in.x"),
        ({"a.sh": "make -f mk/x.inc\n"}, "mk/x.inc"),
        ({"Makefile": "include vendor/x.mk\n"}, "vendor/x.mk"),
        ({"a.sh": "sh node_modules/x/s.sh\n"}, "node_modules/x/s.sh"),
        ({"a.sh": "cd vendor/x && sh s.sh\n"}, "vendor/x/s.sh"),
        ({"a.yml": "steps:\n  - run: bash s.x\n    working-directory: d\n"}, "d/s.x"),
        ({"Dockerfile": "FROM x\nCOPY a/b.dat /usr/bin/setup\nRUN setup\n"}, "a/b.dat"),
        (
            {"Dockerfile": "FROM x\nRUN --mount=type=bind,source=d.bin,target=/x sh /x\n"},
            "d.bin",
        ),
        ({"a.sh": "docker build -f build/Image.base .\n"}, "build/Image.base"),
        ({"a.sh": "bash one.x\n", "one.x": "bash two.x\n"}, "two.x"),
    ],
)
def test_a_file_that_a_command_runs_is_a_script_whatever_its_name(
    tmp_path: Path, runs: dict[str, str], name: str
) -> None:
    assert found(tmp_path, {**runs, name: SCRIPT}) == ["a.b"]


@pytest.mark.parametrize(
    ("uses", "name", "text"),
    [
        ({"a.sh": "brew bundle --file=conf/pk\n"}, "conf/pk", 'vscode "a.b"\n'),
        ({"a.sh": "devcontainer up --config cfg/my.json\n"}, "cfg/my.json", CONTAINER),
        (
            {"a.yml": "- uses: devcontainers/ci@v0.3\n  with:\n    configFile: cfg/dc.json\n"},
            "cfg/dc.json",
            CONTAINER,
        ),
        ({"a.sh": "python3 tool.x\n"}, "tool.x", f'os.system("{COMMAND} a.b")\n'),
        (
            {".devcontainer.json": '{"dockerComposeFile": ["node_modules/c.yml"]}'},
            "node_modules/c.yml",
            f'x:\n  command: "{COMMAND} a.b"\n',
        ),
    ],
)
def test_other_files_that_a_command_uses_are_read_as_what_they_are(
    tmp_path: Path, uses: dict[str, str], name: str, text: str
) -> None:
    assert found(tmp_path, {**uses, name: text}) == ["a.b"]


@pytest.mark.parametrize(
    "files",
    [
        {"a.sh": f"cd conf; xargs {COMMAND} < l\n", "l": "a.b\n", "conf/l": "c.d\n"},
        {"s/a.sh": f"xargs {COMMAND} < l\n", "l": "a.b\n", "s/l": "c.d\n"},
        {"a.sh": f'cd "$X"; xargs {COMMAND} < l\n', "l": "a.b\n", "conf/l": "c.d\n"},
        {"d/Dockerfile": f"RUN xargs {COMMAND} < l\n", "l": "a.b\n", "d/l": "c.d\n"},
    ],
)
def test_a_list_is_looked_up_from_each_directory_that_a_command_may_run_in(
    tmp_path: Path, files: dict[str, str]
) -> None:
    assert found(tmp_path, files) == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "files",
    [
        {"Makefile": "x:\n\tcp ./README.md /tmp\n", "README.md": SCRIPT},
        {"mkdocs.yml": "nav:\n  - Setup: docs/setup.md\n", "docs/setup.md": SCRIPT},
        {"package.json": '{"readme": "./README.md"}', "README.md": SCRIPT},
        {"a.sh": "bash gone.txt\n./gone\n. ./gone.env\n"},
        {"a.sh": "bash run.png\n", "run.png": f"\x89PNG\0\n{SCRIPT}"},
        {"a.sh": "bash x.txt\n", "x.txt": "echo hello\n"},
    ],
)
def test_files_that_nothing_runs_or_that_are_not_there_are_nothing(
    tmp_path: Path, files: dict[str, str]
) -> None:
    assert found(tmp_path, files) == []


def test_files_that_run_each_other_in_a_circle_end(tmp_path: Path) -> None:
    files = {"a.sh": "bash b.x\n", "b.x": "bash c.x\n", "c.x": f"bash b.x\n{COMMAND} a.b\n"}
    assert found(tmp_path, files) == ["a.b"]


MANIFEST = '{"publisher": "a", "name": "b", "version": "1.0.0", "engines": {"vscode": "*"}}'


@pytest.mark.parametrize(
    "text",
    [
        "code --extensions-dir ./exts .\n",
        "code --extensionDevelopmentPath=$PWD/exts/x .\n",
        "cp -r exts/x ~/.vscode/extensions/ok\n",
        "cp -r exts/* ~/.vscode/extensions/\n",
    ],
)
def test_extensions_that_a_script_loads_or_copies_are_read(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {".git/HEAD": "", "a.sh": text, "exts/x/package.json": MANIFEST}) == [
        "a.b"
    ]


def test_a_folder_that_is_copied_and_is_not_there_is_told(tmp_path: Path) -> None:
    assert found(tmp_path, {"a.sh": "cp -r gone ~/.vscode/extensions/ok\n"}) == ["?"]


def test_the_repository_s_own_extension_may_be_linked_there(tmp_path: Path) -> None:
    files = {".git/HEAD": "", "a.sh": "ln -s $PWD ~/.vscode/extensions/ok\n", "x/y": ""}
    assert found(tmp_path, files) == []


@pytest.mark.parametrize(
    "text",
    [
        f"curl -o l https://example.com/l\nxargs {COMMAND} < l\n",
        f"echo c.d >> ./l\nxargs {COMMAND} < l\n",
        f"gen | tee l\nxargs {COMMAND} < l\n",
        f"cd /tmp/x && xargs {COMMAND} < l\n",
    ],
)
def test_a_list_that_a_script_writes_or_that_lies_elsewhere_is_told(
    tmp_path: Path, text: str
) -> None:
    assert found(tmp_path, {"a.sh": text, "l": "a.b\n"}) == ["?", "a.b"]


def test_a_list_of_the_extensions_that_are_installed_may_be_written(tmp_path: Path) -> None:
    text = f"code --list-extensions > l\nxargs {COMMAND} < l\n"
    assert found(tmp_path, {"a.sh": text, "l": "a.b\n"}) == ["a.b"]
