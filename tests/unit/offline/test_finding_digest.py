"""What a finding is about, as a digest: another payload in the same place is another finding."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.analysis import Published, advisory, analyse_extension
from tests.archives import PACKAGE, Member, zipped
from tests.builders import install
from tests.offline import analyse
from tests.unit.test_files_the_editor_loads import analysed
from vscan.cache.row_integrity import checksum_of, verified_verdict
from vscan.extension_files import WINDOW_BYTES
from vscan.model import CacheKey, Finding
from vscan.verdict_codec import encode

HEAD = "/* template engine, see https://x.example/docs */ "
EVAL = f'{HEAD}eval(atob("{"QUFB" * 40}'


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def of(files: Mapping[str, str | bytes], rule: str) -> Finding:
    (finding,) = (each for each in analyse(files).findings if each.rule == rule)
    return finding


def test_another_payload_with_the_same_beginning_is_another_finding() -> None:
    texts = (f'{EVAL}"))\n', f'{EVAL}{"ZXZpbCgpO" * 400}"))\n')
    one, other = (of({"main.js": text}, "decoded-code") for text in texts)
    assert (one.evidence, one.offset) == (other.evidence, other.offset)
    assert (one.digest, other.digest) == tuple(sha256(text.encode()) for text in texts)


@pytest.mark.parametrize(
    ("rule", "program"),
    [
        ("package-data-code", "eval(require('fs').readFileSync(__dirname + '/a.bin', 'utf8'));"),
        ("package-data-code", "require('child_process').spawn('node', [__dirname + '/a.bin']);"),
        (
            "sideloading",
            (
                "const vscode = require('vscode'); vscode.commands.executeCommand("
                "'workbench.extensions.installExtension', vscode.Uri.file(__dirname + '/a.bin'));"
            ),
        ),
    ],
)
def test_another_payload_in_the_file_that_is_run_is_another_finding(
    rule: str, program: str
) -> None:
    one, other, same = (
        of({"main.js": program, "a.bin": payload}, rule).digest
        for payload in ("console.log(1)", "console.log(2)", "console.log(1)")
    )
    assert one == same != other


@pytest.mark.full
@pytest.mark.parametrize("size", [0, WINDOW_BYTES - 1000, WINDOW_BYTES, 2 * WINDOW_BYTES])
@pytest.mark.parametrize("first", [False, True])
def test_the_digest_of_a_finding_is_that_of_the_whole_file(size: int, *, first: bool) -> None:
    line = b"// " + os.urandom(510).hex().encode() + b"\n"
    filling = line * (size // len(line)) + b";\n"
    payload = f'{EVAL}"))\n'.encode()
    content = payload + filling if first else filling + payload
    assert of({"a.js": "x", "main.js": content, "z.js": "y"}, "decoded-code").digest == sha256(
        content
    )


def test_the_digest_of_a_manifest_finding_is_that_of_its_text(tmp_path: Path) -> None:
    it = analyse_extension(tmp_path, scripts={"vscode:uninstall": "node bye"})
    (finding,) = it.verdict.findings
    (manifest,) = tmp_path.rglob("package.json")
    assert finding.digest == sha256(manifest.read_bytes())


def test_the_digest_of_a_linked_manifest_is_that_of_its_target(tmp_path: Path) -> None:
    root = install(tmp_path, scripts={"vscode:uninstall": "node bye"})
    (root / "package.json").rename(root / "real")
    (root / "package.json").symlink_to("real")
    (finding,) = analysed(root).findings
    assert finding.digest == sha256((root / "real").read_bytes())


def packages(tmp_path: Path, name: str, version: str, advised: str, other: str = "") -> str:
    lock = f'# {other}\n"{name}@^1":\n  version "{version}"\n'
    published = Published(packages={f"{name}@{version}": (advisory(advised),)})
    it = analyse_extension(tmp_path / os.urandom(4).hex(), {"yarn.lock": lock}, published=published)
    (finding,) = it.of("vulnerable-package")
    return finding.digest


def test_the_digest_of_a_package_finding_covers_name_version_and_advisory(tmp_path: Path) -> None:
    same = packages(tmp_path, "ms", "1.0.0", "GHSA-1")
    assert same == packages(tmp_path, "ms", "1.0.0", "GHSA-1", other="locked again")
    others = {
        packages(tmp_path, "ns", "1.0.0", "GHSA-1"),
        packages(tmp_path, "ms", "1.0.1", "GHSA-1"),
        packages(tmp_path, "ms", "1.0.0", "GHSA-2"),
    }
    assert len(others | {same}) == 4


def test_the_digest_of_an_archive_finding_covers_member_and_anomaly(tmp_path: Path) -> None:
    digests = set()
    for name in ("a" * 990 + "/b", "a" * 990 + "/c"):  # alike where a report cuts them
        path = tmp_path / "x.vsix"
        path.write_bytes(zipped(PACKAGE, Member(f"extension/{name}/", b"x")))
        (finding,) = analysed(path).findings
        digests.add(finding.digest)
    assert len(digests) == 2


def test_the_digest_of_native_programs_covers_all_of_them() -> None:
    digests = {
        of({"a.bin": b"\x7fELF1", "b.bin": b"\x7fELF" + content}, "native-binary").digest
        for content in (b"1", b"2")
    }
    assert len(digests) == 2


def test_a_finding_that_stands_for_many_has_a_digest_of_all() -> None:
    digests = []
    for last in ("x", "y"):
        files = {f"{n:02}.js": f'{EVAL}"));//{n}\n' for n in range(30)}
        verdict = analyse(files | {"29.js": f'{EVAL}"));//{last}\n'})
        assert verdict.findings[-1].message.endswith("(and 10 more like it)")
        digests.append([finding.digest for finding in verdict.findings])
    assert digests[0][:-1] == digests[1][:-1]
    assert digests[0][-1] != digests[1][-1]


def test_a_finding_that_stands_for_many_of_one_file_tells_them_apart(tmp_path: Path) -> None:
    """Of a lock file there is no digest: a package that is not shown is known by its own."""
    digests = []
    for last in ("x1", "x2"):
        names = [*(f"p{n:02}" for n in range(29)), last]
        lock = "".join(f'"{name}@^1":\n  version "1.0.0"\n' for name in names)
        published = Published(packages={f"{name}@1.0.0": (advisory("GHSA-1"),) for name in names})
        it = analyse_extension(tmp_path / last, {"yarn.lock": lock}, published=published)
        shown = it.of("vulnerable-package")
        assert shown[-1].message.endswith("(and 10 more like it)")
        digests.append([finding.digest for finding in shown])
    assert digests[0][:-1] == digests[1][:-1]
    assert digests[0][-1] != digests[1][-1]


def test_two_members_of_one_name_have_a_digest_of_both(tmp_path: Path) -> None:
    digests = []
    for text in ('1"))', '2"))'):
        path = tmp_path / "x.vsix"
        members = (Member("extension/x.js", part) for part in ((EVAL + text).encode(), b"last"))
        path.write_bytes(zipped(PACKAGE, *members))
        (finding,) = (each for each in analysed(path).findings if each.rule == "decoded-code")
        digests.append(finding.digest)
    assert digests[0] != digests[1]


def test_the_cache_keeps_the_digest_of_a_finding() -> None:
    verdict = analyse({"main.js": f'{EVAL}"))\n'})
    key, payload = CacheKey("offline", "acme.tools", "1.0.0", ""), encode(verdict)
    row = (1, payload, checksum_of(key, 1, payload), None)
    assert verified_verdict(key, row, None) == verdict
    for wrong in (b"g" * 32, b"0" * 31):
        spoilt = payload.replace(verdict.findings[0].digest.encode(), wrong)
        assert verified_verdict(key, (1, spoilt, checksum_of(key, 1, spoilt), None), None) is None
