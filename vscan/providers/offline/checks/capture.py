"""What is typed, copied, shown or edited is sent.

- Sources: texts of editors and what is typed, the clipboard, the screen, terminals, files of the
  workspace.
- Sinks: requests, sockets, mail, DNS names; a page of the extension that sends on what it is told.
- Near misses: an assistant that answers in the editor, a linter, an upload at a command: they use the
  answer, or the user starts them or chooses the server.
"""

import re
from collections.abc import Iterable, Iterator
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
from vscan.providers.offline.mail_copies import added_to, changed_mails, copied_to
from vscan.providers.offline.page_messages import pages_in, programs_of_page, sends_messages
from vscan.providers.offline.syntax.call_circumstances import asks_first, is_at_command, is_repeated
from vscan.providers.offline.syntax.javascript_programs import Call, Program, steps
from vscan.providers.offline.syntax.node_fields import function_of
from vscan.providers.offline.syntax.secret_places import SCREEN_COMMANDS
from vscan.providers.offline.syntax.sending import Sent, sent_by
from vscan.providers.offline.syntax.sinks import commands, labels_from
from vscan.providers.offline.syntax.values import UNKNOWN, Label, Source
from vscan.safe_text import sanitize

CAPTURE = Rule(
    "captured-content",
    Kind.MALWARE,
    "The user's work is watched and sent",
    "Text of editors, key presses, the clipboard, the screen or a terminal is sent to a server that"
    " does nothing for the user in return.",
    "Source code and passwords pass through all of them.",
    "Remove the extension, and change the passwords that were typed or copied.",
)
_POSTS = lazy_regex(r"(?:webview|view|panel)\??\.postMessage\Z", re.IGNORECASE)
_IS_TEXT = lazy_regex(r"getText|lineAt|readFile")  # not only a name or a place
_NEVER_NEEDED = (Source.CLIPBOARD, Source.SCREEN, Source.TERMINAL, Source.KEYS)


_POSTED: Final = "captured content that a page gets"
_SENDING: Final = "pages that send what they get"
_PAGE: Final = lazy_regex(r"\.x?html?\Z", re.IGNORECASE)


def _on_program(program: Program) -> Iterator[Found]:
    pictures = _pictures(program)
    for page, text in pages_in(program):
        if sends_messages(page, text):
            yield Note(_SENDING, program.name)
        page.release()
    if sends_messages(program, program.source_of(program.piece.root)):
        yield Note(_SENDING, program.name)
    yield from _mails(program)
    for call in program.calls:
        sent = sent_by(call)
        if sent is None and _is_to_page(call):
            yield from _posted(program, call)
        if sent is None or labels_from(sent.target, Source.CONFIGURATION, Source.INPUT):
            continue
        captured = labels_from(sent.content, *_NEVER_NEEDED)
        captured += [
            label
            for label in labels_from(sent.content, Source.EDITOR)
            if label.what.startswith("the command")
        ]
        captured += [
            label
            for label in labels_from(sent.content, Source.FILE)
            if any(_is_in(label.what, each) for each in pictures)
        ]
        if captured:
            yield from _captured(program, call, sent, captured)
            continue
        edited = labels_from(sent.content, Source.EDITOR)
        if edited and not sent.answer_is_used and not is_at_command(call) and is_repeated(call):
            yield from _captured(program, call, sent, edited)


def _pictures(program: Program) -> frozenset[str]:
    """Return the commands that take pictures of the screen, with the paths as labels show them."""
    return frozenset(
        each.replace(UNKNOWN, "...")
        for call in program.calls
        for each in commands(call)
        if SCREEN_COMMANDS.search(each)
    )


def _is_in(path: str, command: str) -> bool:
    return len(path) > len("%TEMP%/") and path in command


def _captured(program: Program, call: Call, sent: Sent, labels: Iterable[Label]) -> Iterator[Found]:
    if asks_first(call) or (is_at_command(call) and sent.answer_is_used):
        return
    severity = Severity.LOW if sent.answer_is_used and not is_repeated(call) else Severity.HIGH
    message = f"It takes {steps(program, labels)} and sends it ({call.where})"
    yield program.finding(CAPTURE, severity, Confidence.HIGH, message, call)


def _mails(program: Program) -> Iterator[Found]:
    """Find mail of others that goes to a fixed address, too."""
    for call in program.calls:
        address = copied_to(call) if sent_by(call) is not None else None
        address = address or added_to(call)
        if address is not None and not asks_first(call):
            yield _mail(program, call, address)
    for node, address in changed_mails(program):
        yield _mail(program, Call(program, node, frozenset(), 0), address)


def _mail(program: Program, call: Call, address: str) -> Found:
    message = f"It sends a copy of each mail to {address}"
    return program.finding(CAPTURE, Severity.HIGH, Confidence.HIGH, message, call)


def _is_to_page(call: Call) -> bool:
    """Whether a call posts a message to a page of the extension."""
    function = function_of(call.node)
    text = call.program.source_of(function) if function is not None else ""
    return _POSTS.search(text) is not None


def _posted(program: Program, call: Call) -> Iterator[Found]:
    """Note what a page gets without the user's doing: the page may send it on."""
    content = call.argument(0)
    labels = labels_from(content, *_NEVER_NEEDED)
    labels += [each for each in labels_from(content, Source.EDITOR) if _IS_TEXT.search(each.what)]
    if labels and is_repeated(call) and not asks_first(call):
        place = program.place_of(call.offset)
        words = f"{place.line} {place.offset} {steps(program, labels)}"
        yield Note(_POSTED, place.name, words)


def _on_file(window: FileWindow) -> Iterator[Found]:
    """Look into a page of the extension."""
    if not _PAGE.search(window.name) or not window.is_whole or b"message" not in window.content:
        return
    text = window.content.decode("utf-8", "replace")
    for program in programs_of_page(window.name, window.content):
        if sends_messages(program, text):
            yield Note(_SENDING, window.name)
        program.release()


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    """Join what pages get with the pages that send it."""
    page = next(iter(context.notes.get(_SENDING, ())), None)
    if page is None:
        return
    for name, words in context.notes.get(_POSTED, {}).items():
        line, offset, captured = words.split(" ", 2)
        yield Finding(
            rule=CAPTURE.id,
            severity=Severity.HIGH,
            kind=CAPTURE.kind,
            message=sanitize(f"A page gets {captured}, and sends what it gets ({page})"),
            file=sanitize(name, 1000),
            line=int(line),
            offset=int(offset),
            confidence=Confidence.MEDIUM,
        )


CHECK = Check((CAPTURE,), on_program=_on_program, on_file=_on_file, on_end=_on_end)
