"""Real extensions, fetched once into VSCAN_CORPUS, or else into pytest's cache directory.

Where npm or its registry is out of reach what needs them is skipped; with
VSCAN_REQUIRE_NODE=1 that is a failure.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus import real


@pytest.fixture(scope="session")
def real_extensions(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Give the directory of the extensions of one version of code-server."""
    kept = os.environ.get("VSCAN_CORPUS") or request.config.cache.mkdir("corpus")

    def extensions(version: str) -> Path:
        try:
            return real.extensions(version, Path(kept))
        except real.OutOfReachError as missing:
            if os.environ.get("VSCAN_REQUIRE_NODE") == "1":
                pytest.fail(str(missing))
            pytest.skip(str(missing))

    return extensions
