"""Commands that run after a prompt for the rights of an administrator. Nothing is run."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks import dangerous_script, tampering

START = """
const cp = require("child_process"), vscode = require("vscode"), sudo = require("sudo-prompt");
"""
RIGHTS = "echo 'a ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/zz"
HOSTS = "echo '0.0.0.0 update.code.example' >> /etc/hosts"
PROMPTS = {
    "script": (
        "cp.execFile('osascript', ['-e', `do shell script \"COMMAND\" with"
        " administrator privileges`]);"
    ),
    "one text": (
        "cp.exec(`osascript -e 'do shell script \"COMMAND\" with administrator privileges'`);"
    ),
    "pkexec": "cp.spawn('pkexec', ['sh', '-c', `COMMAND`], { stdio: 'ignore' });",
    "path": "cp.spawn('/usr/bin/pkexec', ['/bin/bash', '-c', `COMMAND`]);",
    "gksudo": "cp.exec(`gksudo --message 'Update' -- sh -c \"COMMAND\"`);",
    "kdesudo": "cp.execFile('kdesudo', ['--comment', 'Update', '-c', `COMMAND`]);",
    "either": (
        "const p = process.platform === 'darwin' ? ['osascript', '-e', 'do shell script \"' +"
        " `COMMAND`.replace(/\"/g, '\\\\\"') + '\" with administrator privileges']"
        " : ['pkexec', 'sh', '-c', `COMMAND`]; cp.spawn(p[0], p.slice(1));"
    ),
    "sudo": 'cp.exec(`sudo sh -c "COMMAND"`);',
}
CHANGES = (
    HOSTS,
    "printf '127.0.0.1 %s' marketplace.example registry.npmjs.example | tee -a /etc/hosts",
    "echo PermitRootLogin yes >> /etc/ssh/sshd_config",
    "cp /tmp/a /etc/pam.d/sudo",
    "chmod u+s /bin/bash",
    "usermod -aG wheel guest",
)
HARMLESS = (
    "echo '127.0.0.1 shop.test' >> /etc/hosts",
    "cat /etc/hosts /etc/sudoers",
    "grep -q update /etc/hosts",
    "chmod 755 /usr/local/bin/tool",
    "apt-get install -y clang",
    "cp /tmp/tool /usr/local/bin/tool",
)


def _found(source: str) -> Severity:
    checks = ((dangerous_script.CHECK, "dangerous-script"), (tampering.CHECK, "tampering"))
    return max(worst(findings_of(check, START + source), rule) for check, rule in checks)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("command", [RIGHTS, HOSTS])
def test_the_command_behind_a_prompt_is_read(prompt: str, command: str) -> None:
    """The command inside changes who may do what, or where the editor's updates come from."""
    if prompt.startswith("cp.exec(`osascript"):
        command = command.replace("'", "")
    assert _found(prompt.replace("COMMAND", command)) is Severity.HIGH


@pytest.mark.parametrize("command", CHANGES)
def test_changes_of_the_system_are_found(command: str) -> None:
    """They are found in a command without a prompt, too."""
    assert _found(PROMPTS["pkexec"].replace("COMMAND", command)) is Severity.HIGH
    assert _found(f"cp.exec(`{command}`);") is Severity.HIGH


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS)
@pytest.mark.parametrize("command", HARMLESS)
def test_a_command_of_an_administrator_may_be_harmless(prompt: str, command: str) -> None:
    """Tools are installed, and files are read."""
    assert _found(prompt.replace("COMMAND", command)) is Severity.INFO


def test_a_notification_is_no_command() -> None:
    """A script of AppleScript may do other things."""
    source = "cp.spawn('osascript', ['-e', 'display notification \"/etc/hosts 0.0.0.0 update\"']);"
    assert _found(source) is Severity.INFO


def test_the_user_may_agree() -> None:
    """A question before the command is a near miss."""
    source = (
        "async function f() { if (await vscode.window.showWarningMessage('Change it?', 'Yes'))"
        f" {PROMPTS['pkexec'].replace('COMMAND', HOSTS)} }}"
    )
    assert _found(source) <= Severity.LOW
