"""Programs of modules that load each other, whose flows go from one file to another."""

from collections.abc import Iterator, Mapping

from vscan.providers.offline.syntax.javascript_programs import Place, Program
from vscan.providers.offline.syntax.javascript_trees import Piece, pieces
from vscan.providers.offline.syntax.joined_modules import JoinedModules, join_modules

_STEPS_AT_ONCE = 2000  # evaluations for one expression: each value comes from further away


class JoinedProgram(Program):
    """A program of modules that load each other. Places are those in the files of the modules."""

    def __init__(self, joined: JoinedModules, piece: Piece) -> None:
        super().__init__(joined.places[-1].name, piece, 0)
        self.evaluator.steps_at_once = _STEPS_AT_ONCE
        self._joined = joined

    @property
    def is_too_costly(self) -> bool:
        """Whether a bound leaves a gap: none does, because each file is examined alone, too."""
        return False

    def place_of(self, offset: int) -> Place:
        """Return the place in a module that a place in the program comes from."""
        name, start = self._joined.place_of(offset)
        return Place(name, start, 1 + self._joined.sources[name].count(b"\n", 0, start))

    def where(self, offset: int) -> str:
        """Describe a place for people: ``net.js:3``."""
        place = self.place_of(offset)
        return f"{place.name}:{place.line}"

    def _file_around(self, offset: int) -> tuple[int, int]:
        starts, places = self._joined.starts, self._joined.places
        name = self._joined.place_of(offset).name
        own = [number for number, place in enumerate(places) if place.name == name]
        ends = (*starts[1:], len(self._joined.source))
        return starts[own[0]], ends[own[-1]]


def joined_programs(sources: Mapping[str, bytes]) -> Iterator[JoinedProgram]:
    """Join modules that load each other; ``sources`` are files by name, the most important first.

    ``TooCostlyError`` where that takes too long to parse.
    """
    for joined in join_modules(sources):
        for piece in pieces(joined.source):
            yield JoinedProgram(joined, piece)
