"""Native modules that hide what they are."""

from pathlib import Path
from typing import Any

import pytest

from tests.analysis import analyse_extension
from tests.unit.offline.test_disguised_file import ELF, MACH_O, PE, PNG
from vscan.model import Severity

RULE = "native-module"
START: dict[str, Any] = {"activationEvents": ["onStartupFinished"]}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("os.node", PE, "const m = require('./os.node')"),
        (
            "lib/darwin.node",
            MACH_O,
            "process.platform === 'darwin' && require(\"./lib/darwin.node\")",
        ),
        ("out/fs.node", ELF, "process.dlopen(module, `${__dirname}/fs.node`)"),
        ("out/.cache.node", ELF, "createRequire(url)('./.cache.node')"),
        ("media/icon.node", PE, "require('../media/icon.node')"),
        ("Linux-x64.node", ELF, "require(join(root, 'linux-x64.node'))"),
    ],
)
def test_a_module_that_hides_what_it_is_is_found(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    files: dict[str, str | bytes] = {name: content, "out/a.js": code}
    (finding,) = analyse_extension(tmp_path, files, **START).of(RULE)
    assert (finding.severity, finding.file) == (Severity.HIGH, name)
    (finding,) = analyse_extension(tmp_path / "b", files, activationEvents=["onCommand:x"]).of(RULE)
    assert finding.severity is Severity.MEDIUM


def test_a_module_may_be_the_entry_point(tmp_path: Path) -> None:
    (finding,) = analyse_extension(tmp_path, {"main.node": ELF, "os.node": ELF}, main="os.node").of(
        RULE
    )
    assert finding.message.startswith("package.json loads os.node")


@pytest.mark.parametrize(
    "files",
    [
        {"build/Release/keytar.node": ELF, "a.js": "require('./build/Release/keytar.node')"},
        {"prebuilds/darwin-arm64/darwin.node": MACH_O, "a.js": "require('./darwin.node')"},
        {"dist/3f2a9c1b.node": ELF, "a.js": "require('./3f2a9c1b.node')"},  # of a bundler
        {"src/x.win32-x64-msvc.node": PE, "a.js": "require('./x.win32-x64-msvc.node')"},
        {"os.node": ELF, "a.js": "f('./os.node')", "binding.gyp": b"{}"},  # with its source
        {"os.node": ELF, "a.js": "f('./os.node')", "src/lib.rs": b"fn main() {}"},
        {"os.node": ELF, "a.js": "require('os')"},  # nothing loads it
        {"os.node": PNG, "a.js": "f('./os.node')"},
        {"node_modules/os/os.node": ELF, "a.js": "f('./os.node')"},
    ],
)
def test_an_honest_module_is_not_found(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert not analyse_extension(tmp_path, files, **START).of(RULE)
