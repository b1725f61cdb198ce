r"""Orders to AI agents in what an extension ships: descriptions of tools, instructions, skills.

An agent reads the descriptions of tools and servers, and the instructions in its folder, as if its
user had said them. So a description can make it read keys and hand them to the next tool, without a
line of code that does so. ``orders_to_agents`` says what an order is. The check reads the manifest and
its translations, files that agents read by their names or that the manifest contributes, and texts
in code and in data about tools. Other documents are not read: they may warn of such orders.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    Match,
    Note,
)
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.manifest_values import mapping, text
from vscan.providers.offline.orders_to_agents import Order, Strength, order_around, order_in
from vscan.safe_text import sanitize

ORDERS = Rule(
    "agent-orders",
    Kind.MALWARE,
    "A text for AI agents orders something against the user",
    "A tool's description, an agent's instructions or a text in code tell an AI agent to take or pass"
    " on secrets, to list or delete the user's files, or to act and to hide it from the user.",
    "Agents follow such texts with the rights of their user, and the user does not see them."
    " Published servers and extensions have stolen keys and mails in this way.",
    "Read the text. Remove the extension, and check what the agent did, unless the text only warns of"
    " such orders.",
)
_PATTERNS = r"""
rule persons {
    strings:
        $user = "the user" nocase
        $human = "the human" nocase
        $developer = "the developer" nocase
        $users = "user's know" nocase
        $anyone = " anyone" nocase
        $silently = "silently " nocase
        $secretly = "secretly" nocase
        $covertly = "covertly" nocase
        $stealthily = "stealthily" nocase
    condition: any of them
}
rule steps {
    strings:
        $asking = "without asking" nocase
        $prompting = "without prompt" nocase
        $any = "without any " nocase
        $confirming = "confirm" nocase
        $permissions = "skip-permissions" nocase
        $previous = /(previous|prior|earlier) instructions/ nocase
        $other_tool = "other tool" nocase
        $other_server = /other (mcp )?server/ nocase
        $home = /home (directory|folder)/ nocase
        $variable = /\$HOME\b/
        $recursively = "recursively" nocase
        $factory = "factory" nocase
        $cloud = "cloud resources" nocase
        $remove = /\brm -[rRf]{2} [~\/$"']/
        $terminate = "terminate-instances"
    condition: any of them
}
rule secrets {
    strings:
        $ssh = ".ssh"
        $rsa = /id_(rsa|ed25519)/
        $aws = ".aws"
        $env = /[^\w.)\]]\.env\b/
        $npmrc = ".npmrc"
        $netrc = ".netrc"
        $phrase = /(seed|recovery) phrase/ nocase
        $wallet = "wallet" nocase
        $private = "private key" nocase
        $ssh_key = "ssh key" nocase
        $variables = "environment variables" nocase
        $conversation = /(entire|whole|full) conversation/ nocase
        $credentials = "credentials" nocase
        $keys = /api keys?\b/ nocase
        $chain = "keychain" nocase
        $store = "keystore" nocase
        $saved = "saved password" nocase
        $passwd = "/etc/passwd"
        $gnupg = ".gnupg"
        $mnemonic = "mnemonic" nocase
        $mcp = "mcp.json"
    condition: any of them
}
"""
_AGENT_FILES: Final = lazy_regex(
    r"(?:\A|/)(?:agents?|claude|gemini|qwen|codex|copilot-instructions|skill|conventions)(?:\.local)?\.md\Z"
    r"|\.(?:instructions|prompt|agent|chatmode|skill)\.(?:md|txt)\Z|\.mdc\Z"
    r"|(?:\A|/)\.(?:cursor|windsurf|cline|roo|augment)rules\Z"
    r"|(?:\A|/)\.(?:claude|cursor|github|gemini|codex|kiro|continue|roo|clinerules|windsurf|amazonq"
    r"|agents?)/.*\.(?:md|mdc|txt)\Z"
    r"|(?:\A|/)(?:prompts?|skills?|agents?|instructions?|rules)/.*\.(?:md|txt|prompt)\Z",
    re.IGNORECASE,
)
_AGENT_DATA: Final = lazy_regex(
    r"(?:\A|/)package(?:\.nls(?:\.[\w-]+)?)?\.json\Z"
    r"|(?:\A|/)[^/]*(?:mcp|tool|agent|prompt|skill|instruction|server|plugin)[^/]*\.(?:json|jsonc|ya?ml|toml)\Z",
    re.IGNORECASE,
)
_TEXT_SUFFIXES: Final = frozenset({".md", ".mdx", ".mdc", ".txt", ".markdown", ".prompt", ""})
_TESTS: Final = lazy_regex(
    r"(?:\A|/)(?:tests?|__tests__|specs?|fixtures?|examples?|samples?|evals?|datasets?)/"
    r"|[._-](?:test|spec)s?\.",
    re.IGNORECASE,
)
_TOPIC: Final = "{} orders in documents"
_REACH = 900  # bytes around a word in which the order may stand
_POINTS: Final = ("chatInstructions", "chatSkills", "chatAgents", "chatPromptFiles")
_PROSE: Final = lazy_regex(rb"(?:[A-Za-z'`~$./_-]{1,40}[,.;:]?[ ]){6}")


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    kind = _kind_of(window)
    if kind is None:
        return
    judged = -1
    for match in matches:
        if match.start < judged:
            continue
        if not _PROSE.search(window.around(match, 120, 120)):
            continue
        before = window.content[max(0, match.start - _REACH) : match.start].decode(
            "utf-8", "replace"
        )
        after = window.content[match.start : match.end + _REACH].decode("utf-8", "replace")
        is_document = kind == "document"
        order = order_in(before + after) if is_document else order_around(before, after)
        # A document is judged in steps that overlap. In code another string may begin anywhere.
        judged = match.start + _REACH // 2 if is_document else match.end
        if order is None or (kind == "code" and _is_no_text(window, match)):
            continue
        if is_document and not _AGENT_FILES.search(window.name):
            # The manifest may contribute it.
            topic = _TOPIC.format(order.strength.name)
            yield Note(topic, window.name, f"{order.says}\n{order.evidence}")
            if order.strength is Strength.CLEAR:
                return
            continue
        yield _finding(window, match, order, kind)
        if order.strength is Strength.CLEAR:
            judged = match.end + _REACH


_LIKE_JAVASCRIPT: Final = (".ts", ".tsx", ".mts", ".cts", ".jsx")
_NO_TEXT: Final = frozenset(
    {"comment", "identifier", "property_identifier", "shorthand_property_identifier"}
)


def _kind_of(window: FileWindow) -> str | None:
    """Say how a file's texts are found: in a document, in data, or in code."""
    if _AGENT_FILES.search(window.name):
        return "document"
    if window.kind is Content.PROSE or window.suffix in _TEXT_SUFFIXES - {""}:
        return "document"
    if window.kind is Content.CODE:
        return "code"
    return "data" if _AGENT_DATA.search(window.name) else None


def _is_no_text(window: FileWindow, match: Match) -> bool:
    """Whether a match in code is in a comment, or is code itself: no agent gets either."""
    if not window.is_javascript and not window.name.endswith(_LIKE_JAVASCRIPT):
        return window.in_comment(match)
    from vscan.providers.offline.syntax.javascript_trees import TooCostlyError, pieces

    try:
        for piece in pieces(window.content):
            offset = match.start - piece.start
            if 0 <= offset < len(piece.source):
                node = piece.root.descendant_for_byte_range(offset, offset + 1)
                return node is not None and node.type in _NO_TEXT
    except TooCostlyError:
        pass
    return False


def _finding(window: FileWindow, match: Match, order: Order, kind: str) -> Finding:
    severity = _SEVERITY[order.strength]
    is_test = _TESTS.search(window.name) and not window.is_loaded
    if is_test and not _AGENT_FILES.search(window.name):
        severity = min(severity, Severity.LOW)
    about = "its text is about such orders: " if order.strength is Strength.DESCRIBED else ""
    message = f"{about}It tells an AI agent {order.says}"
    confidence = Confidence.MEDIUM if kind == "code" else Confidence.HIGH
    return window.finding(ORDERS, severity, confidence, message, match, order.evidence)


_SEVERITY: Final = {
    Strength.CLEAR: Severity.HIGH,
    Strength.UNCLEAR: Severity.MEDIUM,
    Strength.DESCRIBED: Severity.LOW,
}


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    """Judge the documents that the manifest gives to agents under other names."""
    contributed = dict.fromkeys(_contributed(context.manifest.get("contributes")))
    for strength, severity in _SEVERITY.items():
        ordering = context.notes.get(_TOPIC.format(strength.name), {})
        for path in contributed.keys() & ordering.keys():
            says, _, evidence = ordering[path].partition("\n")
            yield Finding(
                rule=ORDERS.id,
                severity=severity,
                kind=ORDERS.kind,
                message=f"It tells an AI agent {says}",
                file=sanitize(path, 1000),
                line=1,
                evidence=sanitize(evidence, 160),
                offset=0,
                confidence=Confidence.HIGH,
            )


def _contributed(contributes: Any) -> Iterator[str]:  # noqa: ANN401 - a manifest's value
    points = mapping(contributes)
    for point in _POINTS:
        entries = points.get(point)
        for entry in entries if isinstance(entries, list) else ():
            path = text(mapping(entry).get("path")).replace("\\", "/")
            if path:
                yield path.removeprefix("./").lstrip("/")


CHECK = Check((ORDERS,), _PATTERNS, _on_match, on_end=_on_end, everywhere=True)
