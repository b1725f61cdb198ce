"""Files, stores and variables that hold secrets, or say who and where somebody is."""

import re
from typing import Final

_SEP: Final = r"[/\\]+"

# Each file by what it holds. A path is known in part: the rest is UNKNOWN.
_FILES: Final = (
    (
        "SSH keys",
        rf"\.ssh(?:{_SEP}(?!config\Z|known_hosts\Z|authorized_keys\Z)[^/\\]*\Z|{_SEP}?\Z)|\bid_(?:rsa|ed25519|ecdsa|dsa)\b(?!\.pub)",
    ),
    (
        "cloud credentials",
        rf"\.aws(?:{_SEP}credentials|{_SEP}?\Z)|\.azure(?:{_SEP}|\Z)|gcloud{_SEP}|application_default_credentials|\.oci{_SEP}config|doctl{_SEP}config|\.config{_SEP}gcloud|\.aliyun|\.s3cfg|\.boto\b|\.terraform\.d{_SEP}credentials|\.vault-token|\.kube(?:{_SEP}config|{_SEP}?\Z)|\.docker{_SEP}config\.json|\.fly{_SEP}config|~{_SEP}\.(?:wrangler|vercel|heroku)\b|\.netlify{_SEP}config|com\.vercel\.cli|serviceAccount|/var/run/secrets/",
    ),
    (
        "tokens of developers",
        rf"\.npmrc\b|\.yarnrc\b|\.pypirc\b|\.git-credentials\b|\.netrc\b|_netrc\b|gh{_SEP}hosts\.yml|\.config{_SEP}gh\b|\.config{_SEP}hub\b|\.gitconfig-token|\.cargo{_SEP}credentials|\.gem{_SEP}credentials|\.composer{_SEP}auth|\.m2{_SEP}settings|\.nuget{_SEP}|\.vsce\b|\.ovsx\b|\.config{_SEP}configstore|\.pgpass\b|\.my\.cnf\b|\.huggingface|\.cache{_SEP}huggingface{_SEP}token|\.codex{_SEP}auth\.json|\.claude{_SEP}\.credentials|\.claude\.json|github-copilot{_SEP}(?:hosts|apps)\.json|\.gemini{_SEP}oauth",
    ),
    (
        "stored passwords of browsers",
        r"Login Data\b|Cookies\b(?=\W?\Z|-journal)|cookies\.sqlite|Web Data\b|Local State\b|logins\.json|key[34]\.db|signons\.sqlite|Network/Cookies|(?:Google/Chrome|Google\\Chrome|google-chrome|BraveSoftware|Microsoft[/\\]Edge|Mozilla/Firefox|\.mozilla/firefox|Opera Software|Vivaldi)(?:[/\\]|\Z)",
    ),
    (
        "wallets",
        r"Local Extension Settings|wallet\.dat\b|exodus\.wallet|Exodus\b|\.electrum|Electrum\b|Ledger Live|atomic[/\\]Local Storage|\.config/solana|solana[/\\]id\.json|\.ethereum|Ethereum[/\\]keystore|\bkeystore\b|\.bitcoin\b|Bitcoin\b|Monero|\.bitmonero|Coinomi|Guarda|nkbihfbeogaeaoehlefnkodbefgpgknn|bfnaelmomeimhlpmgjnjophhpkkoljpa|hnfanknocfeofbddgcijnmhnfnkdnaad|MetaMask\b|Phantom\b|seed(?:s|phrase)?\.txt|mnemonic",
    ),
    (
        "stores of passwords",
        r"login\.keychain|Library/Keychains|\.gnupg|\.password-store|\.kdbx\b|keyrings?[/\\]|1Password|Bitwarden|KeePass|\bkwallet|AppData[/\\]\w+[/\\]Microsoft[/\\](?:Credentials|Vault)",
    ),
    (
        "sessions of the editor and of chats",
        r"state\.vscdb|Local Storage[/\\]leveldb|discord\w*[/\\]|Telegram Desktop|tdata\b|Slack[/\\]|Signal[/\\]|secretStorage|globalStorage[/\\]github",
    ),
    (
        "histories of shells",
        r"\.(?:bash|zsh|node_repl|python|psql|mysql|sh|fish)_history|fish_history|ConsoleHost_history",
    ),
    (
        "environment files",
        r"(?:\A|[/\\~*{,\ufffc])\.env(?:\.(?!example|sample|template)[\w*]+)?(?:\Z|[\"',}])",
    ),
    (
        "system accounts",
        r"/etc/(?:shadow|passwd|sudoers)\b|/proc/(?:self|\d+|\ufffc)/(?:environ|mem)",
    ),
)
FILES: Final = tuple((what, re.compile(pattern, re.IGNORECASE)) for what, pattern in _FILES)

# Names of environment variables that hold a secret.
VARIABLE: Final = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|_PAT\b|_AUTH\b|_KEY\b|DATABASE_URL|MNEMONIC"
)
# Addresses that answer with the credentials of a cloud's machine.
METADATA: Final = re.compile(
    r"169\.254\.(?:169\.254|170\.2)[^\s]*?(?:security-credentials|/token\b|credentials|identity)"
    r"|metadata\.google\.internal[^\s]*?token|100\.100\.100\.200[^\s]*?security-credentials"
    r"|AWS_CONTAINER_CREDENTIALS"
)
# Commands that print secrets.
COMMANDS: Final = re.compile(
    r"security\s+(?:find-(?:generic|internet)-password|dump-keychain)|gh\s+auth\s+token|gcloud\s+auth\s+print"
    r"|aws\s+(?:configure\s+(?:get|export)|sts\s+get)|secret-tool\s+(?:lookup|search)|cmdkey\s+/list|vaultcmd"
    r"|az\s+account\s+get-access-token|npm\s+(?:token|config\s+get\s+\S*_auth)|git\s+credential\s+fill"
    r"|op\s+(?:item|read)|pass\s+show|kubectl\s+get\s+secret|(?:cat|type|head|tail|less|more|Get-Content)\s[^|;&]*(?:\.ssh|id_rsa|\.aws|\.npmrc|\.env|\.git-credentials|\.netrc|_history|\.kube|\.docker|\.gnupg)\b"
    r"|vault\s+kv\s+get|heroku\s+auth:token|doctl\s+auth|\bprintenv\b|docker-credential"
)
# Commands that pack files of the workspace, or show what is in its repository.
WORKSPACE_COMMANDS: Final = re.compile(
    r"\btar\s+(?:-\S*c|c)\S*|\bzip\s+-r|git\b[^|;]*?\s(?:bundle|archive|log\s+.*-p)\b|7z\s+a\b|Compress-Archive"
)
# Commands that let others reach this machine.
TUNNEL_COMMANDS: Final = re.compile(
    r"\bcode(?:-insiders|-server|\.cmd|\.exe)?\s+tunnel\b|\bcloudflared\b.*tunnel|\bngrok\b|\bbore\s+local|\blocaltunnel\b|\blt\s+--port|\btailscale\s+(?:up|funnel)|\bfrpc\b|\bchisel\b|ssh\s+.*-R\s|\bdevtunnel\s+host|serveo\.net|\bgsocket|\bgs-netcat"
)
CLIPBOARD_COMMANDS: Final = re.compile(
    r"\bpbpaste\b|Get-Clipboard|xclip\b[^|]*-o|xsel\b[^|]*-o|wl-paste|clip\.exe"
)
SCREEN_COMMANDS: Final = re.compile(
    r"\bscreencapture\b|CopyFromScreen|gnome-screenshot|\bscrot\b|\bmaim\b|\bgrim\b|import\s+-window|nircmd|ffmpeg[^|]*(?:x11grab|gdigrab|avfoundation)"
)


def secret_in(path: str) -> str | None:
    """Return what secret a path or name leads to; ``None`` if it leads to none that is known."""
    return next((what for what, pattern in FILES if pattern.search(path)), None)
