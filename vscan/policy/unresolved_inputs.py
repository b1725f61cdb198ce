"""Places of the scanned files that name something unknown: what is accepted, and what fails.

Without a decision of the user, a place that installs something unknown makes the run incomplete.
"""

import fnmatch
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from vscan.model import Kind, Origin, PlaceFinding, Rule, Skipped, Unreadable
from vscan.policy.model import Policy, Waiver

UNRESOLVED = Rule(
    "input-unresolved",
    Kind.POLICY,
    "A file names an extension that is not known here",
    "A variable, a list or an archive that is not in the repository stands where an extension is"
    " named.",
    "What it stands for is not judged.",
    "Write the id in the file, or accept the place in the ignore file, by file and rule.",
)
IGNORED = Rule(
    "input-ignored",
    Kind.POLICY,
    "A file names what no editor takes",
    "The text is no id, or has a version where the editor takes none.",
    "The editor does nothing with it, which its author may not know.",
    "Correct it, or take it out.",
)
BROKEN = Rule(
    "input-broken",
    Kind.POLICY,
    "A file that names extensions breaks its format",
    "The file has a mistake; it was read as the editor reads it, which goes on after that.",
    "Other tools may read something else in it.",
    "Correct the file.",
)
_ELSEWHERE = frozenset({"feature", "image"})
RULES = (UNRESOLVED, IGNORED, BROKEN)


class Inputs(Struct, frozen=True):
    """What is not an extension, after the policy: ``waivers`` are those that were used."""

    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    place_findings: tuple[PlaceFinding, ...]
    waivers: tuple[Waiver, ...] = ()


def judge_inputs(inputs: Inputs, policy: Policy, roots: Sequence[str], today: date) -> Inputs:
    """Apply ``--on-unresolved`` and the waivers by file; paths may be relative to ``roots``."""
    unreadable, skipped = list(inputs.unreadable), list(inputs.skipped)
    findings = list(inputs.place_findings)
    if policy.on_unresolved == "fail":
        unreadable += [_of_skipped(item) for item in skipped if item.reason in _ELSEWHERE]
        unreadable += [_of_finding(item) for item in findings if item.rule == UNRESOLVED.id]
        skipped = [item for item in skipped if item.reason not in _ELSEWHERE]
        findings = [item for item in findings if item.rule != UNRESOLVED.id]
    used: dict[int, Waiver] = {}
    left: list[Unreadable] = []
    waivers = [w for w in policy.waivers if w.file and not (w.expires and w.expires < today)]
    for item in unreadable:
        waiver = _waiver_of(item, waivers, roots)
        if waiver is None:
            left.append(item)
        else:
            used[waiver.entry] = waiver
            origin = item.origins[0] if item.origins else None
            skipped.append(Skipped(item.name, None, "waived", origin, _acceptance(item, waiver)))
    return Inputs(tuple(left), tuple(skipped), tuple(findings), tuple(used.values()))


def _waiver_of(item: Unreadable, waivers: Sequence[Waiver], roots: Sequence[str]) -> Waiver | None:
    if not item.rule:
        return None
    paths = [path for origin in item.origins for path in _paths(origin, roots)]
    matches = (
        waiver
        for waiver in waivers
        if fnmatch.fnmatchcase(item.rule, waiver.rule)
        and waiver.text in {"", _quoted_text(item)}
        and any(fnmatch.fnmatchcase(path, waiver.file) for path in paths)
    )
    return next(matches, None)


def _quoted_text(item: Unreadable) -> str:
    """Give the text that stands in the place of an id: the message ends with it."""
    return item.reason.partition(": ")[2]


def _acceptance(item: Unreadable, waiver: Waiver) -> str:
    until = f", until {waiver.expires}" if waiver.expires else ""
    return f"{item.reason}; accepted{until}: {waiver.reason}"


def _paths(origin: Origin, roots: Sequence[str]) -> Iterable[str]:
    """Yield the path as it was given, and as it is relative to a repository."""
    path = origin.uri.replace("\\", "/")
    yield path.removeprefix("./")
    for each in roots:
        root = each.replace("\\", "/").rstrip("/")
        if root and path.startswith(f"{root}/"):
            yield path[len(root) + 1 :]


def _of_skipped(item: Skipped) -> Unreadable:
    origins = (item.origin,) if item.origin is not None else ()
    why = f"the extensions of this {item.reason} are listed in a registry, not in the repository"
    return Unreadable(item.name, why, None, None, None, origins, rule=UNRESOLVED.id)


def _of_finding(item: PlaceFinding) -> Unreadable:
    name = f"{item.origin.uri}:{item.origin.line}"
    return Unreadable(name, item.message, None, None, None, (item.origin,), rule=item.rule)
