"""Change the core of vscan in one place at a time, and count the changes that its tests notice.

``python -m ci.mutants`` takes as many changes of each module as ``--number`` says, chosen by
``--seed``; 0 takes all. Each is made in a copy, and the module's own unit tests run there. A change
that no test notices survives, and is printed. Exits with 1 if too few are noticed.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
POLICY = ("test_policy_extension_assessment.py", "test_policy_run_decision.py")
# The core, and the unit tests of each module.
MODULES: dict[str, tuple[str, ...]] = {
    "policy/extension_assessment.py": POLICY,
    **{
        f"policy/checks/{path.name}": POLICY
        for path in sorted((ROOT / "vscan" / "policy" / "checks").glob("[!_]*.py"))
    },
    "policy/run_decision.py": POLICY,
    "providers/offline/score.py": ("offline/test_score.py",),
    "cache/row_integrity.py": ("test_cache.py",),
    "providers/rate_limiter.py": (
        "test_rate_limiter.py",
        "test_vscan_dev.py",
        "test_task_runner.py",
    ),
    "providers/accepted_rate_estimator.py": (
        "test_accepted_rate_estimator.py",
        "test_rate_limiter.py",
    ),
}
LEAST = 0.8  # of the changes that must be noticed
TIMEOUT_S = 300.0  # tests that go on for so long have noticed

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


@dataclass(frozen=True)
class Mutant:
    """One module with one change."""

    module: str
    line: int
    change: str
    text: str


def places(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk over what runs: no annotations, and no code for type checkers alone."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "type_comment", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            yield child
            yield from places(child)


def changed(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:  # noqa: C901 - a kind of change each
    """Give each way to change a node, with what it is replaced by."""
    new = copy.deepcopy(node)
    match node, new:
        case ast.Compare(ops=[op, *_]), ast.Compare() if type(op) in SWAPS:
            new.ops[0] = SWAPS[type(op)]()  # type: ignore[call-overload]
            yield "comparison", new
        case ast.BoolOp(op=op), ast.BoolOp():
            new.op = SWAPS[type(op)]()  # type: ignore[assignment]
            yield "and, or", new
        case ast.BinOp(op=op), ast.BinOp() if type(op) in SWAPS:
            new.op = SWAPS[type(op)]()  # type: ignore[assignment]
            yield "arithmetic", new
        case ast.AugAssign(op=op), ast.AugAssign() if type(op) in SWAPS:
            new.op = SWAPS[type(op)]()  # type: ignore[assignment]
            yield "arithmetic", new
        case ast.UnaryOp(op=ast.Not(), operand=operand), _:
            yield "not", operand
        case ast.Constant(value=bool(value)), ast.Constant():
            new.value = not value
            yield "truth", new
        case ast.Constant(value=int(value) | float(value)), ast.Constant():
            new.value = value + 1
            yield "number", new
        case ast.If(test=test), ast.If():
            new.test = ast.UnaryOp(ast.Not(), test)
            yield "condition", new
        case ast.IfExp(test=test), ast.IfExp():
            new.test = ast.UnaryOp(ast.Not(), test)
            yield "condition", new
        case ast.Expr(value=ast.Call()), _:
            yield "call left out", ast.Pass()
        case ast.Return(value=ast.expr()), ast.Return():
            new.value = ast.Constant(None)
            yield "returns nothing", new
        case _:
            pass


def mutants(module: str) -> Iterator[Mutant]:
    """Make every change of a module that can be made."""
    tree = ast.parse((ROOT / "vscan" / module).read_text("utf-8"))
    for node in [tree, *places(tree)]:
        for name, value in ast.iter_fields(node):
            siblings = value if isinstance(value, list) else [value]
            if name in {"annotation", "returns"}:
                continue
            for number, child in enumerate(siblings):
                if not isinstance(child, ast.AST) or not hasattr(child, "lineno"):
                    continue
                for change, new in changed(child):
                    ast.copy_location(new, child)
                    _put(node, name, number, new, is_list=isinstance(value, list))
                    yield Mutant(module, child.lineno, change, ast.unparse(tree))
                    _put(node, name, number, child, is_list=isinstance(value, list))


def _put(node: ast.AST, name: str, number: int, child: ast.AST, *, is_list: bool) -> None:
    if is_list:
        getattr(node, name)[number] = child
    else:
        setattr(node, name, child)


def tests_pass(place: Path, module: str) -> bool:
    """Run the unit tests of a module in a copy, to the first that fails."""
    tests = [f"tests/unit/{name}" for name in MODULES[module]]
    options = ("-x", "-q", "-m", "fast", "-p", "no:cacheprovider")
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", *options, *tests],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(place), "TESTS_LANE": "fast"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def copied(place: Path) -> Path:
    """Copy what the tests need."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("vscan", "tests", "ci", "docs"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, place)
    return place


def is_noticed(mutant: Mutant, copies: "SimpleQueue[Path]") -> bool:
    """Say whether the tests fail with a change."""
    place = copies.get()
    file = place / "vscan" / mutant.module
    whole = file.read_text("utf-8")
    try:
        file.write_text(mutant.text, "utf-8")
        return not tests_pass(place, mutant.module)
    finally:
        file.write_text(whole, "utf-8")
        copies.put(place)


def main() -> None:
    """Print the survivors, and the share that was noticed for each module."""
    parser = argparse.ArgumentParser(prog="python -m ci.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), metavar="MODULE")
    parser.add_argument("--number", type=int, default=40, help="of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)  # noqa: S311 - nothing secret
    noticed = tried = 0
    with tempfile.TemporaryDirectory() as text:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(arguments.processes):
            copies.put(copied(Path(text) / str(number)))
        for module in arguments.modules:
            place = copies.get()
            if not tests_pass(place, module):
                sys.exit(f"the tests of {module} fail without any change")
            copies.put(place)
            chosen = list(mutants(module))
            if arguments.number and len(chosen) > arguments.number:
                chosen = dice.sample(chosen, arguments.number)
            with ThreadPoolExecutor(arguments.processes) as pool:
                results = list(pool.map(lambda mutant: is_noticed(mutant, copies), chosen))
            for mutant, was_noticed in zip(chosen, results, strict=True):
                if not was_noticed:
                    print(f"  survives: {module}:{mutant.line} {mutant.change}", flush=True)
            noticed += sum(results)
            tried += len(results)
            print(f"{module}: {sum(results)} of {len(results)} noticed", flush=True)
    print(f"all: {noticed} of {tried} noticed, {noticed / tried:.0%}")
    if noticed < LEAST * tried:
        sys.exit(1)


if __name__ == "__main__":
    main()
