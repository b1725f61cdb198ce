"""What the report of a shard has for ``vscan merge``: exact results, before the policy. Pure.

The lists of a report are for people and programs, and are not exact: the kinds of gaps are
missing, and what the policy accepted. So the report of a shard has this, too. Only the version of
vscan that wrote it reads it, so its form may change with each version. A report is untrusted:
reading checks every value, as ``verdict_codec`` does.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct
from msgspec.structs import replace

from vscan import verdict_codec
from vscan.model import (
    DataState,
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Origin,
    Outcome,
    PlaceFinding,
    Registry,
    RegistryFacts,
    Scanned,
    Skipped,
    Task,
    Unreadable,
    Verdict,
)
from vscan.model.shard import MAX_SHARDS
from vscan.policy.model import LastKnownVerdict
from vscan.safe_text import sanitize

_MAX_TEXT = 5000  # characters: more than a path has
_NOTHING = Raw(b"null")

_Text: TypeAlias = Annotated[str, Meta(max_length=_MAX_TEXT)]
_Count: TypeAlias = Annotated[int, Meta(ge=0, lt=2**53)]
_Digest: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_ShardNumber: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_SHARDS)]


class ShardFacts(Struct, frozen=True, kw_only=True):
    """Which shard of which scan a report is about; shards of one scan differ in ``index`` alone.

    ``found`` is a digest of all that discovery found, in all shards; ``names`` is one of their
    names alone, which a merge computes again. ``place_numbers`` are the places of the shard's place
    findings among all. ``scopes`` are of the providers; ``interrupted`` is the name of a signal.
    ``cut_short`` says that discovery did not see everything.
    """

    index: _ShardNumber
    count: _ShardNumber
    found: _Digest
    names: _Digest
    cut_short: bool
    interrupted: str | None
    place_numbers: tuple[_Count, ...]
    scopes: dict[str, str]
    private: tuple[_Text, ...]
    policy: dict[str, Any]
    data: tuple[DataState, ...]


class ShardResults(Struct, frozen=True):
    """What a run of a shard found, before the policy; the outcomes are sorted by id."""

    facts: ShardFacts
    outcomes: tuple[Outcome, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    place_findings: tuple[PlaceFinding, ...]
    stale: Mapping[Task, LastKnownVerdict]


class _Extension(Struct, frozen=True, gc=False):
    id: _Text
    version: _Text | None
    target_platform: _Text | None
    display_name: _Text
    path: _Text | None
    origins: tuple[Origin, ...]
    in_index: bool | None
    members: tuple[str, ...]
    registry: Registry | None
    asked_by_name: bool
    never_sent: bool
    fetched: RegistryFacts | None
    unknown_to: tuple[_Text, ...]


class _Outcome(Struct, frozen=True):
    provider: _Text
    extensions: tuple[_Count, ...]  # their numbers in the group
    kind: FailureKind | None  # None: there is a verdict
    detail: str
    from_cache: bool
    verdict: Raw
    stale: Raw
    stale_at: Annotated[int, Meta(ge=0, lt=2**33)]


class Group(Struct, frozen=True, tag="extensions", tag_field="kind"):
    """One id: its extensions, and the outcomes about them, as they are written."""

    extensions: tuple[_Extension, ...]
    outcomes: tuple[_Outcome, ...]


class _Unreadable(Struct, frozen=True, tag="unreadable", tag_field="kind"):
    name: _Text
    reason: _Text
    id: _Text | None
    version: _Text | None
    path: _Text | None
    origins: tuple[Origin, ...]
    rule: _Text


class _Skipped(Struct, frozen=True, tag="skipped", tag_field="kind"):
    item: Skipped


class _Place(Struct, frozen=True, tag="place", tag_field="kind"):
    item: PlaceFinding


Item: TypeAlias = Group | _Unreadable | _Skipped | _Place


def items(results: ShardResults) -> Iterator[bytes]:
    """Write the results, one JSON object for each id and for each thing that has none."""
    for _, outcomes in groupby(results.outcomes, key=lambda outcome: outcome.task.id.key):
        yield msgspec.json.encode(_group(tuple(outcomes), results.stale))
    for item in results.unreadable:
        identity = None if item.id is None else str(item.id)
        yield msgspec.json.encode(
            _Unreadable(
                *(item.name, item.reason, identity, item.version, item.path),
                *(item.origins, item.rule),
            )
        )
    for skipped in results.skipped:
        yield msgspec.json.encode(_Skipped(skipped))
    for place in results.place_findings:
        yield msgspec.json.encode(_Place(place))


def _group(outcomes: tuple[Outcome, ...], stale: Mapping[Task, LastKnownVerdict]) -> Group:
    # By identity: two installed copies may be equal in every field.
    numbers: dict[int, int] = {}
    extensions: list[_Extension] = []
    for outcome in outcomes:
        for extension in outcome.task.extensions:
            if id(extension) not in numbers:
                numbers[id(extension)] = len(extensions)
                extensions.append(_extension(extension))
    return Group(
        tuple(extensions),
        tuple(_outcome(outcome, numbers, stale.get(outcome.task)) for outcome in outcomes),
    )


def _extension(extension: Extension) -> _Extension:
    values = {name: getattr(extension, name) for name in _Extension.__struct_fields__}
    return _Extension(**values | {"id": str(extension.id)})


def _outcome(
    outcome: Outcome, numbers: Mapping[int, int], stale: LastKnownVerdict | None
) -> _Outcome:
    scanned = outcome if isinstance(outcome, Scanned) else None
    return _Outcome(
        provider=outcome.task.provider,
        extensions=tuple(numbers[id(extension)] for extension in outcome.task.extensions),
        kind=None if isinstance(outcome, Scanned) else outcome.kind,
        detail="" if isinstance(outcome, Scanned) else outcome.detail,
        from_cache=scanned is not None and scanned.from_cache,
        verdict=_raw(None if scanned is None else scanned.verdict),
        stale=_raw(None if stale is None else stale.verdict),
        stale_at=0 if stale is None else stale.stored_at,
    )


def _raw(verdict: Verdict | None) -> Raw:
    return _NOTHING if verdict is None else Raw(verdict_codec.encode(verdict))


class Results:
    """Collects what was read of the reports of all shards."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.stale: dict[Task, LastKnownVerdict] = {}
        self.unreadable: list[Unreadable] = []
        self.skipped: list[Skipped] = []
        self.place_findings: list[PlaceFinding] = []
        self.place_numbers: list[int] = []  # of these, in the whole scan

    def extensions(self) -> list[Extension]:
        """List the extensions, each once, in the order of the outcomes."""
        found = (each for outcome in self.outcomes for each in outcome.task.extensions)
        return list({id(each): each for each in found}.values())

    def names_digest(self) -> str:
        """Digest the names of all that was read, as the shards digested all that they found."""
        found: list[Extension | Unreadable | Skipped | PlaceFinding] = []
        found += self.extensions()
        found += self.unreadable
        found += self.skipped
        found += self.place_findings
        return digest_texts(map(shard_key, found))

    def add(self, item: Item) -> str:
        """Check an item that was read, and keep it; ``ValueError`` if vscan did not write it.

        Returns the key that the shards share items out by.
        """
        match item:
            case Group():
                return self._add_group(item)
            case _Unreadable():
                unreadable = Unreadable(
                    name=_text(item.name),
                    reason=_text(item.reason),
                    id=None if item.id is None else ExtensionId.read(item.id),
                    version=_optional(item.version),
                    path=_optional(item.path),
                    origins=tuple(map(_origin, item.origins)),
                    rule=_text(item.rule),
                )
                self.unreadable.append(unreadable)
                return shard_key(unreadable)
            case _Skipped(skipped):
                skipped = replace(
                    skipped,
                    name=_text(skipped.name),
                    version=_optional(skipped.version),
                    origin=None if skipped.origin is None else _origin(skipped.origin),
                    note=_text(skipped.note),
                )
                self.skipped.append(skipped)
                return shard_key(skipped)
            case _Place(place):
                place = PlaceFinding(_text(place.rule), _text(place.message), _origin(place.origin))
                self.place_findings.append(place)
                return shard_key(place)

    def _add_group(self, group: Group) -> str:
        extensions = tuple(map(_read_extension, group.extensions))
        if len({extension.id for extension in extensions}) != 1:
            raise ValueError("has a group of several ids")
        seen: set[int] = set()
        for outcome in group.outcomes:
            if not outcome.extensions or max(outcome.extensions) >= len(extensions):
                raise ValueError("has an outcome about no extension")
            seen.update(outcome.extensions)
            task = Task(
                _text(outcome.provider), tuple(extensions[each] for each in outcome.extensions)
            )
            self.outcomes.append(_read_outcome(outcome, task))
            if bytes(outcome.stale) != b"null":
                verdict = verdict_codec.decode(bytes(outcome.stale))
                self.stale[task] = LastKnownVerdict(verdict, outcome.stale_at)
        if len(seen) != len(extensions):
            raise ValueError("has an extension without an outcome")
        return shard_key(extensions[0])


def _read_outcome(outcome: _Outcome, task: Task) -> Outcome:
    if outcome.kind is not None:
        return Failed(task, outcome.kind, _text(outcome.detail))
    verdict = verdict_codec.decode(bytes(outcome.verdict))
    if verdict.provider != task.provider:
        raise ValueError("has a verdict of another provider")
    return Scanned(task, verdict, outcome.from_cache)


def _read_extension(fields: _Extension) -> Extension:
    return Extension(
        id=ExtensionId.read(fields.id),
        version=_optional(fields.version),
        target_platform=_optional(fields.target_platform),
        display_name=_text(fields.display_name),
        path=_optional(fields.path),
        origins=tuple(map(_origin, fields.origins)),
        in_index=fields.in_index,
        members=tuple(map(_text, fields.members)),
        registry=fields.registry,
        asked_by_name=fields.asked_by_name,
        never_sent=fields.never_sent,
        fetched=None if fields.fetched is None else _facts(fields.fetched),
        unknown_to=tuple(map(_text, fields.unknown_to)),
    )


def _origin(origin: Origin) -> Origin:
    for number in (origin.line, origin.column, origin.length):
        if number is not None and not 0 <= number < 2**53:
            raise ValueError("has a place with an impossible number")
    return replace(
        origin,
        uri=_text(origin.uri),
        kind=_text(origin.kind),
        version=_optional(origin.version),
    )


def _facts(facts: RegistryFacts) -> RegistryFacts:
    check_link(facts.url)
    values = msgspec.structs.asdict(facts)
    texts = {name: _text(value) for name, value in values.items() if isinstance(value, str)}
    return replace(facts, **texts, platforms=tuple(map(_text, facts.platforms)))


def check_link(url: str) -> None:
    """Raise ``ValueError`` for a link that a report must not have."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("has a link that is none")


def shard_key(item: Extension | Unreadable | Skipped | PlaceFinding) -> str:
    """Give the text whose hash decides the shard: the id, or a name, in lower case."""
    if isinstance(item, PlaceFinding):
        return f"{item.rule} {_text(item.origin.uri)}".lower()
    if isinstance(item, Skipped):
        return _text(item.name).lower()
    if item.id is not None:
        return item.id.key
    return _text(item.name).lower() if isinstance(item, Unreadable) else ""


def digest_texts(texts: Iterable[str]) -> str:
    """Digest texts, in any order; each counts as often as it is there."""
    made = hashlib.sha256()
    for text in sorted(texts):
        made.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return made.hexdigest()


def _text(text: str) -> str:
    return sanitize(text, _MAX_TEXT)


def _optional(text: str | None) -> str | None:
    return None if text is None else _text(text)
