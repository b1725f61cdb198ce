"""Parse JSON that a stranger wrote, in bounded time and memory.

Parsing is one call that nothing can interrupt, not even a signal, and two bytes of
nested lists make a hundred bytes of memory: what is bounded is the number of items.
"""

import json
from typing import Any

_MAX_ITEMS = 1_000_000


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse; a ``ValueError`` says of what can't be taken in why: it "is not ..."."""
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    if sum(map(text.count, "[{,")) > _MAX_ITEMS:
        raise ValueError(f"has more than {_MAX_ITEMS} items")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON (line {error.lineno})") from None
    except ValueError:  # a number of thousands of digits
        raise ValueError("is not valid JSON") from None
