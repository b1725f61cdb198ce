"""How many examples a property is tried with: a tenth in the fast lane, ten times nightly."""

import os

# Set by tests/conftest.py, before any test is imported.
VARIABLE = "TESTS_LANE"


def examples(number: int = 100) -> int:
    """Scale the examples of the full lane to the lane that runs."""
    lane = os.environ.get(VARIABLE, "full")
    return {"fast": max(5, number // 10), "nightly": 10 * number}.get(lane, number)
