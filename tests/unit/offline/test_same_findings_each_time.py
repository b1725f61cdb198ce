"""What is found doesn't depend on the order of sets, which differs from process to process."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.full

_MODULES = """
from hashlib import sha256
from vscan.providers.offline.syntax.joined_modules import join_modules
filler = b"// " + b"x" * 30_000 + b"\\n"
sources = {
    f"m{n}.js": filler + b"".join(b'require("./m%d");' % (n * k % 41) for k in range(2, 9))
    for n in range(41)
}
for joined in join_modules(sources):
    print(sha256(joined.source).hexdigest())
"""
_CORPUS = """
from tests.corpus import cases_development, cases_held_out
from vscan.providers.offline.checks import CHECKS
from vscan.providers.offline.syntax.javascript_programs import programs
from vscan.providers.offline.syntax.joined_programs import joined_programs
for case in (*cases_development.CASES, *cases_held_out.CASES):
    for plant in (case.payload, case.near_miss):
        files = {"main.js": plant.code}
        files |= {name: text for name, text in plant.files.items() if name.endswith("js")}
        sources = {
            name: text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
            for name, text in files.items()
        }
        single = [each for name, source in sources.items() for each in programs(name, source)]
        for program in (*single, *joined_programs(sources)):
            for check in CHECKS:
                for found in check.on_program(program) if check.on_program else ():
                    print(case.name, ascii(found))
"""


def output(script: str, seed: int) -> list[str]:
    """Run a script in a process of its own, whose sets have the order of a seed."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def test_sets_have_another_order_in_each_process() -> None:
    """Else the tests below could not fail."""
    assert len({tuple(output("print(set('abcdefgh'))", seed)) for seed in range(4)}) > 1


@pytest.mark.parametrize("script", [_MODULES, _CORPUS], ids=["joined modules", "corpus"])
def test_each_process_finds_the_same(script: str) -> None:
    first = output(script, 1)
    assert len(first) > 2
    for seed in (2, 3):
        assert output(script, seed) == first
