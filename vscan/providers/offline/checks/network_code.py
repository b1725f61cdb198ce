"""Code that comes from the network and is run.

What runs is then chosen by whoever controls the server, at any time, and after every review. A
loader in front of it (a date, a language, a continuous integration, an uptime) makes no difference.
An answer that is run as a command of a shell is the same.

- Sources: answers of requests, messages of sockets, DNS records, memos of a blockchain, and what is
  decoded, decrypted or taken out of them; what a page of the extension was answered and hands on.
- Sinks: eval, Function, vm, Module._compile, timers with a text, import of a data: address; commands.
- Near misses: a bundle's own modules; settings and files of the workspace; an answer that is shown.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    Note,
)
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.page_messages import hands_on_answers, pages_in, programs_of_page
from vscan.providers.offline.syntax.call_circumstances import asks_first
from vscan.providers.offline.syntax.javascript_programs import Call, Program, argument_nodes, steps
from vscan.providers.offline.syntax.sinks import code_run_by, labels_from, starts
from vscan.providers.offline.syntax.values import Source, Value
from vscan.safe_text import sanitize

NETWORK_CODE = Rule(
    "network-code",
    Kind.MALWARE,
    "Code from the network is run",
    "What a server answers, or another computer sends, is run as code or as a command.",
    "Whoever controls the server chooses what runs on every machine, after every review.",
    "Remove the extension, and treat the machine as taken over if the extension has run.",
)
_CODE_OPTIONS: Final = frozenset(
    {"-e", "-c", "/c", "/C", "-lc", "-p", "--eval", "-Command", "-command"}
)


# Node has none of them: what a library for pages does with them, it does only in a page.
_PAGE: Final = lazy_regex(r"XMLHttpRequest\Z|fetch \.\.?/")


_COMMANDS: Final = "commands that pages send"
_HANDING: Final = "pages that hand on what they are answered"
_PAGE_FILE: Final = lazy_regex(r"\.x?html?\Z", re.IGNORECASE)

_FROM_HERE: Final = lazy_regex(r"\s(?:127\.\d+\.\d+\.\d+|localhost|::1)\Z")
# Programs to which their input is data.
_READS_DATA: Final = lazy_regex(
    r"(?:\A|[/\\])(?:bsd)?(?:tar|unzip|gunzip|gzip|bunzip2|bzip2|unxz|xz|zstd|7z|7za|cpio|ffmpeg|convert"
    r"|magick|jq|tee|cat|prettier|clang-format|rustfmt|gofmt|black)(?:\.exe)?\Z",
    re.IGNORECASE,
)


def _on_program(program: Program) -> Iterator[Found]:
    for page, _ in pages_in(program):
        if hands_on_answers(page):
            yield Note(_HANDING, program.name)
        page.release()
    if hands_on_answers(program):
        yield Note(_HANDING, program.name)
    for call in program.calls:
        for code in code_run_by(call):
            yield from _run(program, call, code, "code")
            pages = labels_from(code, Source.PAGE)
            if pages:
                message = f"What a page sends ({steps(program, pages)}) is run as code"
                yield program.finding(NETWORK_CODE, Severity.HIGH, Confidence.MEDIUM, message, call)
        if starts(call):
            yield from _run(program, call, _program_of(call), "a command")
            yield from _of_page(program, call)
        yield from _shell_on_socket(program, call)


def _program_of(call: Call) -> Value:
    """Return what decides which program runs: the command, or the code that is an argument."""
    command = call.argument(0)
    arguments = list(call.argument(1).members.values())
    for before, after in pairwise(arguments):
        if before.constant in _CODE_OPTIONS:
            return after
    return command


def _run(program: Program, call: Call, code: Value, kind: str) -> Iterator[Found]:
    labels = labels_from(code, Source.NETWORK)
    if not labels:
        return
    if kind == "a command" and not _is_answer(code):
        return
    message = f"What comes from {steps(program, labels)} is run as {kind}"
    is_package = program.purpose is not Purpose.EXTENSION
    is_of_page = is_package and all(_PAGE.match(label.what) for label in labels)
    is_started = program.purpose is not Purpose.FILES
    severity = Severity.CRITICAL if is_started and not is_of_page else Severity.MEDIUM
    yield program.finding(NETWORK_CODE, severity, Confidence.HIGH, message, call)


def _is_answer(code: Value) -> bool:
    """Whether a command is what was answered, and not only a path that was made for it."""
    return not any(
        len(text) > 1 for text in code.texts if text.strip("\N{OBJECT REPLACEMENT CHARACTER}")
    )


def _of_page(program: Program, call: Call) -> Iterator[Found]:
    """Note a command that is what a page sends, which may be what the page was answered."""
    command = _program_of(call)
    pages = labels_from(command, Source.PAGE)
    is_typed = any(name.endswith("sendText") for name in call.names)
    if pages and _is_answer(command) and not is_typed and not asks_first(call):
        place = program.place_of(call.offset)
        words = f"{place.line} {place.offset} {steps(program, pages)}"
        yield Note(_COMMANDS, place.name, words)


def _on_file(window: FileWindow) -> Iterator[Found]:
    """Look into a page of the extension."""
    if not _PAGE_FILE.search(window.name) or b"acquireVsCodeApi" not in window.content:
        return
    for program in programs_of_page(window.name, window.content):
        if hands_on_answers(program):
            yield Note(_HANDING, window.name)
        program.release()


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    """Join the commands that pages send with the pages that are told them by another host."""
    page = next(iter(context.notes.get(_HANDING, ())), None)
    if page is None:
        return
    for name, words in context.notes.get(_COMMANDS, {}).items():
        line, offset, sent = words.split(" ", 2)
        message = f"What a page sends ({sent}) is run as a command; it hands on answers ({page})"
        yield Finding(
            rule=NETWORK_CODE.id,
            severity=Severity.HIGH,
            kind=NETWORK_CODE.kind,
            message=sanitize(message),
            file=sanitize(name, 1000),
            line=int(line),
            offset=int(offset),
            confidence=Confidence.MEDIUM,
        )


def _shell_on_socket(program: Program, call: Call) -> Iterator[Found]:
    """Find a socket that is piped into a program's input."""
    if not any(name.endswith(".pipe") for name in call.names):
        return
    into = call.argument(0).names
    is_input = any(name.endswith(".stdin") and "child_process" in name for name in into)
    sources = labels_from(call.receiver, Source.NETWORK)
    is_remote = not all(map(_FROM_HERE.search, (label.what for label in sources)))
    if is_input and is_remote and _may_run_input(call):
        message = "A connection is piped into the input of a program"
        yield program.finding(NETWORK_CODE, Severity.CRITICAL, Confidence.HIGH, message, call)


def _may_run_input(call: Call) -> bool:
    """Whether the program whose input something is piped into may be one that runs it."""
    (into, *_), evaluator = argument_nodes(call.node), call.program.evaluator
    child = into.child_by_field_name("object")
    binding = evaluator.scopes.binding_of(child) if child is not None else None
    holder = binding.node.parent if binding is not None else None
    started = holder.child_by_field_name("value") if holder is not None else None
    if started is None or started.type != "call_expression":
        return True
    programs = [value.texts for value in evaluator.arguments(started)[:1]]
    return not all(
        text and _READS_DATA.search(text) for texts in programs for text in texts or ("",)
    )


CHECK = Check((NETWORK_CODE,), on_program=_on_program, on_file=_on_file, on_end=_on_end)
