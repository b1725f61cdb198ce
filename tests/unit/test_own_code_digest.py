"""What other code said is asked anew: a cache key includes a digest of the code."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vscan.providers.offline import CODE as OFFLINE_CODE
from vscan.providers.own_code_digest import code_digest, digest_of
from vscan.providers.vscan_dev import CODE as SERVICE_CODE

VSCAN = Path(__file__).resolve().parent.parent.parent / "vscan"
# What is loaded beside them, and has no part in what a verdict says.
_SHARED = {
    "errors",
    "events",
    "providers",
    "providers/own_code_digest",
    "providers/exception_outcome",
    "providers/interface",
    "providers/accepted_rate_estimator",
    "providers/rate_limiter",
}
BESIDE = {
    "offline": {*_SHARED, "providers/vscan_dev"},
    "service": {*_SHARED, "providers/offline"},
}


def files_of(code: tuple[str, ...]) -> list[str]:
    """List the files that a digest is about, by their paths below the package."""
    found = [
        file.relative_to(VSCAN).as_posix()
        for path in code
        for file in ([VSCAN / path] if (VSCAN / path).is_file() else (VSCAN / path).rglob("*.*"))
        if file.suffix in {".py", ".json"}
    ]
    assert len(found) == len(set(found)) > 2
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("copy") / "vscan"
    return shutil.copytree(VSCAN, place, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize("code", [OFFLINE_CODE, SERVICE_CODE], ids=["offline", "service"])
def test_one_byte_of_any_file_makes_another_digest(copy: Path, code: tuple[str, ...]) -> None:
    whole = digest_of(copy, code)
    assert whole == digest_of(copy, code) == digest_of(VSCAN, code) == code_digest(*code)
    for name in files_of(code):
        file = copy / name
        before = file.read_bytes()
        file.write_bytes(before + b" ")
        assert digest_of(copy, code) != whole, name
        file.write_bytes(before)
    assert digest_of(copy, code) == whole


def test_a_file_that_is_new_gone_or_renamed_makes_another_digest(copy: Path) -> None:
    whole = digest_of(copy, OFFLINE_CODE)
    new = copy / "providers" / "offline" / "checks" / "new.py"
    new.write_text("")
    assert digest_of(copy, OFFLINE_CODE) != whole
    new.unlink()
    old = copy / "providers" / "offline" / "checks" / "self_spread.py"
    old.rename(new)
    assert digest_of(copy, OFFLINE_CODE) != whole
    new.rename(old)
    assert digest_of(copy, OFFLINE_CODE) == whole


def test_compiled_files_are_no_part_of_it(copy: Path) -> None:
    whole = digest_of(copy, OFFLINE_CODE)
    compiled = copy / "extension_files" / "__pycache__" / "folder.pyc"
    compiled.parent.mkdir()
    compiled.touch()
    assert digest_of(copy, OFFLINE_CODE) == whole


def test_without_sources_no_two_processes_have_one_digest(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "folder.pyc").touch()
    assert digest_of(tmp_path, ["package"]) != digest_of(tmp_path, ["package"])


@pytest.mark.full
@pytest.mark.parametrize(
    ("module", "code", "which"),
    [
        ("vscan.providers.offline.analyser", OFFLINE_CODE, "offline"),
        ("vscan.providers.vscan_dev.client", SERVICE_CODE, "service"),
    ],
)
def test_whatever_a_source_loads_is_part_of_its_digest(
    module: str, code: tuple[str, ...], which: str
) -> None:
    """So that nobody must remember to add a module to the list."""
    script = f"import sys, {module}; print(*(m for m in sys.modules if m.startswith('vscan.')))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name.removeprefix("vscan.").replace(".", "/") for name in done.stdout.split()}
    covered = {name.removesuffix(".py").removesuffix("/__init__") for name in files_of(code)}
    assert loaded - covered - BESIDE[which] == set()
