"""Against the real vscan.dev. Off unless chosen: ``pytest -m online``."""

from pathlib import Path

import jsonschema
import pytest

from tests.builders import install
from tests.command import scan
from vscan.report.json import schema


@pytest.mark.online
def test_the_real_service_is_understood(tmp_path: Path) -> None:
    """One popular extension, three requests: what the schema expects is what it says."""
    install(tmp_path / "extensions", "ms-python.python", "2026.14.0")
    done = scan(tmp_path, tmp_path / "extensions", VSCAN_DELAY="1.5", VSCAN_FAIL_ON="none")
    assert done.code == 0, done.err
    jsonschema.validate(done.report, schema())
    (extension,) = done.report["extensions"]
    assert extension["verdicts"][0]["analysed_version"]
