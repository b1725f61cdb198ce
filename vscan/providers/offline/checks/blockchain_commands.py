"""Code that reads commands from a blockchain.

GlassWorm reads its download addresses from the memos of a Solana wallet, other malware from an
Ethereum contract: nobody can delete them there. Wallet libraries make the same calls, so a call
counts only near code that runs the result (``eval``, ``child_process`` or ``vm``): anywhere in a
small file, and close by in a bundle.
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
    "Near calls that read transactions or contracts, a file evaluates code or starts processes.",
    "Nobody can switch off a blockchain, so worms among extensions use it as a command server.",
    "Remove the extension, unless it is a tool for that blockchain and you know its code.",
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
_SMALL = 64 * 1024  # bytes of a file that is searched completely
_BESIDE = 4_000  # bytes of a bundle around a call that are searched
_LONGEST = 64  # bytes of an expression that runs code


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    reach = _SMALL if window.file_size <= _SMALL else _BESIDE
    searched = 0  # the bytes before were searched for an earlier match
    for match in matches:
        start = max(match.start - reach, searched - _LONGEST, 0)
        searched = match.end + reach
        if _RUNS.search(window.content, start, searched):
            message = "It reads a blockchain beside what runs code"
            yield window.finding(CHANNEL, Severity.HIGH, Confidence.MEDIUM, message, match)
            return


CHECK = Check((CHANNEL,), _PATTERNS, _on_match)
