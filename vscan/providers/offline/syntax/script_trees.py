"""Parse scripts within bounds. The grammars are imported when the first script is parsed."""

import importlib
import time
from functools import cache
from typing import Final

import tree_sitter

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.script_state import TooCostlyError

_GRAMMARS: Final = {
    "shell": "tree_sitter_bash",
    "powershell": "tree_sitter_powershell",
    "python": "tree_sitter_python",
}
MAX_BYTES: Final = 4 * 1024**2  # of a script: its tree takes sixty times the memory
_LIMIT_S: Final = 1.0  # processor time of one tree
_MAX_PIPES: Final = 2000  # of one pipeline: an error behind it takes memory by their square
_COMMAND_ENDS: Final = lazy_regex(rb"[;(){}]")
_CHUNK: Final = 64 * 1024


@cache
def _language(name: str) -> tree_sitter.Language:
    grammar = importlib.import_module(_GRAMMARS[name])
    return tree_sitter.Language(grammar.language())


def parse(source: bytes, language: str, until_s: float) -> tree_sitter.Node:
    """Return the root of a script's tree; ``TooCostlyError`` beyond the bounds.

    ``until_s`` is the processor time until which the whole script may take.
    """
    if len(source) > MAX_BYTES or (language == "shell" and _has_long_pipeline(source)):
        raise TooCostlyError
    until = min(time.process_time() + _LIMIT_S, until_s)
    parser = tree_sitter.Parser(_language(language))
    try:
        tree = parser.parse(
            lambda offset, _: source[offset : offset + _CHUNK],
            progress_callback=lambda _, __: time.process_time() > until,
        )
    except ValueError:  # the callback ended it
        raise TooCostlyError from None
    return tree.root_node


def _has_long_pipeline(source: bytes) -> bool:
    pipes = 0
    for line in source.split(b"\n"):
        first, *others = _COMMAND_ENDS.split(line)
        pipes += first.count(b"|")
        if pipes > _MAX_PIPES or any(part.count(b"|") > _MAX_PIPES for part in others):
            return True
        if others:
            pipes = others[-1].count(b"|")
        if line.strip() and not line.rstrip().endswith((b"|", b"|&")):
            pipes = 0
    return False
