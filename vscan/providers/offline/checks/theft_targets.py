"""Collections of places where passwords, keys and wallets are kept.

A thief looks in all of them: three or more kinds, close together. One or two are normal: an AWS
extension reads ``.aws/credentials``. Programs that protect such files list them, too, but they
have no use for a browser's passwords or a wallet: so one kind must be of those, or the files
must be read, and something sent, right there; or keys themselves be in one list that is
gone through. Three wallets are three places.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match

TARGETS = Rule(
    "theft-targets",
    Kind.MALWARE,
    "Code names many places where secrets are kept",
    "Close together, code names three or more of: passwords, cookies and keys of browsers,"
    " wallets, SSH keys, credentials of clouds and of git.",
    "An extension needs one of them, if any. A thief takes all.",
    "Remove the extension, and change what was stored in those places.",
)
_PATTERNS = r"""
rule targets {
    strings:
        $login_data = /["'`\/\\]Login Data\b/
        $local_state = /["'`\/\\]Local State["'`]/
        $cookies = /(Network(\/|\\\\|["'`], ?["'`])Cookies|["'`\/\\]cookies\.sqlite|["'`]Cookies["'`])/
        $web_data = /["'`\/\\]Web Data["'`]/
        $firefox = /\b(logins\.json|key4\.db|signons\.sqlite)\b/
        $browsers = /(Google(\/|\\\\|["'`], ?["'`])Chrome(\/|\\\\|["'`], ?["'`])User Data|BraveSoftware|Library\/Application Support\/Google\/Chrome|\.config\/google-chrome)/
        $wallets = /(nkbihfbeogaeaoehlefnkodbefgpgknn|bfnaelmomeimhlpmgjnjophhpkkoljpa|ibnejdfjmmkpcnlpebklmnkoeoihofec|hnfanknocfeofbddgcijnmhnfnkdnaad|fhbohimaelbohpjbbldcngcnapndodjp|egjidjbpglichdcondbcbdnbeeppgdph|ejbalbakoplchlghecdalmeeeajnimhm|bhghoamapcdpbohphigoooaddinpkbai)/
        $wallet_files = /(\bwallet\.dat\b|[Ee]xodus\.wallet|Electrum(\/|\\\\|["'`], ?["'`])wallets|\.config\/solana\/id\.json|Ethereum(\/|\\\\|["'`], ?["'`])keystore|atomic(\/|\\\\|["'`], ?["'`])Local Storage)/
        $ssh = /\.ssh(\/|\\\\|["'`], ?["'`])(id_|["'`])/
        $ssh_rsa = /\bid_rsa["'`]/
        $ssh_ed = /\bid_ed25519["'`]/
        $ssh_dsa = /\bid_(ec)?dsa["'`]/
        $aws = /\.aws(\/|\\\\|["'`], ?["'`])credentials/
        $git = /\.git-credentials\b/
        $npm = /["'`\/\\]\.npmrc["'`]/
        $docker = /\.docker(\/|\\\\|["'`], ?["'`])config\.json/
        $kube = /\.kube(\/|\\\\|["'`], ?["'`])config\b/
        $azure = /\.azure(\/|\\\\|["'`], ?["'`])(accessTokens|msal_token_cache)/
        $gcloud = /gcloud(\/|\\\\|["'`], ?["'`])(application_default_credentials|credentials\.db)/
        $github = /(\/|\\\\|["'`])gh(\/|\\\\|["'`], ?["'`])hosts\.yml/
        $keychain = /(login\.keychain|\.gnupg(\/|\\\\|["'`])|\.password-store)/
        $discord = /discord(canary|ptb)?(\/|\\\\|["'`], ?["'`])Local Storage/ nocase
        $telegram = /Telegram Desktop(\/|\\\\|["'`], ?["'`])tdata/
    condition:
        any of them
}
"""
_ONE_THING: Final = {
    "$ssh_rsa": "$ssh",
    "$ssh_ed": "$ssh",
    "$ssh_dsa": "$ssh",
    "$wallet_files": "$wallets",
}  # spelt differently
_NEVER_NEEDED: Final = frozenset(
    {"$login_data", "$local_state", "$cookies", "$web_data", "$firefox", "$wallets", "$discord"}
    | {"$telegram"}
)
_READ_CALLS: Final = rb"\b(?:readFile(?:Sync)?|copyFile(?:Sync)?|createReadStream|readdir(?:Sync)?|existsSync|openSync|cpSync|addLocalFile)\s*\("
_READS: Final = lazy_regex(_READ_CALLS)
_SENDS: Final = lazy_regex(
    rb"\b(?:fetch|axios(?:\.\w{1,10})?|request|post|upload|sendBeacon)\s*\(|https?://",
    re.IGNORECASE,
)
_TAKES: Final = lazy_regex(_READ_CALLS + rb"|\bjoin\s*\(|\bhomedir\b")
# The way to a key; what protects keys knows them by their names alone, wherever they are.
_KEY: Final = lazy_regex(rb"\.ssh(?:/|\\\\|[\"'`], ?[\"'`])id_")
_KINDS = 3
_AT_ONCE, _BESIDE = 600, 200  # bytes of one list, and between it and what goes through it
_REACH = 3000  # bytes around them, where files are read and sent
_NEAR = 8000  # bytes between the first and the last of them


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    last: dict[str, Match] = {}  # of each kind, the one before
    wallets: dict[bytes, Match] = {}
    for match in matches:
        last[_ONE_THING.get(match.pattern, match.pattern)] = match
        if match.pattern == "$wallets":
            wallets[window.around(match, 0, 0)] = match
        near = {kind: m for kind, m in last.items() if match.start - m.start <= _NEAR}
        purses = [m for m in wallets.values() if match.start - m.start <= _NEAR]
        if max(len(near), len(purses)) < _KINDS:
            continue
        first = min((*near.values(), *purses), key=_start)
        area = Match(match.rule, "", first.start, match.end)
        if not near.keys().isdisjoint(_NEVER_NEEDED) or _is_used(window, area, near):
            names = ", ".join(sorted(kind[1:].replace("_", " ") for kind in near))
            message = f"It collects places of secrets: {names}"
            yield window.finding(TARGETS, Severity.HIGH, Confidence.MEDIUM, message, area)
            return


def _is_used(window: FileWindow, area: Match, near: Collection[str]) -> bool:
    """Whether files are read and something is sent, or keys themselves are read in one go."""
    beside = window.around(area, _BESIDE, _BESIDE)
    keys = _KEY.search(beside) is not None
    ways = len(near) if keys else len(set(near) - {"$ssh"})
    text = window.around(area, _REACH, _REACH)
    if ways >= _KINDS and _READS.search(text) and _SENDS.search(text):
        return True
    return keys and area.end - area.start <= _AT_ONCE and _TAKES.search(beside) is not None


def _start(match: Match) -> int:
    return match.start


CHECK = Check((TARGETS,), _PATTERNS, _on_match)
