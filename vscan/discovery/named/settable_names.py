"""The variables of a text that other files, or who starts it, may give another value."""

from functools import cached_property
from typing import Final

from vscan.discovery.named.references import Reference
from vscan.lazy_regex import lazy_regex

_NAME = r"([A-Za-z_]\w{0,100}+)"
_SETTABLE = lazy_regex(
    "|".join(
        (
            rf"^[ \t]*(?:ARG|ENV)[ \t]+{_NAME}",  # of a Dockerfile
            rf"\b{_NAME}[ \t]*\?=",  # of Make
            rf"\$\{{{_NAME}:?[-=+?]",
            rf"-[zn][ \t]+[\"']?\$\{{?{_NAME}",
            rf"\[[ \t]+[\"']?\$\{{?{_NAME}",
            rf"\bnot[ \t]+defined[ \t]+{_NAME}",
            rf"\bvariable[ \t]+\"{_NAME}",  # of Terraform
            rf"environ(?:\.get\(|\[)[ \t]*[\"']{_NAME}",
            rf"getenv\([ \t]*[\"']{_NAME}",
            rf"\benv\.{_NAME}",
            rf"\benv[\[(][\"']{_NAME}",
            rf"\$env:{_NAME}",
            rf"\bENV(?:\.fetch)?[\[(][ \t]*[\"']{_NAME}",
        )
    ),
    2 | 8,  # without regard to case, line by line
)
_TAKES_PARAMETERS = lazy_regex(r"\bparam[ \t]*\(", 2)
_ARGUMENTS = lazy_regex(
    r"\bargv\b|\bargparse\b|\bARGV\b|\bprocess\.argv|\bos\.Args\b|\benv::args|\bclick\b|\byargs\b"
    r"|\bcommander\b|\bparseArgs\b|\btyper\b|\bDeno\.args\b|\boptparse\b"
)
# What a workflow knows by itself, or of its own jobs.
_OWN_CONTEXTS: Final = frozenset(
    ("matrix", "steps", "needs", "github", "runner", "secrets", "strategy", "item")
)


class SettableNames:
    """Answers which names of a text may be set elsewhere. They are looked up at the first use."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that the text itself says may be set elsewhere, such as with a default."""
        found = _SETTABLE.finditer(self._text)
        return frozenset(match[match.lastindex or 0] for match in found)

    @cached_property
    def takes_arguments(self) -> bool:
        """Whether a program reads the arguments that it is started with."""
        return _ARGUMENTS.search(self._text) is not None

    def contain(self, reference: Reference, written: str, *, is_known: bool) -> bool:
        """Say whether what a reference stands for may be set elsewhere.

        ``written`` is the reference; ``is_known`` says that the text gives the name a value.
        """
        name = reference.names[-1]
        if reference.names[0] in _OWN_CONTEXTS:
            return False
        if not is_known or reference.default or name in self.names:
            return True
        is_template = "{{" in written or written.startswith(("$(", "<<", "${config:"))
        return is_template or self._takes_parameters

    @cached_property
    def _takes_parameters(self) -> bool:
        return _TAKES_PARAMETERS.search(self._text) is not None
