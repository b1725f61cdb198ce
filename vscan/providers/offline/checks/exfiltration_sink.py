"""Destinations of stolen data: webhooks and bots with their token, and bare IP addresses.

A chat's webhook accepts anything from anybody, costs nothing and is rarely blocked. An extension
that sends to one needs its token, and a literal token can be found. Malware uses servers without a
host name to outlive take-downs. Private, local and documentation addresses don't count, nor do
public DNS resolvers. Four numbers without ``http://`` are a version. An address that is written as
one number, or as IPv6, counts, too.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.code_or_data import Content

SINK = Rule(
    "exfiltration-sink",
    Kind.MALWARE,
    "A webhook or bot with its token is in the code",
    "A file contains the address of a Discord or Slack webhook or of a Telegram bot, with the token"
    " that permits writing to it.",
    "Malware sends stolen passwords and wallets there. Otherwise the token is a leaked secret:"
    " everybody who reads the extension can write there.",
    "Look at what is sent. Remove the extension unless you know the owner and the purpose.",
)
ADDRESS = Rule(
    "raw-ip-address",
    Kind.MALWARE,
    "Code connects to a bare IP address",
    "A file of code contains a URL with a public IP address instead of a host name.",
    "Permanent servers have a host name and a certificate. Malicious extensions have loaded their"
    " code from bare IP addresses.",
    "Find out what is loaded or sent. Remove the extension unless you know the server.",
)
# How tokens and addresses begin. Python compares the rest: YARA compiles a count like {60,80} to as
# many states at each start. Frequent texts must not match, because the number of matches is limited.
_PATTERNS = r"""
rule sinks {
    strings:
        $discord = /webhooks[\\\/]/
        $telegram = /[0-9]:AA[A-Za-z0-9_-]{33}/
        $slack = "hooks.slack.com"
    condition:
        any of them
}
rule addresses {
    strings:
        $url = /:(\\?\/){2}([0-9]{1,3}\.[0-9]{1,3}\.[0-9]|\[[0-9a-fA-F:]{2})/
        $number = /:(\\?\/){2}(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})[\/\\:"'`?#]/
        $login = /:(\\?\/){2}[\w.%~+:-]{1,80}@[0-9\[]/
        $host = /\bhost(name)?["']?\s{0,3}[:=]\s{0,3}["'`][0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}["'`]/
        $socket = /connect\(\s{0,3}[0-9]{1,5}\s{0,3},\s{0,3}["'`][0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}["'`]/
        $device = /\/dev\/(tcp|udp)\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b/
    condition:
        any of them
}
"""
_TOKENS: Final = {
    "$discord": lazy_regex(rb"webhooks\\?/[0-9]{17,20}\\?/[A-Za-z0-9_-]{60,80}"),
    "$telegram": lazy_regex(rb"[0-9]:AA[A-Za-z0-9_-]{33}\b"),
    "$slack": lazy_regex(
        rb"hooks\.slack\.com\\?/(?:services|workflows|triggers)\\?/[TE][A-Z0-9]{7,11}"
        rb"\\?/[A-Z0-9]{7,14}\\?/[A-Za-z0-9]{22,32}"
    ),
}
_URL: Final = lazy_regex(
    rb"(?:https?|wss?|ftp|tcp):(?:\\?/){2}(?:[\w.%~+-]{1,60}(?::[\w.%~+-]{0,60})?@)?"
    rb"(?:((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![.-]?\w)"  # otherwise it is a host name that begins with numbers
    rb"|\[([0-9a-f:.]{2,45})\]|(0x[0-9a-f]{8}|[0-9]{8,10})(?=[/\\:\"'`?#]))",
    re.IGNORECASE,
)
_ASSIGNED: Final = ipaddress.IPv6Network("2000::/3")  # the others occur only in tests of parsers
_RETURNED: Final = ipaddress.IPv6Network("3ffe::/16")  # of an experiment that has ended
_DOTTED: Final = frozenset({"$host", "$socket", "$device"})  # these are not URLs
# Examples in the standards on addresses, which their parsers are tested with.
_STANDARD: Final = ipaddress.IPv6Network("2010:836b:4179::/48")
_TESTS: Final = lazy_regex(
    r"(?:\A|/)(?:tests?|__tests__|specs?|fixtures?|vectors)/|[._-](?:test|spec)s?\.[cm]?[jt]sx?\Z"
)
_SCHEME, _REACH = 5, 180  # bytes of a URL before its colon, and after it
_NAMES: Final = {
    "$discord": "Discord webhook",
    "$telegram": "Telegram bot",
    "$slack": "Slack webhook",
}
_BOT: Final = lazy_regex(rb"(?<!\d)\d{8,10}:AA")
_IP: Final = lazy_regex(rb"(?:\d{1,3}\.){3}\d{1,3}")
_VARIED = 10  # different characters; a token with fewer is a placeholder
# Resolvers with DNS over HTTPS, and the address of Azure in every virtual machine.
_KNOWN: Final = lazy_regex(
    r"1\.1\.1\.[123]|1\.0\.0\.[123]|8\.8\.[48]\.[48]|9\.9\.9\.(?:9|10|11)|149\.112\.112\.112"
    r"|208\.67\.22[02]\.22[02]|94\.140\.1[45]\.1[45]|223\.[56]\.[56]\.[56]|168\.63\.129\.16|1\.2\.3\.4"
)


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    if window.kind is Content.PROSE:
        return
    for match in matches:
        if match.rule == "sinks":
            found = _TOKENS[match.pattern].match(window.content, match.start)
            bot = match.pattern != "$telegram" or _BOT.search(window.around(match, 10, 0))
            if found and bot and len(set(found[0][-30:])) >= _VARIED:
                message = f"The token of a {_NAMES[match.pattern]} is in it"
                yield window.finding(SINK, Severity.HIGH, Confidence.HIGH, message, match)
        elif window.kind is Content.CODE and not window.in_comment(match):
            yield from _address(window, match)


def _address(window: FileWindow, match: Match) -> Iterator[Found]:
    address = _ip(window, match)
    if (
        address is not None
        and address.is_global
        and not (address.is_multicast or _KNOWN.fullmatch(str(address)))
    ):
        message = f"It talks to {address}"
        severity = Severity.HIGH
        if _TESTS.search(window.name) and not window.is_loaded:
            severity, message = Severity.LOW, f"{message}, in a test"
        yield window.finding(ADDRESS, severity, Confidence.MEDIUM, message, match)


def _ip(window: FileWindow, match: Match) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an address in any of the notations that URLs permit."""
    try:
        if match.pattern in _DOTTED:
            dotted = _IP.search(window.around(match, 0, 0))
            return ipaddress.IPv4Address(dotted[0].decode()) if dotted else None
        start = max(0, match.start - _SCHEME)
        url = _URL.search(window.content, start, match.start + _REACH)
        if not url or url.start() > match.start:
            return None
        if url[2]:
            address = ipaddress.IPv6Address(url[2].decode())
            return address if _is_assigned(address) else None
        return ipaddress.IPv4Address(url[1].decode() if url[1] else int(url[3], 0))
    except ValueError:
        return None  # 999.1.1.1, or 01.2.3.4


def _is_assigned(address: ipaddress.IPv6Address) -> bool:
    return address in _ASSIGNED and not (address in _RETURNED or address in _STANDARD)


CHECK = Check((SINK, ADDRESS), _PATTERNS, _on_match, everywhere=True)
