"""Secrets that are shipped with the extension, recognised by the prefixes of their services.

Searching for entropy had 71 false findings in 72 MB. Services give their tokens a prefix so that
leaked ones can be found, and the patterns search for it. Tokens that can publish and private keys
are more severe: with them somebody else can publish the next version of an extension. What stands
in tests, documentation, declarations of types or comments is most often an example. The id of a
key in a signed address is public, and worth nothing without its secret.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match, Unexamined
from vscan.providers.offline.code_or_data import Content
from vscan.safe_text import sanitize

SECRET = Rule(
    "shipped-secret",
    Kind.SECRET,
    "The extension contains a secret",
    "A file contains a token, key or password in the form that its service gives to them.",
    "Everybody who installs the extension has the secret. With a publisher's token anybody can"
    " publish the next version.",
    "Tell the publisher, who must revoke it: removing it from the next version is not enough.",
)
# The beginning of each. YARA compiles a count like {80,110} to that many states at each start.
_PATTERNS = r"""
rule secrets {
    strings:
        $aws = /\b(AKIA|ASIA)[A-Z2-7]{16}\b/
        $github = /gh[pousr]_[A-Za-z0-9]{4}/
        $github_pat = "github_pat_"
        $gitlab = "glpat-"
        $slack = /xox[abeoprs]-/
        $npm = /npm_[A-Za-z0-9]{12}/
        $stripe = /[sr]k_live_/
        $google = "AIza"
        $openai = /sk-(proj|svcacct|admin)-/
        $openai_mark = "T3BlbkFJ"
        $anthropic = "sk-ant-"
        $sendgrid = /["'`=\s]SG\.[A-Za-z0-9_-]{22}\./
        $azure = /AZDO[A-Za-z0-9]{4}\b/
        $vsce = "VSCE_PAT"
        $openvsx = "ovsxp_"
        $ovsx = "OVSX_PAT"
        $key = "PRIVATE KEY"
        $registry = ":_authToken"
    condition:
        any of them
}
"""
_FORMS: Final = {
    "$aws": rb"(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "$github": rb"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "$github_pat": rb"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
    "$gitlab": rb"\bglpat-[A-Za-z0-9_-]{20}",
    "$slack": rb"\bxox[abeoprs]-[0-9]{8,14}-[0-9A-Za-z-]{16,120}",
    "$npm": rb"\bnpm_[A-Za-z0-9]{36}\b",
    "$stripe": rb"\b[sr]k_live_[A-Za-z0-9]{24,99}\b",
    "$google": rb"\bAIza[A-Za-z0-9_-]{35}",
    "$openai": rb"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}",
    "$openai_mark": rb"(?<=[A-Za-z0-9_-]{20})T3BlbkFJ[A-Za-z0-9_-]{20,80}",
    "$anthropic": rb"\bsk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,110}",
    "$sendgrid": rb"[\"'`=\s]SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])",
    "$azure": rb"(?<=(?<![A-Za-z0-9])[A-Za-z0-9]{76})AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])",
    "$vsce": rb"VSCE_PAT[\"']?\s{0,3}[=:]\s{0,3}[\"']?[a-z2-7]{52}\b",
    "$openvsx": rb"\bovsxp_[A-Za-z0-9-]{20,64}",
    "$ovsx": rb"OVSX_PAT[\"']?\s{0,3}[=:]\s{0,3}[\"']?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    # The body of a key: lines of base64, or one line with \n between; headers may come first.
    "$key": rb"(?<=[A-Z] )PRIVATE KEY(?: BLOCK)?-----(?:\\[rn]|\s|[\"'`,+]){1,60}"
    rb"(?:[A-Za-z-]{1,30}: ?[^\\\n]{1,80}(?:\\[rn]|\s){1,6}){0,3}"
    rb"(?:[A-Za-z0-9+/=]|\\[rn]|[\s\"'+,]){120}",
    "$registry": rb":_authToken\s?=\s?[\"']?[A-Za-z0-9_.=+/-]{16,200}",
}
_EXPRESSIONS: Final = {pattern: lazy_regex(form) for pattern, form in _FORMS.items()}
_LONGEST = 800  # bytes of a secret that are compared


class _Provider(NamedTuple):
    says: str
    severity: Severity


_PROVIDERS: Final = {
    "$aws": _Provider("An access key of AWS", Severity.MEDIUM),
    "$github": _Provider("A token of GitHub", Severity.MEDIUM),
    "$github_pat": _Provider("A token of GitHub", Severity.MEDIUM),
    "$gitlab": _Provider("A token of GitLab", Severity.MEDIUM),
    "$slack": _Provider("A token of Slack", Severity.MEDIUM),
    "$npm": _Provider("A token of npm", Severity.HIGH),
    "$stripe": _Provider("A live key of Stripe", Severity.MEDIUM),
    "$google": _Provider("A key of Google's, which pages often show to everybody", Severity.LOW),
    "$openai": _Provider("A key of OpenAI", Severity.MEDIUM),
    "$openai_mark": _Provider("A key of OpenAI", Severity.MEDIUM),
    "$sendgrid": _Provider("A key of SendGrid", Severity.MEDIUM),
    "$anthropic": _Provider("A key of Anthropic", Severity.MEDIUM),
    "$azure": _Provider(
        "A token of Azure DevOps, which may publish on the Marketplace", Severity.HIGH
    ),
    "$vsce": _Provider("A token that publishes on the Marketplace", Severity.HIGH),
    "$openvsx": _Provider("A token that publishes on Open VSX", Severity.HIGH),
    "$ovsx": _Provider("A token that publishes on Open VSX", Severity.HIGH),
    "$key": _Provider("A private key", Severity.HIGH),
    "$registry": _Provider("A token of an npm registry", Severity.HIGH),
}
_TESTS: Final = lazy_regex(
    r"(?:\A|[/_.-])(?:tests?|__tests__|specs?|fixtures?|examples?|samples?|mocks?|snakeoil|demo)[/_.-]",
    re.IGNORECASE,
)
_DOCUMENTS: Final = lazy_regex(
    r"\.(?:md|mdx|markdown|rst|adoc|asciidoc)\Z|\.d\.[cm]?ts\Z|(?:\A|/)docs?/", re.IGNORECASE
)
_SIGNED: Final = lazy_regex(rb"(?:Credential(?:=|%3D)|AWSAccessKeyId(?:=|%3D))\Z", re.IGNORECASE)
_BEFORE = 24  # bytes before a key in a signed address
_EXAMPLE: Final = lazy_regex(rb"EXAMPLE|example|XXXX|xxxx|1234567|abcdef|ABCDEF|0000000|dummy|fake")
_VARIED = 10  # different characters; a secret with fewer is a placeholder
_ENV: Final = lazy_regex(
    r"(?:\A|/)\.env(?:\.(?!example|sample|template|dist|defaults?\b)[\w.-]+)?\Z"
)
_ASSIGNED: Final = lazy_regex(
    rb"^(?:export )?([A-Z][A-Z0-9_]{0,60}(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PAT|ACCESS_KEY_ID))\s*="
    rb"\s*[\"']?([^\s\"'$<{#]{12,200})",
    re.MULTILINE,
)


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    ends: dict[Severity, int] = {}
    for match in matches:
        provider = _PROVIDERS[match.pattern]
        if any(match.start < end for worse, end in ends.items() if worse >= provider.severity):
            continue  # inside of another secret that is as severe
        form = _EXPRESSIONS[match.pattern]
        found = form.match(window.content, match.start, match.start + _LONGEST)
        # Keys are base64, which repeats letters; in other secrets that means a placeholder.
        unread = match.pattern in {"$key", "$azure"}
        if found and (
            unread
            or not (
                _is_signed(window, match)
                or _EXAMPLE.search(found[0])
                or len(set(found[0][-30:])) < _VARIED
            )
        ):
            finding = _finding(window, match, provider)
            ends[finding.severity] = found.end()
            yield finding


def _finding(window: FileWindow, match: Match, provider: _Provider) -> Finding:
    severity, where = provider.severity, ""
    is_key = match.pattern == "$key"
    if _TESTS.search(window.name) and not window.is_loaded:
        severity, where = min(severity, Severity.LOW), ", in a test or an example"
    elif _is_document(window):
        severity, where = _less(severity, is_key=is_key), ", in documentation"
    elif match.pattern != "$registry" and window.in_comment(match):
        severity, where = _less(severity, is_key=is_key), ", in a comment"
    shown = window.content[match.start : match.start + 12].decode("utf-8", "replace") + "…"
    message = f"{provider.says} is in it{where}"
    return window.finding(SECRET, severity, Confidence.HIGH, message, match, shown)


def _less(severity: Severity, *, is_key: bool) -> Severity:
    """Lower a severity for an example; a token there may be a real one, a private key hardly."""
    return Severity.LOW if is_key else Severity(max(Severity.LOW, severity - 1))


def _is_document(window: FileWindow) -> bool:
    return _DOCUMENTS.search(window.name) is not None or window.kind is Content.PROSE


def _is_signed(window: FileWindow, match: Match) -> bool:
    """Whether the id of a key is a part of a signed address."""
    before = window.content[max(0, match.start - _BEFORE) : match.start]
    return match.pattern == "$aws" and _SIGNED.search(before) is not None


def _on_file(window: FileWindow) -> Iterator[Found]:
    """Search ``.env`` for names of secrets with values, of whichever service."""
    if _ENV.search(window.name):
        if not window.is_whole:
            yield Unexamined(
                f"{sanitize(window.name, 200)} is too large to be read as a list of variables"
            )
        for line in _ASSIGNED.finditer(window.content):
            if len(set(line[2])) >= _VARIED - 2 and not _EXAMPLE.search(line[2]):
                name = line[1].decode()
                message = f"{name} is set in it"
                match = Match("env", name, line.start(), line.end())
                yield window.finding(
                    SECRET, Severity.MEDIUM, Confidence.MEDIUM, message, match, f"{name}=…"
                )
                return


CHECK = Check((SECRET,), _PATTERNS, _on_match, _on_file, everywhere=True)
