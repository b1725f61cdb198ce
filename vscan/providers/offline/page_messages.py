"""Follow what the messages of a page bring to where the page sends it: to another host.

A page of the editor gets messages from the program of its extension. What they bring is followed
forwards, by names, from the function that gets the message: into what is declared with it, into the
functions that get it, and into the objects that it is put into.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.inline_scripts import only_scripts, scripts_in
from vscan.providers.offline.syntax.javascript_programs import Call, Program, programs
from vscan.providers.offline.syntax.javascript_trees import Node, TooCostlyError, pieces
from vscan.providers.offline.syntax.node_fields import argument_nodes, function_of, parameters_of
from vscan.providers.offline.syntax.scopes import FUNCTIONS, names_in
from vscan.providers.offline.syntax.sending import sent_by
from vscan.providers.offline.syntax.sinks import labels_from
from vscan.providers.offline.syntax.values import UNKNOWN, Source

REMOTE: Final = lazy_regex(
    r"(?:https?|wss?):(?:\\?/){2}(?!localhost\b|127\.|0\.0\.0\.0|\[::1|[\w.*-]*\bvscode-)[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_WINDOWS: Final = frozenset({"window", "self", "globalThis", "top", "parent", "document"})
_LISTENS: Final = (b"onmessage", b"addEventListener", b"on")
_QUOTES: Final = frozenset({b'"', b"'", b"`"})
_MAX_PAGES = 4  # alternatives of one text
_MAX_PAGE_BYTES = 512 * 1024
_MAX_NAMES = 200  # that a message is followed to
_ENDS: Final = frozenset({"!", "typeof", "===", "==", "!==", "!=", "<", ">", "<=", ">=", "in"})
_FORM: Final = lazy_regex(
    r"\baction\s*[=:]\s*\\?[\"'`](?:https?:)?//(?!localhost|127\.)[\w-]+\.|\"action\"\s*,\s*[\"']https?:"
)
_FRAME: Final = lazy_regex(r"<iframe\b[^>]{0,600}>", re.IGNORECASE)
_UNSEEN: Final = lazy_regex(
    r"(?:width|height)\s*[=:]\s*\\?[\"']?[01](?:px)?\b|display\s*:\s*none|visibility\s*:\s*hidden|\shidden\b"
    r"|opacity\s*:\s*0\b",
    re.IGNORECASE,
)
_MADE_FRAME: Final = lazy_regex(
    r"createElement\(\s*[\"'`]iframe[\"'`][\s\S]{0,600}?(?:display\s*=\s*[\"'`]none|hidden\s*="
    r"|(?:width|height)\s*=\s*[\"'`]?[01]\b)"
)
_LOADED: Final = frozenset({"src", "srcset", "action", "data"})
_ELEMENT: Final = lazy_regex(r"(?:\A|\.)(?:Image\(\)|createElement\(\))")
_HANDS_ON: Final = "acquireVsCodeApi().postMessage"
_CONNECTIONS: Final = ("WebSocket().send", "XMLHttpRequest().send", "RTCDataChannel().send")
_ANSWERED: Final = (
    r"\s*\.\s*(?:on(?:message|load|readystatechange)\s*=|addEventListener\s*\(|response)"
)
_OPENS: Final = lazy_regex(r"(?:\A|\.)(?:window\.)?open\Z|location\.(?:assign|replace)\Z")


class MessageFlows:
    """What messages bring to one page: ``page`` is its text, for what is no script in it."""

    def __init__(self, program: Program, page: str) -> None:
        self._program = program
        self._evaluator = program.evaluator
        self._page = page
        self._followed: dict[int, Node] = {}
        self._waiting: list[Node] = []

    def sendings(self) -> Iterator[Node]:
        """Yield the calls and assignments that send a message on, and use no answer."""
        for function in self._listeners():
            self._follow_parameters(function)
        while self._waiting and len(self._followed) < _MAX_NAMES:
            name = self._waiting.pop()
            binding = self._evaluator.scopes.binding_of(name)
            for reference in self._evaluator.scopes.references(binding) if binding else ():
                yield from self._use(reference)

    def _listeners(self) -> Iterator[Node]:
        """Yield the functions that get the messages of the page."""
        root = self._program.piece.root
        for word in _LISTENS:
            for start in self._evaluator.scopes.places.get(word, ()):
                if not self._may_listen(word, start):
                    continue
                node = root.descendant_for_byte_range(start, start + len(word))
                handler = self._handler(node) if node is not None else None
                yield from self._evaluator.functions(handler) if handler is not None else ()

    def _may_listen(self, word: bytes, start: int) -> bool:
        """Whether a function that listens may be called at a word; most listen to other events."""
        source = self._program.piece.source
        if word == b"on":
            return source[max(0, start - 8) : start] == b"window)."
        after = source[start + len(word) : start + len(word) + 20].lstrip(b" (\n")
        return word == b"onmessage" or after[:1] not in _QUOTES or after[1:8] == b"message"

    def _handler(self, node: Node) -> Node | None:
        """Return what gets messages: the value of ``onmessage``, an argument of a listener."""
        at: Node = node
        if node.type == "property_identifier" and node.parent is not None:
            at = node.parent
            of = at.child_by_field_name("object")
            owner = self._program.source_of(of).strip("$()") if of is not None else ""
            if owner not in _WINDOWS:
                return None
        holder = at.parent
        if holder is None:
            return None
        if holder.type == "assignment_expression" and node.text == b"onmessage":
            return holder.child_by_field_name("right")
        function = function_of(holder) if holder.type == "call_expression" else None
        if function is None or function.id != at.id:
            return None
        arguments = argument_nodes(holder)
        is_message = (
            len(arguments) > 1 and self._evaluator.value(arguments[0]).constant == "message"
        )
        return arguments[1] if is_message else None

    def _follow_parameters(self, function: Node) -> None:
        for parameter in parameters_of(function):
            self._follow(parameter)

    def _follow(self, pattern: Node | None) -> None:
        """Follow the names of a declaration or of what gets a value; of a member, its object."""
        while pattern is not None and pattern.type in {"member_expression", "subscript_expression"}:
            pattern = pattern.child_by_field_name("object")
        for name in names_in(pattern) if pattern is not None else ():
            binding = self._evaluator.scopes.binding_of(name)
            if binding is not None and binding.key not in self._followed:
                self._followed[binding.key] = name
                self._waiting.append(name)

    def _use(self, node: Node) -> Iterator[Node]:  # noqa: C901, PLR0911, PLR0912 - one a kind of node
        """Follow one use of a name upwards, to the statement that it is a part of."""
        at, parent = node, node.parent
        while parent is not None:
            kind = parent.type
            if kind == "arguments" and parent.parent is not None:
                call = parent.parent
                if self._sends(call):
                    yield call
                    return
                self._handed(at, call)
                at = call
            elif kind in {"call_expression", "new_expression"}:  # a method of it
                if self._is_submitted(parent):
                    yield parent
                    return
                for function in argument_nodes(parent):
                    if function.type in FUNCTIONS:
                        self._follow_parameters(function)
                at = parent
            elif kind == "variable_declarator":
                self._follow(parent.child_by_field_name("name"))
                return
            elif kind in {"assignment_expression", "augmented_assignment_expression"}:
                left = parent.child_by_field_name("left")
                if left is None or left.id == at.id:
                    return
                if self._loads(left, parent):
                    yield parent
                    return
                self._follow(left)
                at = parent
            elif kind == "for_in_statement":
                self._follow(parent.child_by_field_name("left"))
                return
            elif kind in FUNCTIONS:
                body = parent.child_by_field_name("body")
                if body is None or body.id != at.id:
                    return
                at = parent
            elif kind.endswith(("_statement", "_block", "program", "_clause")) or _is_tested(
                at, parent
            ):
                return
            else:
                at = parent
            parent = at.parent

    def _handed(self, argument: Node, call: Node) -> None:
        """Follow an argument into a function of the page, or into the object of a method."""
        function = function_of(call)
        if function is None:
            return
        places = [each.id for each in argument_nodes(call)]
        for own in self._evaluator.functions(function)[:3]:
            parameters = parameters_of(own)
            index = places.index(argument.id) if argument.id in places else 0
            self._follow(parameters[index] if index < len(parameters) else None)
        if function.type == "member_expression":
            self._follow(function.child_by_field_name("object"))

    def _names(self, call: Node) -> frozenset[str]:
        function = function_of(call)
        return self._evaluator.names(function) if function is not None else frozenset()

    def _sends(self, call: Node) -> bool:
        """Whether a call sends its arguments to another host and uses no answer."""
        function = function_of(call)
        if function is None:
            return False
        text = self._program.source_of(function)
        if text.endswith(".postMessage"):
            return "ontentWindow" in text and self._has_unseen_frame()
        names = self._names(call)
        if any(name.endswith(_CONNECTIONS) for name in names):
            of = re.escape(text.rpartition(".")[0])
            source = self._program.source_of(self._program.piece.root)
            return REMOTE.search(source) is not None and not re.search(of + _ANSWERED, source)
        if any(map(_OPENS.search, names)):
            return self._is_remote(*argument_nodes(call)[:1])
        sent = sent_by(Call(self._program, call, names, 0))
        return (
            sent is not None
            and not sent.answer_is_used
            and self._is_remote(*argument_nodes(call)[:2])
        )

    def _is_remote(self, *nodes: Node) -> bool:
        texts = (text for node in nodes for text in self._evaluator.value(node).all_texts())
        return any(map(REMOTE.match, texts))

    def _has_unseen_frame(self) -> bool:
        """Whether the page has a frame of another host that nobody sees."""
        text = self._page
        frames = (each[0] for each in _FRAME.finditer(text))
        if any(REMOTE.search(each) and _UNSEEN.search(each) for each in frames):
            return True
        return _MADE_FRAME.search(text) is not None and REMOTE.search(text) is not None

    def _is_submitted(self, call: Node) -> bool:
        """Whether a form is sent that has something of the message in it."""
        function = function_of(call)
        key = function.child_by_field_name("property") if function is not None else None
        is_sent = key is not None and key.text in {b"submit", b"requestSubmit"}
        return is_sent and _FORM.search(self._page) is not None

    def _loads(self, left: Node, assignment: Node) -> bool:
        """Whether an element loads an address of another host with the message in it."""
        if left.type != "member_expression":
            return self._program.source_of(left) == "location" and self._is_sent_by(assignment)
        key = left.child_by_field_name("property")
        name = (key.text or b"").decode("utf-8", "replace") if key is not None else ""
        of = left.child_by_field_name("object")
        if of is None:
            return False
        if name in {"href", "location"} and "location" in self._program.source_of(left):
            return self._is_sent_by(assignment)
        is_made = any(map(_ELEMENT.search, self._evaluator.names(of)))
        return name in _LOADED and is_made and self._is_sent_by(assignment)

    def _is_sent_by(self, assignment: Node) -> bool:
        right = assignment.child_by_field_name("right")
        return right is not None and self._is_remote(right)


def _is_tested(at: Node, parent: Node) -> bool:
    """Whether an expression is only compared or tested."""
    condition = parent.child_by_field_name("condition")
    operator = parent.child_by_field_name("operator")
    return (condition is not None and condition.id == at.id) or (
        operator is not None and operator.type in _ENDS
    )


def programs_of_page(name: str, page: bytes) -> Iterator[Program]:
    """Parse the scripts of a page; one that is too costly is a gap when its file is read."""
    with suppress(TooCostlyError):
        yield from programs(name, only_scripts(page))


def pages_in(program: Program) -> Iterator[tuple[Program, str]]:
    """Yield the programs of the pages that are texts of a program, with those texts."""
    evaluator = program.evaluator
    for access in evaluator.scopes.members_named(b"html"):
        holder = access.parent
        if holder is None or holder.type != "assignment_expression":
            continue
        if holder.child_by_field_name("left") != access:
            continue
        value = evaluator.value(holder.child_by_field_name("right"))
        for text in value.texts[:_MAX_PAGES]:
            if "<script" in text and "message" in text:
                source = scripts_in(text.replace(UNKNOWN, "0")).encode("utf-8", "surrogatepass")
                within = Call(program, access, frozenset(), 0)
                for piece in pieces(source[:_MAX_PAGE_BYTES]):
                    yield Program(program.name, piece, 0, within), text


def sends_messages(program: Program, page: str) -> bool:
    """Whether the scripts of a page send on what messages bring."""
    source = program.piece.source
    if b"message" not in source or not any(map(source.__contains__, (*_LISTENS[:2], b".on("))):
        return False
    return next(MessageFlows(program, page).sendings(), None) is not None


def hands_on_answers(program: Program) -> bool:
    """Whether the scripts of a page hand on to the extension what another host answers."""
    if b"acquireVsCodeApi" not in program.piece.source:
        return False
    return any(
        REMOTE.search(label.what)
        for call in program.calls
        if any(name.endswith(_HANDS_ON) for name in call.names)
        for label in labels_from(call.argument(0), Source.NETWORK)
    )
