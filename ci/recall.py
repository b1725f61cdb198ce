"""Plant payloads and near misses in real extensions, scan them, and print what was found.

The table is the one of docs/precision.md. The extensions come from the npm registry once,
and are kept in the directory that is named.
"""

import argparse
import tempfile
from pathlib import Path

from tests.corpus import measure, planting, real


def main() -> None:
    """Print a Markdown table, what was missed, and the false alarms."""
    parser = argparse.ArgumentParser(prog="python -m ci.recall", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path(".pytest_cache/d/corpus"))
    parser.add_argument("--findings", action="store_true", help="name the rules, case by case")
    options = parser.parse_args()
    extensions = real.extensions(real.SMALLER, options.corpus.resolve())
    with tempfile.TemporaryDirectory() as work:
        place, home = Path(work) / "planted", Path(work) / "home"
        home.mkdir()
        planted = planting.lay_out(extensions, place)
        outcomes = measure.judge(planted, measure.scan(place, home))
    print(measure.table(outcomes.values()))
    for name, outcome in outcomes.items() if options.findings else ():
        rules = sorted({f"{f['severity']} {f['rule']}" for f in outcome.findings})
        print(f"{outcome.case.check} {name}: {', '.join(rules) or '-'}")


if __name__ == "__main__":
    main()
