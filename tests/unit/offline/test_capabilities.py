"""What an extension can do, as its code and its manifest show."""

from pathlib import Path

import pytest

from tests.analysis import analyse_extension


@pytest.mark.parametrize(
    ("code", "capability"),
    [
        ('require("child_process")', "child-processes"),
        ("import{spawn}from'node:child_process'", "child-processes"),
        ('require("fs/promises")', "file-system"),
        ("vscode.workspace.fs.readFile(uri)", "file-system"),
        ('require("https")', "network"),
        ('import t from"node:tls"', "network"),
        ("new WebSocket(url)", "network"),
        ("window.createTerminal('x')", "terminals"),
        ("window.createWebviewPanel(a)", "webviews"),
        ("authentication.getSession('github', [])", "authentication"),
        ("lm.registerMcpServerDefinitionProvider('x', y)", "mcp-servers"),
        ("vscode.lm.registerTool('x', y)", "language-model-tools"),
        ("env.createTelemetryLogger(x)", "telemetry"),
    ],
)
def test_code_shows_its_capabilities(tmp_path: Path, code: str, capability: str) -> None:
    """Nothing of it is a finding."""
    analysis = analyse_extension(tmp_path, {"dist/main.js": code, "readme.md": code})
    assert analysis.capabilities == {capability: ("dist/main.js",)}
    assert not analysis.verdict.findings


@pytest.mark.parametrize("code", ['x = "http"', "child_process", "createTerminal", 'a["fs2"]'])
def test_words_without_code_show_no_capability(tmp_path: Path, code: str) -> None:
    assert analyse_extension(tmp_path, {"main.js": code}).capabilities == {}


def test_hosts_are_read_from_strings(tmp_path: Path) -> None:
    """Not those of comments, licences and names of formats; each once, in lower case."""
    code = """
    // see https://comment.example/x
    /* licence: http://licence.example */
    fetch("https://API.example/v1"); fetch(`https://api.example:8443/${x}`);
    socket('wss://live.example'); ns("http://www.w3.org/2000/svg"); bad("http://"); odd("https://...")
    """
    assert analyse_extension(tmp_path, {"main.js": code}).capabilities["network-hosts"] == (
        "api.example",
        "live.example",
    )


def test_hosts_are_bounded_and_the_rest_is_counted(tmp_path: Path) -> None:
    code = ";".join(f'f("https://host-{n:03d}.example")' for n in range(130))
    hosts = analyse_extension(tmp_path, {"main.js": code}).capabilities["network-hosts"]
    assert len(hosts) == 101
    assert hosts[-1] == "and 30 more"


def test_hosts_are_counted_up_to_a_limit(tmp_path: Path) -> None:
    """They are all kept until the end, so there is an end to them."""
    files: dict[str, str | bytes] = {
        f"{part}.js": ";".join(f'f("https://host-{part}-{n}.example")' for n in range(900))
        for part in range(15)
    }
    hosts = analyse_extension(tmp_path, files).capabilities["network-hosts"]
    assert len(hosts) == 101
    assert hosts[-1] == "and at least 9900 more"


def test_a_manifest_shows_capabilities(tmp_path: Path) -> None:
    analysis = analyse_extension(
        tmp_path,
        activationEvents=["onUri"],
        enabledApiProposals=["terminalDataWriteEvent"],
        scripts={"vscode:uninstall": "node bye"},
        contributes={
            "authentication": [{"id": "acme"}, 7],
            "languageModelTools": [{"name": "dig"}],
            "mcpServerDefinitionProviders": [{"id": "acme-mcp"}],
            "terminal": {"profiles": [{"id": "x"}]},
        },
    )
    assert analysis.capabilities == {
        "activation-events": ("onUri",),
        "authentication": ("acme", "contributes.authentication"),
        "language-model-tools": ("dig",),
        "mcp-servers": ("acme-mcp",),
        "proposed-apis": ("terminalDataWriteEvent",),
        "terminals": ("contributes.terminal",),
        "uninstall-script": ("node bye",),
    }
