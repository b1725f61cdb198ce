import pytest

from tests.unit.discovery.named_text import KINDS, read
from vscan.discovery.named.interface import Named
from vscan.model import How, Registry

SET = "Microsoft.VSCode.Dsc/VSCodeExtension"


@pytest.mark.parametrize(
    "text",
    [
        'vscode: {extensions: [a.b, "c.d"]}',
        '{"vscode": {"extensions": ["a.b",\n"c.d"]}}',
        "vscode:\n  extensions:\n    - a.b\n\n    # - x.y\n    - c.d # z\n",
        "vscode:\n  \"extensions\" : \n  - a.b\n  - 'c.d'\n",
        "vscode:\r\n\textensions:\r\n\t- a.b\r\n\t- c.d",
        "vscode:\n  extensions: &x\n    - a.b\n    - c.d\n",
        "vscode:\n  extensions: [\n# x.y\na.b, c.d]\n",
        "x: &x [a.b]\nvscode:\n  extensions:\n  - *x\n  - c.d\n",
        'a: "\n  # x"\nvscode: {extensions: [a.b, c.d]} # "',
    ],
)
def test_gitpod_s_lists_are_read_in_each_form(text: str) -> None:
    assert sorted(read(text, KINDS["gitpod"])) == ["a.b", "c.d"]


def test_what_gitpod_s_list_does_not_name_is_told() -> None:
    text = "vscode:\n  extensions:\n  - a.b@1.2.3\n  - foo\n  - ${X}\n  - {{ x }}\n"
    expected = ["a.b@1.2.3", "input-ignored", "input-unresolved", "input-unresolved"]
    assert read(text, KINDS["gitpod"]) == expected


def test_gitpod_s_hash_is_kept() -> None:
    text = "vscode:\n  extensions:\n  - a.b@1.2.3:u2T2f4VqgTFqB2bPX4MzIQ==\n"
    (item,) = KINDS["gitpod"].read(text)
    assert isinstance(item, Named)
    assert (item.version, item.hash) == ("1.2.3", "u2T2f4VqgTFqB2bPX4MzIQ==")
    assert item.registry is Registry.OPEN_VSX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vscode 'a.b'\r\nvscode \"c.d\"\r\n", ["a.b", "c.d"]),
        ('vscode("a.b"); vscode "c.d" if OS.mac?\n', ["a.b", "c.d"]),
        ('vscode \\\n  "a.b"\n', ["a.b"]),
        ('send :vscode, "a.b"\n', ["a.b"]),
        ('["a.b","c.d"].each { |e| vscode e }\n', ["a.b", "c.d"]),
        ("%w[a.b\n c.d].each do |e|\n  vscode e\nend\n", ["a.b", "c.d"]),
        (': "\n# "; vscode "a.b"\n', ["a.b"]),
        ('vscode "#{x}"\nvscode y\n', ["input-unresolved"] * 2),
        ('vscode "x"\n', ["input-ignored"]),
        ('# vscode "a.b"\nbrew "vscode"\ncask "visual-studio-code"\n', []),
    ],
)
def test_brewfiles_are_read(text: str, expected: list[str]) -> None:
    assert read(text, KINDS["brewfile"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ publisher = "a"; name = "b"; version = "1.0.0"; sha256 = "x"; }', ["a.b@1.0.0"]),
        ('{ hash = "x"; version = "1.0.0"; name = "b"; publisher = "a"; }', ["a.b@1.0.0"]),
        ("[ pkgs.vscode-extensions.a.b ]", ["a.b"]),
        ('pkgs.vscode-extensions."4ops".b', ["4ops.b"]),
        ("with pkgs.vscode-extensions; [ a.b (c.d.override { x = 1; }) ]", ["a.b", "c.d"]),
        ("with x.extensions.${system}.vscode-marketplace; [ a.b ]", ["a.b"]),
        ('with (x.f "1.1").vscode-marketplace; [ a.b ]', ["a.b"]),
        ("with pkgs; with vscode-extensions; [ a.b ] ++ [ c.d ]", ["a.b", "c.d"]),
        ("{ x = with pkgs.vscode-extensions; [ a.b ]; y = [ c.d ]; }", ["a.b"]),
        ("inherit (pkgs.vscode-extensions.a) b c;", ["a.b", "a.c"]),
        ('nix4vscode.forVscode [ "a.b" "c.d.1.2.3" ]', ["a.b", "c.d@1.2.3"]),
        ("let e = pkgs.vscode-extensions; in [ e.a.b ]", ["input-unresolved"]),
        ("pkgs.vscode-extensions.${p}.x", ["input-unresolved"]),
        ('{ publisher = p; name = "b"; version = "1.0.0"; }', ["input-unresolved"]),
        ('{ publisher = "a b"; name = "b"; }', ["input-ignored"]),
        ("# vscode-extensions.a.b\n/* vscode-extensions.c.d */", []),
        ('"vscode-extensions.a.b"', []),
        ('{ name = "b"; version = "1.0.0"; sha256 = "x"; } // vscode', []),
    ],
)
def test_nix_is_read(text: str, expected: list[str]) -> None:
    assert read(text, KINDS["nix-expression"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"- resource: {SET}\n  settings:\n    Name: a.b\n    Version: 1.2.3\n", ["a.b@1.2.3"]),
        (f"- settings: {{Name: 'a.b'}}\n  resource: {SET}\n", ["a.b"]),
        (f"- name: x.y\n  type: {SET}\n  properties:\n    name: a.b\n", ["a.b"]),
        (
            f"[{{resource: {SET}, s: {{Name: a.b}}}}, {{resource: {SET}, s: {{Name: c.d}}}}]",
            ["a.b", "c.d"],
        ),
        (
            f"- resource: {SET}\n  settings:\n    Name: a.b\n    PreRelease: true\n",
            ["a.b@prerelease"],
        ),
        (
            f"- resource: {SET}\n  settings:\n    Name: a.b\n    Version: 1\n",
            ["a.b", "input-ignored"],
        ),
        (f"- resource: {SET}\n  settings:\n    Name: ${{x}}\n", ["input-unresolved"]),
        (
            f"- resource: {SET}\n- resource: other\n  settings:\n    Name: a.b\n",
            ["input-unresolved"],
        ),
        (f"# - resource: {SET}\n#   settings: {{Name: a.b}}\n", []),
        ("- resource: Other/VSCodeExtension\n  settings:\n    Name: a.b\n", []),
    ],
)
def test_configurations_of_winget_are_read(text: str, expected: list[str]) -> None:
    assert read(text, KINDS["winget-configuration"]) == expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("winget-configuration", f"- resource: {SET}\n  settings: {{Name: a.b, Exist: false}}\n"),
        ("winget-configuration", f"- resource: {SET}\n  settings: {{Name: a.b, Ensure: Absent}}\n"),
        ("ansible-variables", "visual_studio_code_extensions_absent: [a.b]\n"),
        ("ansible-variables", "- vscode_extension:\n    name: a.b\n    state: absent\n"),
    ],
)
def test_what_is_removed_is_not_installed(kind: str, text: str) -> None:
    assert [item.how for item in KINDS[kind].read(text)] == [How.REMOVES]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vscode_extensions:\n  - a.b\n  - 'c.d'\n", ["a.b", "c.d"]),
        ("u:\n- n: x\n  visual_studio_code_extensions: [a.b]\n", ["a.b"]),
        (
            "code_rv_ext_to_be_installed:\n- name: a.b\n  description: as v1.2 of\n- c.d\n",
            ["a.b", "c.d"],
        ),
        ("vscode:\n  extensions: [a.b]\nphp:\n  extensions: [c.d]\n", ["a.b"]),
        ("x: &v\n- a.b\nvscode_extensions: *v\n", ["a.b"]),
        ("- x.y.vscode_extension:\n    name: a.b\n", ["a.b"]),
        ("- vscode_extension: name=a.b\n", ["a.b"]),
        ("vscode_extensions:\n- {{ x }}\n- a.b\n", ["input-unresolved", "a.b"]),
        ("vscode_extensions: '{{ x }}'\n", ["input-unresolved"]),
        ("code_extensions: ['.js', '.ts']\n", []),
        ("extensions: [a.b]\n", []),
        ("# vscode_extensions: [a.b]\n", []),
    ],
)
def test_variables_of_ansible_are_read(text: str, expected: list[str]) -> None:
    assert read(text, KINDS["ansible-variables"]) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('extensions = ["a.b", "c.d@1.2.3"]', ["a.b", "c.d@1.2.3"]),
        ('extensions = [\n  "a.b", # x.y\n  // "x.y"\n]', ["a.b"]),
        ('# }\n x = "}"\n extensions = toset(["a.b"])', ["a.b"]),
        ('extensions = split(",", "a.b,c.d")', ["a.b", "c.d"]),
        ('extensions = concat(["a.b"], local.l, var.x)', ["input-unresolved", "a.b", "c.d"]),
        ("auto_install_extensions = true", ["recommendations: "]),
        ("auto_install_extensions = var.x", ["recommendations: "]),
        ("auto_install_extensions = false", []),
        ("# auto_install_extensions = true", []),
    ],
)
def test_modules_of_terraform_are_read(body: str, expected: list[str]) -> None:
    text = f'module "m" {{\n source = "x/code-server/y"\n {body}\n}}\nlocals {{\n l = ["c.d"]\n}}\n'
    assert sorted(read(text, KINDS["terraform"])) == sorted(expected)
    assert read(text.replace("code-server", "rds"), KINDS["terraform"]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b\r\nc.d\r\n", ["a.b", "c.d"]),
        ("# x.y\n\n  a.b   # z\n// x.y\n", ["a.b"]),
        ("Extensions installed on WSL: Ubuntu:\na.b@1.2.3\n", ["a.b@1.2.3"]),
        ("- a.b\n'c.d',\n", ["a.b", "c.d"]),
        ("a.b c.d\n", ["a.b", "c.d"]),
        ("code --install-extension a.b\n", ["a.b"]),
        ("./x.vsix\nhttps://example.com/x.vsix\n",
         ["vsix-file: ./x.vsix", "vsix-url: https://example.com/x.vsix"]),
        ("a.b\nnot an id\n", ["a.b", "input-ignored"]),
        ("a.b\n$x\n", ["a.b", "input-ignored"]),
    ],
)  # fmt: skip
def test_list_files_are_read(text: str, expected: list[str]) -> None:
    assert read(text, KINDS["list-file"]) == expected


def test_a_list_of_something_else_names_nothing() -> None:
    kind = KINDS["list-file-of-any-name"]
    assert read("a.b\nc.d\nnone\n", kind) == ["a.b", "c.d", "input-ignored"]
    assert read("mbstring\nxdebug\npdo.mysql\n", kind) == []


@pytest.mark.parametrize(
    "text",
    [
        '{ idx.extensions = [ "a.b" ]; }',
        '{ idx = {\n  # remark\n  extensions = [\n    "a.b"\n  ];\n}; }',
        "with pkgs.vscode-extensions.a; [ b ]",
        "with pkgs; with vscode-extensions.a; [ b ]",
        "with pkgs.vscode-extensions; (with a; [ b ])",
        'buildVscodeExtension { vscodeExtUniqueId = "a.b"; }',
    ],
)
def test_more_forms_of_nix_are_read(text: str) -> None:
    assert read(text, KINDS["nix-expression"]) == ["a.b"]


@pytest.mark.parametrize(
    "text",
    [
        "publisher: name: { mktplcRef = { inherit publisher name; }; }",
        "extensionsFromVscodeMarketplace (pkgs.lib.importJSON ./e.json)",
    ],
)
def test_what_nix_computes_is_unresolved(text: str) -> None:
    assert read(text, KINDS["nix-expression"]) == ["input-unresolved"]


@pytest.mark.parametrize(
    "text",
    [
        '{ services.postgresql.extensions = [ "a.b" ]; }',
        "with pkgs.python.pkgs; [ a b ]",
        "with lib; { publisher = 1; x = [ a ]; }",
    ],
)
def test_lists_of_other_programs_in_nix_are_nothing(text: str) -> None:
    assert read(text, KINDS["nix-expression"]) == []
