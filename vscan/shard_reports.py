"""Read the reports of shards, as JSON or as JSON lines, for ``vscan merge``.

A report is untrusted. Its size is bounded, and only fields that msgspec has checked are used.
"""

import re
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from vscan import __version__
from vscan.bounded_input import stat_if_exists
from vscan.bounded_json import check_item_count
from vscan.errors import Exit, UsageError, VscanError
from vscan.model.shard import Shard
from vscan.safe_text import describe_os_error, join_first, sanitize
from vscan.shard_codec import Item, Results, ShardFacts, check_link

MAX_JSON_BYTES = 256 * 1024 * 1024
MAX_LINES_BYTES = 512 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024 * 1024
_MAX_ITEMS = 20_000_000  # of a report in JSON: a real one has 30 bytes for each
_MAX_NAMED = 10  # shards, in a sentence
_HAS_LINES = re.compile(rb'\s*\{\s*"type"\s*:')

_Count: TypeAlias = Annotated[int, Meta(ge=0, lt=2**53)]


class IncompleteShardsError(VscanError):
    """A shard that is missing, or that did not see everything."""

    exit_code = Exit.INCOMPLETE


class _Tool(Struct, frozen=True):
    version: str


class ShardRun(Struct, frozen=True):
    """What a shard's report says of its run."""

    started_at: str
    mode: Literal["sequential", "parallel"]
    workers: Annotated[int, Meta(ge=1, le=1000)]
    fell_back_to_sequential: bool
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    target_kinds: tuple[str, ...]
    warnings: tuple[str, ...]
    incomplete: bool
    shard: ShardFacts | UnsetType = UNSET


class ShardStats(Struct, frozen=True):
    """What a shard's report has of counts, that follow from nothing else in it."""

    requests: _Count
    retries: _Count
    rate_limited: _Count


class _Report(Struct, frozen=True):
    format_version: Literal[1]
    tool: _Tool
    run: ShardRun
    stats: ShardStats
    merge: list[Item] | UnsetType = UNSET


class _Header(Struct, frozen=True):
    type: Literal["header"]
    format_version: Literal[1]
    tool: _Tool
    run: ShardRun


class _Line(Struct, frozen=True):
    type: str
    item: Item | UnsetType = UNSET


class _Trailer(Struct, frozen=True):
    type: Literal["trailer"]
    lines: _Count
    stats: ShardStats


class ShardReport(Struct, frozen=True):
    """The report of one shard, without its results."""

    path: Path
    run: ShardRun
    stats: ShardStats
    facts: ShardFacts


_REPORT = msgspec.json.Decoder(_Report)
_HEADER = msgspec.json.Decoder(_Header)
_LINE = msgspec.json.Decoder(_Line)
_TRAILER = msgspec.json.Decoder(_Trailer)


def read_reports(paths: Sequence[Path]) -> tuple[tuple[ShardReport, ...], Results]:
    """Read the reports, and check that they are all the shards of one scan, each once.

    ``UsageError`` for what is no such report, is given twice, or is of another scan;
    ``IncompleteShardsError`` where a shard is missing, or a report is cut short.
    """
    results = Results()
    reports: list[ShardReport] = []
    cut_short: list[VscanError] = []
    for path in paths:
        try:
            reports.append(_read(path, results))
        except IncompleteShardsError as error:
            cut_short.append(error)  # a mistake in another one goes before it
    _check_each_once(reports)
    for report in reports[1:]:
        _check_same_scan(reports[0], report)
    if cut_short:
        raise cut_short[0]
    _check_complete(reports, results)
    return tuple(sorted(reports, key=lambda each: each.facts.index)), results


def _read(path: Path, results: Results) -> ShardReport:
    places = len(results.place_findings)
    try:
        read = _read_file(path)
        facts = read.run.shard
        if isinstance(facts, UnsetType) or isinstance(read.merge, UnsetType):
            raise ValueError("its run was not of a shard (--shard)")  # noqa: TRY004, TRY301
        _check_version(path, read.tool)
        datetime.fromisoformat(read.run.started_at)
        for state in facts.data:
            check_link(state.data.source)
        shard = Shard(facts.index, facts.count)
        if shard.index > shard.count:
            raise ValueError("it has the number of no shard")  # noqa: TRY301
        for item in read.merge:
            key = results.add(item)
            if not (facts.cut_short or shard.has(key)):
                raise ValueError("it has something of another shard")  # noqa: TRY301
        if len(results.place_findings) - places != len(facts.place_numbers):
            raise ValueError("it has another number of places than it says")  # noqa: TRY301
        results.place_numbers += facts.place_numbers
    except OSError as error:
        raise UsageError(f"{path} can't be read: {describe_os_error(error)}") from None
    except (ValueError, RecursionError) as error:
        nested = isinstance(error, RecursionError)
        why = "it is nested too deeply" if nested else sanitize(str(error), 200)
        raise UsageError(
            f"{path} is not the JSON report of a shard: {why}",
            hint="make it anew with `vscan scan --shard I/N -o json=PATH`",
        ) from None
    return ShardReport(path, read.run, read.stats, facts)


def _read_file(path: Path) -> _Report:
    status = stat_if_exists(path)
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no file")  # opening a pipe could wait for ever
    with path.open("rb") as file:
        has_lines = _HAS_LINES.match(file.read(100)) is not None
        file.seek(0)
        if has_lines:
            return _read_lines(path, file)
        content = file.read(MAX_JSON_BYTES + 1)
    if len(content) > MAX_JSON_BYTES:
        raise ValueError(f"it has more than {MAX_JSON_BYTES} bytes; use more shards, or jsonl")
    if sum(map(content.count, (b"[", b"{", b","))) > _MAX_ITEMS:
        raise ValueError(f"it has more than {_MAX_ITEMS} items; use more shards, or jsonl")
    return _REPORT.decode(content)


def _read_lines(path: Path, file: IO[bytes]) -> _Report:
    """Read JSON lines; ``IncompleteShardsError`` where they end without a trailer."""
    header = _HEADER.decode(file.readline(MAX_LINE_BYTES))
    merge: list[Item] = []
    size, number = 0, 1
    while line := file.readline(MAX_LINE_BYTES):
        size, number = size + len(line), number + 1
        if size > MAX_LINES_BYTES or len(line) == MAX_LINE_BYTES:
            raise ValueError("it has more, or longer, lines than are read; use more shards")
        check_item_count(line)
        try:
            read = _LINE.decode(line)
        except ValueError:
            if line.endswith(b"\n"):
                raise
            break  # the end of this line is missing
        if read.type == "trailer":
            trailer = _TRAILER.decode(line)
            if trailer.lines != number or file.readline(MAX_LINE_BYTES):
                raise ValueError("it has another number of lines than its trailer says")
            return _Report(1, header.tool, header.run, trailer.stats, merge)
        if not isinstance(read.item, UnsetType):
            merge.append(read.item)
    raise IncompleteShardsError(
        f"{path} is cut short: its last line is no trailer", hint="run this shard again"
    )


def _check_version(path: Path, tool: _Tool) -> None:
    if tool.version != __version__:
        raise UsageError(
            f"{path} is of vscan {sanitize(tool.version, 50)}, and this is vscan {__version__}",
            hint="run all shards and the merge with one version",
        )


def _check_each_once(reports: Sequence[ShardReport]) -> None:
    by_index: dict[int, Path] = {}
    for report in reports:
        index = report.facts.index
        if index in by_index:
            raise UsageError(f"{by_index[index]} and {report.path} are both shard {index}")
        by_index[index] = report.path


def _check_same_scan(one: ShardReport, other: ShardReport) -> None:
    """Raise ``UsageError`` where two reports are of different scans, and say in what."""
    for what, mine, theirs in (
        ("number of shards", one.facts.count, other.facts.count),
        ("list of targets", one.run.targets, other.run.targets),
        ("list of providers", one.run.sources, other.run.sources),
        ("analyser, or other public data,", one.facts.scopes, other.facts.scopes),
        ("list of private ids", one.facts.private, other.facts.private),
    ):
        if mine != theirs:
            raise UsageError(f"{other.path} has another {what} than {one.path}")
    differing = differing_settings(one.facts.policy, other.facts.policy)
    if differing:
        raise UsageError(f"{other.path} has another policy than {one.path}: {differing}")


def differing_settings(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    """Name the settings in which two policies differ."""
    names = sorted({*one, *other})
    return ", ".join(
        sanitize(name, 50) for name in names if one.get(name, UNSET) != other.get(name, UNSET)
    )


def _check_complete(reports: Sequence[ShardReport], results: Results) -> None:
    """Raise an error where a shard is missing, or where the shards did not find the same."""
    facts = [report.facts for report in reports]
    missing = sorted(set(range(1, facts[0].count + 1)) - {each.index for each in facts})
    if missing:
        named = join_first([f"{each}/{facts[0].count}" for each in missing], _MAX_NAMED)
        raise IncompleteShardsError(
            f"the report of {'shard' if len(missing) == 1 else 'shards'} {named} is missing"
        )
    for report in reports:
        if report.facts.cut_short:
            raise IncompleteShardsError(
                f"{report.path}: its scan ended before everything was found",
                hint="run this shard again",
            )
    for report in reports[1:]:
        if report.facts.found != facts[0].found or report.facts.names != facts[0].names:
            raise UsageError(
                f"{report.path} found other extensions than {reports[0].path}",
                hint="scan the same files in all shards",
            )
    if results.names_digest() != facts[0].names:
        raise UsageError("the reports do not have all that their shards found")
    if sorted(results.place_numbers) != list(range(len(results.place_numbers))):
        raise UsageError("the reports do not have all places that their shards found")
