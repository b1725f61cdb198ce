"""What docs/architecture.md claims of the code, read from its own tables and held against it."""

import ast
import functools
import re
import threading
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import task
from tests.server import Script, Server
from vscan.cache import Cache
from vscan.events import Event
from vscan.model import CacheKey, Scanned, Verdict
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import VscanDev
from vscan.scanner import Interrupt, Settings, collect

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "vscan"
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
# SQL that changes something, at the beginning of a statement.
WRITING_SQL = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|VACUUM)\b")


def table(text: str, header: str) -> list[list[str]]:
    """Read the rows of the table whose header begins so."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {header} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# Who replaces the public data: the commands of vscan db, and no scan.
BUILDERS = {"advisories.building", "cli.db", "update"}

Modules = dict[str, ast.Module]


@functools.cache
def modules() -> Modules:
    """Parse every module of the package, by its name without ``vscan.``."""
    return {named(path): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}


def named(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


@functools.cache
def imported(tree: ast.AST) -> set[str]:
    """Name what is imported at run time, by the first part; types alone do nothing."""
    found = set()
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            skipped.update(inner for part in node.body for inner in ast.walk(part))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            found |= {
                part.value.partition(".")[0]
                for part in node.args
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
    return found


@functools.cache
def writes_files(tree: ast.AST) -> bool:
    """Whether a file is opened, or could be, for more than reading.

    What only makes, renames or removes a file is found by it too, where it is written.
    """
    return any(isinstance(node, ast.Call) and _writes(node) for node in ast.walk(tree))


def _writes(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if name == "os.open":
        return bool(re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_APPEND", ast.unparse(call)))
    last = name.rpartition(".")[2]
    if last in {"write_text", "write_bytes", "fdopen", "NamedTemporaryFile", "mkstemp"}:
        return True
    if last != "open":
        return False
    modes = [k.value for k in call.keywords if k.arg == "mode"]
    modes += call.args[1:2] if name in {"open", "io.open"} else call.args[:1]
    for mode in modes:
        if not (isinstance(mode, ast.Constant) and isinstance(mode.value, str)):
            return True  # who knows
        if set(mode.value) & set("wax+"):
            return True
    return False


@functools.cache
def writing_sql(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and WRITING_SQL.match(node.value)
        for node in ast.walk(tree)
    )


@functools.cache
def calls(tree: ast.AST) -> frozenset[str]:
    found = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return frozenset(map(ast.unparse, found))


def strangers(known: Modules, text: str = TEXT) -> set[str]:
    """Name the modules that use a side effect without being its door, and idle doors."""
    odd = set()
    for effect, doors in table(text, "Side effect"):
        marks = set(quoted(effect))
        used = {
            name
            for name, tree in known.items()
            if ((imported(tree) | calls(tree)) & marks if marks else writes_files(tree))
        }
        odd |= {f"{name}: {effect}" for name in used ^ set(quoted(doors))}
    return odd


def writers(known: Modules) -> dict[str, set[str]]:
    """Name who makes the cache's writing side, who stores with it, and who has SQL that writes."""
    return {
        "make": {n for n, t in known.items() if "Cache" in calls(t)},
        "store": {n for n, t in known.items() if {"cache.put", "self._cache.put"} & calls(t)},
        "sql": {n for n, t in known.items() if writing_sql(t)},
    }


def test_every_module_is_in_a_room_and_every_room_is_there() -> None:
    rooms = [quoted(row[1]) for row in table(TEXT, "Room")]
    named = [name for room in rooms for name in room]
    there = {name.partition(".")[0] for name in modules()}
    assert sorted(named) == sorted(there)


def test_the_rooms_are_the_layers_of_the_import_contract() -> None:
    """import-linter is silent about a module that no layer names."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = (
        c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"
    )
    layers = [{part.strip() for part in layer.split("|")} for layer in contract["layers"]]
    rooms = [
        {f"vscan.{name}" for name in quoted(row[1]) if not name.startswith("__")}
        for row in table(TEXT, "Room")
    ]
    assert rooms == layers


def test_every_name_in_it_is_there() -> None:
    """Names with a dot that begin with a module's lead somewhere."""
    known = modules()
    for name in quoted(TEXT):
        if (ROOT / name.split()[0]).exists() or not re.fullmatch(r"[a-z_]+(\.\w+)+(\(\))?", name):
            continue
        first, _, rest = name.removesuffix("()").rpartition(".")
        if name.removesuffix("()") in known or first.partition(".")[0] not in known:
            continue
        assert first in known, name
        names = {getattr(node, "name", None) for node in ast.walk(known[first])}
        names |= {node.id for node in ast.walk(known[first]) if isinstance(node, ast.Name)}
        assert rest in names, name
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / link).exists(), link


def test_each_side_effect_has_its_doors_and_no_others() -> None:
    assert strangers(modules()) == set()


def test_the_cache_has_one_writer() -> None:
    found = writers(modules())
    assert found["make"] == {"run"}
    assert found["store"] == {"collect"}
    # The public data is a file of its own, which no scan writes.
    assert found["sql"] - {"advisories.store", "advisories.building"} <= {
        "cache",
        "cache.care",
        "cache.file",
    }
    assert not any(
        "building" in calls(tree) for name, tree in modules().items() if name not in BUILDERS
    )


def test_only_the_main_threads_half_of_collect_touches_the_cache() -> None:
    collect_ = modules()["collect"]
    stores, hires = set(), set()
    for node in ast.walk(collect_):
        if isinstance(node, ast.FunctionDef):
            stores |= {node.name} if "self._cache.put" in calls(node) else set()
            hires |= {node.name} if "threading.Thread" in calls(node) else set()
            if node.name == "_work":
                assert "self._emit" not in calls(node)
    assert stores == {"_end"}
    assert hires == {"_hire", "catch"}
    assert not any("threading.Thread" in calls(t) for n, t in modules().items()
                   if n != "collect")  # fmt: skip


class Watched(Cache):
    """Notes which thread stores."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, max_age_s=1e6, key=None, warn=pytest.fail)
        self.threads: set[threading.Thread] = set()

    def put(self, key: CacheKey, verdict: Verdict) -> None:
        self.threads.add(threading.current_thread())
        super().put(key, verdict)


def test_results_are_stored_and_told_in_the_main_thread(tmp_path: Path) -> None:
    told: set[threading.Thread] = set()

    def emit(_: Event) -> None:
        told.add(threading.current_thread())

    with Server(Script(latency_s=0.005)) as server, closing(Watched(tmp_path)) as cache:
        limiter = RateLimiter(0.0)
        done = collect(
            [task(f"acme.tool-{n}") for n in range(9)],
            providers={"vscan.dev": VscanDev(server.api_url, limiter, Limits())},
            limiter=limiter,
            cache=cache,
            settings=Settings(workers=3),
            emit=emit,
            interrupt=Interrupt(),
        )
    assert all(isinstance(outcome, Scanned) for outcome in done.outcomes)
    assert cache.threads == told == {threading.main_thread()}


@pytest.mark.parametrize(
    ("module", "line", "found"),
    [
        ("plan.py", "import requests", "plan"),
        ("sources/vscan_dev.py", "def f():\n    from urllib3 import util", "sources.vscan_dev"),
        ("run.py", "import sqlite3", "run"),
        ("cache/rows.py", "import sqlite3", "cache.rows"),
        ("report/csv.py", "from rich.table import Table", "report.csv"),
        ("settings.py", "import threading", "settings"),
        ("discover/editors.py", "import subprocess", "discover.editors"),
        ("run.py", "import os\nos.fork()", "run"),
        ("plan.py", "import importlib\nimportlib.import_module('socket')", "plan"),
        ("plan.py", "open('x', 'w')", "plan"),
        ("plan.py", "from pathlib import Path\nPath('x').open(mode='r+')", "plan"),
        ("plan.py", "from pathlib import Path\nPath('x').write_text('')", "plan"),
        ("plan.py", "def f(mode):\n    open('x', mode)", "plan"),
        ("plan.py", "import os\nos.open('x', os.O_WRONLY)", "plan"),
    ],
)
def test_a_second_door_is_found(module: str, line: str, found: str) -> None:
    assert {odd.partition(":")[0] for odd in strangers(spoilt(module, line))} == {found}


@pytest.mark.parametrize(
    "line",
    [
        "open('x')",
        "open('x', 'rb')",
        "from pathlib import Path\nPath('x').open('rb')",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import requests",
    ],
)
def test_what_is_no_side_effect_is_let_be(line: str) -> None:
    assert strangers(spoilt("plan.py", line)) == set()


def test_a_door_that_nobody_uses_is_found() -> None:
    text = TEXT.replace("| `progress`, `report.table` |", "| `progress`, `report.csv` |")
    assert {odd.partition(":")[0] for odd in strangers(modules(), text)} == {
        "report.csv",
        "report.table",
    }


@pytest.mark.parametrize(
    ("module", "line", "way"),
    [
        ("scan.py", "def f(cache): cache.put(1, 2)", "store"),
        ("plan.py", "x = Cache(1)", "make"),
        ("plan.py", "SQL = 'DELETE FROM verdicts'", "sql"),
    ],
)
def test_a_second_writer_is_found(module: str, line: str, way: str) -> None:
    assert module.removesuffix(".py") in writers(spoilt(module, line))[way]


def spoilt(module: str, line: str) -> Modules:
    """Add a line to a module."""
    path = PACKAGE / module
    return modules() | {named(path): ast.parse(f"{path.read_text('utf-8')}\n{line}\n")}
