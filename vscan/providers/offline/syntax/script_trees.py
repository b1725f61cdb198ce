"""Parse scripts within bounds. The grammars are imported when the first script is parsed."""

import importlib
import time
from functools import cache
from typing import Final

import tree_sitter

from vscan.providers.offline.syntax.script_values import TooCostlyError

_GRAMMARS: Final = {
    "shell": "tree_sitter_bash",
    "powershell": "tree_sitter_powershell",
    "python": "tree_sitter_python",
}
MAX_BYTES: Final = 4 * 1024**2  # of a script: its tree takes sixty times the memory
_LIMIT_S: Final = 2.0  # processor time of one tree
_CHUNK: Final = 64 * 1024


@cache
def _language(name: str) -> tree_sitter.Language:
    grammar = importlib.import_module(_GRAMMARS[name])
    return tree_sitter.Language(grammar.language())


def parse(source: bytes, language: str) -> tree_sitter.Node:
    """Return the root of a script's tree; ``TooCostlyError`` beyond the bounds."""
    if len(source) > MAX_BYTES:
        raise TooCostlyError
    until = time.process_time() + _LIMIT_S
    parser = tree_sitter.Parser(_language(language))
    try:
        tree = parser.parse(
            lambda offset, _: source[offset : offset + _CHUNK],
            progress_callback=lambda _, __: time.process_time() > until,
        )
    except ValueError:  # the callback ended it
        raise TooCostlyError from None
    return tree.root_node
