"""The files of each kind in ``tests/data/repo/json``, and those that should name nothing."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.unit.discovery.test_json_kinds import JSON_KINDS, NAMES
from vscan.discovery.named.interface import Elsewhere, Mistake, Named, NamedKind, Read
from vscan.model import How

_DATA = Path(__file__).parents[2] / "data"
_REPO = _DATA / "repo"
_TRAPS = _DATA / "repo-traps"


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")


def reads(root: Path) -> Iterator[tuple[NamedKind, PurePosixPath, Read]]:
    for path in sorted(path for path in (root / "json").rglob("*") if path.is_file()):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        for kind in JSON_KINDS.values():
            if kind.accepts(relative):
                for item in kind.read(text_of(path)):
                    yield kind, relative, item


def test_the_files_name_what_is_expected() -> None:
    found = [
        f"{item.id} {item.version or '-'} {item.how} {path}:{item.span.line}:{item.span.column}"
        for _, path, item in reads(_REPO)
        if isinstance(item, Named)
    ]
    expected = (_DATA / "repo.expected.json-part").read_text("utf-8").splitlines()
    assert sorted(found) == expected


def test_every_kind_is_there_twice() -> None:
    found = {
        (kind.name, path.parts[1]) for kind, path, item in reads(_REPO) if isinstance(item, Named)
    }
    assert found == {(name, variant) for name in NAMES for variant in ("plain", "odd")}


def test_each_place_is_that_of_the_id() -> None:
    for _, path, item in reads(_REPO):
        if isinstance(item, Named):
            text = text_of(_REPO / path).replace("\r\n", "\n")
            line = text.split("\n")[item.span.line - 1]
            written = line[item.span.column - 1 :][: item.span.length]
            assert written.replace("\\u0065", "e") == str(item.id)


def test_plain_files_have_no_mistake() -> None:
    plain = [item for _, path, item in reads(_REPO) if "plain" in path.parts]
    assert [item for item in plain if isinstance(item, Mistake)] == []


def test_odd_files_have_mistakes_of_each_rule_and_name_files_elsewhere() -> None:
    odd = [item for _, path, item in reads(_REPO) if "odd" in path.parts]
    rules = {item.rule for item in odd if isinstance(item, Mistake)}
    assert rules == {"input-ignored", "input-unresolved", "input-broken"}
    what = {item.what for item in odd if isinstance(item, Elsewhere)}
    assert what == {"vsix-file", "vsix-url", "feature", "image"}


def test_the_traps_install_and_recommend_nothing() -> None:
    found = [
        (path, item)
        for _, path, item in reads(_TRAPS)
        if (isinstance(item, Elsewhere) and item.what != "image")
        or (isinstance(item, Named) and item.how in (How.INSTALLS, How.RECOMMENDS))
    ]
    assert found == []


def test_the_traps_are_files_of_the_kinds() -> None:
    """Otherwise the test above would show nothing."""
    paths = {
        PurePosixPath(path.relative_to(_TRAPS).as_posix())
        for path in (_TRAPS / "json").rglob("*")
        if path.is_file()
    }
    read = {name for path in paths for name, kind in JSON_KINDS.items() if kind.accepts(path)}
    assert read == set(NAMES)
