"""Regular expressions that are compiled when they are first used.

Compiling takes far longer than importing the module that an expression is in, and one run uses few
of them: a run that finds everything in the cache uses none of the analyser's.
"""

import re
from functools import cached_property
from typing import Any, AnyStr, cast


class _LazyRegex:
    """Stands for a pattern. A method that was used once is an attribute from then on."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self._source, self._flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of a pattern
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value


def lazy_regex(source: AnyStr, flags: int | re.RegexFlag = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that ``re.compile`` makes at its first use."""
    return cast("re.Pattern[AnyStr]", _LazyRegex(source, flags))
