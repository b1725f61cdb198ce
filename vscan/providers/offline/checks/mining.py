"""Miners of cryptocurrencies: the protocol, the algorithms and the work, whatever they are called.

A miner logs in at a pool with an address of a wallet, gets jobs, looks for numbers whose hash is
below a target, and submits them, on all processors. Each of these parts occurs in honest code: a
client of a service logs in, a library knows algorithms, a puzzle against robots counts a nonce. Only
several of them together, in one extension, are a miner.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

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
from vscan.safe_text import sanitize

MINING = Rule(
    "mining",
    Kind.MALWARE,
    "The extension mines a cryptocurrency",
    "The extension speaks the protocol of a mining pool, and computes hashes for it.",
    "It takes the processors and the power of the machine, and earns money for somebody else.",
    "Remove the extension.",
)
_PATTERNS = r"""
rule parts {
    strings:
        $methods = /["'`]mining\.(subscribe|authorize|submit|notify|set_difficulty|configure)["'`]/
        $address = /stratum\+(tcp|ssl|tls|ws):/
        $login = /["'`]login["'`]/
        $job = /["'`]job["'`]|\bjob_id\b/
        $submit = /["'`]submit["'`]/
        $algorithm = /["'`](rx\/[0a-z]|cn(-[a-z]{2,6})?\/[a-z0-9]|argon2\/chukwa|kawpow|ghostrider|randomx|cryptonight|yespower|verushash|minotaurx|autolykos|astrobwt)/ nocase
        $nonce = /nonce\s{0,2}(\+\+|\+=)|\+\+\s{0,2}[\w.]{0,20}nonce/ nocase
        $crew = /\bcpus\(\)|hardwareConcurrency/
        $wallet = /["'`]4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}["'`.]/
        $named = /\b(CoinHive|CryptoLoot|CoinImp|deepMiner|CryptoNoter|Coinhive)\.(Anonymous|User|Token)\b/
    condition:
        any of them
}
"""
# What must stand beside a part, so that it counts.
_BESIDE: Final = {
    "$login": lazy_regex(
        rb"(?=[\s\S]*\bpass(?:word)?[\"'`]?\s*:)(?=[\s\S]*\b(?:agent|algo|rigid)[\"'`]?\s*:)"
    ),
    "$nonce": lazy_regex(
        rb"(?=[\s\S]*\b(?:job_?id|blob|target|difficulty)\b)(?=[\s\S]*(?:hash|digest|exports|wasm))",
        re.IGNORECASE,
    ),
    "$crew": lazy_regex(rb"(?=[\s\S]*(?:Worker|\bfork\b))"),
}
_REACH = 500  # bytes around a part
_TOPIC: Final = "parts of a miner"
_FEWEST_METHODS = 2
_MINERS: Final = (
    frozenset({"$named"}),
    frozenset({"$methods"}),
    frozenset({"$address", "$crew"}),
    frozenset({"$address", "$algorithm"}),
    frozenset({"$address", "$login"}),
    frozenset({"$address", "$wallet"}),
    frozenset({"$login", "$job", "$submit", "$algorithm"}),
    frozenset({"$login", "$job", "$submit", "$nonce"}),
    frozenset({"$login", "$job", "$submit", "$wallet"}),
    frozenset({"$algorithm", "$nonce", "$crew"}),
    frozenset({"$algorithm", "$nonce", "$submit"}),
    frozenset({"$wallet", "$crew", "$nonce"}),
)
_SAYS: Final = {
    "$methods": "the methods of a pool",
    "$address": "the address of a pool",
    "$login": "a login at a pool",
    "$job": "its jobs",
    "$submit": "what is submitted",
    "$algorithm": "the algorithm of a miner",
    "$nonce": "a search for a number",
    "$crew": "a worker for each processor",
    "$wallet": "the address of a wallet",
    "$named": "a miner for pages",
}


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    if window.kind is Content.PROSE:
        return
    seen: set[str] = set()
    methods: set[bytes] = set()
    for match in matches:
        if match.pattern in seen or window.in_comment(match):
            continue
        beside = _BESIDE.get(match.pattern)
        if beside is not None and not beside.match(window.around(match, _REACH, _REACH)):
            continue
        if match.pattern == "$methods":
            methods.add(window.content[match.start : match.end])
            if len(methods) < _FEWEST_METHODS:
                continue
        seen.add(match.pattern)
        place = window.finding(MINING, Severity.HIGH, Confidence.HIGH, "", match)
        yield Note(_TOPIC, match.pattern, f"{place.line}\t{place.offset}\t{place.file}")


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    """Put the parts of all files together."""
    parts = context.notes.get(_TOPIC, {})
    miner = next((miner for miner in _MINERS if miner <= parts.keys()), None)
    if miner is None:
        return
    first = next(part for part in _SAYS if part in miner)
    line, offset, name = parts[first].split("\t", 2)
    says = ", ".join(text for part, text in _SAYS.items() if part in miner)
    yield Finding(
        rule=MINING.id,
        severity=Severity.HIGH,
        kind=MINING.kind,
        message=sanitize(f"It has the parts of a miner: {says}"),
        file=name,
        line=int(line),
        offset=int(offset),
        confidence=Confidence.HIGH,
    )


CHECK = Check((MINING,), _PATTERNS, _on_match, on_end=_on_end, everywhere=True)
