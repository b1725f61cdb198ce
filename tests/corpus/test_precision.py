"""Real, benign extensions: what the embedded analyser says of them is a false alarm."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import measure, real

pytestmark = pytest.mark.corpus

MAXIMUM_MEDIUM = 10


@pytest.mark.parametrize("version", [real.SMALLER, real.LARGER])
def test_benign_extensions_are_not_accused(
    real_extensions: Callable[[str], Path],
    version: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """No finding of high or critical, and at most ten of medium, in each set.

    An advisory for a package that really is in a bundle is a fact, and no false alarm.
    """
    scanned = measure.scan(real_extensions(version), tmp_path)
    assert len(scanned) == real.SIZES[version]
    counts = Counter(
        (finding["severity"], finding["rule"])
        for findings in scanned.values()
        for finding in findings
        if finding["kind"] != "vulnerability"
    )
    listed = ", ".join(f"{level} {rule} {n}" for (level, rule), n in sorted(counts.items()))
    record_property("figure", f"code-server {version}, {len(scanned)} extensions: {listed}")
    by_level: Counter[str] = Counter()
    for (level, _), number in counts.items():
        by_level[level] += number
    assert by_level["high"] + by_level["critical"] == 0, listed
    assert by_level["medium"] <= MAXIMUM_MEDIUM, listed
