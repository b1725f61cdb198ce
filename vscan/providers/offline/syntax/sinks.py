"""What a call does with its arguments: runs them as code, starts, writes or deletes them."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple
from urllib.parse import unquote

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax import constant_folding
from vscan.providers.offline.syntax.javascript_programs import Call, Program, nested_programs
from vscan.providers.offline.syntax.secret_places import secret_in
from vscan.providers.offline.syntax.values import NOTHING, UNKNOWN, Label, Source, Value, union

_CODE_FIRST: Final = frozenset(
    {
        "eval",
        "vm.runInThisContext",
        "vm.runInNewContext",
        "vm.runInContext",
        "vm.compileFunction",
        "vm.Script",
        "execScript",
    }
    | {
        "?._compile",
        "module._compile",
        "?.runInThisContext",
        "?.runInNewContext",
        "safer-eval",
        "setImmediate",
    }
)
_CODE_METHODS: Final = ("._compile", ".runInThisContext", ".runInNewContext")
_MAX_TEXTS = 16  # alternatives of a program in a text
_MAX_LISTS = 200  # of arguments that one call may give a program
_CODE_OPTIONS: Final = frozenset({"-e", "--eval", "-p", "--print", "-pe"})
_SHORTEST_PROGRAM = 24  # characters of a text that is worth parsing
_MAX_NAMES_KNOWN = 4096  # sets of names
_MAX_PATH = 500  # characters of a text that may be the path of a secret
_TIMERS: Final = frozenset({"setTimeout", "setInterval"})
_IS_TEXT: Final = lazy_regex(
    r"\.(?:text|json|toString|read\w*|decode|join|data|body|responseText)(?:\(\))?"
    r"(?:\.(?:then|catch|finally)\(\))*\Z"
)
_STARTS: Final = lazy_regex(
    r"(?:new )?(?:child_process\.(?:exec|execSync|execFile|execFileSync|spawn|spawnSync"
    r"|fork)|execa(?:\.\w+)?|shelljs\.exec|sudo-prompt\.exec"
    r"|node-pty\.spawn|vscode\.(?:ShellExecution|ProcessExecution)"
    r"|vscode\.window\.createTerminal|Bun\.spawn|Deno\.Command|cross-spawn(?:\.\w+)?)\Z"
    r"|.*\.sendText\Z|.*\bshellIntegration\.executeCommand\Z|\?\.(?:execSync|spawnSync"
    r"|execFileSync|spawn|execFile)\Z"
)
_WRITES: Final = lazy_regex(
    r"fs\.(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream"
    r"|outputFile|outputFileSync|writeTextFile|copyFile|copyFileSync|cp|cpSync|rename"
    r"|renameSync|symlink|symlinkSync|copy|copySync|move|moveSync)\Z"
    r"|(?:Bun\.write|Deno\.writeTextFile|Deno\.writeFile"
    r"|vscode\.workspace\.fs\.(?:writeFile|copy|rename))\Z|\?\.(?:writeFile|writeFileSync"
    r"|appendFileSync|appendFile|createWriteStream|copyFileSync)\Z"
)
_FROM_FIRST: Final = lazy_regex(r"(?:copy|cp|rename|symlink|move)(?:File)?(?:Sync)?\Z")
_DELETES: Final = lazy_regex(
    r"fs\.(?:rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync|remove|removeSync|emptyDir"
    r"|emptyDirSync|truncate|truncateSync)\Z|rimraf(?:\.\w+)?\Z|del\Z"
    r"|vscode\.workspace\.fs\.delete\Z|\?\.(?:rmSync|unlinkSync|rimraf)\Z"
)


class Written(NamedTuple):
    """What a call writes: the path and the content."""

    path: Value
    content: Value


def code_run_by(call: Call) -> list[Value]:
    """Return the arguments that a call runs as code."""
    names = {name.removeprefix("new ") for name in call.names}
    is_first = bool(names & _CODE_FIRST) or any(name.endswith(_CODE_METHODS) for name in names)
    if "globalThis.*" in names or ("Function" in names and not is_first):
        run = call.arguments[-1:]
    else:
        run = [call.argument(0)] if is_first or _is_first_run(call, names) else []
    if any(map(_lacks_texts, run)):
        call.program.leave_out()
    return run


def _lacks_texts(value: Value) -> bool:
    """Whether a value has more texts than were kept, and nothing in them is unknown."""
    return value.is_cut and bool(value.texts) and not any(UNKNOWN in t for t in value.texts)


def _is_first_run(call: Call, names: Collection[str]) -> bool:
    """Whether a function that takes other things, too, gets code as its first argument."""
    if not _TIMERS.isdisjoint(names):
        first = call.argument(0)
        return not first.functions and all(map(_IS_TEXT.search, first.names))
    if "import" in names or "require" in names:
        return any(text.startswith("data:") for text in call.argument(0).texts)
    if "Worker" in names or "worker_threads.Worker" in names:
        texts = call.argument(0).texts
        return "eval" in call.argument(1).members or any(
            text.startswith(("data:", "blob:")) for text in texts
        )
    return False


def programs_inside(program: Program) -> Iterator[Program]:
    """Yield the programs that are texts of a program, and that it runs."""
    for call in program.calls:
        run = code_run_by(call)
        texts = [text for value in run for text in value.texts]
        arguments = list(call.argument(1).members.values()) if starts(call) else []
        for before, after in pairwise(arguments):
            if _CODE_OPTIONS.intersection(before.texts):
                run.append(after)
                texts += after.texts
        texts = [_program_in(text) for text in texts if len(text) >= _SHORTEST_PROGRAM]
        if len(texts) > _MAX_TEXTS and not any(value.is_joined for value in run):
            program.leave_out()
        yield from nested_programs(call, texts[:_MAX_TEXTS])


def _program_in(text: str) -> str:
    """Return the program that an address contains, or the text itself."""
    if not text.startswith("data:"):
        return text
    head, _, content = text.partition(",")
    return (
        constant_folding.from_base64(content) or ""
        if head.endswith(";base64")
        else unquote(content)
    )


def starts(call: Call) -> bool:
    """Whether a call starts a program or command."""
    return _is_named(_STARTS, call.names)


@lru_cache(_MAX_NAMES_KNOWN)
def _is_named(pattern: re.Pattern[str], names: frozenset[str]) -> bool:
    """Whether one of the names of a call is one of a kind: most calls have the same few names."""
    return any(map(pattern.match, names))


def commands(call: Call) -> list[str]:
    """Return the commands that a call starts, as texts with their arguments."""
    if not starts(call):
        return []
    first, second = call.argument(0), call.argument(1)
    if first.has_more():
        call.program.leave_out()
    if any(name.endswith("createTerminal") for name in call.names):
        options = first.members
        programs = options.get("shellPath", NOTHING).texts or (UNKNOWN,)
        arguments = " ".join(options.get("shellArgs", NOTHING).all_texts())
        return [f"{program} {arguments}".strip() for program in programs]
    if second.members and "0" in second.members:
        return [" ".join(words) for words in argument_lists(call)]
    return list(first.all_texts())


def argument_lists(call: Call) -> list[tuple[str, ...]]:
    """Return what a call gives a program, and the program before it, in lists of words.

    Of words with alternatives each stands in one list at least: once beside the alternatives of
    the same number, as conditions are often the same, and once beside the first ones.
    """
    values = [call.argument(0), *call.argument(1).members.values()]
    if any(value.has_more() for value in values):
        call.program.leave_out()
    every = [value.texts or (UNKNOWN,) for value in values]
    first = tuple(texts[0] for texts in every)
    lists = dict.fromkeys(
        tuple(texts[min(number, len(texts) - 1)] for texts in every)
        for number in range(max(map(len, every)))
    )
    for place, texts in enumerate(every):
        lists.update(dict.fromkeys((*first[:place], each, *first[place + 1 :]) for each in texts))
    if len(lists) > _MAX_LISTS:
        call.program.leave_out()
    return list(lists)[:_MAX_LISTS]


def command_values(call: Call) -> Value:
    """Return what the program and its arguments come from."""
    return (
        union([call.argument(0), *call.argument(1).members.values()]) if starts(call) else NOTHING
    )


def written_by(call: Call) -> Written | None:
    """Return what a call writes to a file; ``None`` if it writes none."""
    if not _is_named(_WRITES, call.names):
        return None
    names = [name for name in call.names if _WRITES.match(name)]
    is_from_first = any(_FROM_FIRST.search(name) for name in names)
    if call.argument(int(is_from_first)).is_cut:
        call.program.leave_out()
    if is_from_first:
        return Written(call.argument(1), call.argument(0))
    content = call.argument(1)
    if any(name.endswith("createWriteStream") for name in names):
        content = _piped_into(call)
    return Written(call.argument(0), content)


def _piped_into(call: Call) -> Value:
    """Return what is written to a stream: by the ``pipe`` of an object, or by ``stream.write``."""
    evaluator = call.program.evaluator
    parent = call.node.parent
    if parent is not None and parent.type == "arguments" and parent.parent is not None:
        piping = parent.parent
        function = piping.child_by_field_name("function")
        of = function.child_by_field_name("object") if function is not None else None
        return union([evaluator.value(of), *evaluator.arguments(piping)])
    if parent is not None and parent.type == "variable_declarator":
        name = parent.child_by_field_name("name")
        binding = (
            evaluator.scopes.binding_of(name)
            if name is not None and name.type == "identifier"
            else None
        )
        values = []
        for reference in evaluator.scopes.references(binding) if binding is not None else ():
            holder = reference.parent
            if holder is None or holder.parent is None:
                continue
            if holder.type == "arguments":
                function = holder.parent.child_by_field_name("function")
                of = function.child_by_field_name("object") if function is not None else None
                values.append(evaluator.value(of))
                values += evaluator.arguments(holder.parent)
            elif holder.type == "member_expression" and holder.parent.type == "call_expression":
                values += evaluator.arguments(holder.parent)
        return union(values)
    return NOTHING


def deleted_by(call: Call) -> Value | None:
    """Return the path that a call deletes; ``None`` if it deletes none."""
    if _is_named(_DELETES, call.names):
        if _lacks_texts(call.argument(0)):
            call.program.leave_out()
        return call.argument(0)
    return None


def secret_labels(value: Value, offset: int) -> frozenset[Label]:
    """Return the labels of secrets in a value, and of secret files that it names."""
    found = {label for label in value.all_labels() if label.source is Source.SECRET}
    for text in value.all_texts():
        what = secret_in(text) if len(text) < _MAX_PATH and ("/" in text or "\\" in text) else None
        if what is not None and text.startswith(("~", "%", "/")):
            found.add(Label(Source.SECRET, offset, f"{what} ({text.replace(UNKNOWN, '*')[:90]})"))
    return frozenset(found)


def labels_from(value: Value, *sources: Source) -> list[Label]:
    """Return the labels of a value that are from one of the sources, in their order."""
    wanted = frozenset(sources)
    found = (label for label in value.all_labels() if label.source in wanted)
    return sorted(found, key=attrgetter("order"))


def each_start(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield the calls that start a program or command."""
    return (call for call in calls if starts(call))


def settings_written_by(call: Call) -> Iterator[tuple[str, Value]]:
    """Yield the settings of the editor that a call changes, with their values."""
    if not any(name.endswith("getConfiguration().update") for name in call.names):
        return
    sections = [
        label.what.partition("getConfiguration")[2].strip()
        for label in call.receiver.all_labels()
        if label.source is Source.CONFIGURATION
    ]
    if call.argument(0).is_cut:
        call.program.leave_out()
    for key in call.argument(0).texts:
        for section in sections or [""]:
            yield (f"{section}.{key}".strip("."), call.argument(1))
