"""Where what was stolen goes: webhooks and bots with their token, addresses without a name.

A chat's webhook takes anything from anybody, costs nothing and is never blocked. An extension that
sends something to one has its token in it, and a literal one can be seen. A server with no name
but its IP address is what malware uses between two take-downs. Private, local and documentation
addresses don't count, nor public resolvers of names; four numbers without ``http://`` are a version.
One number, or one of version 6, is the same address to whoever connects.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.content_type import Content

SINK = Rule(
    "exfiltration-sink",
    Kind.MALWARE,
    "A webhook or bot with its token is in the code",
    "A file has the address of a Discord or Slack webhook or of a Telegram bot, with the token"
    " that lets one write there.",
    "Stolen passwords and wallets are sent to such places. For anything else it is a leaked"
    " secret: whoever reads the extension can write there, too.",
    "Look at what is sent. Remove the extension unless you know the owner and the purpose.",
)
ADDRESS = Rule(
    "raw-ip-address",
    Kind.MALWARE,
    "Code talks to an address without a name",
    "A file of code has a URL with a public IP address in place of a host name.",
    "A server that is meant to stay has a name and a certificate. Malicious extensions"
    " have loaded their code from bare addresses.",
    "Look at what is loaded or sent. Remove the extension unless you know the server.",
)
# What tokens and addresses begin with. The rest is compared by Python: YARA compiles counts like
# {60,80} to as many states, at each start, and a choice of digits to every start that there is. What
# many a text has must not match, for only a thousand matches are looked at.
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
    rb"(?:((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![.-]?\w)"  # or it is a name that begins with numbers
    rb"|\[([0-9a-f:.]{2,45})\]|(0x[0-9a-f]{8}|[0-9]{8,10})(?=[/\\:\"'`?#]))",
    re.IGNORECASE,
)
_ASSIGNED: Final = ipaddress.IPv6Network("2000::/3")  # [1::2] is in tests of parsers alone
_RETURNED: Final = ipaddress.IPv6Network("3ffe::/16")  # of an experiment: nothing is there any more
_DOTTED: Final = frozenset({"$host", "$socket", "$device"})  # not in a URL: four numbers alone
_SCHEME, _REACH = 5, 180  # bytes of a URL before its colon, and behind it
_NAMES: Final = {
    "$discord": "Discord webhook",
    "$telegram": "Telegram bot",
    "$slack": "Slack webhook",
}
_BOT: Final = lazy_regex(rb"(?<!\d)\d{8,10}:AA")
_IP: Final = lazy_regex(rb"(?:\d{1,3}\.){3}\d{1,3}")
_VARIED = 10  # different characters, or it is a placeholder
# Anycast resolvers, which speak DNS over HTTPS; Azure's own, the same in every virtual machine.
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
        elif window.kind is Content.CODE:
            yield from _address(window, match)


def _address(window: FileWindow, match: Match) -> Iterator[Found]:
    address = _ip(window, match)
    if (
        address is not None
        and address.is_global
        and not (address.is_multicast or _KNOWN.fullmatch(str(address)))
    ):
        message = f"It talks to {address}"
        yield window.finding(ADDRESS, Severity.HIGH, Confidence.MEDIUM, message, match)


def _ip(window: FileWindow, match: Match) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address in one of the ways in which URLs write them."""
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
            return address if address in _ASSIGNED and address not in _RETURNED else None
        return ipaddress.IPv4Address(url[1].decode() if url[1] else int(url[3], 0))
    except ValueError:
        return None  # 999.1.1.1, or 01.2.3.4


CHECK = Check((SINK, ADDRESS), _PATTERNS, _on_match, everywhere=True)
