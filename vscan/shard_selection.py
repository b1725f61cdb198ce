"""Take one shard of a plan, and describe it so that ``vscan merge`` knows what belongs to it."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from vscan.model import Extension, PlaceFinding, RiskLevel, Severity, Skipped, Unreadable
from vscan.model.shard import Shard
from vscan.policy.model import Policy
from vscan.shard_codec import digest_texts, shard_key
from vscan.task_selection import Plan


class PlanOfShard(Struct, frozen=True):
    """A shard of a plan. ``found`` and ``names`` are digests of the whole plan.

    ``place_numbers`` are the places of the shard's place findings in the whole plan. ``is_empty``
    says that the whole plan is empty.
    """

    plan: Plan
    shard: Shard
    found: str
    names: str
    place_numbers: tuple[int, ...]
    is_empty: bool
    cut_short: bool


def select_shard(planned: Plan, shard: Shard, *, cut_short: bool) -> PlanOfShard:
    """Keep what belongs to a shard.

    Where discovery was cut short, everything that could not be read is kept: the other shards may
    not have it.
    """
    places = [
        (number, place)
        for number, place in enumerate(planned.place_findings)
        if shard.has(shard_key(place))
    ]
    part = Plan(
        tasks=tuple(task for task in planned.tasks if shard.has(task.id.key)),
        unreadable=tuple(
            each for each in planned.unreadable if cut_short or shard.has(shard_key(each))
        ),
        skipped=tuple(each for each in planned.skipped if shard.has(shard_key(each))),
        place_findings=tuple(place for _, place in places),
        unmatched=planned.unmatched,
    )
    found = list(_items(planned))
    return PlanOfShard(
        plan=part,
        shard=shard,
        found=digest_texts(map(_description, found)),
        names=digest_texts(map(shard_key, found)),
        place_numbers=tuple(number for number, _ in places),
        is_empty=not planned.tasks and not planned.unreadable,
        cut_short=cut_short,
    )


def policy_values(policy: Policy) -> Mapping[str, Any]:
    """Give the settings of a policy as JSON has them; of files, a digest of what they say."""
    values = {name: getattr(policy, name) for name in Policy.__struct_fields__}
    for name in ("waivers", "baseline"):
        if values[name]:
            values[name] = _digest_of_value(values[name])
    return {name: _json_value(value) for name, value in values.items()}


def _digest_of_value(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def _json_value(value: object) -> object:
    if isinstance(value, Severity | RiskLevel):
        return value.word
    if isinstance(value, StrEnum | date):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _items(planned: Plan) -> Iterable[Extension | Unreadable | Skipped | PlaceFinding]:
    extensions = {id(each): each for task in planned.tasks for each in task.extensions}
    yield from extensions.values()
    yield from planned.unreadable
    yield from planned.skipped
    yield from planned.place_findings


def _description(item: Extension | Unreadable | Skipped | PlaceFinding) -> str:
    values: list[object] = [type(item).__name__, shard_key(item)]
    match item:
        case Extension():
            values += [item.version, item.target_platform, item.path, item.registry]
        case Unreadable():
            values += [item.name, item.reason, item.version, item.path]
        case Skipped():
            values += [item.version, item.reason]
        case PlaceFinding():
            values += [item.message, item.origin.line]
    return repr(values)
