"""The commands that a program has run with the rights of an administrator, after a prompt.

``osascript`` gets a script of AppleScript, in which a text is the command of a shell. ``pkexec``
and others start a shell. The command inside is what counts.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.javascript_programs import Call
from vscan.providers.offline.syntax.sinks import commands, starts
from vscan.providers.offline.syntax.values import UNKNOWN

_SHELL_SCRIPT: Final = lazy_regex(r"do\s+shell\s+script\s+\\?\"((?:[^\"\\]|\\.)*)", re.DOTALL)
_ESCAPE: Final = lazy_regex(r"\\(.)", re.DOTALL)
_PROMPT: Final = lazy_regex(
    r"(?:\A|[/\s;&|\"'])(?:pkexec|gksudo|gksu|kdesudo|kdesu|beesu|lxsudo|lxqt-sudo|doas|sudo|osascript)\b"
)
_SHELL: Final = lazy_regex(
    r"\b(?:pkexec|gksudo|gksu|kdesudo|kdesu|beesu|lxsudo|lxqt-sudo|doas|sudo)\s+"
    r"(?:--?[\w-]+(?:[= ](?:\"[^\"]*\"|'[^']*'|(?=/)\S+))?\s+)*(?:--\s+)?"
    r"(?:(?:/\w+)*/?(?:ba|da|z)?sh\s+-\w*c\s+)?([\s\S]+)"
)
_MAX_TEXTS = 12  # of one call
_MAX_LENGTH = 20_000  # characters of one


def privileged_commands(call: Call) -> Iterator[str]:
    """Yield the commands of a shell that a call has run after a prompt."""
    if not starts(call):
        return
    texts = [text for value in call.arguments[:2] for text in value.all_texts()]
    if not any(map(_PROMPT.search, texts)):
        return
    inner = [text for text in texts if " " in text]
    for text in dict.fromkeys([*inner[:_MAX_TEXTS], *commands(call)[:_MAX_TEXTS]]):
        if len(text) <= _MAX_LENGTH:
            yield from _inside(text.replace(UNKNOWN, "UNKNOWN"))


def _inside(text: str) -> Iterator[str]:
    for script in _SHELL_SCRIPT.finditer(text):
        yield _ESCAPE.sub(r"\1", script[1])
    shell = _SHELL.search(text)
    if shell is not None:
        yield _unquoted(shell[1])
    elif "do shell script" not in text:
        yield text


def _unquoted(text: str) -> str:
    """Return a command without the quotes around it."""
    quote = text[:1]
    if quote in {'"', "'"} and text.rstrip().endswith(quote):
        return _ESCAPE.sub(r"\1", text.rstrip()[1:-1]) if quote == '"' else text.rstrip()[1:-1]
    return text
