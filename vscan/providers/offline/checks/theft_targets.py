"""Lists of files in which passwords, keys and wallets are stored.

Malware searches many of them: three or more kinds close together. One or two are normal: an AWS
extension reads ``.aws/credentials``. Programs that protect such files list them, too, but they
don't need a browser's passwords or a wallet. So one kind must be one of those; or the code nearby
must read files and send something; or the list must contain key files that are read in a loop.
Three wallets count as three kinds.
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
    "Code lists many files that store secrets",
    "Code lists, close together, three or more of: passwords, cookies and keys of browsers, wallets,"
    " SSH keys, credentials of clouds and of git.",
    "An honest extension needs at most one of them. Malware steals them all.",
    "Remove the extension, and replace the secrets that are stored in those files.",
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
}  # other spellings of the same kind
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
# The path of a key file; programs that protect keys list names without a path.
_KEY: Final = lazy_regex(rb"\.ssh(?:/|\\\\|[\"'`], ?[\"'`])id_")
_KINDS = 3
_AT_ONCE, _BESIDE = 600, 200  # bytes of one list, and between it and the loop over it
_REACH = 3000  # bytes around the list in which files are read and sent
_NEAR = 8000  # bytes between the first and the last file of a list


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    last: dict[str, Match] = {}  # the last match of each kind
    wallets: dict[bytes, Match] = {}
    for match in matches:
        last[_ONE_THING.get(match.pattern, match.pattern)] = match
        if match.pattern == "$wallets":
            wallets[window.around(match, 0, 0)] = match
        near = {kind: m for kind, m in last.items() if match.start - m.start <= _NEAR}
        near_wallets = [m for m in wallets.values() if match.start - m.start <= _NEAR]
        if max(len(near), len(near_wallets)) < _KINDS:
            continue
        first = min((*near.values(), *near_wallets), key=_start)
        area = Match(match.rule, "", first.start, match.end)
        is_never_needed = not near.keys().isdisjoint(_NEVER_NEEDED)
        if is_never_needed or _is_used(window, area, near):
            # Whether a program of JavaScript sends what it reads is known: secret-exfiltration.
            is_followed = window.is_javascript and not is_never_needed
            severity = Severity.MEDIUM if is_followed else Severity.HIGH
            names = ", ".join(sorted(kind[1:].replace("_", " ") for kind in near))
            message = f"It collects places of secrets: {names}"
            yield window.finding(TARGETS, severity, Confidence.MEDIUM, message, area)
            return


def _is_used(window: FileWindow, area: Match, near: Collection[str]) -> bool:
    """Whether files are read and something is sent, or key files are read in a loop."""
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
