"""Mails of others that go to an address of the program, too.

A tool that sends mails for a user or an agent gets their recipients. An address that the program
adds by itself gets a copy of each mail: as a hidden recipient, in the list of recipients, or in the
commands of the protocol.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import argument_nodes
from vscan.providers.offline.syntax.values import UNKNOWN, Value

_HIDDEN: Final = lazy_regex(r"\Abcc(?:recipients|addresses)?\Z", re.IGNORECASE)
_LISTS: Final = lazy_regex(
    r"\A(?:to|cc|bcc|envelope|rcpt(?:to)?|recipients?|receivers?|personalizations|destination"
    r"|(?:to|cc|bcc)(?:recipients|addresses))\Z",
    re.IGNORECASE,
)
_ADDRESS: Final = r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
_ONE: Final = lazy_regex(rf"\s*(?:[^<>@{UNKNOWN}]*<)?{_ADDRESS}>?\s*\Z")
_BESIDE: Final = lazy_regex(
    rf"{UNKNOWN}[^@]{{0,3}}[,;]\s*(?:[^<>,@{UNKNOWN}]*<)?{_ADDRESS}|{_ADDRESS}>?\s*[,;]\s*<?{UNKNOWN}"
)
_SENDS: Final = lazy_regex(
    r"(?:\.|\A)(?:send(?:_?[mM]ail|_?[eE]mail|Message|TransacEmail|TemplatedEmail)?|deliver|dispatch)\Z"
)
# One of them is in a program that sends mails; in lower case, as nine searches for texts take a
# fraction of one with alternatives.
_MAIL: Final = (
    b"sendmail",
    b"nodemailer",
    b"createtransport",
    b"smtp",
    b"rcpt to",
    b"sendgrid",
    b"postmark",
    b"mailgun",
    b"sendemail",
    b"emails.send",
    b"graph.microsoft.com",
    b"gmail.users",
)
_KEYS: Final = (b"bcc", b"Bcc", b"BCC", b"cc")
_WORDS: Final = frozenset(
    {*_KEYS, b"RCPT", b"envelope", b"rcpt", b"recipients", b"recipient", b"receivers", b"to"}
)
_OWN_METHODS: Final = (b"send", b"sendMail", b"sendEmail", b"sendMessage", b"deliver", b"dispatch")
_ADDS: Final = (b"push", b"unshift", b"add")
_RECEIVERS: Final = lazy_regex(
    r"\b(?:bcc|cc|to|envelope|rcpt|recipients?|receivers?)\Z", re.IGNORECASE
)
_RCPT: Final = lazy_regex(rb"RCPT TO:\s*<\s*" + _ADDRESS.encode() + rb"\s*>", re.IGNORECASE)
_RCPT_GIVEN: Final = lazy_regex(rb"RCPT TO:\s*<\s*(?:\$\{|[\"'`]\s*[+,]|%s)", re.IGNORECASE)
_MAX_MEMBERS = 40  # of a mail


def copied_to(call: Call) -> str | None:
    """Return the address that gets a copy of the mail that a call sends."""
    for value in (call.argument(0), call.argument(1).members.get("body", call.argument(1))):
        for member in (value, *value.members.values()):
            for key, given in member.members.items():
                address = _own(given) if _HIDDEN.match(key) else None
                if address is not None:
                    return address
    return None


def added_to(call: Call) -> str | None:
    """Return the address that a call adds to the recipients that others have chosen."""
    if not any(map(_SENDS.search, call.names)):
        return None
    for value in call.arguments[:2]:
        for key, given in list(value.members.items())[:_MAX_MEMBERS]:
            address = _beside(given) if _LISTS.match(key) else None
            if address is not None:
                return address
    return None


def changed_mails(program: Program) -> Iterator[tuple[Node, str]]:
    """Yield the places where an address is put into mails, or into the commands of the protocol."""
    source, words = program.piece.source, program.evaluator.scopes.places
    if _WORDS.isdisjoint(words) or not any(map(source.lower().__contains__, _MAIL)):
        return
    found = _RCPT.search(source)
    if found is not None and _RCPT_GIVEN.search(source):
        node = program.piece.root.descendant_for_byte_range(found.start(), found.start() + 1)
        if node is not None and node.type != "comment":
            yield node, found[0].decode("utf-8", "replace").rpartition("<")[2].strip(" >")
    yield from _given_to_own(program)
    yield from _assigned(program)
    yield from _pushed(program)


def _given_to_own(program: Program) -> Iterator[tuple[Node, str]]:
    """Yield the calls of methods of the program's own classes that send mails."""
    known = {call.node.id for call in program.calls}
    for key in _OWN_METHODS:
        for access in program.evaluator.scopes.members_named(key):
            node = access.parent
            if node is None or node.type != "call_expression" or node.id in known:
                continue
            address = added_to(Call(program, node, frozenset({f"?.{key.decode()}"}), 0))
            if address is not None:
                yield node, address


def _assigned(program: Program) -> Iterator[tuple[Node, str]]:
    evaluator = program.evaluator
    for key in _KEYS:
        for access in evaluator.scopes.members_named(key):
            holder = access.parent
            is_set = holder is not None and holder.type == "assignment_expression"
            if holder is None or not is_set or holder.child_by_field_name("left") != access:
                continue
            address = _own(evaluator.value(holder.child_by_field_name("right")))
            if address is not None:
                yield holder, address


def _pushed(program: Program) -> Iterator[tuple[Node, str]]:
    evaluator = program.evaluator
    for key in _ADDS:
        for access in evaluator.scopes.members_named(key):
            of, call = access.child_by_field_name("object"), access.parent
            if of is None or call is None or call.type != "call_expression":
                continue
            if not _RECEIVERS.search(program.source_of(of)[-60:]):
                continue
            for node in argument_nodes(call)[:2]:
                address = _own(evaluator.value(node))
                if address is not None:
                    yield call, address


def _own(value: Value) -> str | None:
    """Return an address that a value is or has among others, and that the program knows."""
    return next((text.strip() for text in value.all_texts() if _ONE.match(text)), None)


def _beside(value: Value, depth: int = 4) -> str | None:
    """Return an address of the program that stands beside one that it does not know."""
    for text in value.texts:
        found = _BESIDE.search(text)
        if found is not None:
            return found[0].strip(f"{UNKNOWN},;<> ")
    members = value.members.values() if depth else ()
    is_list = "0" in value.members
    known = next((each.constant for each in members if is_list and _is_address(each)), None)
    if known is not None and any(not each.texts or UNKNOWN in each.texts[0] for each in members):
        return known
    inner = (_beside(each, depth - 1) for each in members)
    return next((address for address in inner if address is not None), None)


def _is_address(value: Value) -> bool:
    return value.constant is not None and _ONE.match(value.constant) is not None
