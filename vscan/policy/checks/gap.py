"""Gaps: parts of the analysis of an extension that are missing."""

from collections.abc import Iterator

from vscan.model import GapKind, Verdict
from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import (
    GAP_CHECK_ID,
    Assessment,
    Effect,
    Policy,
    Violation,
    failure_check_id,
)
from vscan.policy.shortened_lists import list_extensions, list_unique
from vscan.safe_text import join_first, pluralize

_SHOWN = 3  # gaps of one extension in a sentence


class MissingParts(Check):
    """A verdict has gaps.

    By default, bytes of the extension that were not examined make the run incomplete, because the
    author of the extension may have caused that. A service that lacks a decisive part makes it
    incomplete if no other verdict is complete, and so does a name without bytes. Other gaps of a
    service are a warning. A baseline suppresses no gap: the part that was not examined may have
    changed since.
    """

    id = GAP_CHECK_ID
    waiver_aliases = (failure_check_id(GAP_CHECK_ID),)
    meaning = "parts of the analysis are missing (`--on-gap`)"
    exact = True

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Choose the gaps that make the run incomplete; without one, all of them are a warning."""
        gaps = [gap for verdict, _ in item.verdicts for gap in verdict.gaps]
        if any(_is_whole(verdict) for verdict, _ in item.verdicts):
            gaps = [gap for gap in gaps if gap.kind is not GapKind.NO_BYTES]
        if not gaps or policy.on_gap == "ignore":
            return None
        if policy.on_gap == "auto":
            has_complete_verdict = any(not verdict.gaps for verdict, _ in item.verdicts)
            kinds = {GapKind.UNEXAMINED, GapKind.NO_BYTES}
            if not has_complete_verdict:
                kinds.add(GapKind.DECISIVE)
            decisive = [gap for gap in gaps if gap.kind in kinds]
        else:
            decisive = gaps if policy.on_gap == "fail" else []
        effect = Effect.INCOMPLETE if decisive else Effect.WARN
        # Beside a decisive gap the others are left out.
        return Violation(self.id, effect, tuple(dict.fromkeys(g.text for g in decisive or gaps)))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Name the extensions; if the run is incomplete for them, with their gaps."""
        del policy
        what = f"{pluralize(len(found), 'extension')} with parts of the analysis missing"
        if found[0][1].effect is Effect.WARN:
            yield f"Warning: {what}: {list_violators(found)}."
            return
        by_details: dict[tuple[str, ...], list[Assessment]] = {}
        for item, violation in found:
            by_details.setdefault(violation.details, []).append(item)
        named = [
            f"{list_extensions(items)} ({join_first(details, _SHOWN, '; ')})"
            for details, items in by_details.items()
        ]
        yield f"{what} (gap): {list_unique(named)}."


def _is_whole(verdict: Verdict) -> bool:
    """Whether a verdict lacks nothing that decides: it then stands for a name without bytes."""
    return all(gap.kind is GapKind.OTHER for gap in verdict.gaps)
