"""What a verdict shows of gaps, facts and packages, of which an extension may have millions."""

from collections.abc import Iterable

from vscan.model import Package

MAX_FACTS = 10_000  # of one capability: an extension may contain millions of addresses
_MAX_FACTS_SHOWN = 100  # of those, in the verdict
_MAX_GAPS = 20  # in a verdict; the rest is counted


def shortened_gaps(gaps: Iterable[str]) -> tuple[str, ...]:
    """Return up to ``_MAX_GAPS`` different gaps, and count the rest."""
    unique = tuple(dict.fromkeys(gaps))
    more = len(unique) - _MAX_GAPS
    return (*unique[:_MAX_GAPS], f"and {more} more like it") if more > 0 else unique


def shortened_facts(facts: Iterable[str]) -> tuple[str, ...]:
    """Return the facts that a verdict shows, and count the rest."""
    ordered = sorted(facts)
    more = len(ordered) - _MAX_FACTS_SHOWN
    least = "at least " if len(ordered) >= MAX_FACTS else ""
    return (*ordered[:_MAX_FACTS_SHOWN], f"and {least}{more} more") if more > 0 else tuple(ordered)


def sorted_packages(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Sort packages; leave out one without a version if another one has the version."""
    ordered = sorted(packages, key=lambda p: (p.name, p.version or ""))
    versioned = {package.name for package in ordered if package.version}
    return tuple(p for p in ordered if p.version or p.name not in versioned)
