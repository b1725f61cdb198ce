"""The four functions of the package, and the example in docs/library.md."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import vscan
from vscan.model import Extension, Failed, Scanned, Unreadable
from vscan.policy.model import Policy

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "tests" / "data" / "extensions"


@pytest.mark.full
def test_the_example_of_the_document_gives_the_verdict_of_the_command_line(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "library.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    command = subprocess.run(
        [sys.executable, "-m", "vscan", "scan", "--offline", "--no-cache", SAMPLE, "-o", "json=-"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    other = json.loads(command.stdout)
    assert report["decision"] == other["decision"]
    assert [each["findings"] for each in report["extensions"]] == [
        each["findings"] for each in other["extensions"]
    ]
    assert report["rules"] == other["rules"]
    assert done.stdout.splitlines()[0] == f"{report['decision']['outcome']} {command.returncode}"


def test_what_is_no_extension_passes_through_analyse() -> None:
    unreadable = Unreadable("broken", "it has no manifest", None, None, None, origins=())
    assert vscan.analyse(unreadable) is unreadable


def test_an_extension_that_was_not_analysed_makes_the_report_incomplete() -> None:
    found = [each for each in vscan.discover([SAMPLE]) if isinstance(each, Extension)]
    results = [vscan.analyse(each) for each in found[1:]]
    assert all(isinstance(each, Scanned) for each in results)
    report = vscan.evaluate([found[0], *results], Policy(fail_on=None))
    assert (report.decision.outcome, report.decision.exit_code) == ("incomplete", 3)


def test_an_extension_that_is_gone_is_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "acme.tool-1.0.0"
    folder.mkdir()
    manifest = {"publisher": "acme", "name": "tool", "version": "1.0.0"}
    (folder / "package.json").write_text(json.dumps(manifest))
    (found,) = vscan.discover([tmp_path])
    (folder / "package.json").unlink()
    folder.rmdir()
    assert isinstance(vscan.analyse(found), Failed)


@pytest.mark.full
def test_importing_the_package_imports_nothing_else() -> None:
    script = "import sys, vscan; print(*(name for name in sys.modules if name.startswith('vscan')))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.split() == ["vscan"]


def test_the_package_has_no_other_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        vscan.nothing  # noqa: B018
