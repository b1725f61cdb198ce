r"""Tables about scripts: interpreters, programs that download or send, and dangerous commands.

All patterns are compared with canonical text: lower case, ``/`` for ``\``, and one spelling of the
directories that every machine has: ``~``, ``%temp%``, ``~/appdata/roaming``.
"""

import re
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity

_HOME: Final = (
    r"\$\{?home\}?|%userprofile%|%homedrive%%homepath%|\$\{?env:(?:userprofile|home)\}?"
    r"|(?<![\w.~])/(?:root|home/[\w.-]+|users/[\w.-]+)(?=/|\Z)|\bc:/users/[\w.$%{}:-]+"
)
_DIRECTORIES: Final = (
    (lazy_regex(r"%appdata%|\$\{?env:appdata\}?"), "~/appdata/roaming"),
    (lazy_regex(r"%localappdata%|\$\{?env:localappdata\}?"), "~/appdata/local"),
    (lazy_regex(r"%te?mp%|\$\{?env:te?mp\}?|\$\{?tmpdir\}?"), "%temp%"),
    (lazy_regex(r"%(?:windir|systemroot)%|\$\{?env:(?:windir|systemroot)\}?"), "c:/windows"),
    (lazy_regex(r"%systemdrive%|\$\{?env:systemdrive\}?"), "c:"),
    (lazy_regex(_HOME), "~"),
)
_SLASHES: Final = lazy_regex(r"\\+")


def canonical_path(text: str) -> str:
    """Return a path, or a command with paths, in canonical spelling."""
    text = _SLASHES.sub("/", text.strip().lower())
    if "$" in text or "%" in text or "/" in text:
        for pattern, name in _DIRECTORIES:
            text = pattern.sub(name, text)
    return text


SHELLS: Final = frozenset(
    [
        *(
            "sh",
            "bash",
            "zsh",
            "dash",
            "ksh",
            "ksh93",
            "mksh",
            "ash",
            "rbash",
            "fish",
            "tcsh",
            "csh",
        ),
    ]
)
# Programs that run code: the language of it, and the options that the code follows.
INTERPRETERS: Final = {
    **dict.fromkeys(SHELLS, ("shell", ("-c",))),
    "python": ("python", ("-c",)),
    "powershell": ("powershell", ("-c", "-command")),
    "cmd": ("batch", ("/c", "/k", "/r")),
    "node": ("javascript", ("-e", "--eval", "-p", "--print", "-pe")),
    "deno": ("javascript", ("eval",)),
    "bun": ("javascript", ("-e", "--eval")),
    "perl": ("perl", ("-e", "-E", "-ne", "-pe")),
    "ruby": ("ruby", ("-e", "-rsocket")),
    "php": ("php", ("-r",)),
    "lua": ("lua", ("-e",)),
    "osascript": ("applescript", ("-e",)),
    "tclsh": ("tcl", ()),
}
# Options of interpreters that have a value, which is not the script.
OPTION_VALUES: Final = frozenset({
    *("-o", "+o", "--rcfile", "--init-file", "-w", "-x", "-r", "--require", "--import", "-l"),
    *("-executionpolicy", "-ep", "-ex", "-exec", "-windowstyle", "-version", "-inputformat"),
    *("-outputformat", "-configurationname", "-workingdirectory", "-wd"),
})  # fmt: skip
ALIASES: Final = {
    "pwsh": "powershell",
    "pypy": "python",
    "py": "python",
    "nodejs": "node",
    "iex": "invoke-expression",
    "iwr": "invoke-webrequest",
    "irm": "invoke-restmethod",
    "saps": "start-process",
    "start": "start-process",
    "ii": "invoke-item",
    "sal": "set-alias",
    "nal": "set-alias",
    "gc": "get-content",
    "type": "get-content",
    "gci": "get-childitem",
    "sc": "sc",
    "ri": "remove-item",
    "ni": "new-item",
    "sp": "set-itemproperty",
    "icm": "invoke-command",
    "ipmo": "import-module",
    "copy": "copy-item",
    "cpi": "copy-item",
    "move": "move-item",
    "mi": "move-item",
    "del": "del",
}
# Programs that start the command in their arguments, with the options that have a value.
WRAPPERS: Final = {
    "sudo": "-u -g -h -p -c -r -t -d --user --group",
    "doas": "-u -C",
    "env": "-u -c --unset --chdir",
    "nohup": "",
    "setsid": "",
    "time": "-f -o",
    "exec": "-a",
    "command": "",
    "builtin": "",
    "nice": "-n",
    "ionice": "-c -n -p",
    "timeout": "-s -k --signal --kill-after",
    "stdbuf": "-i -o -e",
    "unbuffer": "",
    "busybox": "",
    "xargs": "-i -n -l -p -d -e -s -a -I -L -P",
    "caffeinate": "-t -w",
    "arch": "",
    "flatpak-spawn": "",
    "call": "",
    "rtk": "",
    "!": "",
    "then": "",
    "do": "",
    "if": "",
    "else": "",
    "while": "",
}
DOWNLOADERS: Final = frozenset(
    [
        *(
            "curl",
            "wget",
            "aria2c",
            "axel",
            "fetch",
            "http",
            "https",
            "xh",
            "lwp-request",
            "lwp-download",
            "get",
            "invoke-webrequest",
            "invoke-restmethod",
            "start-bitstransfer",
            "certutil",
            "bitsadmin",
        ),
    ]
)
SENDERS: Final = frozenset(
    [
        *(
            "curl",
            "wget",
            "nc",
            "ncat",
            "netcat",
            "socat",
            "telnet",
            "ftp",
            "tftp",
            "http",
            "https",
            "xh",
            "invoke-webrequest",
            "invoke-restmethod",
            "mail",
            "sendmail",
            "mailx",
            "nslookup",
            "dig",
            "host",
            "rclone",
            "send-mailmessage",
        ),
    ]
)
EVALUATORS: Final = frozenset(["eval", "invoke-expression", "source", "."])
# Programs that start the program which their arguments name.
STARTERS: Final = frozenset(
    [
        *(
            "start-process",
            "invoke-item",
            "open",
            "xdg-open",
            "java",
            "wine",
            "rundll32",
            "regsvr32",
        ),
        *("msiexec", "wscript", "cscript", "invoke-command"),
    ]
)
DECODERS: Final = (
    ("base64", lazy_regex(r"(?:^|\s)(?:-[a-z]*d[a-z]*|--decode)(?:\s|$)")),
    ("gbase64", lazy_regex(r"(?:^|\s)(?:-[a-z]*d[a-z]*|--decode)(?:\s|$)")),
    ("base32", lazy_regex(r"(?:^|\s)(?:-[a-z]*d[a-z]*|--decode)(?:\s|$)")),
    ("openssl", lazy_regex(r"(?:^|\s)-d(?:\s|$)")),
    ("xxd", lazy_regex(r"(?:^|\s)-[a-z]*r")),
    ("certutil", lazy_regex(r"-decode")),
    ("gzip", lazy_regex(r"(?:^|\s)-[a-z]*d")),
    ("gunzip", lazy_regex("")),
    ("zcat", lazy_regex("")),
    ("bzcat", lazy_regex("")),
    ("xzcat", lazy_regex("")),
    ("uudecode", lazy_regex("")),
    ("rev", lazy_regex("")),
    ("gpg", lazy_regex(r"(?:^|\s)(?:-d|--decrypt)(?:\s|$)")),
)
# Installers that vendors document, at addresses that only the vendor can change.
INSTALLERS: Final = lazy_regex(
    r"https://(?:sh\.rustup\.rs|get\.docker\.com|gh\.io/copilot-install|claude\.ai/install\.(?:sh|ps1)"
    r"|astral\.sh/(?:uv|ruff)/install\.(?:sh|ps1)|bun\.(?:sh|com)/install(?:\.ps1)?|get\.volta\.sh"
    r"|deno\.land/(?:x/install/)?install\.(?:sh|ps1)|get\.pnpm\.io/install\.(?:sh|ps1)"
    r"|ollama\.com/install\.sh|fnm\.vercel\.app/install|install\.python-poetry\.org"
    r"|bootstrap\.pypa\.io/get-pip\.py|aka\.ms/install-artifacts-credprovider\.(?:sh|ps1)"
    r"|dot\.net/v1/dotnet-install\.(?:sh|ps1)|cursor\.com/install"
    r"|raw\.githubusercontent\.com/(?:Homebrew/install/HEAD/install"
    r"|nvm-sh/nvm/v[\d.]+/install|helm/helm/main/scripts/get-helm-3)(?:\.sh)?)/?"
)
VERIFIERS: Final = lazy_regex(
    r"(?:sha\d*sum|shasum|md5sum|b2sum|b3sum|cksum|gpg[v2]?|openssl|minisign|cosign|signify"
    r"|get-filehash|certutil|get-authenticodesignature|codesign|spctl|slsa-verifier)\Z"
)
COMPARES: Final = lazy_regex(
    r"(?:^|\s)(?:-c|--check|--verify|-verify|verify\S*|-vm|-hashfile)(?:\s|$)"
)
_SECRETS: Final = (
    r"\.ssh(?:/(?:id_\w+(?!\w*\.pub)|\*|[\w-]+\.pem|)(?![\w.*-])|\Z)"
    r"|\.aws/(?:credentials|\*)|\.aws/?(?:\s|\Z)|\.git-credentials|\.netrc|\.npmrc|\.pypirc"
    r"|\.docker/config\.json|\.kube/config|\.gnupg\b|\.config/gcloud|gcloud/(?:credentials|legacy)"
    r"|\.azure/\w|\.config/gh/hosts|\.cargo/credentials|\.terraform\.d/credentials|\.vault-token"
    r"|\.config/solana/id\.json|ethereum/keystore|electrum/wallets|exodus/exodus\.wallet"
    r"|/etc/shadow|login data|key4\.db|logins\.json|chrome/[^\s\"']{0,60}cookies|cookies\.sqlite"
    r"|library/keychains|\.(?:bash|zsh)_history|consolehost_history\.txt|/proc/(?:self|\d+)/environ"
    r"|(?:\A|[\s/@=\"'])\.env(?:\.local|\.production)?(?![\w./-])|local state\b|wallet\.dat"
)
SECRET_FILE: Final = lazy_regex(_SECRETS)
SECRET_COMMAND: Final = lazy_regex(
    r"(?:security (?:find-(?:generic|internet)-password|dump-keychain)|git credential(?:-\w+)? (?:fill|get)"
    r"|printenv|env|export -p|declare -x|set|secret-tool (?:lookup|search)|gh auth token"
    r"|gcloud auth print-access-token|aws configure get|get-clipboard|pbpaste|xclip -o|xsel -b"
    r"|get-childitem env:|dir env:|ls env:|reg save hk(?:lm|ey_local_machine)/(?:sam|security|system)"
    r"|cmdkey /list|vaultcmd /list|netsh wlan show profile)(?:\s|\Z)"
)
# Commands that don't pass on what a file contains, whatever their arguments name.
READS_NOTHING: Final = frozenset(
    [
        *(
            "chmod",
            "chown",
            "mkdir",
            "touch",
            "test",
            "[",
            "[[",
            "ls",
            "rm",
            "rmdir",
            "stat",
            "ssh",
            "ssh-add",
            "ssh-keygen",
            "ssh-copy-id",
            "cd",
            "source",
            "dir",
            "install-module",
            "set-content",
            "add-content",
            "new-item",
            "test-path",
            "remove-item",
            "del",
            "icacls",
            "attrib",
            "grep",
            "sed-i",
            "find",
            "which",
            "where",
            "exit",
            "read",
            "sleep",
            "unset",
            "printenv-x",
        ),
    ]
)


class Rule(NamedTuple):
    """A dangerous command: its kind, severity, pattern and description."""

    what: str
    severity: Severity
    pattern: re.Pattern[str]
    message: str


def _rule(what: str, severity: Severity, pattern: str, message: str) -> Rule:
    return Rule(what, severity, lazy_regex(pattern), message)


_HIGH, _CRITICAL = Severity.HIGH, Severity.CRITICAL
_ROOTS = r"(?:/|~/?|/\*|~/\*|~/(?:documents|desktop|pictures)/?\*?|[c-z]:/?\*?(?:\.\*)?|c:/windows/?|/(?:etc|usr|home|var|boot)/?\*?|\$\{?psscriptroot\}?/?\*)"
# Compared with the canonical text of a command from its name on, without what starts it.
COMMANDS: Final = (
    _rule("persistence", _HIGH, r"(?:schtasks(?=.*/create\b)|(?:register|new)-scheduledtask(?!\w)|at \d)", "adds a scheduled task"),
    _rule("persistence", _HIGH, r"systemctl (?=.*--user)(?:.*\s)?(?:enable|link)\b|systemctl (?:.*\s)?enable\b", "enables a service of systemd"),
    _rule("tunnel", _HIGH, r"code(?:-insiders)? tunnel (?:service install|.*service install|user login .*--access-token)", "lets others reach this machine through a tunnel that stays"),
    _rule("remote-control", _HIGH, r"(?:x11vnc|vncserver|winvnc|tvnserver|x0vncserver)\s(?:.*\s)?-(?:connect|reverse)\b|(?:anydesk|rustdesk|teamviewer)\s.*(?:--(?:set-)?password|--silent|--install)", "lets another machine see and use the screen"),
    _rule("download-and-run", _HIGH, r"(?:(?:python|py)\s(?:.*\s)?-m\s+)?pip3?\s(?:.*\s)?install\s(?=.*(?:--index-url[ =]http:|-i http:|--trusted-host|--extra-index-url[ =]http:))", "installs packages from a server that nobody verifies"),
    _rule("download-and-run", _HIGH, r"(?:npm|pnpm|yarn)\s(?:.*\s)?(?:install|i|add)\s(?=.*--registry[ =]http:)", "installs packages from a server that nobody verifies"),
    _rule("persistence", _HIGH, r"launchctl (?:load|bootstrap|submit|enable)\b", "adds a job of launchd"),
    _rule("persistence", _HIGH, r"(?:reg add|(?:new|set)-itemproperty|new-item|sp)\s.*(?:currentversion/(?:policies/explorer/)?run(?:once|services)?(?![a-z])|winlogon|image file execution options|userinitmprlogonscript)", "adds a program to the start of Windows"),
    _rule("persistence", _HIGH, r"(?:sc create|new-service)\s|set-wmiinstance\s.*(?:__eventfilter|eventconsumer|filtertoconsumer)|register-wmievent|wmic .*(?:__eventfilter|eventconsumer)", "adds a service of Windows"),
    _rule("persistence", _HIGH, r"defaults write (?:com\.apple\.)?loginwindow\b.*hook|git config --global core\.hookspath", "adds a hook that runs programs"),
    _rule("persistence", _HIGH, r"(?:useradd|adduser|net user \S+ \S+ /add|net localgroup administrators .*/add|add-localgroupmember .*administrators)(?:\s|\Z)", "adds an account"),
    _rule("defender", _CRITICAL, r"(?:add|set)-mppreference\s.*-(?:exclusion|disable)|set-mppreference\s.*-(?:maps|submitsamples|puaprotection)|(?:sc|net) (?:stop|config|delete) (?:windefend|wdnissvc|sense|mpssvc)|stop-service\s.*windefend|reg add .*windows defender.*(?:disable|exclusions)|netsh advfirewall set \w+ state off|set-netfirewallprofile\s.*-enabled\s+(?:\$?false|0)|uninstall-windowsfeature .*defender|spctl --(?:master|global)-disable|csrutil disable|defaults write com\.apple\.launchservices lsquarantine.*(?:no|false)", "turns off a protection of the system"),
    _rule("wipe", _CRITICAL, r"rm\s(?=(?:.*\s)?(?:-\w*r|--recursive))(?:.*\s)?" + _ROOTS + r"(?:\s|\Z)|rm\s.*--no-preserve-root", "deletes the files of the user or of the system"),
    _rule("wipe", _CRITICAL, r"(?:remove-item|ri|rd|rmdir|del|erase)\s(?=.*(?:-recurse|-r\b|-rec\b|/s\b))(?:.*\s)?[\"']?" + _ROOTS + r"[\"']?(?:[\s,]|\Z)", "deletes the files of the user or of the system"),
    _rule("wipe", _CRITICAL, r"(?:dd\s.*of=/dev/(?:sd|hd|nvme|vd|disk|mmcblk|rdisk)|mkfs(?:\.\w+)?\s(?:.*\s)?/dev/|(?:shred|wipe|srm)\s(?:.*\s)?(?:/dev/(?:sd|hd|nvme|vd)|~)|diskutil erasedisk|format(?:\.com)? [a-z]:|format-volume|clear-disk|cipher /w)", "overwrites a disk"),
    _rule("wipe", _CRITICAL, r"find\s+(?:~|/|/home)/?(?:\s.*)?(?:-delete|-exec(?:dir)?\s+(?:rm|shred|srm|wipe)\b)", "deletes the files of the user"),
    _rule("wipe", _CRITICAL, r"(?:vssadmin(?:\.exe)? (?:delete|resize) shadow|wbadmin delete|wmic shadowcopy .*delete|bcdedit\s.*(?:recoveryenabled no|ignoreallfailures)|tmutil (?:disable|deletelocalsnapshots))", "deletes the backups of the system"),
    _rule("traces", _HIGH, r"(?:wevtutil cl|clear-eventlog|fsutil usn deletejournal)(?:\s|\Z)", "deletes the logs of the system"),
    _rule("reverse-shell", _CRITICAL, r"(?:nc|ncat|netcat|nc\.\w+)\s(?:.*\s)?(?:-[a-z]*[ec]\s+[\"']?(?:/bin/|/usr/bin/)?(?:ba|z|da|k)?sh\b|-[a-z]*[ec]\s+\S*(?:cmd|powershell)|--(?:sh-)?exec\s)", "gives another machine a shell"),
    _rule("reverse-shell", _CRITICAL, r"socat\s(?=.*(?:exec|system):\S*(?:sh|cmd|powershell))(?=.*(?:tcp|udp|openssl|ssl)\w*[:-])", "gives another machine a shell"),
    _rule("download-and-run", _CRITICAL, r"(?:npx|bunx|(?:npm (?:exec|x)|pnpm dlx|yarn dlx))\s(?:.*\s)?(?:github:|gitlab:|git\+(?:https|ssh):|https://github\.com/|[\w-]{1,39}/)[^\s\"']{2,120}#[0-9a-f]{7,40}\b", "runs a package from a commit of a repository"),
    _rule("download-and-run", _HIGH, r"(?:npx|bunx|(?:npm (?:exec|x)|pnpm dlx|yarn dlx))\s(?:.*\s)?(?:github:|gitlab:|git\+(?:https|ssh):|https://github\.com/)\S", "runs a package from a repository"),
    _rule("hidden-powershell", _CRITICAL, r"powershell\s(?=.*[-/]w(?:in(?:dowstyle)?)?[\s:]+(?:h(?:idden)?|1)\b)(?:.*\s)?[-/](?:e(?:c|nc|ncodedcommand)?|ex(?:ec|ecutionpolicy)?[\s:]+bypass)\b", "runs hidden PowerShell that is encoded or not restricted"),
    _rule("miner", _HIGH, r"(?:\S*/)?(?:xmrig|xmr-stak|cpuminer|minerd|t-rex|nbminer|lolminer)\b(?=.*\s-)|\S+\s.*stratum\+(?:tcp|ssl)://", "mines a cryptocurrency"),
    _rule("download-and-run", _HIGH, r"(?:mshta|regsvr32|rundll32|msiexec|wmic)\s.*(?:https?:|//\d+\.\d+)|mshta\s+[\"']?(?:vbscript|javascript):", "runs a program from the network"),
)  # fmt: skip
# Compared with the canonical path of a file that a script writes.
WRITTEN: Final = (
    _rule("persistence", _HIGH, r"\.ssh/authorized_keys2?\Z", "lets another key log in"),
    _rule("persistence", _HIGH, r"systemd/(?:user|system)/[^/]+\.(?:service|timer|path)\Z", "adds a service of systemd"),
    _rule("persistence", _HIGH, r"library/launch(?:agents|daemons)/[^/]+\Z", "adds a job of launchd"),
    _rule("persistence", _HIGH, r"(?:\A|/)etc/(?:cron|init\.d/|rc\.local|profile\.d/|ld\.so\.preload|sudoers)|var/spool/cron", "changes what the system starts"),
    _rule("persistence", _HIGH, r"start menu/programs/startup/|\.config/autostart/|(?:site|dist)-packages/[^/]+\.pth\Z", "adds a program to the start of the session"),
)  # fmt: skip
PROFILE: Final = lazy_regex(
    r"(?:\A|/)(?:\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zprofile|zshenv|zlogin)"
    r"|fish/config\.fish|microsoft\.powershell_profile\.ps1)\Z|\A\$\{?profile\}?\Z"
)
# Lines that installers add to a profile: they set names, and run the program that they installed.
HARMLESS_PROFILE: Final = lazy_regex(
    r"\s*(?:#.*|(?:export|alias|set|setenv|typeset|declare|unset|fpath|path|autoload|compinit|bindkey"
    r"|zstyle|complete|fi|done|else|esac|shopt|setopt|local|return|function|fish_add_path|[{}]"
    r"|add_to_path|pathmunge|set-alias|import-module|\$env:\w+|umask|ulimit)\b.*|\w+=\S*|[{}]?"
    r"|(?:source|\.)\s.*|if\b.*|\[.*|test\s.*|eval\s+[\"']?\$\((?!\s*(?:curl|wget|echo|printf|base64))"
    r"[^|;&]*\)[\"']?|\w+\(\)\s*\{?.*)\s*"
)
_NETWORK: Final = r"curl|wget|/dev/tcp|\bnc\b|base64|\birm\b|\biwr\b|nohup|osascript|python\S* -c"
SUSPICIOUS_PROFILE: Final = lazy_regex(
    _NETWORK + r"|alias\s+(?:sudo|ssh|su|git|npm|curl)=", re.IGNORECASE
)
AMSI: Final = lazy_regex(r"amsi(?:utils|initfailed|scanbuffer|context|session)", re.IGNORECASE)
