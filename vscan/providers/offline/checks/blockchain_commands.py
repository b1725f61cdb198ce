"""Commands that are read from a blockchain.

GlassWorm looks up where to load from in the memos of a Solana wallet, others in an Ethereum
contract: nobody can take that down. Libraries of wallets have the same calls, so they count only
beside something that runs what came, ``eval``, ``child_process`` or ``vm``: in a small file
anywhere, in a bundle close by.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match

CHANNEL = Rule(
    "blockchain-commands",
    Kind.MALWARE,
    "Code reads a blockchain and runs code",
    "Beside calls that read transactions or contracts, a file evaluates code or starts processes.",
    "A blockchain is a command server that nobody can switch off. Worms among extensions use it.",
    "Remove the extension, unless it is a tool for that very blockchain whose code you know.",
)
_PATTERNS = r"""
rule calls {
    strings:
        $signatures = /[."'`]get(Confirmed)?SignaturesForAddress2?\b/
        $memo = /MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr|Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo/
        $ethereum = /["'`]eth_(call|getStorageAt|getLogs|getTransactionByHash|getCode)["'`]/
        $provider = /\bnew [\w$.]{0,40}JsonRpcProvider\s?\(/
    condition:
        any of them
}
"""
_RUNS: Final = lazy_regex(
    rb"(?<![\w$.])(?:(?:globalThis|global|window|self)\.)?eval\s*\((?!\s*[\"'`](?:require|this)\b)"
    rb"|\(0,\s*eval\)|(?:require|import|from)\s?\(?[\"'`](?:node:)?(?:child_process|vm)[\"'`]"
    rb"|(?<![\w$.])Function\s*\((?!\s*[\"'`]return this)|runIn(?:This|New)?Context\s*\(|vm\.Script\b|\._compile\s*\("
    rb"|\b(?:execSync|execFile|spawn|spawnSync)\s*\("
)
_SMALL = 64 * 1024  # bytes of a file that is looked at whole
_BESIDE = 4_000  # bytes: a corner of a bundle
_LONGEST = 64  # bytes of what runs code


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    reach = _SMALL if window.file_size <= _SMALL else _BESIDE
    searched = 0  # what lies before was searched beside an earlier match
    for match in matches:
        start = max(match.start - reach, searched - _LONGEST, 0)
        searched = match.end + reach
        if _RUNS.search(window.content, start, searched):
            message = "It reads a blockchain beside what runs code"
            yield window.finding(CHANNEL, Severity.HIGH, Confidence.MEDIUM, message, match)
            return


CHECK = Check((CHANNEL,), _PATTERNS, _on_match)
