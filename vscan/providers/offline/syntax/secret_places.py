"""Files, stores and variables that hold secrets, or say who and where somebody is."""

import re
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.values import UNKNOWN

_SEP: Final = r"(?:[/\\]+)"
# A folder itself, or a file in it whose name is not known.
_ANY: Final = rf"(?:{_SEP}[^/\\]*{UNKNOWN}[^/\\]*)*{_SEP}?\Z"

# Each file by what it holds. A path is known in part: the rest is UNKNOWN.
_FILES: Final = (
    (
        "SSH keys",
        (
            rf"\.ssh(?:{_SEP}(?!config\Z|known_hosts\Z|authorized_keys\Z|[^/\\]*\.pub\Z)[^/\\]*\Z|{_SEP}?\Z)"
            r"|\bid_(?:rsa|ed25519|ecdsa|dsa)\b(?!\.pub)"
        ),
    ),
    (
        "cloud credentials",
        (
            rf"\.aws(?:{_SEP}credentials|{_ANY})"
            rf"|\.azure(?:{_SEP}(?:accessTokens|msal_token|service_pr)|{_ANY})"
            rf"|application_default_credentials|\.oci{_SEP}config|doctl{_SEP}config"
            rf"|gcloud(?:{_SEP}(?:credentials|access_tokens|legacy_credentials)|{_ANY})|\.aliyun|\.s3cfg|\.boto\b|\.terraform\.d{_SEP}credentials"
            rf"|\.vault-token|\.kube(?:{_SEP}config|{_SEP}?\Z)|\.docker{_SEP}config\.json"
            rf"|\.fly{_SEP}config|~{_SEP}\.(?:wrangler|vercel|heroku)\b|\.netlify{_SEP}config"
            r"|com\.vercel\.cli|serviceAccount|/var/run/secrets/"
        ),
    ),
    (
        "tokens of developers",
        (
            r"\.npmrc\b|\.yarnrc\b|\.pypirc\b|\.git-credentials\b|\.netrc\b|_netrc\b"
            rf"|gh{_SEP}hosts\.yml|\.config{_SEP}gh\b|\.config{_SEP}hub\b|\.gitconfig-token"
            rf"|\.cargo{_SEP}credentials|\.gem{_SEP}credentials|\.composer{_SEP}auth"
            rf"|\.m2{_SEP}settings|NuGet\.config\b|\.vsce\b|\.ovsx\b|\.config{_SEP}configstore"
            rf"|\.pgpass\b|\.my\.cnf\b|\.huggingface|\.cache{_SEP}huggingface{_SEP}token"
            rf"|\.codex{_SEP}auth\.json|\.claude{_SEP}\.credentials|\.claude\.json"
            rf"|github-copilot{_SEP}(?:hosts|apps)\.json|\.gemini{_SEP}oauth"
        ),
    ),
    (
        "stored passwords of browsers",
        (
            r"Login Data\b|Cookies\b(?=\W?\Z|-journal)|cookies\.sqlite|Web Data\b|Local State\b"
            r"|logins\.json|key[34]\.db|signons\.sqlite|Network/Cookies|(?:Google/Chrome"
            r"|Google\\Chrome|google-chrome|BraveSoftware|Microsoft[/\\]Edge|Mozilla/Firefox"
            r"|\.mozilla/firefox|Opera Software|Vivaldi)"
            r"(?!.*(?:DevToolsActivePort|NativeMessagingHosts|[/\\]Application\b))(?:[/\\]|\Z)"
        ),
    ),
    (
        "wallets",
        (
            r"Local Extension Settings|wallet\.dat\b|exodus\.wallet|Exodus\b|\.electrum|Electrum\b"
            r"|Ledger Live|atomic[/\\]Local Storage|\.config/solana"
            r"(?!.*(?:config\.ya?ml|install|active_release))|solana[/\\]id\.json|\.ethereum"
            r"|Ethereum[/\\]keystore|\bkeystore\b|\.bitcoin\b|Bitcoin\b|Monero|\.bitmonero|Coinomi"
            r"|Guarda|nkbihfbeogaeaoehlefnkodbefgpgknn|bfnaelmomeimhlpmgjnjophhpkkoljpa"
            r"|hnfanknocfeofbddgcijnmhnfnkdnaad|MetaMask\b|Phantom\b|seed(?:s|phrase)?\.txt"
            r"|mnemonic"
        ),
    ),
    (
        "stores of passwords",
        (
            r"login\.keychain|Library/Keychains|\.gnupg(?!.*(?:\.conf\Z|pubring))|\.password-store|\.kdbx\b|keyrings?[/\\]"
            r"|1Password|Bitwarden|KeePass|\bkwallet"
            r"|AppData[/\\]\w+[/\\]Microsoft[/\\](?:Credentials|Vault)"
        ),
    ),
    (
        "sessions of the editor and of chats",
        (
            r"state\.vscdb|Local Storage[/\\]leveldb|discord\w*[/\\]|Telegram Desktop|tdata\b"
            r"|Slack[/\\]|Signal[/\\]|secretStorage|globalStorage[/\\]github"
        ),
    ),
    (
        "histories of shells",
        (
            r"\.(?:bash|zsh|node_repl|python|psql|mysql|sh|fish)_history|fish_history"
            r"|ConsoleHost_history"
        ),
    ),
    (
        "environment files",
        r"(?:\A|[/\\~*{,\ufffc])\.env\*?(?:\.(?!example|sample|template)[\w*]+)?(?:\Z|[\"',}])",
    ),
    (
        "system accounts",
        r"/etc/(?:shadow|passwd|sudoers)\b|/proc/(?:self|\d+|\ufffc)/(?:environ|mem)",
    ),
)
FILES: Final = tuple((what, lazy_regex(pattern, re.IGNORECASE)) for what, pattern in _FILES)

# Names of environment variables that hold a secret, and not the address that gives one.
VARIABLE: Final = lazy_regex(
    r"(?!\w*PUBLIC)(?!\w*(?:CREDENTIALS|TOKEN|AUTH)\w*_(?:URI|ENDPOINT)\Z)\w*?(?:TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_PAT\b|_AUTH\b"
    r"|_KEY\b|DATABASE_URL|MNEMONIC)"
)
# Addresses that answer with the credentials of a cloud's machine.
METADATA: Final = lazy_regex(
    r"169\.254\.(?:169\.254|170\.2)[^\s]*?(?:security-credentials|/token\b|credentials|identity)"
    r"|metadata\.google\.internal[^\s]*?token|100\.100\.100\.200[^\s]*?security-credentials"
    r"|AWS_CONTAINER_CREDENTIALS"
)
# Commands that print secrets.
COMMANDS: Final = lazy_regex(
    r"security\s+(?:find-(?:generic|internet)-password|dump-keychain)|gh\s+auth\s+token"
    r"|gcloud\s+auth\s+print"
    r"|aws\s+(?:configure\s+(?:get|export)|sts\s+get)|secret-tool\s+(?:lookup|search)"
    r"|cmdkey\s+/list|vaultcmd"
    r"|az\s+account\s+get-access-token|npm\s+(?:token|config\s+get\s+\S*_auth)"
    r"|git\s+credential\s+fill"
    r"|op\s+(?:item|read)|pass\s+show|kubectl\s+get\s+secret|(?:cat|type|head|tail|less"
    r"|more|Get-Content)\s[^|;&]*(?:\.ssh|id_rsa|\.aws|\.npmrc|\.env|\.git-credentials"
    r"|\.netrc|_history|\.kube|\.docker|\.gnupg)\b"
    r"|vault\s+kv\s+get|heroku\s+auth:token|doctl\s+auth|\bprintenv\b|docker-credential"
)
# Commands that pack files of the workspace, or show what is in its repository.
WORKSPACE_COMMANDS: Final = lazy_regex(
    r"\btar\s+(?:-\S*c|c)\S*|\bzip\s+-r|git\b[^|;]*?\s(?:bundle|archive|log\s+.*-p)\b"
    r"|7z\s+a\b|Compress-Archive"
)
# Commands that let others reach this machine.
TUNNEL_COMMANDS: Final = lazy_regex(
    r"\bcode(?:-insiders|-server|\.cmd|\.exe)?\s+tunnel\b|\bcloudflared\b.*tunnel"
    r"|\bngrok\b|\bbore\s+local|\blocaltunnel\b|\blt\s+--port|\btailscale\s+(?:up|funnel)"
    r"|\bfrpc\b|\bchisel\b|ssh\s+.*-R\s|\bdevtunnel\s+host|serveo\.net|\bgsocket"
    r"|\bgs-netcat"
)
CLIPBOARD_COMMANDS: Final = lazy_regex(
    r"\bpbpaste\b|Get-Clipboard|xclip\b[^|]*-o|xsel\b[^|]*-o|wl-paste|clip\.exe"
)
SCREEN_COMMANDS: Final = lazy_regex(
    r"\bscreencapture\b|CopyFromScreen|gnome-screenshot|\bscrot\b|\bmaim\b|\bgrim\b"
    r"|import\s+-window|nircmd|ffmpeg[^|]*(?:x11grab|gdigrab|avfoundation)"
)


def secret_in(path: str) -> str | None:
    """Return what secret a path or name leads to; ``None`` if it leads to none that is known."""
    return next((what for what, pattern in FILES if pattern.search(path)), None)
