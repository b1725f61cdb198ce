"""The tables of texts that an obfuscator makes of a program's literals, and their decoders.

All literals of a program are moved into one list, which is rotated when the program starts. A
function returns the text for a number, after it has decoded it: from base64, whose alphabet may be
an own one, and with RC4 where it gets a key, too. The rotation is counted, or it goes on until a
sum of numbers among the texts is right.
"""

import operator
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax import constant_folding
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import argument_nodes, function_of, parameters_of
from vscan.providers.offline.syntax.scopes import FUNCTIONS, Binding
from vscan.providers.offline.syntax.values import Label, Source, Value, text_value

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

TABLE: Final = "a table of texts"  # what the labels of such texts say
_MAX_DECODER = 6_000  # bytes of a function that returns a text of a table
_MAX_STEPS = 50_000  # of the evaluation, to find a decoder or a rotation
_MAX_ALIASES = 4  # names of one function
_MAX_TEXTS = 20_000  # of one table
_MAX_DECODED = 400_000  # texts, while a sum is looked for
_FEWEST_TEXTS = 3
_WORD: Final = lazy_regex(rb"[A-Za-z_$][\w$]*")
_MAX_WORDS = 80  # of a decoder
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_ALPHABET: Final = lazy_regex(r"[\"']([A-Za-z0-9+/]{64})=?[\"']")
_DECODES: Final = lazy_regex(r"base64|\batob\b")
_HEX: Final = lazy_regex(r"[\"']hex[\"']")
_HAS_KEY: Final = lazy_regex(r"0x100\b|\b256\b|0xff\b|\b255\b")
_NUMBER: Final = lazy_regex(r"\s*([+-]?\d+)")
_LENGTH: Final = lazy_regex(r"\[\s*(0x[0-9a-fA-F]+|\d+)\s*\]\s*(?:\.|\[[\"'])length\b")
_REVERSES: Final = lazy_regex(r"\breverse\b")
_ROTATES_LETTERS: Final = lazy_regex(r"A-Z.{0,200}?\b(?:13|0xd)\b", re.IGNORECASE | re.DOTALL)
_COUNTS_ONE_LESS: Final = lazy_regex(r"--\s*[\w$]")  # while (--count), which was not raised before
_COUNTS_UP: Final = lazy_regex(r"\+\+\s*[\w$]+|[\w$]+\s*\+\s*(?:0x)?1\b")
_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}
_MARK: Final = "\0"
_Found = TypeVar("_Found")
_KEY_PLACE = 1  # of the argument of a decoder that is a key


class _Table(NamedTuple):
    texts: tuple[str, ...]
    binding: Binding  # of the list, or of the function that returns it


class _Decoder(NamedTuple):
    table: _Table
    first: int  # the number of the first text
    decode: Callable[[str, str], str | None]  # of a text, with a key


class StringTables:
    """Finds the decoders of one piece."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator
        self._decoders: dict[int, _Decoder | None] = {}
        self._rotated: dict[tuple[int, int], tuple[str, ...] | None] = {}
        self._is_marking = False  # then, a text is its place and key

    def text(self, callee: Node, arguments: list[Value], call: Node) -> Value | None:
        """Return the text that a call of a decoder returns; ``None`` if it calls none."""
        index = arguments[0].constant if arguments else None
        function = self._function(callee) if index is not None else None
        if index is None or function is None:
            return None
        if function.id not in self._decoders:
            self._decoders[function.id] = None  # while it is looked for
            self._decoders[function.id] = self._apart(partial(self._decoder, function))
        decoder = self._decoders[function.id]
        if decoder is None:
            return None
        key = arguments[_KEY_PLACE].constant if len(arguments) > _KEY_PLACE else None
        place = _place(decoder, index)
        if self._is_marking:
            return text_value(f"{place}{_MARK}{key or ''}")
        texts = self._in_order(decoder)
        text = decoder.decode(texts[place], key or "") if texts and place >= 0 else None
        if text is None:
            return None
        label = Label(Source.DECODED, self._evaluator.offset(call), TABLE)
        return text_value(text).labelled({label})

    def _function(self, callee: Node) -> Node | None:
        """Return the function that a name is declared as, or is another name of."""
        for _ in range(_MAX_ALIASES):
            binding = (
                self._evaluator.scopes.binding_of(callee) if callee.type == "identifier" else None
            )
            holder = binding.node.parent if binding is not None else None
            if binding is None or holder is None:
                return None
            if holder.type in FUNCTIONS:
                return holder if holder.child_by_field_name("name") == binding.node else None
            value = holder.child_by_field_name("value")
            if holder.type != "variable_declarator" or value is None:
                return None
            if value.type in FUNCTIONS:
                return value
            callee = value
        return None

    def _apart(self, evaluate: Callable[[], _Found]) -> _Found:
        """Evaluate something with a bound of its own, whatever is being evaluated."""
        evaluator = self._evaluator
        last, steps = evaluator.last_step, evaluator.steps
        evaluator.last_step = steps + _MAX_STEPS
        try:
            return evaluator.with_bound({}, evaluate)
        finally:
            evaluator.last_step = last + evaluator.steps - steps

    def _decoder(self, function: Node) -> _Decoder | None:
        if function.end_byte - function.start_byte > _MAX_DECODER or not parameters_of(function):
            return None
        table = self._table_of(function)
        if table is None:
            return None
        first = self._subtracted(function)
        return _Decoder(
            table, first, _decoding(constant_folding.unescaped(self._evaluator.text(function)))
        )

    def _subtracted(self, function: Node) -> int:
        """Return the number that a decoder takes away from the one that it is given."""
        scopes, parameter = self._evaluator.scopes, parameters_of(function)[0]
        binding = scopes.binding_of(parameter) if parameter.type == "identifier" else None
        for reference in scopes.references(binding) if binding is not None else ():
            holder = reference.parent
            if holder is None or holder.child_by_field_name("left") != reference:
                continue
            sign = holder.child_by_field_name("operator")
            right = holder.child_by_field_name("right")
            if sign is not None and right is not None and sign.type in {"-", "-="}:
                return int(self._number(right) or 0)
        return 0

    def _table_of(self, function: Node) -> _Table | None:
        """Return the table that a function takes its results from."""
        scopes, source = self._evaluator.scopes, self._evaluator.piece.source
        body = function.child_by_field_name("body")
        if body is None:
            return None
        seen: set[bytes] = set()
        for found in _WORD.finditer(source, body.start_byte, body.end_byte):
            if found[0] in seen or len(seen) > _MAX_WORDS:
                continue
            seen.add(found[0])
            binding = scopes.binding_at(found[0], found.start())
            if binding is None or function.start_byte <= binding.key < function.end_byte:
                continue
            texts = self._texts_of(binding)
            if texts is not None:
                return _Table(texts, binding)
        return None

    def _texts_of(self, binding: Binding) -> tuple[str, ...] | None:
        """Return the texts of a list, or of the list that a function returns."""
        holder = binding.node.parent
        if holder is None:
            return None
        if binding.kind == "variable" and holder.type == "variable_declarator":
            value = holder.child_by_field_name("value")
            return self._listed(value) if value is not None and value.type == "array" else None
        if binding.kind != "function" or parameters_of(holder):
            return None
        at = self._evaluator.piece.source.find(b"[", holder.start_byte, holder.end_byte)
        node = holder.descendant_for_byte_range(at, at + 1) if at >= 0 else None
        listed = node.parent if node is not None else None
        if listed is None or listed.type != "array":
            return None
        return self._listed(listed)

    def _listed(self, array: Node) -> tuple[str, ...] | None:
        texts = []
        for child in array.named_children:
            if child.type == "string":
                texts.append(constant_folding.unescaped(self._evaluator.text(child)[1:-1]))
            elif child.type != "comment":
                return None
        return tuple(texts) if _FEWEST_TEXTS <= len(texts) <= _MAX_TEXTS else None

    def _in_order(self, decoder: _Decoder) -> tuple[str, ...] | None:
        """Return the texts of a table as they are after its rotation."""
        key = decoder.table.binding.key, decoder.first
        if key not in self._rotated:
            self._rotated[key] = decoder.table.texts  # while the rotation is looked for
            self._rotated[key] = self._apart(partial(self._rotate, decoder))
        return self._rotated[key]

    def _rotate(self, decoder: _Decoder) -> tuple[str, ...] | None:
        table = decoder.table
        for reference in self._evaluator.scopes.references(table.binding):
            arguments = reference.parent
            call = arguments.parent if arguments is not None else None
            if call is None or arguments is None or arguments.type != "arguments":
                continue
            rotating = function_of(call)
            while rotating is not None and rotating.type == "parenthesized_expression":
                rotating = rotating.named_children[0] if rotating.named_children else None
            if rotating is None or rotating.type not in FUNCTIONS:
                continue
            source = self._evaluator.text(rotating)
            if "shift" not in source or not ("push" in source or "pop" in source):
                continue
            given = argument_nodes(call)
            target = self._number(given[1]) if len(given) > 1 else None
            if "parseInt" in source and not _LENGTH.search(source):
                return self._until_sum_is_right(decoder, rotating, target)
            if target is None:
                return None
            length = _LENGTH.search(source)
            if length is not None:
                return _until_length_is_right(table.texts, int(length[1], 0), int(target))
            is_less = _COUNTS_ONE_LESS.search(source) and not _COUNTS_UP.search(source)
            count = int(target) - (1 if is_less else 0)
            places = (-count if "unshift" in source else count) % len(table.texts)
            return table.texts[places:] + table.texts[:places]
        return table.texts

    def _until_sum_is_right(
        self, decoder: _Decoder, rotating: Node, target: float | None
    ) -> tuple[str, ...] | None:
        """Rotate a table until a sum of the numbers in its texts is the one that is compared."""
        total = self._sum_in(rotating)
        if total is None or target is None:
            return None
        texts = decoder.table.texts
        terms = self._terms(total)
        numbers: dict[tuple[str, str], float | None] = {}
        # Each rotation is one text on; the sum takes a handful of texts.
        for places in range(min(len(texts), _MAX_DECODED // max(1, len(terms)))):
            known: dict[int, float] = {}
            for node, (place, key) in terms.items():
                text = texts[(place + places) % len(texts)], key
                if text not in numbers:
                    found = _NUMBER.match(decoder.decode(*text) or "")
                    numbers[text] = float(found[1]) if found else None
                number = numbers[text]
                if number is None:
                    break
                known[node] = number
            if len(known) == len(terms) and self._sum(total, known) == target:
                return texts[places:] + texts[:places]
        return None

    def _terms(self, total: Node) -> dict[int, tuple[int, str]]:
        """Return the places in the table, and the keys, of the texts in a sum, by their calls."""
        terms: dict[int, tuple[int, str]] = {}
        pending = [total]
        self._is_marking = True
        try:
            while pending:
                node = pending.pop()
                if node.type == "call_expression":
                    arguments = argument_nodes(node)
                    mark = self._evaluator.value(arguments[0]).constant if arguments else None
                    place, _, key = (mark or "").partition(_MARK)
                    if place.isdigit():
                        terms[node.id] = int(place), key
                else:
                    pending += node.named_children
        finally:
            self._is_marking = False
        return terms

    def _sum_in(self, rotating: Node) -> Node | None:
        """Return the sum that decides when a rotation ends."""
        source = self._evaluator.piece.source
        at = source.find(b"parseInt", rotating.start_byte, rotating.end_byte)
        node = rotating.descendant_for_byte_range(at, at + 8) if at >= 0 else None
        top = None
        while node is not None and node.type not in {"variable_declarator", "statement_block"}:
            if node.type in {"binary_expression", "unary_expression", "call_expression"}:
                sign = node.child_by_field_name("operator")
                if sign is not None and sign.type in {"===", "=="}:
                    break
                top = node
            node = node.parent
        return top

    def _sum(self, node: Node, known: dict[int, float]) -> float | None:
        """Compute a sum with the numbers that its calls return."""
        kind = node.type
        if kind == "parenthesized_expression":
            return self._sum(node.named_children[0], known) if node.named_children else None
        if kind == "call_expression":
            return known.get(node.id)
        if kind == "unary_expression":
            operand = node.child_by_field_name("argument")
            value = self._sum(operand, known) if operand is not None else None
            return -value if value is not None else None
        if kind == "binary_expression":
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            sign = node.child_by_field_name("operator")
            if left is None or right is None or sign is None:
                return None
            return _result(sign.type, self._sum(left, known), self._sum(right, known))
        return self._number(node)

    def _number(self, node: Node) -> float | None:
        """Return the number that an expression of numbers is."""
        constant = self._evaluator.value(node).constant
        try:
            return float(constant) if constant is not None else None
        except ValueError:
            return None


def _place(decoder: _Decoder, index: str) -> int:
    """Return the place in the table that a number stands for; -1 for none."""
    try:
        place = int(float(index)) - decoder.first
    except (ValueError, OverflowError):
        return -1
    return place if 0 <= place < len(decoder.table.texts) else -1


def _until_length_is_right(
    texts: tuple[str, ...], place: int, length: int
) -> tuple[str, ...] | None:
    """Rotate a table until the text at a place has a length."""
    for places in range(len(texts)):
        turned = texts[places:] + texts[:places]
        if place < len(turned) and len(turned[place]) == length:
            return turned
    return None


def _result(sign: str, first: float | None, second: float | None) -> float | None:
    function = _ARITHMETIC.get(sign)
    if function is None or first is None or second is None:
        return None
    try:
        return function(first, second)
    except ZeroDivisionError:
        return None


def _decoding(source: str) -> Callable[[str, str], str | None]:
    """Return how a decoder with this source makes texts of those in the table."""
    alphabet = _ALPHABET.search(source)
    if alphabet is not None:
        letters = str.maketrans(alphabet[1], _BASE64)
        has_key = _HAS_KEY.search(source) is not None and "charCodeAt" in source

        def decode(text: str, key: str) -> str | None:
            decoded = constant_folding.from_base64(text.translate(letters))
            if decoded is None:
                return None
            whole = constant_folding.text_of(decoded, "utf8")
            return _rc4(whole, key) if has_key and key and whole is not None else whole

        return decode
    if _DECODES.search(source):
        return lambda text, _: constant_folding.text_of(
            constant_folding.from_base64(text) or "", "utf8"
        )
    if _HEX.search(source):
        return lambda text, _: constant_folding.text_of(
            constant_folding.buffer_of(text, "hex") or "", "utf8"
        )
    if _ROTATES_LETTERS.search(source):
        return lambda text, _: constant_folding.rot13(text)
    return lambda text, _: text[::-1] if _REVERSES.search(source) else text


def _rc4(text: str, key: str) -> str:
    """Decrypt a text as RC4 does, character by character."""
    state = list(range(256))
    other = 0
    for place in range(256):
        other = (other + state[place] + ord(key[place % len(key)])) % 256
        state[place], state[other] = state[other], state[place]
    one = other = 0
    result = []
    for character in text:
        one = (one + 1) % 256
        other = (other + state[one]) % 256
        state[one], state[other] = state[other], state[one]
        result.append(chr(ord(character) ^ state[(state[one] + state[other]) % 256]))
    return "".join(result)
