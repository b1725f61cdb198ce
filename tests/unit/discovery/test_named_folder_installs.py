"""Extensions that a script downloads, unpacks or copies, or installs by encoded commands."""

import base64

import pytest

from tests.unit.discovery.named_text import KINDS, read
from vscan.discovery.named.interface import NamedKind

BATCH = KINDS["install-commands-batch"]
DATA = KINDS["install-commands-data"]
POWERSHELL = KINDS["install-commands-powershell"]
PROGRAM = KINDS["install-commands-program"]
GALLERY = "https://a.gallery.vsassets.io/_apis/public/gallery/publisher/a/extension/b"
MARKETPLACE = (
    "https://marketplace.visualstudio.com/_apis/public/gallery/publishers/a/vsextensions/b"
)
PACKAGE = "assetbyname/Microsoft.VisualStudio.Services.VSIXPackage"
FOLDER = "~/.vscode/extensions"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"curl -L {GALLERY}/latest/{PACKAGE} -o x\n", "a.b"),
        (f'wget "{GALLERY}/1.2.3/{PACKAGE}"\n', "a.b@1.2.3"),
        (f"curl {MARKETPLACE}/1.2.3/vspackage\n", "a.b@1.2.3"),
        ("wget https://open-vsx.org/api/a/b/1.2.3/file/a.b-1.2.3.zip\n", "a.b@1.2.3"),
        ("wget https://open-vsx.org/api/a/b/linux-x64/1.2.3/file/x\n", "a.b@1.2.3"),
        ("curl https://a.gallerycdn.vsassets.io/extensions/a/b/1.2.3/1/x\n", "a.b@1.2.3"),
        ("xdg-open vscode:extension/a.b\n", "a.b"),
        ("code --log off ext install a.b\n", "a.b"),
        ("extest install-from-marketplace a.b\n", "a.b"),
        (f"curl {GALLERY.replace('/a/', '/$P/')}/latest/{PACKAGE}\n", "input-unresolved"),
    ],
)
def test_the_address_of_a_download_names_an_extension(text: str, expected: str) -> None:
    assert read(text) == [expected]


def test_a_program_downloads_too_where_it_does_not_compute_the_address() -> None:
    assert read(f'get("{MARKETPLACE}/latest/vspackage")\n', PROGRAM) == ["a.b"]
    assert read(f"get(`{MARKETPLACE.replace('/a/', '/${p}/')}/latest/vspackage`)\n", PROGRAM) == []


@pytest.mark.parametrize(
    "text",
    [
        f"unzip x.zip -d {FOLDER}/a\n",
        f"tar xzf e.tgz -C {FOLDER}\n",
        f"curl https://x | bsdtar -xf - -C {FOLDER}/e\n",
        f"git clone https://example.com/a/b {FOLDER}/a.b\n",
        f"curl https://example.com/x -o {FOLDER}/a/main.js\n",
        "D=$HOME/.vscode/extensions\nunzip e.zip -d $D\n",
        'export D="$HOME/.vscode-server/extensions"\nmv /tmp/x "${D}/x"\n',
        f"cd {FOLDER} && tar xf e.tar\n",
        f"mv /tmp/a/extension {FOLDER}/a\n",
        f'cp -r "$X" {FOLDER}/\n',
        f"echo '{{}}' > {FOLDER}/e/package.json\n",
        f"cat x | tee {FOLDER}/e/package.json\n",
        "ADD https://example.com/e.tgz /root/.local/share/code-server/extensions/\n",
        f'- unarchive:\n    src: x\n    dest: "{FOLDER}/a"\n',
    ],
)
def test_what_is_put_into_a_directory_of_extensions_is_unresolved(text: str) -> None:
    assert set(read(text)) == {"input-unresolved"}


@pytest.mark.parametrize(
    "text",
    [
        f"rm -rf {FOLDER}/old.ext-1.0\n",
        f"ls {FOLDER}\n",
        f"cp -r {FOLDER} ./backup\n",
        f"rsync -a {FOLDER}/ host:backup/\n",
        f"tar czf backup.tgz x && ls {FOLDER}\n",
        f"mkdir -p {FOLDER}\n",
        f"cd {FOLDER}\nls\n",
        f"# unzip x.zip -d {FOLDER}/a\n",
        "cp -r extensions/ /opt/app/extensions\n",
        "volumes:\n  - cache:/root/.vscode-server/extensions\n",
        "mounts: [source=x,target=/root/.vscode-server/extensions,type=volume]\n",
        "git clone https://example.com/a/b ~/.oh-my-zsh/custom/plugins/b\n",
    ],
)
def test_commands_that_put_nothing_there_are_nothing(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "command", ["cp -r ext", "ln -s $PWD/ext", "ln -s $(pwd)/ext", "COPY ./ext"]
)
def test_a_folder_of_the_repository_that_is_copied_there_is_looked_up(command: str) -> None:
    (found,) = read(f"{command} {FOLDER}/ok\n")
    assert found.startswith("extension-folder: ")


def test_the_directory_that_an_editor_is_started_with_is_looked_up() -> None:
    assert read("code --extensions-dir ./exts .\n") == ["extensions-directory: ./exts"]
    text = '{"args": ["--extensionDevelopmentPath=${workspaceFolder}"]}'
    assert read(text, DATA) == []


ENCODED = base64.b64encode(b"code --install-extension a.b\n").decode()
WIDE = base64.b64encode("code --install-extension a.b\n".encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"echo {ENCODED} | base64 -d | sh\n", KINDS["install-commands"]),
        (f"write_files:\n- encoding: b64\n  content: {ENCODED}\n", KINDS["install-commands"]),
        (f"powershell -EncodedCommand {WIDE}\n", POWERSHELL),
        (f"powershell -enc {WIDE}\r\n", BATCH),
    ],
)
def test_commands_in_base64_are_read(text: str, kind: NamedKind) -> None:
    assert read(text, kind) == ["a.b"]


def test_other_base64_is_nothing() -> None:
    other = base64.b64encode(b"x" * 3000).decode()
    assert read(f"echo {other} | base64 -d > x.png\n") == []
