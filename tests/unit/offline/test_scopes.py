"""Which declaration a name refers to.

A program marks names by numbers in comments before them: ``/*1*/`` at a declaration, and the same
number at each reference to it. ``/*0*/`` marks a name that no declaration of the program has.
"""

import re

import pytest

from tests.flows import program_of
from vscan.providers.offline.syntax.javascript_programs import Program
from vscan.providers.offline.syntax.scopes import Binding

_MARK = re.compile(rb"/\*(\d)\*/\s*[.#]?")


def binding_at(program: Program, offset: int) -> Binding | None:
    node = program.piece.root.descendant_for_byte_range(offset, offset + 1)
    assert node is not None
    return program.evaluator.scopes.binding_of(node)


def assert_marks(source: str) -> None:
    """Check that names with the same number have the same declaration, and no others."""
    program = program_of(source)
    declared: dict[bytes, int | None] = {b"0": None}
    for mark in _MARK.finditer(program.piece.source):
        binding = binding_at(program, mark.end())
        key = binding.key if binding is not None else None
        assert key == declared.setdefault(mark[1], key), mark
    keys = list(declared.values())
    assert len(keys) == len(set(keys)), declared
    assert_references(program)


def assert_references(program: Program) -> None:
    """Check that the references to each declaration are the other names with its number."""
    scopes, marks = program.evaluator.scopes, list(_MARK.finditer(program.piece.source))
    for mark in marks:
        binding = binding_at(program, mark.end())
        if binding is not None and binding.key == mark.end():
            same = {each.end() for each in marks if each[1] == mark[1]} - {binding.key}
            assert {node.start_byte for node in scopes.all_references(binding)} == same, mark


@pytest.mark.parametrize(
    "source",
    [
        "const /*1*/a = 1; work(/*1*/a); work(/*0*/b);",
        "let /*1*/a = 1; { let /*2*/a = 2; work(/*2*/a); } work(/*1*/a);",
        "var /*1*/a = 1; { work(/*1*/a); }",
        "{ let /*1*/a = 1; work(/*1*/a); } work(/*0*/a);",
        "{ var /*1*/a = 1; } work(/*1*/a);",
        "if (x) { const /*1*/a = 1; work(/*1*/a); } else { work(/*0*/a); }",
        "work(/*1*/a); var /*1*/a = 1;",
        "work(/*1*/a); function /*1*/a() {}",
        "function f() { work(/*1*/a); { var /*1*/a = 1; } } work(/*0*/a);",
        "function f() { if (x) { var /*1*/a = 1; } return /*1*/a; }",
    ],
)
def test_variables(source: str) -> None:
    assert_marks(source)


@pytest.mark.parametrize(
    "source",
    [
        "const /*1*/a = 1; function f(/*2*/a) { return /*2*/a; } work(/*1*/a);",
        "const f = (/*1*/a) => /*1*/a; work(/*0*/a);",
        "const f = /*1*/a => /*1*/a; work(/*0*/a);",
        "const f = async (/*1*/a) => { await /*1*/a; };",
        "function f(/*1*/a, ...(/*0*/b)) {}".replace("(/*0*/b)", "/*2*/b").replace(
            ") {}", ") { work(/*1*/a, /*2*/b); }"
        ),
        "function f(/*1*/a = /*0*/b) { return /*1*/a; }",
        "function f({ /*1*/a, b: /*2*/c = 1 }, [/*3*/d]) { work(/*1*/a, /*2*/c, /*3*/d); }",
        "function f(/*1*/a) { { let /*2*/a = 1; work(/*2*/a); } return /*1*/a; }",
        "function f(/*1*/a) { return (/*2*/a) => /*2*/a; }",
        "function f(/*1*/a) { return () => /*1*/a; }",
        "const /*1*/a = 1; f((/*2*/a) => (/*3*/a) => /*3*/a, /*1*/a); f((/*4*/a) => /*4*/a);",
        "f((/*1*/a) => { { let /*2*/a; { work(/*2*/a); } } /*1*/a; }); work(/*0*/a);",
        "const o = { m(/*1*/a) { return /*1*/a; }, n() { return /*0*/a; } };",
        "class C { m(/*1*/a) { return /*1*/a; } set n(/*2*/a) { work(/*2*/a); } }",
        "function* f(/*1*/a) { yield /*1*/a; }",
    ],
)
def test_parameters(source: str) -> None:
    assert_marks(source)


@pytest.mark.parametrize(
    "source",
    [
        "const { /*1*/a, b: /*2*/c, d: { /*3*/e } } = x; work(/*1*/a, /*2*/c, /*3*/e, /*0*/b);",
        "const [/*1*/a, , [/*2*/b], .../*3*/c] = x; work(/*1*/a, /*2*/b, /*3*/c);",
        "const { /*1*/a = 1, b: /*2*/c = 2, .../*3*/d } = x; work(/*1*/a, /*2*/c, /*3*/d);",
        "let { [/*0*/key]: /*1*/a } = x; work(/*1*/a);",
        "var { /*1*/a } = x, [/*2*/b] = y; { work(/*1*/a, /*2*/b); }",
        "{ let { /*1*/a } = x; work(/*1*/a); } work(/*0*/a);",
    ],
)
def test_patterns(source: str) -> None:
    assert_marks(source)


@pytest.mark.parametrize(
    "source",
    [
        "import /*1*/a from 'm'; work(/*1*/a);",
        "import * as /*1*/a from 'm'; work(/*1*/a);",
        "import { /*1*/a, b as /*2*/c } from 'm'; work(/*1*/a, /*2*/c, /*0*/b);",
        "import /*1*/a, { default as /*2*/b } from 'm'; work(/*1*/a, /*2*/b);",
        "import { /*1*/a } from 'm'; function f(/*2*/a) { work(/*2*/a); } work(/*1*/a);",
        "class /*1*/A {} new /*1*/A();",
        "{ class /*1*/A {} new /*1*/A(); } new /*0*/A();",
        "class /*1*/A { m() { return new /*1*/A(); } }",
        "class A extends /*0*/B {}",
        "const /*1*/A = class {}; new /*1*/A();",
    ],
)
def test_imports_and_classes(source: str) -> None:
    assert_marks(source)


@pytest.mark.parametrize(
    "source",
    [
        "function /*1*/f() { return /*1*/f(); } /*1*/f();",
        "{ function /*1*/f() {} /*1*/f(); }",
        "const g = function /*1*/f() { return /*1*/f(); }; /*0*/f();",
        "function f() { function /*1*/g() {} /*1*/g(); } /*0*/g();",
        "function* /*1*/f() {} /*1*/f();",
        "async function /*1*/f() {} /*1*/f();",
        "function /*1*/f() { var /*2*/f = 1; return /*2*/f; } /*1*/f();",
        "function /*1*/f(/*2*/f) { return /*2*/f; } /*1*/f();",
        "{} function /*1*/f(/*2*/f) { return /*2*/f; } { function /*3*/f(/*4*/f) {} /*3*/f(); }",
        "(function /*1*/f(/*2*/f) { return /*2*/f; });",
        r"const /*1*/run = 1, r\u0075 = 2; work(/*1*/r\u0075n, /*1*/\u{72}un);",
        r"const /*1*/r\u0075n = 1; work(/*1*/run);",
    ],
)
def test_functions(source: str) -> None:
    assert_marks(source)


@pytest.mark.parametrize(
    "source",
    [
        "try { work(/*0*/e); } catch (/*1*/e) { work(/*1*/e); } work(/*0*/e);",
        "try {} catch ({ /*1*/message }) { work(/*1*/message); }",
        "const /*1*/e = 1; try {} catch (/*2*/e) { work(/*2*/e); } finally { work(/*1*/e); }",
        "for (const /*1*/a of x) { work(/*1*/a); } work(/*0*/a);",
        "for (let /*1*/a in x) work(/*1*/a);",
        "for (var /*1*/a of x) {} work(/*1*/a);",
        "function f() { for (var /*1*/a in x) { work(/*1*/a); } } work(/*0*/a);",
        "for (const [/*1*/a, { /*2*/b }] of x) work(/*1*/a, /*2*/b);",
        "for (let /*1*/i = 0; /*1*/i < 9; /*1*/i++) work(/*1*/i); work(/*0*/i);",
        "for (var /*1*/i = 0; /*1*/i < 9;) {} work(/*1*/i);",
        "async function f() { for await (const /*1*/a of x) work(/*1*/a); }",
        "let /*1*/a; for (/*1*/a of x) work(/*1*/a);",
        "switch (x) { case 1: let /*1*/a = 1; break; default: work(/*1*/a); } work(/*0*/a);",
        "class A { static { const /*1*/a = 1; work(/*1*/a); } m() { return /*0*/a; } }",
    ],
)
def test_catches_loops_and_blocks(source: str) -> None:
    assert_marks(source)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("var /*1*/a = 1;", "variable"),
        ("const { /*1*/a } = x;", "variable"),
        ("function f(/*1*/a) {}", "parameter"),
        ("const f = /*1*/a => a;", "parameter"),
        ("function /*1*/a() {}", "function"),
        ("const f = function /*1*/a() { a(); };", "function"),
        ("class /*1*/A {}", "class"),
        ("import /*1*/a from 'm';", "import"),
        ("try {} catch (/*1*/a) {}", "catch"),
        ("for (const /*1*/a of x) {}", "loop"),
    ],
)
def test_a_declaration_has_a_kind(source: str, kind: str) -> None:
    program = program_of(source)
    binding = binding_at(program, source.index("/*1*/") + 5)
    assert binding is not None
    assert binding.kind == kind
    assert program.evaluator.scopes.binding_of(binding.node) == binding


def offsets_of_references(source: str) -> set[int]:
    program = program_of(source)
    binding = binding_at(program, source.index("/*1*/") + 5)
    assert binding is not None
    return {node.start_byte for node in program.evaluator.scopes.references(binding)}


def test_references_are_all_uses_but_those_of_other_declarations() -> None:
    source = (
        "let /*1*/a = 1; a = 2; work(a, `${a}`, { a, a: 3 }, x.a, 'a' /* a */);"
        " function f(a) { return a; } (() => a)(); ({ a } = x);"
    )
    found = offsets_of_references(source)
    expected = ["a = 2", "a, `", "a}`", "a, a: 3", "a)()", "a } = x"]
    assert found == {source.index(text) for text in expected}


def test_a_name_with_a_dollar_or_other_letters_is_one_word() -> None:
    source = "const /*1*/a = 1; work(a$, $a, aé, _a, a1); work(a);"
    assert offsets_of_references(source) == {len(source[: source.rindex("a")].encode())}


def test_references_of_one_name_are_bounded() -> None:
    assert len(offsets_of_references("let /*1*/a;" + "work(a);" * 500)) == 100


def test_members_are_found_by_their_name() -> None:
    source = "a.key = 1; b?.key(); this.#key; key; ({ key: 1 }); 'c.key'; a.keys;"
    program = program_of(source)
    found = program.evaluator.scopes.members_named(b"key")
    assert [program.source_of(node) for node in found] == ["a.key", "b?.key", "this.#key"]


def test_members_are_found_within_a_node() -> None:
    program = program_of("a.key = 1; { b.key = 2; }")
    block = program.piece.root.children[1]
    found = program.evaluator.scopes.members_named(b"key", block)
    assert [program.source_of(node) for node in found] == ["b.key"]


@pytest.mark.parametrize("space", ["\u00a0", "\ufeff", "\u2028", "\u3000"])
def test_white_space_is_no_part_of_a_word(space: str) -> None:
    assert program_of(f"1;{space}eval(x)").evaluator.scopes.places[b"eval"]
