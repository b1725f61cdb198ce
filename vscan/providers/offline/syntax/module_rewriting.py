"""Rewrite a module so that it can be the body of a function, which returns what it exports.

What loads another module becomes the name of a variable: ``require("./net")`` and ``import``
statements with a constant relative path. Statements that export something become assignments to
``exports``. The text that replaces them has ``VARIABLE`` where the name of the variable belongs.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

import tree_sitter

from vscan.providers.offline.syntax.javascript_trees import Node, language
from vscan.providers.offline.syntax.node_fields import argument_nodes
from vscan.providers.offline.syntax.scopes import names_in

VARIABLE: Final = "\0"
_QUERY: Final = """
((call_expression function: (identifier) @_function) @require (#eq? @_function "require"))
(call_expression function: (import)) @import
(program [(import_statement) (export_statement)] @statement)
(hash_bang_line) @interpreter
"""


class Edit(NamedTuple):
    """A part of a module, by its offsets, the text that replaces it, and the module it loads."""

    start: int
    end: int
    text: str
    loads: str = ""


class PassedOn(NamedTuple):
    """Items of ``exports`` that come from another module."""

    text: str
    loads: str


class Rewriting(NamedTuple):
    """How a module is rewritten. ``exported`` are statements that belong at its end."""

    edits: tuple[Edit, ...]
    passed_on: tuple[PassedOn, ...]
    exported: str

    @property
    def loads(self) -> tuple[str, ...]:
        """The modules that the module loads, in the order in which it names them."""
        edits = [edit.loads for edit in self.edits]
        every = dict.fromkeys([*edits, *(each.loads for each in self.passed_on)])
        return tuple(filter(None, every))


@cache
def _query() -> tree_sitter.Query:
    return tree_sitter.Query(language(), _QUERY)


def rewriting_of(root: Node, resolve: Callable[[str], str | None]) -> Rewriting:
    """Return how a module is rewritten; ``resolve`` says which module a relative path means."""
    captures = tree_sitter.QueryCursor(_query()).captures(root)
    edits = [Edit(node.start_byte, node.end_byte, "") for node in captures.get("interpreter", ())]
    passed_on: list[PassedOn] = []
    exported: list[str] = []
    for call in captures.get("require", ()):
        if loaded := resolve(_path_in(call)):
            edits.append(Edit(call.start_byte, call.end_byte, VARIABLE, loaded))
            if _is_exported_whole(call):
                passed_on.append(PassedOn(f"...{VARIABLE},", loaded))
    for call in captures.get("import", ()):
        if loaded := resolve(_path_in(call)):
            text = f"Promise.resolve({VARIABLE})"
            edits.append(Edit(call.start_byte, call.end_byte, text, loaded))
    for statement in captures.get("statement", ()):
        source = _source_of(statement)
        loaded = resolve(source)
        if statement.type == "export_statement":
            edits.append(_without_export(statement))
            exported.extend(_assignments(statement) if not source else ())
            if loaded:
                passed_on.append(PassedOn("".join(_items(statement)), loaded))
        elif loaded:
            text = "".join(_declarations(statement))
            edits.append(Edit(statement.start_byte, statement.end_byte, text, loaded))
    return Rewriting(tuple(sorted(edits)), tuple(passed_on), "".join(exported))


def _path_in(call: Node) -> str:
    """Return the path that is loaded: of ``"./net"``, or of ``path.join(__dirname, "net")``."""
    arguments = argument_nodes(call)
    parts = [
        "." if node.type == "identifier" else _text(node)[1:-1]
        for node in (_descendants(arguments[0]) if arguments else ())
        if node.type in {"string", "template_string"} or node.text == b"__dirname"
    ]
    return posixpath.join(parts[0], *(part.lstrip("/") for part in parts[1:])) if parts else ""


def _descendants(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from _descendants(child)


def _source_of(statement: Node) -> str:
    source = statement.child_by_field_name("source")
    return _text(source)[1:-1] if source is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _is_exported_whole(call: Node) -> bool:
    """Whether a compiled program exports all of a module: ``__exportStar(require("./net"))``."""
    holder = call.parent.parent if call.parent is not None else None
    function = holder.child_by_field_name("function") if holder is not None else None
    return function is not None and b"__export" in (function.text or b"")


def _declarations(statement: Node) -> Iterator[str]:
    """Yield declarations of the names that an import statement declares."""
    for clause in _children(statement, "import_clause"):
        for part in clause.named_children:
            if part.type == "identifier":
                yield f"const {{default:{_text(part)}}}={VARIABLE};"
            elif part.type == "namespace_import":
                yield f"const {_text(part.named_children[0])}={VARIABLE};"
            elif part.type == "named_imports":
                for name, alias in _specifiers(part):
                    yield f"const {{{name}:{alias}}}={VARIABLE};"


def _children(node: Node, kind: str) -> Iterable[Node]:
    return (child for child in node.children if child.type == kind)


def _specifiers(clause: Node) -> Iterator[tuple[str, str]]:
    """Yield the names that a clause imports or exports, each with its other name."""
    for specifier in clause.named_children:
        name = specifier.child_by_field_name("name")
        alias = specifier.child_by_field_name("alias")
        if name is not None:
            yield _text(name), _text(alias if alias is not None else name)


def _without_export(statement: Node) -> Edit:
    """Return the edit that leaves the declaration, or the value, which is exported."""
    start = statement.start_byte
    declaration = statement.child_by_field_name("declaration")
    if declaration is not None and (not _is_default(statement) or _declared(declaration)):
        return Edit(start, declaration.start_byte, "")
    value = declaration if declaration is not None else statement.child_by_field_name("value")
    if value is not None:
        return Edit(start, value.start_byte, "exports.default=")
    return Edit(start, statement.end_byte, "")


def _is_default(statement: Node) -> bool:
    return any(child.type == "default" for child in statement.children)


def _declared(declaration: Node) -> list[str]:
    """Return the names that a declaration declares."""
    name = declaration.child_by_field_name("name")
    if name is not None:
        return [_text(name)]
    patterns = (child.child_by_field_name("name") for child in declaration.named_children)
    return [_text(each) for pattern in filter(None, patterns) for each in names_in(pattern)]


def _items(statement: Node) -> Iterator[str]:
    """Yield the items of ``exports`` for ``export ... from``."""
    clauses = list(_children(statement, "export_clause"))
    for clause in clauses:
        for name, alias in _specifiers(clause):
            yield f"{alias}:{VARIABLE}.{name},"
    namespaces = list(_children(statement, "namespace_export"))
    for namespace in namespaces:
        yield f"{_text(namespace.named_children[0])}:{VARIABLE},"
    if not clauses and not namespaces:
        yield f"...{VARIABLE},"


def _assignments(statement: Node) -> Iterator[str]:
    """Yield assignments of what the module itself declares and exports."""
    declaration = statement.child_by_field_name("declaration")
    for name in _declared(declaration) if declaration is not None else ():
        yield f"exports.{'default' if _is_default(statement) else name}={name};"
    for clause in _children(statement, "export_clause"):
        for name, alias in _specifiers(clause):
            yield f"exports.{alias}={name};"
