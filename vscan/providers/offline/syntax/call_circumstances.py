"""The circumstances of a call: whether somebody was asked, what was verified, and when it runs.

Honest programs do the same things as malicious ones, but they ask first, at a command of the user,
and verify what they download.
"""

import re
from collections.abc import Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.scopes import FUNCTIONS, parent_function

_ASKS: Final = lazy_regex(
    r"show(?:Information|Warning|Error)Message\s*\((?:[^()]|\([^()]*\)){3,600}?,"
    r"|show(?:QuickPick|InputBox|OpenDialog|SaveDialog)\s*\(|\bconfirm\s*\("
)
_DECIDES: Final = lazy_regex(r"\bif\s*\(|\bswitch\s*\(|&&|\?(?!\.)|\.then\s*\(")
_NEAR = 40  # characters before a question: if (await ask(...))
_HASHES: Final = lazy_regex(
    r"createHash\s*\(|subtle\.digest|createVerify\s*\(|\bverify\s*\(|checksum|sha256"
    r"|sha512|integrity",
    re.IGNORECASE,
)
_COMPARES: Final = lazy_regex(r"[!=]==?|timingSafeEqual|\.equals\s*\(|\bthrow\b|\bverify")
_COMMAND: Final = lazy_regex(
    r"registerCommand|registerTextEditorCommand|register\w+Provider|onDidReceiveMessage"
    r"|withProgress"
)
_REPEATED: Final = lazy_regex(
    r"setInterval|setTimeout|\bonDid\w+|\bonWill\w+|\.on\Z|addEventListener|schedule"
    r"|onKey\w+|subscribe|findFiles"
)
_MAX_CALLERS = 2  # calls of calls that are looked at
_MAX_NAMES = 12  # of functions that those around a call are handed to
_MAX_NAME = 200  # characters of the source of one
_LINE_END: Final = lazy_regex(r"[\r\n]")
_WIDTH = 4000  # bytes before a call in which the question may stand


def asks_first(call: Call) -> bool:
    """Whether the user is asked before a call: in the function around it, or in all its callers."""
    if _ASKS.search(_before(call.program, call.node)) is not None:
        return True
    function = parent_function(call.node)
    calls_of = call.program.evaluator.function_values.calls_of
    callers = calls_of(function) if function is not None else []
    return bool(callers) and all(_depends_on_answer(call.program, each) for each in callers)


def _depends_on_answer(program: Program, node: Node) -> bool:
    """Whether the user is asked before a call, and a decision is made between the two."""
    text = _before(program, node)
    asked = _ASKS.search(text)
    return asked is not None and _DECIDES.search(text, max(0, asked.start() - _NEAR)) is not None


def verifies(call: Call) -> bool:
    """Whether a digest or signature is computed and compared in the function around a call."""
    text = _around(call)
    return _HASHES.search(text) is not None and _COMPARES.search(text) is not None


def is_at_command(call: Call) -> bool:
    """Whether a call lies in a function that the user starts: a command, a provider, a view."""
    return any(_COMMAND.search(name) for name in _callers(call.program, call.node))


def is_repeated(call: Call) -> bool:
    """Whether a call lies in the callback of a timer or of an event."""
    return any(_REPEATED.search(name) for name in _callers(call.program, call.node))


def _callers(program: Program, node: Node, depth: int = 0) -> list[str]:
    """Return the sources of the functions that the functions around a node are handed to.

    They are those of the places, too, from which the functions around the node are called.
    """
    names: list[str] = []
    at = node.parent
    while at is not None and len(names) < _MAX_NAMES:
        if at.type in FUNCTIONS and depth < _MAX_CALLERS:
            for call in program.evaluator.function_values.calls_of(at)[:3]:
                names += _callers(program, call, depth + 1)
            handed = (
                call.child_by_field_name("function")
                for call, _ in program.evaluator.function_values.handovers(at)[:4]
            )
            names += [
                program.source_of(function)[-_MAX_NAME:]
                for function in handed
                if function is not None
            ]
        if at.type == "arguments" and at.parent is not None:
            function = at.parent.child_by_field_name("function")
            if function is not None and function.end_byte - function.start_byte < _MAX_NAME:
                names.append(program.source_of(function))
        at = at.parent
    return names


def _before(program: Program, node: Node) -> str:
    unit = program.unit_around(node)
    start = max(unit.start_byte, node.start_byte - _WIDTH)
    return program.piece.source[start : node.start_byte].decode("utf-8", "replace")


def _around(call: Call) -> str:
    unit = call.program.unit_around(call.node)
    start = max(unit.start_byte, call.node.start_byte - _WIDTH)
    end = min(unit.end_byte, call.node.end_byte + _WIDTH)
    return call.program.piece.source[start:end].decode("utf-8", "replace")


def is_only_typed(call: Call, calls: Sequence[Call]) -> bool:
    """Whether a terminal gets a command that the user has to confirm with the return key.

    ``sendText(command, false)`` does not end the line. Another call must not end it, either.
    """
    if not _types(call) or _source_of_argument(call, 1) not in {"false", "!1"}:
        return False
    if any(_LINE_END.search(text) for text in call.argument(0).texts):
        return False
    if any(text.endswith("terminal.sendSequence") for other in calls for text in _commands(other)):
        return False
    others = (other.argument(0).texts for other in calls if other is not call and _types(other))
    return all(texts and all(text.strip() for text in texts) for texts in others)


def _commands(call: Call) -> Sequence[str]:
    """Return the commands of the editor that a call may run."""
    is_execution = any(name.endswith("executeCommand") for name in call.names)
    return call.argument(0).texts if is_execution else ()


def _source_of_argument(call: Call, index: int) -> str:
    arguments = call.node.child_by_field_name("arguments")
    nodes = arguments.named_children if arguments is not None else []
    nodes = [node for node in nodes if node.type != "comment"]
    return call.program.source_of(nodes[index]) if index < len(nodes) else ""


def _types(call: Call) -> bool:
    return any(name.endswith(".sendText") for name in call.names)
