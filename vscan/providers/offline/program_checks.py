"""Give programs of JavaScript to the checks."""

from collections.abc import Callable, Iterable

from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.checks import CHECKS
from vscan.providers.offline.syntax.javascript_programs import Program
from vscan.providers.offline.syntax.sinks import programs_inside
from vscan.safe_text import sanitize


def check_program(
    program: Program, collect: Callable[[Check, Iterable[Found]], int]
) -> tuple[int, list[str]]:
    """Give a program, and those that are texts of it, to the checks, and free them.

    ``collect`` records what a check yields, and returns how much that is. Returned are how much all
    of them yield, and what could not be examined, in words for a person.
    """
    count, gaps = 0, []
    for each in (program, *programs_inside(program)):
        for check in CHECKS:
            if check.on_program is not None:
                count += collect(check, check.on_program(each))
        if each is not program:
            gaps += _released(each)
    return count, gaps + _released(program)


def _released(program: Program) -> list[str]:
    """Free a program that all checks have seen; return what they could not examine."""
    is_too_costly, name = program.is_too_costly, sanitize(program.name, 200)
    program.release()
    return [f"{name} has too many matches to follow all of its flows"] if is_too_costly else []
