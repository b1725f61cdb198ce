"""Evaluate the expressions of workflows, as far as the action uses them."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = str | bool
_TOKEN = re.compile(r"\s*(?:(?:'(?:[^']|'')*')|[\w.-]+|==|!=|&&|\|\||[!()])")
_STATUS = re.compile(r"\b(always|success|failure|cancelled)\(\)")


def holds(condition: str | None, contexts: Mapping[str, Any], status: str) -> bool:
    """Say whether a step runs: without a status function, only where nothing has failed."""
    if condition is None:
        return status == "success"
    if not _STATUS.search(condition):
        condition = f"success() && ({condition})"
    return bool(evaluate(condition, contexts, status))


def interpolate(text: object, contexts: Mapping[str, Any], status: str = "success") -> str:
    """Fill in what stands in ``${{ }}``."""

    def fill(match: re.Match[str]) -> str:
        value = evaluate(match[1], contexts, status)
        return value if isinstance(value, str) else str(value).lower()

    return re.sub(r"\$\{\{(.*?)\}\}", fill, str(text), flags=re.DOTALL)


def evaluate(expression: str, contexts: Mapping[str, Any], status: str) -> Value:
    """Evaluate one expression; ``ValueError`` for what is none, or not known here."""
    expression = expression.strip()
    tokens, at = [], 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise ValueError(expression)
        tokens.append(match[0].strip())
        at = match.end()
    parser = _Parser(tokens, contexts, status)
    value = parser.either()
    if parser.tokens:
        raise ValueError(expression)
    return value


class _Parser:
    """Takes tokens from the front: ``||`` below ``&&`` below ``==`` below ``!``."""

    def __init__(self, tokens: list[str], contexts: Mapping[str, Any], status: str) -> None:
        self.tokens = tokens
        self._contexts = contexts
        self._status = status

    def _next(self, *wanted: str) -> str | None:
        if self.tokens and (not wanted or self.tokens[0] in wanted):
            return self.tokens.pop(0)
        return None

    def either(self) -> Value:
        value = self._both()
        while self._next("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Value:
        value = self._equal()
        while self._next("&&"):
            other = self._equal()
            value = value and other
        return value

    def _equal(self) -> Value:
        value = self._one()
        while mark := self._next("==", "!="):
            same = _compared(value) == _compared(self._one())
            value = same if mark == "==" else not same
        return value

    def _one(self) -> Value:
        token = self._next()
        if token is None:
            raise ValueError("it ends too early")
        if token == "!":
            return not self._one()
        if token == "(":
            value = self.either()
            if not self._next(")"):
                raise ValueError("a bracket is not closed")
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._next("("):
            if not self._next(")"):
                raise ValueError(f"{token} takes nothing here")
            return self._function(token)
        return self._looked_up(token)

    def _function(self, name: str) -> bool:
        return {
            "always": True,
            "success": self._status == "success",
            "failure": self._status == "failure",
            "cancelled": self._status == "cancelled",
        }[name]

    def _looked_up(self, name: str) -> Value:
        if name in {"true", "false"}:
            return name == "true"
        value: Any = self._contexts
        for number, part in enumerate(name.split(".")):
            if number == 0 and part not in value:
                raise ValueError(f"there is no context {part}")
            value = value.get(part, {}) if isinstance(value, Mapping) else {}
        return "" if isinstance(value, Mapping) else str(value)


def _compared(value: Value) -> str:
    return str(value).lower()  # comparisons of texts ignore case
