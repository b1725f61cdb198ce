"""What a shard's report has for a merge: written and read back, and shared out."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import extension
from tests.reports import everything, repository
from vscan.model import (
    ExtensionId,
    Origin,
    Outcome,
    PlaceFinding,
    Registry,
    Scanned,
    Skipped,
    Task,
    Unreadable,
)
from vscan.model.shard import MAX_SHARDS, Shard
from vscan.policy.model import LastKnownVerdict
from vscan.report_model import Report
from vscan.shard_codec import Item, Results, ShardFacts, ShardResults, items, shard_key
from vscan.shard_selection import select_shard
from vscan.task_selection import Plan

_DECODER: msgspec.json.Decoder[Item] = msgspec.json.Decoder(Item)
_FACTS = ShardFacts(
    index=1, count=1, found="0" * 64, names="0" * 64, cut_short=False, interrupted=None,
    place_numbers=(), scopes={}, private=(), policy={}, data=(),
)  # fmt: skip


def results_of(report: Report, stale: dict[Task, LastKnownVerdict]) -> ShardResults:
    outcomes: dict[int, Outcome] = {
        id(outcome): outcome for each in report.assessments for outcome in each.outcomes
    }
    # The reports of the tests name one provider in tasks, and others in verdicts.
    named = tuple(
        replace(each, task=replace(each.task, provider=each.verdict.provider))
        if isinstance(each, Scanned)
        else each
        for each in outcomes.values()
    )
    return ShardResults(
        _FACTS, named, report.unreadable, report.skipped,
        report.place_findings, stale,
    )  # fmt: skip


def read(results: ShardResults) -> Results:
    found = Results()
    for line in items(results):
        found.add(_DECODER.decode(line))
    return found


@pytest.mark.parametrize("made", [everything, repository])
def test_everything_is_read_as_it_was_written(made: Any) -> None:
    report = made("a text: é, <b> & |")
    stale = {
        outcome.task: last
        for each in report.assessments
        for outcome in each.failures
        for last in each.last_known_verdicts
    }
    written = results_of(report, stale)
    found = read(written)
    assert tuple(found.outcomes) == written.outcomes
    assert found.stale == written.stale
    assert (made is everything) == bool(found.stale)
    assert tuple(found.unreadable) == written.unreadable
    assert tuple(found.skipped) == written.skipped
    assert tuple(found.place_findings) == written.place_findings


def test_a_hostile_text_can_not_get_through() -> None:
    found = read(results_of(everything("\x1b[2J\u202e##vso[x]\n::error::"), {}))
    texts = repr([found.outcomes, found.unreadable, found.skipped])
    assert not any(mark in texts for mark in ("\\x1b", "\u202e", "##vso", "\\n"))


def test_copies_that_are_equal_stay_two() -> None:
    one, other = extension(), extension()
    failed = everything().assessments[4].failures[0]
    outcomes = tuple(replace(failed, task=Task("offline", (each,))) for each in (one, other))
    found = read(ShardResults(_FACTS, outcomes, (), (), (), {}))
    assert len(found.extensions()) == 2


@pytest.mark.parametrize("text", ["0/1", "2/1", "1", "1/", "/1", "a/b", "1/2/3", "-1/2",
                                  f"1/{MAX_SHARDS + 1}", "1/99999999", "", "1.0/2"])  # fmt: skip
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not I/N"):
        Shard.parse(text)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_each_key_is_in_one_shard(count: int) -> None:
    shards = [Shard(index, count) for index in range(1, count + 1)]
    sizes = dict.fromkeys(shards, 0)
    for number in range(5000):
        (owner,) = (each for each in shards if each.has(f"acme.tool-{number}"))
        sizes[owner] += 1
    assert max(sizes.values()) < 1.6 * 5000 / count


def whole() -> Plan:
    tasks = tuple(Task("offline", (extension(f"Acme.Tool-{n}"),)) for n in range(50))
    return Plan(
        tasks=tasks,
        unreadable=tuple(Unreadable(f"torn-{n}", "why", None, None, None, ()) for n in range(20)),
        skipped=tuple(Skipped(f"left-{n}", None, "hidden") for n in range(20)),
        place_findings=tuple(
            PlaceFinding("input-ignored", "why", Origin(f"file-{n}", n)) for n in range(20)
        ),
        unmatched=("--private x",),
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_shards_of_a_plan_have_everything_once(count: int) -> None:
    planned = whole()
    parts = [
        select_shard(planned, Shard(index, count), cut_short=False) for index in range(1, count + 1)
    ]
    for name in ("tasks", "unreadable", "skipped", "place_findings"):
        shared = [each for part in parts for each in getattr(part.plan, name)]
        assert len(shared) == len(getattr(planned, name))
        assert all(each in shared for each in getattr(planned, name))
    assert len({(part.found, part.names) for part in parts}) == 1
    assert sorted(n for part in parts for n in part.place_numbers) == list(range(20))
    assert {part.plan.unmatched for part in parts} == {planned.unmatched}


def test_where_discovery_was_cut_short_no_shard_leaves_it_to_another() -> None:
    for index in (1, 2, 3):
        part = select_shard(whole(), Shard(index, 3), cut_short=True)
        assert len(part.plan.unreadable) == 20


def test_other_files_have_another_digest() -> None:
    planned, shard = whole(), Shard(1, 2)
    first = planned.tasks[0].extensions[0]
    digests = {select_shard(planned, shard, cut_short=False).found}
    for change in (
        {"version": "2.0.0"},
        {"path": "y"},
        {"target_platform": "web"},
        {"registry": Registry.OPEN_VSX},
    ):
        changed = Task("offline", (replace(first, **change),))
        other = replace(planned, tasks=(changed, *planned.tasks[1:]))
        digests.add(select_shard(other, shard, cut_short=False).found)
    digests.add(select_shard(replace(planned, unreadable=()), shard, cut_short=False).found)
    assert len(digests) == 6


def test_an_unreadable_entry_with_an_id_is_where_the_id_is() -> None:
    identity = ExtensionId.parse("Acme.Tools")
    torn = Unreadable("some folder", "why", identity, None, None, ())
    assert shard_key(torn) == shard_key(extension("acme.tools")) == "acme.tools"
