"""Each kind of part is one new file and at most two lines elsewhere: one of each in a copy.

CONTRIBUTING.md has the steps. A row of an existing table is one line and no file.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import vscan
from tests.builders import install

CHECK = '''
"""A check of the analyser that finds a word."""
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check

RULE = Rule("new-word", Kind.MALWARE, "A word", "The word is there.", "It is a test.", "Remove it.")
PATTERNS = """
rule word {
    strings:
        $a = "a word for a test"
    condition:
        $a
}
"""

def _on_match(window, matches):
    yield window.finding(RULE, Severity.HIGH, Confidence.HIGH, "It has the word", matches[0])

CHECK = Check((RULE,), PATTERNS, _on_match)
'''

POLICY_CHECK = '''
"""A check of the policy that lets no version 9 pass."""
from vscan.policy.check_interface import Check
from vscan.policy.model import Effect, Violation

class NoVersion9(Check):
    id = "no-version-9"
    meaning = "version 9 fails the run"

    def evaluate(self, item, policy):
        if item.extension.version == "9.0.0":
            return Violation(self.id, Effect.FAIL, ("it is version 9",))
        return None

    def sentences(self, policy, found):
        yield "An extension is of version 9."
'''

FORMAT = '''
"""A report format with an id on each line."""

def write(report, stream):
    for assessment in report.assessments:
        stream.write(f"{assessment.extension.id}\\n")
'''

PROVIDER = '''
"""A provider that finds every extension harmless."""
from contextlib import nullcontext
from vscan.model import CacheKey, RiskLevel, Scanned, Verdict

class Second:
    name, summary, limiter, workers, scope = "second", "a test", None, 1, "second 1"

    @classmethod
    def create(cls, options):
        return cls()

    @staticmethod
    def rules():
        return ()

    def warnings(self, today):
        return ()

    def data(self, today):
        return ()

    def key(self, extension):
        return CacheKey(self.scope, extension.id.key, extension.version or "", "")

    def key_of(self, extension, verdict):
        return self.key(extension)

    def client(self):
        return self

    def started(self):
        return nullcontext()

    def ask(self, task, epoch, resume):
        verdict = Verdict("second", "1.0.0", 100, RiskLevel.LOW, (), None, (), None, (), ())
        return Scanned(task, verdict, from_cache=False)

    def close(self):
        pass
'''

TARGET_KIND = '''
"""A kind of target: a list of ids, one on each line."""
from vscan.discovery.target_interface import TargetKind
from vscan.model import Extension, ExtensionId

def _read(path, options):
    for line in path.read_text().split():
        identity = ExtensionId.parse(line)
        yield Extension(identity, "1.0.0", None, identity.name, None, (), None)

KIND = TargetKind("a list", "a list of ids", lambda path, _: path.suffix == ".ids", _read)
'''


@dataclass(frozen=True)
class Part:
    """A new file, and what is added elsewhere: by file, each line before which a line goes."""

    file: str
    text: str
    elsewhere: Mapping[str, Mapping[str, str]]


PARTS = {
    "a check of the analyser": Part(
        "providers/offline/checks/new_word.py",
        CHECK,
        {
            "providers/offline/checks/__init__.py": {
                "    obfuscated_code,": "    new_word,",
                "    obfuscated_code.CHECK,": "    new_word.CHECK,",
            }
        },
    ),
    "a check of the policy": Part(
        "policy/checks/no_version_9.py",
        POLICY_CHECK,
        {
            "policy/checks/__init__.py": {
                "from vscan.policy.checks.policy_blocked import Blocked": (
                    "from vscan.policy.checks.no_version_9 import NoVersion9"
                ),
                "    UnknownRisk(),": "    NoVersion9(),",
            }
        },
    ),
    "a report format": Part(
        "report/ids.py",
        FORMAT,
        {"settings/option_value_checks.py": {'    "github": (),': '    "ids": (".ids",),'}},
    ),
    "a provider": Part(
        "providers/second/__init__.py",
        PROVIDER,
        {
            "providers/__init__.py": {
                "from vscan.providers.vscan_dev import VscanDev": (
                    "from vscan.providers.second import Second"
                ),
                "PROVIDERS: tuple[ProviderType, ...] = (VscanDev, Offline)": "",
            }
        },
    ),
    "a kind of target": Part(
        "discovery/id_list.py",
        TARGET_KIND,
        {
            "discovery/__init__.py": {
                "from vscan.discovery.editor_directories import editor_directories": (
                    "from vscan.discovery import id_list"
                ),
                "    directory_target.KIND,": "    id_list.KIND,",
            }
        },
    ),
}
EDITOR = '    Editor(".new-editor", "New Editor", _OPEN_VSX),'


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the package, and add one part of each kind."""
    place = tmp_path_factory.mktemp("copy")
    package = place / "vscan"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(vscan.__file__).parent, package, ignore=ignore)
    for part in PARTS.values():
        file = package / part.file
        file.parent.mkdir(exist_ok=True)
        file.write_text(part.text.lstrip(), "utf-8")
        assert sum(len(lines) for lines in part.elsewhere.values()) <= 2
        for name, lines in part.elsewhere.items():
            for before, line in lines.items():
                insert(package / name, before, line)
    providers = package / "providers/__init__.py"
    text = providers.read_text("utf-8")
    providers.write_text(
        text.replace("(VscanDev, Offline)", "(VscanDev, Offline, Second)"), "utf-8"
    )
    insert(package / "editors.py", '    Editor(".void", "Void", _OPEN_VSX),', EDITOR)
    return place


def insert(path: Path, before: str, line: str) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines.count(before) == 1, before
    if line:
        lines.insert(lines.index(before), line)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def run(copy: Path, home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vscan", *arguments],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONSAFEPATH": "1", "HOME": str(home)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_a_check_of_the_analyser_is_one_file_and_two_lines(copy: Path, tmp_path: Path) -> None:
    (install(tmp_path) / "main.js").write_text("// a word for a test")
    done = run(copy, tmp_path, "scan", tmp_path, "--offline", "--no-cache", "-o", "json=-")
    assert done.returncode == 1, done.stderr
    (extension,) = json.loads(done.stdout)["extensions"]
    assert [finding["rule"] for finding in extension["findings"]] == ["new-word"]
    assert "The word is there." in run(copy, tmp_path, "rules", "new-word").stdout


def test_a_check_of_the_policy_is_one_file_and_two_lines(copy: Path, tmp_path: Path) -> None:
    install(tmp_path, "acme.tool", "9.0.0")
    outputs = ("-o", "json=r.json", "-o", "junit=r.xml", "-o", "github=-")
    done = run(copy, tmp_path, "scan", tmp_path, "--offline", "--no-cache", *outputs)
    assert done.returncode == 1, done.stderr
    assert "An extension is of version 9." in done.stderr
    assert "::it is version 9\n" in done.stdout
    assert json.loads((tmp_path / "r.json").read_text())["decision"]["outcome"] == "findings"
    assert 'failures="1"' in (tmp_path / "r.xml").read_text()


def test_a_report_format_is_one_file_and_one_line(copy: Path, tmp_path: Path) -> None:
    install(tmp_path, "acme.tool", "1.0.0")
    done = run(copy, tmp_path, "scan", tmp_path, "--offline", "--no-cache", "-o", "report.ids")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.ids").read_text() == "acme.tool\n"


def test_a_provider_is_one_package_and_two_lines(copy: Path, tmp_path: Path) -> None:
    install(tmp_path, "acme.tool", "1.0.0")
    done = run(
        copy,
        tmp_path,
        "scan",
        tmp_path,
        "--source",
        "second",
        "--source",
        "offline",
        "-o",
        "json=-",
    )
    assert done.returncode == 0, done.stderr
    (extension,) = json.loads(done.stdout)["extensions"]
    assert {each["source"] for each in extension["verdicts"]} == {"second", "offline"}
    assert "second (a test)" in " ".join(run(copy, tmp_path, "scan", "--help").stdout.split())


def test_a_kind_of_target_is_one_file_and_two_lines(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "list.ids").write_text("acme.tool\nacme.other\n")
    done = run(copy, tmp_path, "scan", "list.ids", "--source", "second", "-o", "json=-")
    assert done.returncode == 0, done.stderr
    names = [each["id"] for each in json.loads(done.stdout)["extensions"]]
    assert names == ["acme.other", "acme.tool"]
    assert "or a list of ids" in run(copy, tmp_path, "scan", "absent").stderr


def test_an_editor_is_one_line(copy: Path, tmp_path: Path) -> None:
    install(tmp_path / ".new-editor" / "extensions", "acme.tool", "1.0.0")
    done = run(copy, tmp_path, "scan", "--offline", "--no-cache", "-o", "json=-")
    assert done.returncode == 0, done.stderr
    assert [each["id"] for each in json.loads(done.stdout)["extensions"]] == ["acme.tool"]
