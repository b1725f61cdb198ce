"""Write docs/rules.md: what findings are instances of, and what an ignore file can name.

``python -m ci.rules`` writes it; ``--check`` exits with 1 where it is not current. It is
made from the rules themselves, so that there is one place to change.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from vscan.cli.rules import ALL
from vscan.model import FailureKind, Rule
from vscan.policy.checks import MEANINGS
from vscan.policy.ignore_file import SUPPRESSIBLE
from vscan.policy.model import GAP_CHECK_ID

PLACE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"
_FAILURES = {
    FailureKind.NOT_LISTED: "the source does not know the extension: it is private, or was removed",
    FailureKind.RATE_LIMITED: "the service asked for more patience than `--max-wait` has",
    FailureKind.TIMEOUT: "there was no verdict within `--analysis-timeout` or `--deadline`",
    FailureKind.NETWORK: "the service, or for a report the cache, had no answer",
    FailureKind.BAD_RESPONSE: "the service answered something that is no verdict",
}  # fmt: skip
_EXAMPLE = """\
```toml
[[ignore]]
id = "acme.*"                 # an id, or a pattern of ids
rule = "posture-permissions"  # or: failure = "not-listed"
reason = "It is our own; reviewed in March"
expires = 2027-03-31          # the last day that it counts (UTC); optional
```"""


def text() -> str:
    """Make the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "Every finding carries one of these rules. `vscan rules ID` shows the same text."
    yield "This page is made by `python -m ci.rules`."
    yield ""
    for rule in ALL:
        yield f"- [`{rule.id}`](#{rule.id}): {rule.title}"
    for rule in ALL:
        yield from _section(rule)
    yield ""
    yield "## What an ignore file can name"
    yield ""
    yield "A rule, or a pattern of rules such as `posture-*`:"
    yield ""
    yield from _EXAMPLE.splitlines()
    yield ""
    yield "A check of the policy, as if it were a rule:"
    yield ""
    yield from (f"- `{name}`: {meaning}" for name, meaning in MEANINGS.items())
    yield ""
    yield "A failure, with `failure` in the place of `rule`; no pattern of rules suppresses one:"
    yield ""
    yield from (f"- `{kind}`: {_FAILURES[kind]}" for kind in SUPPRESSIBLE)
    yield f"- `{GAP_CHECK_ID}`: the check of that name"
    yield ""
    yield (
        "A place of a repository that names something unknown, with `file` (a path, or a pattern of"
        " paths) in the place of `id`, and `rule`; `text` accepts only what the message quotes."
    )


def _section(rule: Rule) -> Iterator[str]:
    yield ""
    yield f"## {rule.id}"
    yield ""
    yield f"**{rule.title}.**"
    yield ""
    yield rule.meaning
    yield ""
    yield f"*Why it matters.* {rule.why}"
    yield ""
    yield f"*What to do.* {rule.help}"


def main() -> int:
    """Write the page, or check that it is current."""
    parser = argparse.ArgumentParser(prog="python -m ci.rules", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--place", type=Path, default=PLACE, help="where (default: %(default)s)")
    arguments = parser.parse_args()
    place: Path = arguments.place
    if not arguments.check:
        place.write_text(text(), "utf-8")
        return 0
    if place.is_file() and place.read_text("utf-8") == text():
        return 0
    print(f"{place} is not current: run python -m ci.rules", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
