"""Files of the user that are deleted or encrypted in quantity, and machines that work for others.

- Sinks: a recursive deletion of the home directory, of the workspace or of a disk; files that are
  walked through, encrypted, and deleted or overwritten; traffic of others that is passed on.
- Near misses: an own temporary directory or cache; one file that the user chose, with a password
  that the user typed.
"""

from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.syntax.call_circumstances import asks_first
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.scopes import parent_function
from vscan.providers.offline.syntax.sinks import deleted_by, labels_from, written_by
from vscan.providers.offline.syntax.values import NOTHING, Source

DESTRUCTION = Rule(
    "destruction",
    Kind.MALWARE,
    "The user's files are deleted or encrypted",
    (
        "A program deletes the home directory or the workspace, or walks through them and"
        " encrypts files."
    ),
    "Ransomware and wipers do this; there may be no way back.",
    "Remove the extension before it runs again, and restore files from a backup.",
)
RELAY = Rule(
    "traffic-relay",
    Kind.MALWARE,
    "The machine passes on the traffic of others",
    "A program connects to hosts that another machine names, and passes data between the two.",
    "Others act in the network, and with the address, of the user.",
    "Remove the extension.",
)
_ROOT: Final = lazy_regex(
    r"\A(?:~|/|[A-Za-z]:[\\/]?|%WORKSPACE%)(?:[\\/]?(?:\*|Documents|Desktop|Pictures"
    r"|Downloads)?)?\Z"
)
_WALKS: Final = lazy_regex(r"readdir|withFileTypes|findFiles|glob|walk")
_OWN: Final = lazy_regex(r"homedir|HOME|USERPROFILE|workspaceFolders|findFiles|Documents|Desktop")
_CHANNELS: Final = ("net.", "tls.", "WebSocket", "dgram.", "io", "http2.")
_NEAR = 2500  # bytes on each side of a call
_SHORT = 64  # characters of what takes the place of a file
_PASSES_ON: Final = lazy_regex(r"\.pipe\b|\.write\b|\bpipeline\b|[\"'`]data[\"'`]")
_EACH: Final = lazy_regex(r"isDirectory|lstat|withFileTypes")
_AWAY: Final = lazy_regex(
    r"homedir|HOME|[\"'`]/home|[\"'`]\.\./|[\"'`]/[\"'`]|workspaceFolders|C:\\\\|atob"
    r"|base64|Buffer\.from"
)
_TAKES_AWAY: Final = lazy_regex(
    r"unlink|\.rm\b|rmSync|rename|truncate|writeFile|workspace\.fs\.delete|\.write\b"
)


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        yield from _deletion(program, call)
        if any(name.endswith((".createCipheriv", ".createCipher")) for name in call.names):
            yield from _encryption(program, call)
        yield from _relay(program, call)
        yield from _overwriting(program, call)


def _deletion(program: Program, call: Call) -> Iterator[Found]:
    path = deleted_by(call)
    if path is None or asks_first(call):
        return
    is_recursive = "recursive" in call.argument(1).members or any(
        "rimraf" in name or "emptyDir" in name for name in call.names
    )
    folders = any("workspaceFolders" in name for name in path.all_names())
    if is_recursive and (any(map(_ROOT.match, path.texts)) or folders):
        message = (
            f"It deletes {path.texts[0] if path.texts else 'the folders of the workspace'} with"
            " all that is in it"
        )
        yield program.finding(DESTRUCTION, Severity.CRITICAL, Confidence.HIGH, message, call)


def _encryption(program: Program, call: Call) -> Iterator[Found]:
    unit = _around(program, call)
    if labels_from(call.argument(1), Source.INPUT) or asks_first(call):
        return
    if (
        _WALKS.search(unit)
        and _OWN.search(unit)
        and _TAKES_AWAY.search(unit)
        and "readFile" in unit
    ):
        message = "It walks through the user's files, encrypts them and takes away the originals"
        yield program.finding(DESTRUCTION, Severity.CRITICAL, Confidence.HIGH, message, call)


def _around(program: Program, call: Call) -> str:
    """Return the text around a call, in which modules that are loaded may be, too."""
    start = max(0, call.node.start_byte - _NEAR)
    return program.piece.source[start : call.node.end_byte + _NEAR].decode("utf-8", "replace")


def _walk_around(program: Program, call: Call) -> str:
    """Return the innermost function around a call that reads a directory, or nothing.

    It may call the function in which the call is.
    """
    own = parent_function(call.node)
    callers = program.evaluator.function_values.calls_of(own) if own is not None else []
    for around in (own, *map(parent_function, callers)):
        function = around
        while function is not None and function.end_byte - function.start_byte < _NEAR:
            text = program.source_of(function)
            if "readdir" in text:
                return text
            function = parent_function(function)
    return ""


def _overwriting(program: Program, call: Call) -> Iterator[Found]:
    """Find a walk through directories of the user in which each file gets the same content."""
    written = written_by(call)
    if (
        written is None
        or written.content.constant is None
        or len(written.content.constant) > _SHORT
    ):
        return
    if any("append" in name for name in call.names) or asks_first(call):
        return
    unit = _walk_around(program, call)
    if (
        written.content.constant
        and _EACH.search(unit)
        and _AWAY.search(program.text_around(call.node, _NEAR))
    ):
        message = "It walks through directories and overwrites each file"
        yield program.finding(DESTRUCTION, Severity.CRITICAL, Confidence.MEDIUM, message, call)


def _relay(program: Program, call: Call) -> Iterator[Found]:
    if not call.names & {"net.connect", "net.createConnection"}:
        return
    options = call.argument(0).members
    if "socket" in options:
        return
    where = call.arguments[:2]
    if options:
        where = [options.get("host", NOTHING), options.get("port", NOTHING)]
        if not all(labels_from(value, Source.NETWORK) for value in where):
            return
    labels = [label for value in where for label in labels_from(value, Source.NETWORK)]
    is_named = any(label.what.startswith(_CHANNELS) for label in labels)
    if is_named and _PASSES_ON.search(_near_functions(program, call)):
        message = "It connects to a host that another machine names, and passes data on"
        yield program.finding(RELAY, Severity.HIGH, Confidence.MEDIUM, message, call)


def _near_functions(program: Program, call: Call) -> str:
    """Return the source of the largest function of ordinary length around a call."""
    text, function = "", parent_function(call.node)
    while function is not None and function.end_byte - function.start_byte < _NEAR:
        text, function = program.source_of(function), parent_function(function)
    return text


CHECK = Check((DESTRUCTION, RELAY), on_program=_on_program)
