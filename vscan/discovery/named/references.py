"""References to variables in a word, as shells, Make, templates and batch files write them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from vscan.lazy_regex import lazy_regex


class Reference(NamedTuple):
    """A reference: the names that it may be known by, and the place of a default in the word."""

    names: tuple[str, ...]
    start: int
    end: int
    default: tuple[int, int] | None = None
    is_placeholder: bool = False  # of xargs: {} or %


_REFERENCE = lazy_regex(
    r"""
      \$+\{\{?(?P<braced>[^{}\r\n]{0,200}+)\}?\}
    | \$+\((?P<make>[\w.@*-]{1,100}+)\)
    | \$+(?P<plain>\w{1,100}+(?:[:.]\w{1,100}+){0,4}|[@*])
    | \{\{-?(?P<template>[^{}\r\n]{0,200}+)\}\}
    | %\{(?P<directive>[^{}]{0,200}+)\}
    | %%?~?(?P<batch>[\w*]{1,100}+)%? | !(?P<delayed>\w{1,100}+)! | (?P<percent>%)
    | \{(?P<field>[\w.]{0,100}+)\}
    | <(?P<blank>[^<>\r\n]{1,100}+)>
    | (?P<other>[$`{}<>])
    """,
    re.VERBOSE,
)
_NAME = lazy_regex(r"[A-Za-z_][\w-]*|[0-9@*]")
_DEFAULT = lazy_regex(r":?[-=](?P<shell>[^}]*)$|['\"](?P<text>[^'\"]+)['\"]")


def references(text: str) -> Iterator[Reference]:
    """Give the references in a word, from left to right."""
    for match in _REFERENCE.finditer(text):
        kind = match.lastgroup or "other"
        expression = match[kind]
        default = None
        if kind in {"braced", "template"}:
            default = _default(expression, match.start(kind))
        is_placeholder = match[0] in {"{}", "%", "{.}"}
        names = _names(kind, expression)
        yield Reference(names, match.start(), match.end(), default, is_placeholder)


def _default(expression: str, start: int) -> tuple[int, int] | None:
    found = _DEFAULT.search(expression)
    if found is None:
        return None
    first, last = found.span(found.lastgroup or 0)
    return start + first, start + last


def _names(kind: str, expression: str) -> tuple[str, ...]:
    """Return the names of an expression, as ``matrix`` and ``extension`` of matrix.extension."""
    if kind in {"percent", "other", "blank"} or not expression:
        return ()
    if kind == "plain":
        expression = expression.partition(":")[2] or expression
    if expression.startswith("config:"):  # a setting, in tasks of the editor
        return (expression.removeprefix("config:"),)
    if re.match(r"[\s-]*\.(?!\w)", expression):  # in Go's templates
        return (".",)
    # A dash begins a default in a shell, and is part of a name in templates.
    is_template = kind == "template" or expression.startswith(" ")
    path = re.match(
        r"[\s!#.-]*([\w.-]+|[@*])" if is_template else r"[!#]*([\w.]+|[@*])", expression
    )
    return tuple(_NAME.findall(path[1])[:5]) if path else ()
