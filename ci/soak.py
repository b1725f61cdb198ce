"""Scan ten thousand extensions against a server that misbehaves at random, and lose nothing.

``python -m ci.soak`` takes some minutes and is not part of the tests. The seed is fixed; what
five workers make of it is not. Exits with 1 if a figure misses its bound.
"""

import argparse
import json
import sys
from collections import Counter

from ci.bench import Run, extensions, failed, figure, launch, server

SEED = 20261121


def main() -> None:
    """Soak a small and a large directory; the difference is what an extension costs."""
    parser = argparse.ArgumentParser(prog="python -m ci.soak", description=__doc__)
    parser.add_argument("--extensions", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--chaos", type=float, default=0.02, help="default: %(default)s")
    arguments = parser.parse_args()
    few = arguments.extensions // 10
    small = soak(few, arguments.chaos)
    large = soak(arguments.extensions, arguments.chaos)
    per_extension = (large.peak - small.peak) / (arguments.extensions - few)
    figure("memory an extension, KB", per_extension / 1000, 10)
    if failed():
        sys.exit(f"missed: {', '.join(failed())}")


def soak(number: int, chaos: float) -> Run:
    """Run one scan to its end and check that every extension is accounted for, once."""
    with (
        server("--chaos", str(chaos), "--seed", str(SEED)) as (url, ended),
        extensions(number) as place,
    ):
        run = launch(
            place,
            url,
            workers=5,
            delay=0,
            codes=(0, 3),
            more=("--timeout", "0.3", "--retry-delay", "0.01", "--max-wait", "60"),
        )
    stats, ids = run.report["stats"], Counter(e["id"] for e in run.report["extensions"])
    kinds = Counter(f["error_type"] for f in run.report["failed_extensions"])
    print(
        f"  {number} extensions, {run.wall_s:.0f} s, {ended['requests']} requests:"
        f" {json.dumps(kinds)}"
    )
    figure(
        "extensions that are missing or there twice",
        sum(n != 1 for n in ids.values()) + abs(number - len(ids)),
        0,
    )
    figure(
        "total - scanned - failed - unreadable",
        abs(stats["total"] - stats["scanned"] - stats["failed"] - stats["unreadable"]),
        0,
    )
    figure("requests that were not counted", abs(stats["requests"] - ended["requests"]), 0)
    figure("share of extensions that failed", stats["failed"] / number, 0.1)
    return run


if __name__ == "__main__":
    main()
