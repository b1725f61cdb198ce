"""Programs of JavaScript for the flow checks: source in, values and findings out."""

from collections.abc import Iterator
from textwrap import dedent

from vscan.model import Finding, Severity
from vscan.providers.offline.check_interface import Check
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.javascript_programs import Program, programs
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.sinks import programs_inside
from vscan.providers.offline.syntax.values import Value

# The word for what a test looks at: a call whose first argument is evaluated.
PROBE = "probe"


def program_of(source: str, name: str = "extension.js") -> Program:
    """Parse a program of one piece."""
    (program,) = programs(name, dedent(source).encode())
    return program


def nodes(root: Node, kind: str) -> Iterator[Node]:
    """Yield the nodes of a kind, in the order of the source."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == kind:
            yield node
        waiting.extend(reversed(node.children))


def value_of(source: str) -> Value:
    """Evaluate the first argument of the call of ``probe`` in a program."""
    program = program_of(source)
    for call in nodes(program.piece.root, "call_expression"):
        function = call.child_by_field_name("function")
        if function is not None and program.source_of(function) == PROBE:
            return program.evaluator.arguments(call)[0]
    raise AssertionError("nothing is probed")


def findings_of(
    check: Check,
    source: str,
    name: str = "extension.js",
    *,
    purpose: Purpose = Purpose.EXTENSION,
) -> list[Finding]:
    """Give the findings of one check in a program, and in the programs that are texts of it."""
    assert check.on_program is not None
    found: list[Finding] = []
    for program in programs(name, dedent(source).encode()):
        program.purpose = purpose
        for each in (program, *programs_inside(program)):
            found += [item for item in check.on_program(each) if isinstance(item, Finding)]
    return found


def worst(findings: list[Finding], rule: str) -> Severity:
    """Give the worst severity of a rule's findings."""
    severities = (finding.severity for finding in findings if finding.rule == rule)
    return max(severities, default=Severity.INFO)
