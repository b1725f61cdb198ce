"""What a run does not need is neither imported nor compiled."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import install
from tests.command import environment
from vscan.lazy_regex import lazy_regex

_COMPILED = """
import re, sys
import vscan.advisories, vscan.editors, vscan.extension_files
compiled, compile_one = [], re.compile
re.compile = lambda *arguments: compiled.append(arguments) or compile_one(*arguments)
from vscan.providers.offline import Offline
assert len(Offline.rules()) > 20
print(compiled, "yara_x" in sys.modules)
"""


def printed(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.full
def test_a_run_without_the_offline_provider_imports_nothing_of_it() -> None:
    """The package itself is imported for the name of the provider."""
    script = (
        "import sys, vscan.cli.scan, vscan.pipeline, vscan.report\n"
        "from vscan.providers.vscan_dev import VscanDev\n"
        "VscanDev.rules()\n"
        "print(*(m for m in sys.modules if m.startswith('vscan.providers.offline')))"
    )
    assert printed(script) == "vscan.providers.offline"


_SCAN = """
import atexit, sys
from vscan.cli import main
checks = "vscan.providers.offline.checks"
atexit.register(lambda: print("checks imported:", checks in sys.modules))
sys.argv[0] = "vscan"
main()
"""


@pytest.mark.full
def test_a_run_that_finds_all_verdicts_in_the_cache_imports_no_check(tmp_path: Path) -> None:
    install(tmp_path / "extensions")
    line = ("scan", "extensions", "--offline", "--quiet", "--cache-dir", "cache", "--plain")
    scans = [
        subprocess.run(
            [sys.executable, "-c", _SCAN, *line, *more],
            env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=True,
        ).stdout.splitlines()[-1]
        for more in ((), (), ("-o", "html=report.html"))
    ]  # fmt: skip
    assert scans[1:] == ["checks imported: False", "checks imported: True"]


@pytest.mark.full
def test_listing_the_rules_compiles_no_pattern() -> None:
    assert printed(_COMPILED) == "[] False"


@pytest.mark.full
def test_an_expression_is_compiled_at_its_first_use() -> None:
    broken = lazy_regex("(")
    with pytest.raises(Exception, match="unterminated subpattern"):
        broken.search("")
    digits = lazy_regex(rb"(\d+)")
    assert [digits.sub(b"x", b"1a2"), digits.search(b"a")] == [b"xax", None]
    assert digits.groups == 1
