"""Names in the sentences of a decision: each once, and only the first few."""

from collections.abc import Sequence

from vscan.policy.model import Assessment
from vscan.safe_text import join_first

_NAMED = 5  # names in a sentence; further ones are only counted


def list_extensions(items: Sequence[Assessment]) -> str:
    """Name some extensions, each once, and count those beyond a limit."""
    return list_unique([str(item.extension.id) for item in items])


def list_unique(texts: Sequence[str]) -> str:
    """List some texts, each once, and count those beyond a limit."""
    return join_first(list(dict.fromkeys(texts)), _NAMED)
