"""A task for a provider, and the state of one that was throttled."""

from msgspec import Struct

from vscan.model.extension import Extension
from vscan.model.identity import ExtensionId


class Task(Struct, frozen=True):
    """One lookup at one provider: an id, with all its installed versions."""

    provider: str
    extensions: tuple[Extension, ...]

    def __hash__(self) -> int:
        first = self.extensions[
            0
        ]  # enough to tell copies apart; hashing the rest takes ten times as long
        return hash((self.provider, first.id.key, first.version, first.path))

    @property
    def id(self) -> ExtensionId:
        """The id of the lookup."""
        return self.extensions[0].id


class Resume(Struct, frozen=True):
    """The state of a throttled analysis, so that it is not submitted twice."""

    analysis_id: str | None  # None: the service forgot it, and it is submitted once more
    spent_s: float
    polls: int
    complete: bool
    resubmitted: bool
