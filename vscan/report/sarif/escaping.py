"""Text in SARIF files: one printable line, without links or placeholders, of a bounded length."""

import re

from vscan.safe_text import sanitize

MAX_TEXT = 1_000  # GitLab drops a result with a string of more than 1,024 characters
# What a reader may turn into a link: the syntax of SARIF or Markdown, or an address.
_LINKS = re.compile(r"\](?=\()|:(?=//)|\bwww(?=\.)", re.IGNORECASE)


def inert(text: str, limit: int = MAX_TEXT) -> str:
    """Escape text for a message, in which braces are placeholders and brackets are links.

    Braces are doubled, as SARIF requires. Links are broken by a space and not escaped, because
    some readers don't know the escape.
    """
    text = _LINKS.sub(r"\g<0> ", sanitize(text, limit))
    return text.replace("{", "{{").replace("}", "}}")


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """Shorten escaped text, but never between the two characters of a doubled brace."""
    if len(text) <= limit:
        return text
    text = text[: limit - 1]
    if text[-1] in "{}" and (len(text) - len(text.rstrip(text[-1]))) % 2:
        text = text[:-1]
    return f"{text}…"
