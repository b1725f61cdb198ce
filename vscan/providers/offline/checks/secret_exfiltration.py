"""Secrets that are read and sent.

- Sources: private keys, credentials of clouds, tokens of developers, stores of browsers and wallets,
  histories of shells, login sessions of the editor, credentials of the cloud's machine, the whole
  environment.
- Sinks: requests, sockets, mail, DNS names, chats, addresses that are opened.
- Near misses: a token in the header that authenticates a request; the names of hosts in
  ``~/.ssh/config``; an environment that is handed to a child process.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.syntax.javascript_programs import Call, Program, steps
from vscan.providers.offline.syntax.sending import Sent, sent_by
from vscan.providers.offline.syntax.sinks import labels_from, secret_labels
from vscan.providers.offline.syntax.values import NOTHING, OR_CONSTANT, UNKNOWN, Label, Source

SECRET = Rule(
    "secret-exfiltration",
    Kind.MALWARE,
    "Secrets are read and sent",
    "Keys, tokens, stored passwords or wallets are read, and what was read is sent.",
    "Who receives them can act as the user: publish packages, read repositories, move money.",
    "Remove the extension, and change all passwords and tokens of this machine.",
)
ENVIRONMENT = Rule(
    "environment-exfiltration",
    Kind.MALWARE,
    "The environment is sent",
    "All variables of the environment are sent over the network.",
    "Variables hold tokens and passwords, above all on build machines.",
    "Remove the extension, and change the tokens that the environment holds.",
)
_HOST: Final = lazy_regex(r"(?:https?|wss?)://(?:[^/?#@]*@)?([\w.-]+)(?=[/?#:]|\Z)", re.IGNORECASE)
_OWN_HOST: Final = lazy_regex(
    r"(?:\A|\.)(?:github\.com|ghe\.com|githubcopilot\.com|microsoft\.com|microsoftonline\.com"
    r"|azure\.com|visualstudio\.com)\Z",
    re.IGNORECASE,
)
# Files that have the addresses of services beside their credentials.
_WITH_ADDRESSES: Final = lazy_regex(r"\.(?:npmrc|yarnrc|pypirc|netrc|kube|docker)\b")
_KNOWN_PART: Final = lazy_regex(rf"[^{UNKNOWN}]")
_VARIABLES = 2  # secret variables in one message, which no single request needs


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        sent = sent_by(call)
        if sent is not None:
            yield from _sent(program, call, sent)


def _sent(program: Program, call: Call, sent: Sent) -> Iterator[Found]:
    secrets = secret_labels(sent.content, call.offset)
    variables = {label for label in secrets if label.what.startswith("the variable ")}
    address = call.argument(0)
    if not address.texts and not address.members:
        # An object that makes addresses has the keys of its service; nothing is known of this one.
        secrets -= {label for label in variables if label in address.labels}
        variables &= secrets
    for key in ("url", "uri"):
        named = address.members.get(key, NOTHING)
        if not any(map(_HOST.match, named.texts)):
            # Credentials go to the address that is in the same file: of the service that gave them.
            secrets -= named.labels
    if "headers" in call.argument(1).members and not any(map(_KNOWN_PART.search, address.texts)):
        secrets -= {each for each in address.all_labels() if _WITH_ADDRESSES.search(each.what)}
    variables = {label for label in variables & secrets if not label.what.endswith(OR_CONSTANT)}
    secrets = frozenset(label for label in secrets if not label.what.endswith(OR_CONSTANT))
    if len({label.what for label in variables}) >= _VARIABLES or secrets - variables:
        yield _finding(program, call, SECRET, secrets)
    sessions = labels_from(sent.content, Source.SESSION)
    if sessions and not _is_own_service(sent):
        yield _finding(program, call, SECRET, sessions)
    tunnels = labels_from(sent.content, Source.TUNNEL)
    if tunnels:
        yield _finding(program, call, SECRET, tunnels)
    environment = labels_from(sent.content, Source.ENVIRONMENT)
    if environment and any(name == "process.env" for name in _whole(sent)):
        yield _finding(program, call, ENVIRONMENT, environment)


def _whole(sent: Sent) -> Iterator[str]:
    yield from (label.what for label in labels_from(sent.content, Source.ENVIRONMENT))


def _is_own_service(sent: Sent) -> bool:
    """Whether a session's token goes to the service that gave it.

    The address of a GitHub Enterprise server is in the user's settings.
    """
    hosts = [found for text in sent.target.all_texts() if (found := _HOST.match(text)) is not None]
    if hosts:
        return all(_OWN_HOST.search(found[1]) for found in hosts)
    settings = labels_from(sent.target, Source.CONFIGURATION)
    return any("github-enterprise" in label.what for label in settings)


def _finding(
    program: Program, call: Call, rule: Rule, labels: "list[Label] | frozenset[Label]"
) -> Found:
    message = f"It reads {steps(program, labels)} and sends it ({call.where})"
    return program.finding(rule, Severity.CRITICAL, Confidence.HIGH, message, call)


CHECK = Check((SECRET, ENVIRONMENT), on_program=_on_program)
