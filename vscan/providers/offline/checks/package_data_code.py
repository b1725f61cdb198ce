"""Code that lies in a data file of the extension and is run.

The payload is in a picture, a licence, a font or a translation, where nobody looks for code, and the
program takes it out, decodes it and runs it.

- Sources: files of the extension that are not programs by their name, or whose content is decoded.
- Sinks: eval, Function, vm, Module._compile; commands.
- Near misses: a program of the extension that is loaded by vm; a file of the workspace.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.syntax.javascript_programs import Call, Program, steps
from vscan.providers.offline.syntax.sinks import code_run_by, labels_from, starts
from vscan.providers.offline.syntax.values import EXTENSION, Source, Value

DATA_CODE = Rule(
    "package-data-code",
    Kind.MALWARE,
    "A data file of the extension is run as code",
    "The program reads a file of its own that is no program by its name, or decodes it,"
    " and runs the"
    " content as code.",
    "Code is put into pictures, licences or translations so that nobody looks at it.",
    "Remove the extension, and look into the file.",
)
_DATA: Final = lazy_regex(
    r"\.(?:json|dat|bin|png|jpe?g|gif|svg|ico|txt|md|css|woff2?|ttf|otf|eot|wasm|map|lock"
    r"|log|pdf|mp3|wav|xml|ya?ml|db|cache|tmp)\Z",
    re.IGNORECASE,
)
_COMPILED: Final = frozenset({".svg", ".css", ".yaml", ".yml", ".md", ".txt"})  # by tools for tests
_LOADS: Final = frozenset(
    {"require", "import", "worker_threads.Worker", "new Worker", "Worker", "module._load"}
)
_INTERPRETER: Final = lazy_regex(
    r"(?:node|python\d?|sh|bash|zsh|powershell|pwsh|cmd|wscript|cscript|perl|ruby)(?:\.exe)?\Z"
)
_PROGRAM: Final = lazy_regex(r"\.(?:[cm]?js|jsc|jsx|ts|node)\Z", re.IGNORECASE)


def _on_program(program: Program) -> Iterator[Found]:
    yield from _loaders(program)
    for call in program.calls:
        yield from _started(program, call)
        for code in code_run_by(call):
            files = labels_from(code, Source.PACKAGE_FILE)
            decoded = labels_from(code, Source.DECODED)
            files = [label for label in files if ".cache" not in label.what]
            named = [label for label in files if label.what and not _PROGRAM.search(label.what)]
            if named or (files and decoded):
                message = (
                    f"It reads {steps(program, named or files)} and runs it as code ({call.where})"
                )
                yield program.finding(DATA_CODE, Severity.HIGH, Confidence.HIGH, message, call)


def _started(program: Program, call: Call) -> Iterator[Found]:
    """Find a data file of the extension that is started as a program, or loaded as a module."""
    if not (starts(call) or call.names & _LOADS):
        return
    is_interpreted = any(map(_INTERPRETER.search, call.argument(0).texts))
    for value in (call.argument(0), *(_scripts(call) if is_interpreted else ())):
        for text in value.texts:
            is_json = text.lower().endswith(".json") and not starts(call)
            if text.startswith(EXTENSION) and _DATA.search(text) and not is_json:
                message = f"It starts {text.removeprefix(EXTENSION)}, a data file by its name, as a program"
                yield program.finding(DATA_CODE, Severity.HIGH, Confidence.HIGH, message, call)
                return


def _scripts(call: Call) -> Iterator[Value]:
    """Yield what an interpreter may run: the values of its options, and what follows them."""
    is_value = False
    for value in call.argument(1).members.values():
        yield value
        is_option = not value.texts or any(text.startswith(("-", "/c")) for text in value.texts)
        if not is_option and not is_value:
            return  # the others are arguments of the script
        is_value = is_option


def _loaders(program: Program) -> Iterator[Found]:
    """Find a loader that makes the interpreter take data files for programs."""
    evaluator = program.evaluator
    for name in (b"_extensions", b"extensions"):
        for access in evaluator.scopes.members_named(name):
            holder = access.parent
            if holder is None or holder.type != "subscript_expression" or holder.parent is None:
                continue
            suffix = evaluator.value(holder.child_by_field_name("index")).constant
            if (
                suffix is not None
                and _DATA.search(suffix)
                and suffix not in _COMPILED
                and holder.parent.type == "assignment_expression"
                and holder.parent.child_by_field_name("left") == holder
            ):
                message = f"It has files with the suffix {suffix} loaded as programs"
                call = Call(program, holder, frozenset(), 0)
                yield program.finding(DATA_CODE, Severity.HIGH, Confidence.HIGH, message, call)


CHECK = Check((DATA_CODE,), on_program=_on_program)
