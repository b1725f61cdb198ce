"""Which npm packages an extension brings along, how that is known, and what is said of them."""

import json
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.analysis import Published, advisory, analyse_extension
from tests.builders import extension
from vscan.advisories import Advisory, Signature
from vscan.advisories.database import DataError
from vscan.model import Confidence, Kind, Package, Severity
from vscan.providers.offline import check_interface, locked_package_presence
from vscan.providers.offline.check_interface import ExtensionContext

INSTALLED = {"node_modules/left-pad/package.json": '{"name": "left-pad", "version": "1.3.0"}'}
LOCKED = {"package-lock.json": '{"packages": {"node_modules/left-pad": {"version": "1.3.0"}}}'}
EMBEDDED = {"dist/main.js": 'x={"name":"left-pad","version":"1.3.0","license":"MIT"}'}
BANNER = {"dist/main.js": "/*! left-pad v1.3.0 | MIT */"}
MAP = {"dist/main.js.map": '{"sources":["webpack:///./node_modules/left-pad/index.js"]}'}
LEFT_PAD = "pkg:npm/left-pad@1.3.0"


@pytest.mark.parametrize(
    ("files", "purl", "evidence"),
    [
        (INSTALLED, LEFT_PAD, "node_modules"),
        (
            {"server/node_modules/@acme/a/package.json": '\ufeff{"version": "1.0.0"}'},
            "pkg:npm/%40acme/a@1.0.0",
            "node_modules",
        ),
        (
            {"node_modules/alias/package.json": '{"name": "left-pad", "version": "1.3.0"}'},
            LEFT_PAD,
            "node_modules",
        ),
        (LOCKED, LEFT_PAD, "lock-file"),
        ({"npm-shrinkwrap.json": LOCKED["package-lock.json"]}, LEFT_PAD, "lock-file"),
        ({"yarn.lock": 'left-pad@^1.3.0:\n  version "1.3.0"\n'}, LEFT_PAD, "lock-file"),
        ({"pnpm-lock.yaml": "packages:\n  left-pad@1.3.0:\n"}, LEFT_PAD, "lock-file"),
        (EMBEDDED, LEFT_PAD, "manifest"),
        (
            {"a.js": "x = {\n  name: 'left-pad',\n  version: '1.3.0',\n  main: 'i'\n}"},
            LEFT_PAD,
            "manifest",
        ),
        (BANNER, LEFT_PAD, "banner"),
        ({"a.js": "/**\n * @license Left-Pad v1.3.0\n */"}, LEFT_PAD, "banner"),
        ({"a.js": "/*! @license left-pad 1.3.0 | (c) */"}, LEFT_PAD, "banner"),
        (MAP, "pkg:npm/left-pad", "source-map"),
    ],
)
def test_a_package_is_recognised_by_its_evidence(
    tmp_path: Path, files: dict[str, str | bytes], purl: str, evidence: str
) -> None:
    assert analyse_extension(tmp_path, files).packages == {purl: evidence}


@pytest.mark.parametrize(
    "files",
    [
        {"node_modules/a/test/package.json": '{"name": "a", "version": "1.0.0"}'},
        {"node_modules/a/package.json": '{"name": "a", "version": "^1.0.0"}'},
        {"node_modules/a/package.json": "[]"},
        {"node_modules/a/yarn.lock": 'b@^1.0.0:\n  version "1.0.0"\n'},  # of whoever made it
        {"a.js": 'client({name:"acme",version:"1.0.0"})'},  # any object of any program
        {"a.js": 'x={"name":"no name","version":"1.0.0","main":"x"}'},
        {"a.js": 'x={"filename":"acme","version":"1.0.0","main":"x"}'},
        {"a.md": EMBEDDED["dist/main.js"]},
        {"a.js": "/* see left-pad v1.3.0 */"},
        {"a.js": "/*! Build v1 of 1.3.0 */"},
        {"a.js.map": '"sources":[' * 500_000},  # read once: by squares it would take minutes
        {"a.js.map": '{"sources":["src/a.ts"],"sourcesContent":["node_modules/a/b"]}'},
    ],
)
def test_text_that_resembles_a_package_is_not_one(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    analysis = analyse_extension(tmp_path, files)
    assert analysis.packages == {}
    assert analysis.verdict.gap_texts == ()


def test_the_best_evidence_is_kept(tmp_path: Path) -> None:
    """One entry for a version, and none without a version where a version is known."""
    assert analyse_extension(tmp_path, BANNER | MAP | LOCKED | INSTALLED).packages == {
        LEFT_PAD: "node_modules"
    }


def test_a_signature_recognises_a_library(tmp_path: Path) -> None:
    """What is published about recognised libraries counts like an advisory."""
    published = Published(
        signatures=(Signature("jquery", "content", r"jQuery Library v([0-9.]+)"),),
        retired={"jquery@1.2.3": (advisory("retire-1"),)},
    )
    analysis = analyse_extension(
        tmp_path, {"a.js": "// jQuery Library v1.2.3\n"}, published=published
    )
    assert analysis.packages == {"pkg:npm/jquery@1.2.3": "signature"}
    (found,) = analysis.of("vulnerable-package")
    assert found.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("files", "confidence"),
    [(INSTALLED, Confidence.HIGH), (LOCKED, Confidence.MEDIUM), (EMBEDDED, Confidence.MEDIUM)],
)
def test_a_vulnerable_version_is_found_with_its_evidence(
    tmp_path: Path, files: dict[str, str | bytes], confidence: Confidence
) -> None:
    published = Published(packages={"left-pad@1.3.0": (advisory("GHSA-1", "CVE-1"),)})
    (found,) = analyse_extension(tmp_path, files, published=published).verdict.findings
    assert (found.rule, found.severity, found.kind) == (
        "vulnerable-package",
        Severity.HIGH,
        Kind.VULNERABILITY,
    )
    assert found.message == "GHSA-1: left-pad@1.3.0: does harm; fixed in 2.0.0"
    assert (found.file, found.evidence) == (next(iter(files)), LEFT_PAD)
    assert (found.url, found.confidence) == ("https://example.com/a", confidence)


def test_another_version_and_no_version_are_not_vulnerable(tmp_path: Path) -> None:
    published = Published(packages={"left-pad@1.3.1": (advisory(),)})
    assert not analyse_extension(tmp_path, INSTALLED | MAP, published=published).verdict.findings


def test_several_advisories_about_a_version_are_one_finding(tmp_path: Path) -> None:
    """The worst comes first, the others by id; what two collections say is said once."""
    low = replace(advisory("GHSA-0", fixed=None), severity=Severity.LOW)
    published = Published(
        packages={"left-pad@1.3.0": (low, advisory("GHSA-1", "CVE-1"), advisory("GHSA-2"))},
        retired={"left-pad@1.3.0": (advisory("retire-1", "CVE-1"),)},
    )
    (found,) = analyse_extension(tmp_path, INSTALLED, published=published).of("vulnerable-package")
    assert found.severity is Severity.HIGH
    assert found.message == (
        "GHSA-1: left-pad@1.3.0: does harm; fixed in 2.0.0; and 2 more: GHSA-2, GHSA-0"
    )


@pytest.mark.parametrize(
    ("files", "number"), [(INSTALLED, 1), (LOCKED, 1), (EMBEDDED, 0), (BANNER, 0), (MAP, 0)]
)
def test_a_malicious_version_is_found_where_it_is_certain(
    tmp_path: Path, files: dict[str, str | bytes], number: int
) -> None:
    """A banner may be anybody's: only what npm installed, or would, is called malicious."""
    published = Published(packages={"left-pad@1.3.0": (advisory("MAL-1", malicious=True),)})
    found = analyse_extension(tmp_path, files, published=published).verdict.findings
    assert [(each.rule, each.severity) for each in found] == (
        [("malicious-package", Severity.CRITICAL)] * number
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_script_with_a_name_that_is_not_utf_8_is_examined(tmp_path: Path) -> None:
    published = Published(
        signatures=(
            Signature("jquery", "content", r"jQuery Library v([0-9.]+)"),
            Signature("jquery", "filename", r"jquery-([0-9.]+)\.js"),
        ),
    )
    files: dict[str, str | bytes] = {"a\udce9/b\udcff.js": "// jQuery Library v1.2.3\n"}
    analysis = analyse_extension(tmp_path, files, published=published)
    assert analysis.packages == {"pkg:npm/jquery@1.2.3": "signature"}
    assert analysis.verdict.gaps == ()


MALICIOUS = Published(packages={"evil@1.3.0": (advisory("MAL-1", malicious=True),)})


@pytest.mark.parametrize(
    "files",
    [
        {"node_modules/evil/package.json": '{"name": "left-pad", "version": "1.3.0"}'},
        {"node_modules/left-pad/package.json": '{"name": "evil", "version": "1.3.0"}'},
    ],
    ids=["by its folder", "by its own name"],
)
def test_a_package_with_two_names_is_malicious_by_either(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    analysis = analyse_extension(tmp_path, files, published=MALICIOUS)
    (found,) = analysis.of("malicious-package")
    assert (found.evidence, found.file) == ("pkg:npm/evil@1.3.0", next(iter(files)))
    assert len(analysis.packages) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"node_modules/evil/index.js": "1"},
        {"node_modules/a/node_modules/evil/lib/index.js": "1"},
        {"node_modules/evil/package.json": "{}"},
        {"node_modules/evil/package.json": '{"name": "left-pad", "version": "x"}'},
    ],
)
def test_a_folder_without_a_version_is_malicious_where_every_version_is(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    every = Published(packages={"evil@?": (advisory("MAL-1", malicious=True),)})
    (found,) = analyse_extension(tmp_path, files, published=every).of("malicious-package")
    assert (found.evidence, found.file) == ("pkg:npm/evil", next(iter(files)))
    assert found.message == "MAL-1: evil: does harm; fixed in 2.0.0"
    assert not analyse_extension(tmp_path, files, published=MALICIOUS).of("malicious-package")


def test_a_malicious_package_is_reported_once_with_its_version(tmp_path: Path) -> None:
    files = {"node_modules/evil/package.json": '{"name": "evil", "version": "1.3.0"}'}
    worst = (advisory("MAL-1", malicious=True),)
    published = Published(packages={"evil@1.3.0": worst, "evil@?": worst})
    (found,) = analyse_extension(tmp_path, dict(files), published=published).of("malicious-package")
    assert found.evidence == "pkg:npm/evil@1.3.0"


@pytest.mark.parametrize("where", ["yarn.lock", "node_modules/evil/package.json"])
def test_a_malicious_package_behind_thousands_of_others_is_found(
    tmp_path: Path, where: str
) -> None:
    """And the others are a gap."""
    decoys = "".join(f'p{n}@^1.0.0:\n  version "1.0.{n}"\n' for n in range(20_001))
    content = decoys + 'evil@^1.0.0:\n  version "1.3.0"\n'
    files = {"a/yarn.lock": decoys, where: content}
    if where.startswith("node_modules"):
        files[where] = '{"name": "evil", "version": "1.3.0"}'
    analysis = analyse_extension(tmp_path, dict(files), published=MALICIOUS)
    (found,) = analysis.of("malicious-package")
    assert found.file == where
    assert any("more than 20000 packages" in gap for gap in analysis.verdict.gap_texts)


class Damaged(Published):
    """Data in which the entry of one package can't be read."""

    def for_package(self, name: str, version: str) -> tuple[Advisory, ...]:
        if name == "damaged":
            raise DataError("the data is damaged")
        return super().for_package(name, version)


@pytest.mark.parametrize("file", ["yarn.lock", "main.js"])
def test_a_damaged_entry_hides_no_other(tmp_path: Path, file: str) -> None:
    """It is a gap, and what else is known is told."""
    names = ("damaged", "evil", "left-pad")
    content = {
        "yarn.lock": "".join(f'{name}@^1.0.0:\n  version "1.3.0"\n' for name in names),
        "main.js": "".join(f"/*! {name} v1.3.0 */\n" for name in names),
    }[file]
    published = Damaged(
        packages={
            "evil@1.3.0": (advisory("MAL-1", malicious=True),),
            "left-pad@1.3.0": (advisory("GHSA-1"),),
        }
    )
    analysis = analyse_extension(tmp_path, {file: content}, published=published)
    assert len(analysis.of("malicious-package")) == (file == "yarn.lock")
    assert len(analysis.of("vulnerable-package")) == 1
    assert len(analysis.packages) == 3
    assert all("the data is damaged" in gap for gap in analysis.verdict.gap_texts)
    assert analysis.verdict.gaps


def test_packages_with_long_names_fit_in_a_cached_verdict(tmp_path: Path) -> None:
    """Those with findings are kept, and the rest is a gap."""
    names = [f"p{n:05d}{'x' * 208}" for n in range(19_000)]
    lock = "".join(f'{name}@^1.0.0:\n  version "1.0.0"\n' for name in names)
    folder = "é" * 100
    published = Published(packages={f"{names[-1]}@1.0.0": (advisory("GHSA-1"),)})
    analysis = analyse_extension(tmp_path, {f"{folder}/yarn.lock": lock}, published=published)
    (gap,) = analysis.verdict.gap_texts
    assert "packages more than there is room for" in gap
    assert f"pkg:npm/{names[-1]}@1.0.0" in analysis.packages
    assert 5_000 < len(analysis.packages) < 19_000
    assert sum(len(json.dumps(str(each))) for each in analysis.verdict.packages) < 16 * 1024**2


@pytest.mark.parametrize("number", [214, 215])
def test_a_name_has_as_many_characters_as_npm_takes(tmp_path: Path, number: int) -> None:
    name = "x" * number
    lock = f'{name}@^1.0.0:\n  version "1.0.0"\n'
    manifest = json.dumps({"name": name, "version": "1.0.0"})
    for files in ({"yarn.lock": lock}, {"node_modules/alias/package.json": manifest}):
        found = analyse_extension(tmp_path / f"{len(files)}{min(files)[:4]}", dict(files)).packages
        assert (f"pkg:npm/{name}@1.0.0" in found) == (number <= 214)


def test_the_extension_s_own_manifest_in_its_bundle_is_not_a_package(
    tmp_path: Path,
) -> None:
    published = Published(packages={"left-pad@1.3.0": (advisory(),)})
    analysis = analyse_extension(tmp_path, EMBEDDED, identity="acme.left-pad", published=published)
    assert not analysis.verdict.findings


@pytest.mark.parametrize(
    "files",
    [
        {"package-lock.json": "[" * 100_000},
        {"node_modules/a/package.json": b'{"name": "\xff"}'},
        {"package-lock.json": json.dumps({"packages": {}}) + " " * 9_000_000},
    ],
)
def test_a_file_that_can_t_be_read_is_a_gap(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    (gap,) = analyse_extension(tmp_path, files).verdict.gap_texts
    assert gap.startswith("the check malicious-package failed")
    assert next(iter(files)) in gap


def test_packages_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is a gap, and better evidence of what is known is still taken."""
    monkeypatch.setattr(check_interface, "MAX_PACKAGES", 2)
    lock = "".join(f'p{n}@^1.0.0:\n  version "1.0.{n}"\n' for n in range(9))
    analysis = analyse_extension(tmp_path, {"yarn.lock": lock})
    assert len(analysis.packages) == 2
    assert len(analysis.verdict.gap_texts) == 1
    held = ExtensionContext(extension(), {}, Published(), ())
    one = Package("a", "1.0.0", "banner", Confidence.MEDIUM, "a.js")
    held.add_package(one)
    held.add_package(replace(one, name="b"))
    held.add_package(better := replace(one, confidence=Confidence.HIGH))
    assert held.packages["a", "1.0.0"] is better


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("templates/package-lock.json", '{"name": {{name}}}'),
        ("test/fixtures/package-lock.json", ""),
        ("node_modules/a/package.json", ""),
    ],
)
def test_a_manifest_that_no_program_can_read_is_no_gap(
    tmp_path: Path, file: str, content: str
) -> None:
    assert analyse_extension(tmp_path, {file: content}).verdict.gap_texts == ()


def test_a_manifest_that_another_program_can_read_is_a_gap(tmp_path: Path) -> None:
    """A number of thousands of digits, which Python refuses and Node doesn't."""
    lock = '{"lockfileVersion": ' + "1" * 5000 + "}"
    (gap,) = analyse_extension(tmp_path, {"package-lock.json": lock}).verdict.gap_texts
    assert "package-lock.json is not valid JSON" in gap


EVIL_LOCK = 'evil@^1.0.0:\n  version "1.3.0"\n'
EVIL_NPM = '{"packages": {"node_modules/evil": {"version": "1.3.0"}}}'
MS = {"server/node_modules/ms/package.json": '{"name": "ms", "version": "2.1.3"}'}
HARMFUL = Published(
    packages={
        "evil@1.3.0": (advisory("MAL-1", malicious=True),),
        "weak@1.3.0": (advisory("GHSA-1"),),
    }
)


@pytest.mark.parametrize("name", ["evil", "weak"])
@pytest.mark.parametrize("lock", ["yarn.lock", "package-lock.json", "pnpm-lock.yaml"])
def test_a_locked_package_beside_installed_ones_is_information(
    tmp_path: Path, lock: str, name: str
) -> None:
    content = {
        "yarn.lock": EVIL_LOCK,
        "package-lock.json": EVIL_NPM,
        "pnpm-lock.yaml": "packages:\n  evil@1.3.0:\n",
    }[lock].replace("evil", name)
    (found,) = analyse_extension(
        tmp_path, {f"server/{lock}": content, **MS}, published=HARMFUL
    ).verdict.findings
    assert (found.severity, found.file) == (Severity.INFO, f"server/{lock}")
    assert found.message.endswith("(not installed beside the lock file)")
    (full,) = analyse_extension(
        tmp_path / "2", {f"server/{lock}": content}, published=HARMFUL
    ).verdict.findings
    assert full.severity >= Severity.HIGH
    assert full.digest != found.digest  # a baseline that has the one does not have the other


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"server/node_modules/.keep": ""},
        {"server/node_modules/ms/index.js": "1"},  # no manifest, so no package
        {"server/node_modules/ms/lib/package.json": "{}"},
        {"node_modules/ms/package.json": '{"name": "ms", "version": "2.1.3"}'},  # beside another
        {"server/a/node_modules/ms/package.json": '{"name": "ms", "version": "2.1.3"}'},
        MS | {"server/node_modules/evil/index.js": "1"},
        MS | {"server/node_modules/evil/package.json": '{"name": "evil", "version": "1.2.0"}'},
        MS | {"client/node_modules/EVIL/package.json": '{"name": "evil", "version": "1.2.0"}'},
        MS | {"server/node_modules/x/package.json": '{"name": "evil", "version": "1.2.0"}'},
        MS | {"server/node_modules/ms/node_modules/evil/lib/a.js": "1"},
        MS | {"vendor/a/package.json": '{"name": "evil", "version": "1.2.0"}'},
        MS | {"dist/main.js": "/*! evil v1.2.0 | MIT */"},
        MS | {"dist/main.js.map": '{"sources":["webpack:///./node_modules/evil/index.js"]}'},
        MS | {"yarn.lock": EVIL_LOCK},  # beside nothing
    ],
)
@pytest.mark.parametrize("name", ["evil", "weak"])
def test_a_locked_package_that_may_be_present_counts_in_full(
    tmp_path: Path, files: dict[str, str | bytes], name: str
) -> None:
    """An empty folder installs nothing, and what lies there may be what the lock file says."""
    everything = {"server/yarn.lock": EVIL_LOCK, **files}
    renamed = {
        path.replace("evil", name): str(content).replace("evil", name)
        for path, content in everything.items()
    }
    found = analyse_extension(tmp_path, dict(renamed), published=HARMFUL).verdict.findings
    assert max(each.severity for each in found) >= Severity.HIGH


@pytest.mark.parametrize("left_out", ["a manifest that is too large", "a link that leads out"])
def test_with_a_gap_every_locked_package_counts_in_full(tmp_path: Path, left_out: str) -> None:
    files: dict[str, str | bytes] = {"server/yarn.lock": EVIL_LOCK, **MS}
    if left_out == "a link that leads out":
        modules = tmp_path / "acme.tools-1.0.0" / "server" / "node_modules"
        modules.mkdir(parents=True)
        (tmp_path / "outside").mkdir()
        (modules / "link").symlink_to(tmp_path / "outside")
    else:
        files["server/node_modules/big/package.json"] = "{" + " " * 9_000_000
    analysis = analyse_extension(tmp_path, files, published=HARMFUL)
    assert analysis.verdict.gaps
    assert analysis.of("malicious-package")[0].severity is Severity.CRITICAL


def test_with_too_many_packages_every_locked_package_counts_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_package_presence, "MAX_PACKAGES", 2)
    files = {
        "server/yarn.lock": EVIL_LOCK,
        "server/node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}',
    }
    analysis = analyse_extension(tmp_path, files | MS, published=HARMFUL)
    assert analysis.of("malicious-package")[0].severity is Severity.CRITICAL


@pytest.mark.parametrize("folder", ["", "server/"])
@pytest.mark.parametrize(
    ("manifest", "severity"),
    [
        ({"devDependencies": {"evil": "^1.0.0"}}, Severity.INFO),
        ({"devDependencies": {"tool": "^2.0.0"}}, Severity.INFO),
        (
            {"devDependencies": {"evil": "^1.0.0"}, "dependencies": {"evil": "^1.0.0"}},
            Severity.CRITICAL,
        ),
        (
            {"devDependencies": {"evil": "^1.0.0"}, "dependencies": {"tool": "^2.0.0"}},
            Severity.CRITICAL,
        ),
        ({"devDependencies": {"evil": "^1.0.0"}, "dependencies": {"gone": "1"}}, Severity.CRITICAL),
        ({"devDependencies": {"other": "^1.0.0"}}, Severity.CRITICAL),
        ({}, Severity.CRITICAL),
    ],
)
def test_a_package_that_yarn_has_for_development_alone_is_information(
    tmp_path: Path, folder: str, manifest: dict[str, object], severity: Severity
) -> None:
    tool = 'tool@^2.0.0:\n  version "2.0.0"\n  dependencies:\n    evil "^1.0.0"\n'
    own = {"publisher": "acme", "name": "tools", "version": "1.0.0"} if not folder else {}
    files: dict[str, str | bytes] = {
        f"{folder}package.json": json.dumps(own | manifest),
        f"{folder}yarn.lock": EVIL_LOCK + tool,
    }
    (found,) = analyse_extension(tmp_path, files, published=HARMFUL).of("malicious-package")
    assert found.severity is severity
    # What is bundled was for development, too.
    bundled = files | {"dist/main.js.map": '{"sources":["../node_modules/evil/a.js"]}'}
    (found,) = analyse_extension(tmp_path / "2", bundled, published=HARMFUL).of("malicious-package")
    assert found.severity is Severity.CRITICAL
