"""One engine and one image for all tests here.

Where no engine answers they are skipped; with VSCAN_REQUIRE_DOCKER=1 they fail then.
"""

import os
from collections.abc import Iterator

import pytest

from tests.docker.engine import Engine, Image, Missing

VERSION, REVISION, CREATED = "1.2.3", "0123abcd", "2026-11-21T12:00:00Z"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    try:
        engine = Engine.connect()
    except Missing as missing:
        if os.environ.get("VSCAN_REQUIRE_DOCKER") == "1":
            pytest.fail(f"VSCAN_REQUIRE_DOCKER is 1, and {missing}")
        pytest.skip(str(missing))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def image(engine: Engine) -> Image:
    """Build the image, once."""
    return engine.build(VERSION=VERSION, REVISION=REVISION, CREATED=CREATED)
