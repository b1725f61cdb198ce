"""Secrets that are shipped with the extension, by what their provider begins them with.

Entropy finds everything and nothing: 71 false hits in 72 MB. Providers give tokens a prefix so that
they can be found, and that is what is looked for; what is written in documentation as an example
is none. A token that publishes, and a private key, are worse than others: with them the next
version of an extension is somebody else's. Tests, and documentation in comments, have keys that
protect nothing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match

SECRET = Rule(
    "shipped-secret",
    Kind.SECRET,
    "A secret is in the package",
    "A file contains a token, key or password in the form that its provider gives them.",
    "Whoever installs the extension has it. A token of a publisher lets anybody publish the next"
    " version.",
    "Tell the publisher, who must revoke it: taking it out of the next version is not enough.",
)
_PATTERNS = r"""
rule secrets {
    strings:
        $aws = /\b(AKIA|ASIA)[A-Z2-7]{16}\b/
        $github = /\bgh[pousr]_[A-Za-z0-9]{36}\b/
        $github_pat = /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/
        $gitlab = /\bglpat-[A-Za-z0-9_-]{20}/
        $slack = /\bxox[abeoprs]-[0-9]{8,14}-[0-9A-Za-z-]{16,120}/
        $npm = /\bnpm_[A-Za-z0-9]{36}\b/
        $stripe = /\b[sr]k_live_[A-Za-z0-9]{24,99}\b/
        $google = /\bAIza[A-Za-z0-9_-]{35}/
        $openai = /\bsk-[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}/
        $anthropic = /\bsk-ant-(api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,110}/
        $azure = /AZDO[A-Za-z0-9]{4}\b/
        $vsce = /VSCE_PAT["']?\s{0,3}[=:]\s{0,3}["']?[a-z2-7]{52}\b/
        $openvsx = /\bovsxp_[A-Za-z0-9-]{20,64}/
        $ovsx = /OVSX_PAT["']?\s{0,3}[=:]\s{0,3}["']?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/
        $key = /-----BEGIN ([A-Z]{2,9} )?PRIVATE KEY( BLOCK)?-----/
        $registry = /:_authToken\s?=\s?["']?[A-Za-z0-9_.=+\/-]{16,200}/
    condition:
        any of them
}
"""


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
_TESTS: Final = re.compile(
    r"(?:\A|[/_.-])(?:tests?|__tests__|specs?|fixtures?|examples?|samples?|mocks?|snakeoil|demo)[/_.-]",
    re.IGNORECASE,
)
# The body of a key: base64 in lines, or in one with \n between; headers may stand before.
_KEY_BODY: Final = re.compile(
    rb"-----(?:\\[rn]|\s|[\"'`,+]){1,60}(?:[A-Za-z-]{1,30}: ?[^\\\n]{1,80}(?:\\[rn]|\s){1,6}){0,3}"
    rb"(?:[A-Za-z0-9+/=]|\\[rn]|[\s\"'+,]){120}"
)
_EXAMPLE: Final = re.compile(rb"EXAMPLE|example|XXXX|xxxx|1234567|abcdef|ABCDEF|0000000|dummy|fake")
_AZURE: Final = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])")
_TOKEN: Final = re.compile(rb"[A-Za-z0-9]{8,}\Z")
_VARIED = 10  # different characters, or it is a placeholder
_ENV: Final = re.compile(
    r"(?:\A|/)\.env(?:\.(?!example|sample|template|dist|defaults?\b)[\w.-]+)?\Z"
)
_ASSIGNED: Final = re.compile(
    rb"^(?:export )?([A-Z][A-Z0-9_]{0,60}(?:KEY|SECRET|TOKEN|PASSWORD|PASSWD|PAT))\s*="
    rb"\s*[\"']?([^\s\"'$<{#]{12,200})",
    re.MULTILINE,
)


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        found = look.around(match, 0, 0)
        real: object
        if match.pattern == "$key":
            real = _KEY_BODY.match(look.content, match.end - 5, match.end + 800)
        elif match.pattern == "$azure":
            real = _AZURE.search(look.around(match, 80, 1))
        else:
            real = not _EXAMPLE.search(found) and len(set(found[-30:])) >= _VARIED
        if real:
            yield _finding(look, match, _PROVIDERS[match.pattern])


def _finding(look: Look, match: Match, provider: _Provider) -> Found:
    severity, where = provider.severity, ""
    if _TESTS.search(look.name) or (match.pattern == "$key" and look.in_comment(match)):
        severity, where = min(severity, Severity.LOW), ", in a test or an example"
    shown = look.content[match.start : match.start + 12].decode("utf-8", "replace") + "…"
    message = f"{provider.says} is in it{where}"
    return look.finding(SECRET, severity, Confidence.HIGH, message, match, shown)


def _peek(look: Look) -> Iterator[Found]:
    """Look into ``.env``: names of secrets with values, whoever's they are."""
    if _ENV.search(look.name):
        for line in _ASSIGNED.finditer(look.content[:100_000]):
            if len(set(line[2])) >= _VARIED - 2 and not _EXAMPLE.search(line[2]):
                name = line[1].decode()
                message = f"{name} is set in it"
                match = Match("env", name, line.start(), line.end())
                yield look.finding(
                    SECRET, Severity.MEDIUM, Confidence.MEDIUM, message, match, f"{name}=…"
                )
                return


CHECK = Check((SECRET,), _PATTERNS, _look, _peek, everywhere=True)
