import pytest

from tests.unit.discovery.named_text import KINDS, read
from vscan.discovery.named.interface import Mistake, Named, NamedKind

BATCH = KINDS["install-commands-batch"]
DATA = KINDS["install-commands-data"]
POWERSHELL = KINDS["install-commands-powershell"]
PROGRAM = KINDS["install-commands-program"]
FLAG = "code --install-extension"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (" a.b", ["a.b"]),
        ("=a.b", ["a.b"]),
        (" 'a.b' --force", ["a.b"]),
        ('="a.b"', ["a.b"]),
        ("\ta.b;ls", ["a.b"]),
        (" a.b&&ls", ["a.b"]),
        (" \\\n  a.b", ["a.b"]),
        (" \\\r\n  # a remark\r\n  a.b", ["a.b"]),
        (" `\n  a.b", ["a.b"]),
        (" ^\n  a.b", ["a.b"]),
        (" a.b@1.2.3", ["a.b@1.2.3"]),
        (" A.b@1.2.3-beta.1", ["A.b@1.2.3-beta.1"]),
        (" a.b@prerelease", ["a.b@prerelease"]),
        (" a.b --pre-release", ["a.b@prerelease"]),
        (" a.b@1.2.3 --pre-release", ["a.b@1.2.3"]),
        (" a.b ; x --pre-release", ["a.b"]),
        (" a.b@latest", ["input-ignored", "a.b"]),
        (" a.b,c.d", ["a.b", "c.d"]),
        (" a.b.c", ["input-ignored"]),
        (" a_b.c", ["input-ignored"]),
        (" ab", ["input-ignored"]),
        (" ./x.vsix", ["vsix-file: ./x.vsix"]),
        (' "My Files/x.vsix"', ["vsix-file: My Files/x.vsix"]),
        (" https://example.com/x.vsix", ["vsix-url: https://example.com/x.vsix"]),
        (" $x", ["input-unresolved"]),
        (' "${x}"', ["input-unresolved"]),
        (' "$d/x.vsix"', ["input-unresolved"]),
        (" $$x", ["input-unresolved"]),
        (" {{ x }}", ["input-unresolved"]),
        (" <id>", ["input-unresolved"]),
        (" %1", ["input-unresolved"]),
        (" $(x)", ["input-unresolved"]),
        (" `x`", ["input-unresolved"]),
        ("", ["input-unresolved"]),
        (" ${x:-a.b}", ["a.b"]),
        (" a.b@$version", ["a.b"]),
        # What a shell joins.
        (' evil".ext"', ["evil.ext"]),
        (' "e"vil.ext', ["evil.ext"]),
        (" evil\\.ext", ["evil.ext"]),
    ],
)
def test_an_argument_is_read_as_the_editor_reads_it(argument: str, expected: list[str]) -> None:
    assert read(f"{FLAG}{argument}\n") == expected


@pytest.mark.parametrize(
    "text",
    [
        "code --uninstall-extension a.b\n",
        "code --list-extensions\n",
        f"# {FLAG} a.b\n",
        f"  #{FLAG} a.b\n",
        f"ls # {FLAG} a.b\n",
        "code --install-extensions a.b\n",
        "code --no-install-extension a.b\n",
    ],
)
def test_other_options_and_comments_name_nothing(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"#!/usr/bin/env -S {FLAG} evil.ext\n",
        f': "\n# "; {FLAG} evil.ext\n',
        f"echo '\n#' && {FLAG} evil.ext\n",
        'code --install-"extension" evil.ext\n',
        "code --install-ext\\\nension evil.ext\n",
        "c\\ode --install\\-extension evil.ext\n",
        f"//usr/bin/{FLAG} evil.ext\n",
    ],
)
def test_what_a_shell_runs_is_not_hidden(text: str) -> None:
    assert read(text) == ["evil.ext"]


@pytest.mark.parametrize(
    "text",
    [
        f'for e in a.b "c.d"; do {FLAG} "$e"; done\n',
        f"for e in a.b \\\n c.d\ndo\n {FLAG} $e\ndone\n",
        f'e=( a.b # x.y\n # z.y\n "c.d" )\nfor x in "${{e[@]}}"; do {FLAG} "$x"; done\n',
        f'e=(a.b)\ne+=("c.d")\nfor x in ${{e[*]}}; do {FLAG} $x; done\n',
        f'E="a.b c.d"\nfor x in $E; do {FLAG} $x; done\n',
        f'E="\n  a.b\n  c.d\n"\nfor x in $E; do {FLAG} $x; done\n',
        f'A=a.b\nB="$A c.d"\nfor x in $B; do {FLAG} $x; done\n',
        f"while read -r x; do {FLAG} $x; done <<EOF\na.b\n# x.y\nc.d # z\nEOF\n",
        f"xargs -n1 {FLAG} <<'E'\na.b\nc.d\nE\necho x.y\n",
        f"cat <<E | xargs -n1 {FLAG}\na.b\nc.d\nE\n",
        f"E=$(cat <<X\na.b\nc.d\nX\n)\nfor x in $E; do {FLAG} $x; done\n",
        f"echo a.b c.d | xargs -n 1 {FLAG} --force\n",
        f"printf '%s\\n' a.b c.d | xargs -I{{}} {FLAG} {{}} --force\n",
        f"parallel {FLAG} ::: a.b c.d\n",
        f'i() {{\n local x="$1"\n {FLAG} "$x"\n}}\ni a.b\ni "c.d"\n',
        f'i() {{\n for x in "$@"; do {FLAG} $x; done\n}}\ni a.b c.d\n',
        f"alias i='{FLAG}'\ni a.b\ni c.d\n",
        f'I="{FLAG}"\n$I a.b\n"$I" c.d\n',
        'e=(a.b c.d)\ncode "${e[@]/#/--install-extension }"\n',
        'e=(a.b c.d)\ncode $(printf -- "--install-extension %s " "${e[@]}")\n',
        f"set -l e a.b c.d\nfor x in $e\n {FLAG} $x\nend\n",
        f"E := a.b \\\n  c.d\nx:\n\t@for e in $(E); do {FLAG} $$e; done\n",
        f"x:\n\t$(foreach e,a.b c.d,{FLAG} $(e);)\n",
        "E = a.b c.d\nx:\n\tcode $(addprefix --install-extension ,$(E))\n",
        f"e := 'a.b c.d'\nx:\n  for i in {{{{e}}}}; do {FLAG} $i; done\n",
        f'ARG E="a.b"\nENV F c.d\nRUN for x in $E ${{F}}; do {FLAG} $x; done\n',
        'RUN ["code", "--install-extension", "a.b", "--install-extension=c.d"]\n',
        "args:\n  - --install-extension\n  - a.b\n  - '--install-extension'\n  - \"c.d\"\n",
        "runcmd:\n  - [code, --install-extension, a.b, --install-extension, 'c.d']\n",
        f"matrix:\n  x: [a.b, c.d]\nrun: {FLAG} ${{{{ matrix.x }}}}\n",
        f"- command: {FLAG} {{{{ item }}}}\n  loop:\n    - a.b\n    - c.d\n",
        f"- loop: [a.b, c.d]\n  command: {FLAG} {{{{ item }}}}\n",
        f"- shell: {FLAG} {{{{ item.n }}}}\n  with_items:\n  - {{n: a.b}}\n  - n: c.d\n",
        f"cmds:\n  - for: [a.b, c.d]\n    cmd: {FLAG} {{{{.ITEM}}}}\n",
        f'{{{{ range list "a.b" "c.d" }}}}\n{FLAG} {{{{ . }}}}\n{{{{ end }}}}\n',
        "code ext install a.b c.d\n",
        "ovsx get a.b -o x.vsix\nnpx ovsx get -t linux-x64 c.d\n",
        f"declare -A m=([x]=a.b [y]='c.d')\nfor k in ${{!m[@]}}; do {FLAG} ${{m[$k]}}; done\n",
    ],
)
def test_the_lists_of_a_script_are_followed(text: str) -> None:
    assert sorted(read(text)) == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "text",
    [
        f"while read -r x; do {FLAG} $x; done < FILE\n",
        f"cat FILE | while read x; do {FLAG} $x; done\n",
        f"cat FILE | xargs -L 1 {FLAG}\n",
        f"xargs -L 1 {FLAG} < FILE\n",
        f"< FILE xargs {FLAG}\n",
        f"grep -vE '^(#|$)' FILE | xargs -n1 {FLAG}\n",
        f"sed 's/#.*//' FILE |\n  xargs -n1 {FLAG}\n",
        f"for x in $(cat FILE); do {FLAG} $x; done\n",
        f"for x in `cat FILE`; do {FLAG} $x; done\n",
        f"x=$(<FILE)\nfor e in $x; do {FLAG} $e; done\n",
        f"mapfile -t x < FILE\nfor e in ${{x[@]}}; do {FLAG} $e; done\n",
        f"for e in (cat FILE)\n {FLAG} $e\nend\n",
        f"F=FILE\nwhile read x; do {FLAG} $x; done < $F\n",
        f'{FLAG} "$(cat FILE)"\n',
        "sed 's/^/--install-extension /' FILE | xargs code\n",
    ],
)
@pytest.mark.parametrize("file", ["extensions.txt", "$D/list", "./a/b.txt"])
def test_the_files_of_a_script_are_told(text: str, file: str) -> None:
    assert read(text.replace("FILE", file)) == [f"list-file: {file}"]


def test_an_argument_of_the_script_is_none_of_a_function_before() -> None:
    text = f'f() {{\n echo "$1"\n}}\nf x.y\n{FLAG} "$1"\n'
    assert read(text) == ["input-unresolved"]


def test_recommendations_that_a_script_installs_are_told() -> None:
    text = f"jq -r '.recommendations[]' .vscode/extensions.json | xargs -n1 {FLAG}\n"
    assert read(text) == ["recommendations: .vscode/extensions.json"]


@pytest.mark.parametrize(
    "text",
    [
        f"$l = @(\n 'a.b',\n \"c.d\"\n)\nforeach ($x in $L) {{ {FLAG} $x }}\n",
        f"$l = 'a.b', 'c.d'\n$l | ForEach-Object {{ {FLAG} $_ }}\n",
        f"@('a.b'\n'c.d') | % {{\n {FLAG} $PSItem }}\n",
        f"param($x = @('a.b','c.d'))\n$x | ForEach-Object -Process {{ {FLAG} $_ }}\n",
        f'$l = @"\na.b\nc.d\n"@ -split "`n"\n$l | % {{ {FLAG} $_.Trim() }}\n',
        "Start-Process code -ArgumentList '--install-extension','a.b','--install-extension=c.d'\n",
        "& code @('--install-extension', 'a.b', '--install-extension', 'c.d')\n",
        f"<#\n#> {FLAG} a.b\n {FLAG} `\n  c.d\n",
    ],
)
def test_the_lists_of_powershell_are_followed(text: str) -> None:
    assert read(text, POWERSHELL) == ["a.b", "c.d"]


def test_a_list_file_of_powershell_is_told() -> None:
    text = f"Get-Content .\\x\\list.txt | % {{ {FLAG} $_ }}\n"
    assert read(text, POWERSHELL) == ["list-file: .\\x\\list.txt"]


@pytest.mark.parametrize(
    "text",
    [
        f"for %%e in (a.b c.d) do call {FLAG} %%e\r\n",
        f"for %%e in (\r\n a.b\r\n c.d\r\n) do (\r\n {FLAG} %%E\r\n)\r\n",
        f'set "X=a.b"\r\nset Y=c.d\r\n{FLAG} %X%\r\n{FLAG} !y!\r\n',
        f"call :i a.b\r\ncall :i c.d\r\n:i\r\n{FLAG} %~1\r\n",
    ],
)
def test_the_lists_of_batch_files_are_followed(text: str) -> None:
    assert read(text, BATCH) == ["a.b", "c.d"]


def test_comments_of_batch_files_name_nothing() -> None:
    text = f"REM {FLAG} a.b\n:: {FLAG} a.b\n@rem {FLAG} a.b\n"
    assert read(text, BATCH) == []
    assert read(f"rem. & {FLAG} a.b\n", BATCH) == ["a.b"]


@pytest.mark.parametrize(
    "text",
    [
        '{"postCreateCommand": "for e in a.b c.d; do code --install-extension $e; done"}',
        '{"x": "code --install-extension \\"a.b\\"\\ncode --install-extension c.d"}',
        '{"a": ["code", "--install-extension", "a.b"], "b": "code --install-extension=c.d"}',
        '{"x": "for e in a.b // c.d; do code --install-extension $e; done"}',
        '{"x": "for e in a.b,// c.d; do code --install-extension $e; done"}',
        'locals {\n e = ["a.b", "c.d"]\n}\nx = [for i in local.e : "--install-extension ${i}"]\n',
        'variable "e" {\n default = ["a.b",\n "c.d"]\n}\n'  # noqa: ISC004 - one text
        "x = <<E\n%{ for i in var.e }\ncode --install-extension ${i}\n%{ endfor }\nE\n",
    ],
)
def test_commands_in_data_are_read(text: str) -> None:
    assert [item for item in read(text, DATA) if item != "input-ignored"] == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "text",
    [
        'run(["code", "--install-extension", "a.b"])\nrun("code --install-extension c.d")\n',
        'E = ["a.b",\n  # "x.y",\n  "c.d"]\nfor e in E:\n  run(["--install-extension", e])\n',
        "for (const e of ['a.b', 'c.d']) exec(`code --install-extension ${e}`)\n",
        "['a.b', 'c.d'].forEach(e => exec('code --install-extension ' + e))\n",
        'E = """\na.b\nc.d\n""".split()\nfor e in E:\n  run(f"--install-extension={e}")\n',
    ],
)
def test_quoted_texts_of_programs_are_read(text: str) -> None:
    assert read(text, PROGRAM) == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "text",
    [
        "export function install(id) {\n  exec(`code --install-extension ${id}`)\n}\n",
        'def install(ext):\n    run(["code", "--install-extension", ext])\n',
        'parser.add_argument("--install-extension")\n',
        "// code --install-extension a.b\n * code --install-extension a.b\n",
        "# --install-extension a.b\n",
        "if (argument === '--install-extension') {\n  install(a.b)\n}\n",
    ],
)
def test_a_function_that_the_program_does_not_call_installs_nothing(text: str) -> None:
    assert read(text, PROGRAM) == []


@pytest.mark.parametrize(
    "text",
    [
        'run(["code", "--install-extension", ext])\n',
        "run('code', ['--install-extension', this.id, '--force'])\n",
        "exec(`code --install-extension ${id}`)\n",
        'const F = "--install-extension"\nrun("code", [F, id])\n',
        'e = "a" + ".b"\nrun(["code", "--install-extension", e])\n',
        'def install(e):\n    run(["code", "--install-extension", e])\ninstall(x)\n',
    ],
)
def test_what_a_program_computes_is_unresolved(text: str) -> None:
    assert read(text, PROGRAM) == ["input-unresolved"]


@pytest.mark.parametrize(
    "text",
    [
        'def install(e):\n    run(["code", "--install-extension", e])\ninstall("a.b")\n',
        'function install(e) {\n exec("code --install-extension " + e)\n}\ninstall("a.b");\n',
        'const install = (e) => exec(`code --install-extension ${e}`)\ninstall("a.b");\n',
        'const F = "--install-extension"\nfor (const e of ["a.b"]) run("code", [F, e])\n',
    ],
)
def test_functions_and_constants_of_programs_are_followed(text: str) -> None:
    assert read(text, PROGRAM) == ["a.b"]


_MEBIBYTE = 1 << 20
_UNITS = (
    "--install-extension $",
    f"{FLAG} $x\n",
    f"{FLAG} ",
    "x=(",
    'x="',
    "x=\\'",
    f"cat f | xargs {FLAG}; ",
    f"xargs {FLAG} <<A\n",
    f"f() {{ {FLAG} $1\n}}\nf a.b\n",
    f"$l | % {{ {FLAG} $_ }}\n",
    f"- a: {FLAG} {{{{ item }}}}\n",
    f"while read x; do {FLAG} $x\n",
    "ovsx get ",
    "code ext install ",
    "$(",
    "{{",
)


@pytest.mark.full
@pytest.mark.parametrize("unit", _UNITS)
def test_a_mebibyte_of_anything_ends_and_what_is_not_looked_up_is_told(unit: str) -> None:
    """Each of these takes minutes if one step is quadratic; see how long the test takes."""
    text = (unit * (_MEBIBYTE // len(unit))) + f"\n{FLAG} $x\n"
    found = list(KINDS["install-commands"].read(text))
    assert any(isinstance(item, Mistake | Named) for item in found)
    assert sum(isinstance(item, Mistake) for item in found) <= 1001


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"x":"code --install\\u002dextension evil.ext"}', DATA),
        ('{"x":"code --install-e\\u0078tension evil\\u002eext"}', DATA),
        ('run="code --install\\u002Dextension evil.ext"\n', KINDS["install-commands"]),
        ('run: "code \\x2d-install-extension evil.\\x65xt"\n', KINDS["install-commands"]),
        ('run: "code --install-\\\n    extension evil.\\\n    ext"\n', KINDS["install-commands"]),
        ('run: "true;\\\n  # x\\n code --install-extension evil.ext"\n', KINDS["install-commands"]),
        ("$'\\x63ode' $'--install-extensio\\156' $'evil.\\x65xt'\n", KINDS["install-commands"]),
        ('vscode: {"extensions": ["evil\\u002eext"]}\n', KINDS["gitpod"]),
    ],
)
def test_escapes_hide_nothing(text: str, kind: NamedKind) -> None:
    assert read(text, kind) == ["evil.ext"]


@pytest.mark.parametrize(
    "argument",
    [
        "\"evil\"'.ext'",
        'evil"".ext',
        'evil.e""xt',
        "$'evil.ext'",
        "evil.\\\next",
        "2>/dev/null evil.ext",
        "&>/dev/null evil.ext",
        "< /dev/null evil.ext",
    ],
)
def test_an_argument_is_joined_as_a_shell_joins_it(argument: str) -> None:
    assert read(f"{FLAG} {argument}\n") == ["evil.ext"]


def test_braces_of_a_shell_are_expanded() -> None:
    assert read(f"{FLAG} {{a.b,c.d}}\n") == ["a.b", "c.d"]
    assert read(f"{FLAG} a.{{b,c}}\n") == ["a.b", "a.c"]


def test_carets_of_batch_files_are_taken_out() -> None:
    assert read(f"{FLAG} ev^il.ext\r\n", BATCH) == ["evil.ext"]


@pytest.mark.parametrize(
    "argument",
    ["evil.e${u}xt", "evil?ext", "a.b`x`", "a.b$(x)", '"a.b"$x', "a.b\\\n$x", "#x", "a'b c'.d"],
)
def test_an_argument_that_a_shell_changes_is_unresolved(argument: str) -> None:
    assert "input-unresolved" in read(f"{FLAG} {argument}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('code --install-ext""ension a.b\n', ["a.b"]),
        ("code$IFS--install-extension${IFS}a.b\n", ["a.b"]),
        ("code$IFS$9--install-extension$IFS$9a.b\n", ["a.b"]),
        ("code --install-$'e'xtension a.b\n", ["input-unresolved", "a.b"]),
        ("code --install-$F a.b\n", ["input-unresolved"]),
        ("code --install-${x:-extension} a.b\n", ["input-unresolved"]),
        ("code --force --{force,install-extension} a.b\n", ["input-unresolved"]),
        ('code --user-data-dir="$X" --wait "$Y"\n', []),
        ("# code --install-$F a.b\n", []),
        ("echo $x | xargs code --install-extension > log 2>&1\n", ["input-unresolved"]),
    ],
)
def test_a_flag_that_a_shell_makes_is_told(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '#!/usr/bin/env python3\nfor e in ["a.b"]:\n  run(["code", "--install-extension", e])\n',
        '#!/usr/bin/python3\nE=["a.b"]\nfor e in E: subprocess.run(["--install-extension", e])\n',
        '#!/usr/bin/env ruby\n%w[a.b].each { |e| system("code", "--install-extension", e) }\n',
        '#!/usr/bin/env node\nconst e="a.b";spawnSync("code",["--install-extension",e])\n',
    ],
)
def test_a_program_without_a_suffix_is_read_as_one(text: str) -> None:
    assert read(text) == ["a.b"]


def test_a_program_without_a_suffix_that_installs_something_is_unresolved() -> None:
    text = '#!/usr/bin/env python3\nrun(["code", "--install-extension", load()])\n'
    assert read(text) == ["input-unresolved"]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        (f"jq -r '.x[]' d.json | xargs -L1 {FLAG}\n", "list-file: d.json"),
        (f"for e in $(cat x.json); do {FLAG} $e; done\n", "list-file: x.json"),
        (f"cut -d, -f2 d.lst | xargs -L1 {FLAG}\n", "list-file: d.lst"),
        (f"awk '{{print $2}}' d.lst | xargs -L1 {FLAG}\n", "list-file: d.lst"),
        (f"grep ^x: d.lst | cut -d: -f2 | xargs {FLAG}\n", "list-file: d.lst"),
        (f"sed -n 's/^ext: //p' README | while read e; do {FLAG} $e; done\n", "list-file: README"),
        (f"cat d.lst |\n tr _ . |\n xargs {FLAG}\n", "list-file: d.lst"),
        (
            f"jq -r '.recommendations[]' conf/extensions.json | xargs {FLAG}\n",
            "recommendations: conf/extensions.json",
        ),
    ],
)
def test_a_list_whose_words_a_filter_changes_is_unresolved(text: str, file: str) -> None:
    assert read(text) == [file, "input-unresolved"]


@pytest.mark.parametrize(
    "command",
    [
        "cat d.lst | grep -v '^#' | sort -u",
        "sed 's/#.*//' d.lst",
        "sed -e 's/[[:space:]]*#.*//' -e '/^$/d' d.lst",
        "tr -d '\\r' < d.lst",
        "cut -d@ -f1 d.lst",
        "awk '{print $1}' d.lst",
        "awk 'NF' d.lst",
        "head -n 5 d.lst | uniq",
    ],
)
def test_a_filter_that_only_selects_lines_changes_nothing(command: str) -> None:
    assert read(f"{command} | xargs -L1 {FLAG}\n") == ["list-file: d.lst"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"true\\\n#; {FLAG} a.b\n", KINDS["install-commands"]),
        (f'{{"image":"x",\n# ,"postCreateCommand":"{FLAG} a.b"}}', DATA),
        (f'{{"image":"x",/*\n// */"postCreateCommand":"{FLAG} a.b"}}', DATA),
        (f"<#\n# #> {FLAG} a.b\n", POWERSHELL),
        (f"- shell: cmd\n  run: |\n    # & {FLAG} a.b\n", KINDS["install-commands"]),
    ],
)
def test_what_only_seems_to_be_a_comment_hides_nothing(text: str, kind: NamedKind) -> None:
    assert read(text, kind) == ["a.b"]


def test_a_list_may_have_null_characters_between_its_words() -> None:
    assert read("a.b\0c.d\0", KINDS["list-file"]) == ["a.b", "c.d"]


@pytest.mark.parametrize(
    "text",
    [
        f"E=a.b\n. ./env\n{FLAG} $E\n",
        f"E=a.b\nsource ./env\n{FLAG} $E\n",
        f"E=a.b\nexport $(cat .env)\n{FLAG} $E\n",
        f'E=a.b\neval "$(curl x)"\n{FLAG} $E\n',
        f"E=a.b\nE=$(make-id)\n{FLAG} $E\n",
        f"E=a.b\n{FLAG} ${{E/a/c}}\n",
        f"E=a.b\nE=${{E/a/c}}\n{FLAG} $E\n",
        f". ./env\n{FLAG} ${{E:-a.b}}\n",
        f"for e in a.b $(curl x); do {FLAG} $e; done\n",
        f"E=a.b\nE=$(echo cxd | tr x .)\n{FLAG} $E\n",
        f"echo a.b | rev | xargs {FLAG}\n",
        f"{FLAG} $(rev <<< a.b)\n",
        f"for e in a.b $(./gen.py); do {FLAG} $e; done\n",
    ],
)
def test_a_value_that_something_unseen_changes_is_named_and_unresolved(text: str) -> None:
    assert set(read(text)) - {"input-ignored"} == {"a.b", "input-unresolved"}


@pytest.mark.parametrize(
    "text",
    [
        f"E=a.b\nprintf -v E c.d\n{FLAG} $E\n",
        f"E=(a.b)\nE[1]=c.d\n{FLAG} ${{E[1]}}\n",
        f"E=a.b\n{FLAG} $E\n. ~/.bashrc\n{FLAG} c.d\n",
        f". ~/.bashrc\nE=a.b\n{FLAG} $E\n{FLAG} c.d\n",
        f'V=$(curl x)\n{FLAG} a.b@$V\nE="c.d"\n{FLAG} ${{E%%#*}}\n',
        f"echo a.b c.d | tr ' ' '\\n' | xargs -n1 {FLAG}\n",
    ],
)
def test_what_is_assigned_in_the_file_is_named_only(text: str) -> None:
    assert read(text) == ["a.b", "c.d"]
