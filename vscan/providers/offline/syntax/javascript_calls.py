"""The calls of a program of JavaScript that checks look at."""

from functools import cached_property
from typing import TYPE_CHECKING

from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import function_of
from vscan.providers.offline.syntax.values import NOTHING, Value

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.javascript_programs import Program

_MAX_HANDED = 2  # arguments of a function that is called by another one


class Call:
    """A call: the names of what may be called. Its arguments are evaluated when they are asked for.

    ``names`` are those of the function itself where it is called by ``call``, ``apply`` or
    ``Reflect``, and ``new name`` where an object is made.
    """

    def __init__(self, program: "Program", node: Node, names: frozenset[str], skipped: int) -> None:
        self.program = program
        self.node = node
        self.names = names
        self._skipped = skipped  # arguments that are not those of the function

    @cached_property
    def arguments(self) -> list[Value]:
        """The values of the arguments."""
        values = self.program.evaluator.arguments(self.node)
        if not self._skipped:
            return values
        rest = values[self._skipped :]
        lists = [each for value in rest if "0" in value.members for each in value.members.values()]
        return [*lists, *rest]

    @cached_property
    def receiver(self) -> Value:
        """The object that the function belongs to, if it is called as a method."""
        function = function_of(self.node)
        if function is None or function.type not in {"member_expression", "subscript_expression"}:
            return NOTHING
        return self.program.evaluator.value(function.child_by_field_name("object"))

    @property
    def line(self) -> int:
        """The line of the call in the file, from 1."""
        return self.program.place_of(self.offset).line

    @property
    def where(self) -> str:
        """The place of the call for people: ``line 3``."""
        return self.program.where(self.offset)

    @property
    def offset(self) -> int:
        """The offset of the call in the program, which is a file, or joined modules."""
        return self.program.evaluator.offset(self.node)

    def argument(self, index: int) -> Value:
        """Return the value of an argument, or nothing."""
        return self.arguments[index] if index < len(self.arguments) else NOTHING


class HandedCall(Call):
    """The call of a function by another one that gets it: of ``f`` in ``list.map(f)``.

    Its node is that of the argument.
    """

    @cached_property
    def arguments(self) -> list[Value]:
        """The values of the arguments, as far as the other function is known."""
        call = self.node.parent.parent if self.node.parent is not None else None
        if call is None:
            return []
        handed = self.program.evaluator.function_values.callback_argument
        return [handed(call, self.node, index) for index in range(_MAX_HANDED)]

    @property
    def receiver(self) -> Value:
        """Nothing, because the function is no longer a method."""
        return NOTHING
