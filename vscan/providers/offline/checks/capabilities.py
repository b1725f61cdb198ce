"""What an extension can do, according to its code and its manifest. The score ignores this.

``disguised_file`` reports native programs, because it reads them anyway. The patterns search for
words in code, so a bundle shows a capability even if it never calls that code.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    Fact,
    FileWindow,
    Found,
    Match,
)
from vscan.providers.offline.manifest_values import mapping, text, texts

_CODE = frozenset({".cjs", ".js", ".mjs", ".ts"})
_HOSTS: Final = "network-hosts"
# A host name counts at the start of a string, not in a comment or a licence.
_PATTERNS = r"""
rule child_processes { strings: $a = /["'](node:)?child_process["']/ condition: any of them }
rule file_system { strings: $a = /["'](node:)?fs(\/promises)?["']/
                            $b = "workspace.fs." condition: any of them }
rule network {
    strings:
        $a = /(require\(|from ?|import\()["'](node:)?(https?|http2|net|tls|dgram)["']/
        $b = "new WebSocket("
        $c = "new XMLHttpRequest"
    condition: any of them
}
rule network_hosts {
    strings: $a = /["'`](https?|wss?):\/\/[a-zA-Z0-9]/ condition: any of them
}
rule terminals { strings: $a = ".createTerminal(" condition: any of them }
rule webviews {
    strings:
        $a = ".createWebviewPanel("
        $b = ".registerWebviewViewProvider("
        $c = ".registerCustomEditorProvider("
    condition: any of them
}
rule authentication {
    strings:
        $a = "authentication.getSession("
        $b = ".registerAuthenticationProvider("
    condition: any of them
}
rule mcp_servers { strings: $a = ".registerMcpServerDefinitionProvider(" condition: any of them }
rule language_model_tools { strings: $a = "lm.registerTool(" condition: any of them }
rule telemetry {
    strings:
        $a = ".createTelemetryLogger("
        $b = "@vscode/extension-telemetry"
        $c = "vscode-extension-telemetry"
        $d = "applicationinsights"
        $e = "dc.services.visualstudio.com"
    condition: any of them
}
"""
_HOST = lazy_regex(rb"[a-zA-Z0-9][a-zA-Z0-9.-]{2,252}")
# Names of formats look like addresses, but nothing connects to them.
_NAMESPACES = frozenset(
    {"json-schema.org", "openoffice.org", "purl.org", "relaxng.org", "schema.org"}
    | {"schemas.android.com", "schemas.microsoft.com", "schemas.openxmlformats.org"}
    | {"schemas.xmlsoap.org", "www.w3.org"}
)
_CONTRIBUTED = {
    "authentication": "authentication",
    "customEditors": "webviews",
    "languageModelTools": "language-model-tools",
    "mcpServerDefinitionProviders": "mcp-servers",
    "terminal": "terminals",
}


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    if window.suffix not in _CODE:
        return
    rules = dict.fromkeys(match.rule.replace("_", "-") for match in matches)
    yield from (Fact(rule, window.name) for rule in rules if rule != _HOSTS)
    ends = (match.end - 1 for match in matches if match.rule == "network_hosts")
    named = (_HOST.match(window.content, end) for end in ends)
    hosts = (name[0].decode("ascii").rstrip(".-").lower() for name in named if name)
    yield from (Fact(_HOSTS, host) for host in dict.fromkeys(hosts) if host not in _NAMESPACES)


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    manifest = context.manifest
    yield from (Fact("activation-events", e) for e in texts(manifest.get("activationEvents")))
    yield from (Fact("proposed-apis", p) for p in texts(manifest.get("enabledApiProposals")))
    script = text(mapping(manifest.get("scripts")).get("vscode:uninstall"))
    if script:
        yield Fact("uninstall-script", script)
    contributes = mapping(manifest.get("contributes"))
    for point, capability in _CONTRIBUTED.items():
        yield from (Fact(capability, each) for each in _named(point, contributes.get(point)))


def _named(point: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - a manifest's value
    """Yield a name of each contribution to a point, by the first of its keys that has one."""
    entries = value if isinstance(value, list) else [value] if value else []
    for entry in entries[:1000]:
        names = (text(mapping(entry).get(key)) for key in ("id", "name", "viewType", "label"))
        yield next(filter(None, names), f"contributes.{point}")


CHECK = Check((), _PATTERNS, _on_match, on_end=_on_end)
