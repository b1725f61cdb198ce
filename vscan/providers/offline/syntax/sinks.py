"""What a call does with its arguments: runs them as code, starts, sends, writes or deletes them."""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

from vscan.providers.offline.syntax import folding
from vscan.providers.offline.syntax.programs import Call, Program, nested_programs
from vscan.providers.offline.syntax.scopes import FUNCTIONS
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
_MAX_TEXTS = 4  # alternatives of a program in a text
_TIMERS: Final = frozenset({"setTimeout", "setInterval"})
_STARTS: Final = re.compile(
    r"(?:new )?(?:child_process\.(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork)|execa(?:\.\w+)?|shelljs\.exec|sudo-prompt\.exec"
    r"|node-pty\.spawn|vscode\.(?:ShellExecution|ProcessExecution)|vscode\.window\.createTerminal|Bun\.spawn|Deno\.Command|cross-spawn(?:\.\w+)?)\Z"
    r"|.*\.sendText\Z|.*\bshellIntegration\.executeCommand\Z|\?\.(?:execSync|spawnSync|execFileSync|spawn|execFile)\Z"
)
_HTTP: Final = r"(?:https?|follow-redirects\.https?|electron\.net|net)\.request\(\)(?:\.\w+\(\))*"
_SENDS: Final = re.compile(
    r"(?:new )?(?:fetch|got(?:\.\w+)?|axios(?:\.\w+)?(?:\(\)(?:\.\w+)?)?|request(?:\.\w+)?|needle(?:\.\w+)?|ky(?:\.\w+)?|phin|bent\(\)|undici\.\w+|centra|https?\.(?:request|get))\Z"
    rf"|{_HTTP}\.(?:end|write|send)\Z"
    r"|(?:WebSocket|XMLHttpRequest|dgram\.createSocket|net\.\w+|tls\.\w+|http2\.connect|io|mqtt\.connect|superagent\.\w+|nodemailer\.createTransport|socket\.io-client|ssh2\.Client|basic-ftp\.Client)\(\)(?:\.\w+(?:\(\))?)*\.(?:send|write|end|emit|publish|sendMail|request|uploadFrom|fastPut|json)\Z"
    r"|\?\.(?:sendMail|sendBeacon|uploadFrom|fastPut|putObject|createGist)\Z|navigator\.sendBeacon\Z"
    r"|dns\.(?:lookup|resolve\w*)\Z|dns\.Resolver\(\)\.resolve\w*\Z|vscode\.env\.openExternal\Z|.*\bcreateOrUpdateFileContents\Z"
)
_CONNECTION: Final = r"(?:https?\.request|net\.\w+|tls\.\w+|http2\.connect|request(?:\.\w+)?|got(?:\.\w+)?|axios(?:\.\w+)?)\(\)"
# A page in a text of the program that passes on what it is told.
_SENDING_PAGE: Final = re.compile(
    rb"[\"'`]message[\"'`][\s\S]{0,600}?(?:sendBeacon|fetch\s*\(|XMLHttpRequest|new WebSocket|\.src\s*=)[\s\S]{0,80}?https?:"
    rb"|<iframe[^>]{1,200}src=[\"']?https?:[\s\S]{0,800}?postMessage"
)
_POSTS: Final = re.compile(r"\?\.(?:post|put|patch|send|request|fetch)\Z")
_URL: Final = re.compile(r"(?:https?|wss?|ftp)://|\Atcp:")
_WRITES: Final = re.compile(
    r"fs\.(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|outputFileSync|writeTextFile|copyFile|copyFileSync|cp|cpSync|rename|renameSync|symlink|symlinkSync|copy|copySync|move|moveSync)\Z"
    r"|(?:Bun\.write|Deno\.writeTextFile|Deno\.writeFile|vscode\.workspace\.fs\.(?:writeFile|copy|rename))\Z|\?\.(?:writeFile|writeFileSync|appendFileSync|appendFile|createWriteStream|copyFileSync)\Z"
)
_FROM_FIRST: Final = re.compile(r"(?:copy|cp|rename|symlink|move)(?:File)?(?:Sync)?\Z")
_DELETES: Final = re.compile(
    r"fs\.(?:rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync|remove|removeSync|emptyDir|emptyDirSync|truncate|truncateSync)\Z|rimraf(?:\.\w+)?\Z|del\Z|vscode\.workspace\.fs\.delete\Z|\?\.(?:rmSync|unlinkSync|rimraf)\Z"
)
_ADDRESSED: Final = re.compile(
    r"(?:fetch|got|axios|needle|ky|request|get|post|put|lookup|openExternal)\Z"
)
_REMOTE: Final = re.compile(r"https?://(?!localhost\b|127\.|\[::1)[\w-]+\.\w")
_KNOWN_PART: Final = re.compile(r"\w{3}")
_IN_DOMAIN: Final = re.compile(UNKNOWN + r".*\.\w{2,}\Z")
_CREDENTIAL_KEYS: Final = re.compile(
    r"auth|token|api.?key|cookie|credential|x-.*key|bearer", re.IGNORECASE
)


class Sent(NamedTuple):
    """What a call sends: the content, the target, and whether the answer is used."""

    content: Value
    target: Value
    answer_is_used: bool


class Written(NamedTuple):
    """What a call writes: the path and the content."""

    path: Value
    content: Value


def code_run_by(call: Call) -> list[Value]:
    """Return the arguments that a call runs as code."""
    names = {name.removeprefix("new ") for name in call.names}
    if "globalThis.*" in names:
        return call.arguments[-1:]
    if names & _CODE_FIRST or any(
        name.endswith(("._compile", ".runInThisContext", ".runInNewContext")) for name in names
    ):
        return [call.argument(0)]
    if "Function" in names:
        return call.arguments[-1:]
    if names & _TIMERS:
        first = call.argument(0)
        return [first] if not first.functions and not first.names else []
    if "import" in names or "require" in names:
        return (
            [call.argument(0)]
            if any(text.startswith("data:") for text in call.argument(0).texts)
            else []
        )
    if "Worker" in names or "worker_threads.Worker" in names:
        options = call.argument(1).members
        if "eval" in options or any(
            text.startswith(("data:", "blob:")) for text in call.argument(0).texts
        ):
            return [call.argument(0)]
    return []


_CODE_OPTIONS: Final = frozenset({"-e", "--eval", "-p", "--print", "-pe"})
_SHORTEST_PROGRAM = 24  # characters of a text that is worth parsing


def programs_inside(program: Program) -> Iterator[Program]:
    """Yield the programs that are texts of a program, and that it runs."""
    for call in program.calls:
        texts = [text for value in code_run_by(call) for text in value.texts]
        arguments = list(call.argument(1).members.values()) if starts(call) else []
        for before, after in itertools.pairwise(arguments):
            if _CODE_OPTIONS.intersection(before.texts):
                texts += after.texts
        texts = [_program_in(text) for text in texts if len(text) >= _SHORTEST_PROGRAM]
        yield from nested_programs(call, texts[:_MAX_TEXTS])


def _program_in(text: str) -> str:
    """Return the program that an address contains, or the text itself."""
    if not text.startswith("data:"):
        return text
    head, _, content = text.partition(",")
    return folding.from_base64(content) or "" if head.endswith(";base64") else unquote(content)


def starts(call: Call) -> bool:
    """Whether a call starts a program or command."""
    return any(_STARTS.match(name) for name in call.names)


def commands(call: Call) -> list[str]:
    """Return the commands that a call starts, as texts with their arguments."""
    if not starts(call):
        return []
    first, second = call.argument(0), call.argument(1)
    if any(name.endswith("createTerminal") for name in call.names):
        options = first.members
        programs = options.get("shellPath", NOTHING).texts or (UNKNOWN,)
        arguments = " ".join(options.get("shellArgs", NOTHING).all_texts())
        return [f"{program} {arguments}".strip() for program in programs]
    if second.members and "0" in second.members:
        arguments = " ".join(next(iter(value.texts), UNKNOWN) for value in second.members.values())
        return [f"{program} {arguments}" for program in first.texts or (UNKNOWN,)]
    return list(first.all_texts())


def command_values(call: Call) -> Value:
    """Return what the program and its arguments come from."""
    return (
        union([call.argument(0), *call.argument(1).members.values()]) if starts(call) else NOTHING
    )


def sent_by(call: Call) -> Sent | None:
    """Return what a call sends over the network; ``None`` if it sends nothing."""
    if any(name.endswith(".pipe") for name in call.names):
        into = call.argument(0)
        if any(re.match(_CONNECTION, name) for name in into.names):
            return Sent(call.receiver, _only_targets(into), answer_is_used=False)
        return None
    if any(name.endswith("webview.postMessage") for name in call.names):
        if not _SENDING_PAGE.search(call.program.piece.source):
            return None
        return Sent(call.argument(0), NOTHING, answer_is_used=False)
    names = [name for name in call.names if _SENDS.match(name)]
    if not names:
        if not any(map(_POSTS.match, call.names)):
            return None
        texts = (text for value in call.arguments[:2] for text in value.all_texts())
        if not any(map(_URL.search, texts)):
            return None
    if (
        all(name.startswith("dns.") for name in names)
        and names
        and not any(map(_IN_DOMAIN.search, call.argument(0).texts))
    ):
        return None  # a name is looked up; nothing is put into one
    addresses = call.argument(0).all_texts()
    if any(name.endswith("openExternal") for name in names) and not any(
        map(_REMOTE.search, addresses)
    ):
        return None  # an address of this machine, or one that a caller chooses
    target = union([call.argument(0), _only_targets(call.receiver)])
    contents: list[Value] = []
    for index, argument in enumerate(call.arguments):
        if (
            index or _has_host(argument) or not any(map(_ADDRESSED.search, names))
        ):  # else an address is opened that was found somewhere
            contents.append(_content(argument))
    return Sent(union_of_content(contents), target, _answer_is_used(call))


def union_of_content(values: Iterable[Value]) -> Value:
    """Return a value with all labels, texts and names of several."""
    several = list(values)
    return Value(
        texts=tuple(dict.fromkeys(text for value in several for text in value.all_texts()))[:64],
        names=frozenset().union(*(value.all_names() for value in several)),
        labels=frozenset().union(*(value.all_labels() for value in several)),
    )


def _only_targets(value: Value) -> Value:
    return Value(
        texts=value.texts,
        labels=frozenset(
            label
            for label in value.labels
            if label.source in {Source.CONFIGURATION, Source.NETWORK}
        ),
    )


def _has_host(argument: Value) -> bool:
    """Whether an argument is more than an address of which nothing is known."""
    return (
        bool(argument.members)
        or not argument.labels
        or any(map(_KNOWN_PART.search, argument.texts))
        or not argument.texts
    )


def _content(argument: Value) -> Value:
    """Leave out what authenticates a request, which is meant for the server."""
    if "headers" not in argument.members and not any(
        map(_CREDENTIAL_KEYS.search, argument.members)
    ):
        return argument
    members = {}
    for key, member in argument.members.items():
        if key == "headers":
            inner = {
                name: value
                for name, value in member.members.items()
                if not _CREDENTIAL_KEYS.search(name)
            }
            members[key] = member._replace(members=inner, labels=frozenset())
        elif key == "auth":
            continue
        else:
            members[key] = member
    return argument._replace(members=members)


def _answer_is_used(call: Call) -> bool:
    """Whether the program does something with what is answered."""
    for value in call.arguments:
        if value.functions:
            return True
    node, parent = call.node, call.node.parent
    while parent is not None:
        kind = parent.type
        if kind == "expression_statement" or kind in FUNCTIONS or kind == "arguments":
            return (
                kind == "arguments"
                and parent.parent is not None
                and call.program.source_of(parent.parent)[:7] != "Promise"
            )
        if kind == "member_expression":
            key = parent.child_by_field_name("property")
            name = key.text if key is not None else b""
            if name not in {b"catch", b"finally", b"on", b"end", b"write", b"unref"}:
                return True
        elif kind in {
            "variable_declarator",
            "assignment_expression",
            "return_statement",
            "binary_expression",
            "ternary_expression",
        }:
            return kind not in {"binary_expression", "ternary_expression"}
        elif (
            kind == "sequence_expression"
            and parent.named_children
            and parent.named_children[-1].id != node.id
        ):
            return False
        node, parent = parent, parent.parent
    return False


def written_by(call: Call) -> Written | None:
    """Return what a call writes to a file; ``None`` if it writes none."""
    names = [name for name in call.names if _WRITES.match(name)]
    if not names:
        return None
    if any(_FROM_FIRST.search(name) for name in names):
        return Written(call.argument(1), call.argument(0))
    content = call.argument(1)
    if any(name.endswith("createWriteStream") for name in names):
        content = _piped_into(call)
    return Written(call.argument(0), content)


def _piped_into(call: Call) -> Value:
    """Return what is written to a stream: the object whose ``pipe`` gets it, or ``stream.write``."""
    evaluator = call.program.evaluator
    parent = call.node.parent
    if parent is not None and parent.type == "arguments" and parent.parent is not None:
        piping = parent.parent
        function = piping.child_by_field_name("function")
        of = function.child_by_field_name("object") if function is not None else None
        others = list(evaluator.arguments(piping))
        return union([evaluator.value(of), *others])
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
    if any(_DELETES.match(name) for name in call.names):
        return call.argument(0)
    return None


def secret_labels(value: Value, offset: int) -> frozenset[Label]:
    """Return the labels of secrets in a value, and of secret files that it names."""
    found = {label for label in value.all_labels() if label.source is Source.SECRET}
    for text in value.all_texts():
        what = secret_in(text) if len(text) < 500 and ("/" in text or "\\" in text) else None
        if what is not None and text.startswith(("~", "%", "/")):
            found.add(Label(Source.SECRET, offset, f"{what} ({text.replace(UNKNOWN, '*')[:90]})"))
    return frozenset(found)


def labels_from(value: Value, *sources: Source) -> list[Label]:
    """Return the labels of a value that are from one of the sources, in their order."""
    wanted = frozenset(sources)
    found = (label for label in value.all_labels() if label.source in wanted)
    return sorted(found, key=lambda label: label.offset)


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
    for key in call.argument(0).texts[:8]:
        for section in sections or [""]:
            yield (f"{section}.{key}".strip("."), call.argument(1))
