"""Parse untrusted JSON in bounded time and memory.

Parsing is one call that not even a signal can interrupt, and two bytes of nested lists need a
hundred bytes of memory. So the number of items is limited before a text is parsed.
"""

import json
from typing import Any

_MAX_ITEMS = 1_000_000


class InvalidJsonError(ValueError):
    """A text that every parser of JSON would refuse."""


def check_item_count(text: str | bytes) -> None:
    """Raise ``ValueError`` where a JSON text has so many items that they could fill the memory."""
    if len(text) <= _MAX_ITEMS:
        return
    marks = map(text.count, "[{,") if isinstance(text, str) else map(text.count, b"[{,")
    if sum(marks) > _MAX_ITEMS:
        raise ValueError(f"has more than {_MAX_ITEMS} items")


def parse_json(text: str | bytes, *, unique_keys: bool = False) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse JSON; the text of a ``ValueError`` begins with "is" or "has".

    It is an ``InvalidJsonError`` where other programs would refuse the text, too. If an object has
    a key twice, the last one counts, unless ``unique_keys`` makes that an error.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    check_item_count(text)
    try:
        return json.loads(text, object_pairs_hook=_unique if unique_keys else None)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise InvalidJsonError(f"is not valid JSON (line {error.lineno})") from None
    except _DuplicateKeyError:
        raise ValueError("has a key twice in one object") from None
    except ValueError:  # a number of thousands of digits
        raise ValueError("is not valid JSON") from None


class _DuplicateKeyError(ValueError):
    """An object has the same key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _DuplicateKeyError
    return fields
