"""Native modules that an extension loads, and that hide what they are.

A native module runs with all rights of the editor's process, and nobody can review it. Honest ones
are named after what they do and the platform that they are for, or their source is beside them.
Malware has loaded modules at the start that were named like a part of Node or like a platform.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    Match,
    Note,
)
from vscan.providers.offline.checks.disguised_file import native
from vscan.providers.offline.manifest_values import texts
from vscan.safe_text import sanitize

MODULE = Rule(
    "native-module",
    Kind.MALWARE,
    "The extension loads a native module that hides what it is",
    "Code loads a native module that is outside of node_modules, has no source beside it, and is named"
    " like a part of Node or a platform, begins with a dot, or lies among pictures.",
    "The module runs with all rights of the editor, and nobody can review it.",
    "Ask the publisher for its source. Remove the extension unless you know what the module does.",
)
_PATTERNS = r"""
rule loads { strings: $a = /[\w-]\.node["'`]/ condition: any of them }
"""
_NAME: Final = lazy_regex(rb"[\w.@+-]{1,200}\Z")
# Parts of Node, and names that say only where a module runs.
_ODD: Final = lazy_regex(
    r"(?:assert|buffer|child_process|cluster|console|constants|crypto|dgram|dns|domain|events|fs|http2?"
    r"|https|inspector|module|net|os|path|process|punycode|querystring|readline|repl|stream|timers|tls"
    r"|tty|url|util|v8|vm|worker_threads|zlib"
    r"|(?:darwin|win32|windows|win|linux|macos|mac|osx)(?:[-_](?:x64|x86|ia32|arm64|arm|amd64))?"
    r"|a|b|c|x|y|z|tmp|temp|data|update|updater|helper|loader|init)"
)
_PICTURES: Final = lazy_regex(
    r"(?:\A|/)(?:assets?|fonts?|icons?|images?|img|media|resources?|snippets|syntaxes|themes?)/[^/]*\Z"
)
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".gyp", ".rs", ".zig", ".go", ".mm", ".swift")
_BUILDS = frozenset({"cargo.toml", "cmakelists.txt", "binding.gyp", "makefile"})
_MODULES = "native modules"
_LOADED = "native modules that code loads"
_AT_START = frozenset({"*", "onStartupFinished"})


def _on_file(window: FileWindow) -> Iterator[Found]:
    if window.base.endswith(".node") and native(window.content):
        yield Note(_MODULES, window.name)


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        before = window.content[max(0, match.end - 200) : match.end - 1]
        name = _NAME.search(before)
        if name:
            yield Note(_LOADED, name[0].decode("ascii").lower(), window.name)


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    loaded = context.notes.get(_LOADED, {})
    has_source = any(
        e.name.lower().endswith(_SOURCES) or e.name.lower().rpartition("/")[2] in _BUILDS
        for e in context.entries
        if "node_modules/" not in e.name
    )
    at_start = _AT_START.intersection(texts(context.manifest.get("activationEvents")))
    for name in context.notes.get(_MODULES, ()):
        base = name.lower().rpartition("/")[2]
        by = loaded.get(base) or ("package.json" if name in context.programs else None)
        why = _why_odd(name.lower(), base)
        if by is None or why is None or has_source or "node_modules/" in name:
            continue
        yield Finding(
            rule=MODULE.id,
            severity=Severity.HIGH if at_start else Severity.MEDIUM,
            kind=MODULE.kind,
            message=sanitize(f"{by} loads {base[-100:]}, which {why} and has no source beside it"),
            file=sanitize(name, 1000),
            offset=0,
            evidence=sanitize(name, 160),
            confidence=Confidence.MEDIUM,
        )


def _why_odd(name: str, base: str) -> str | None:
    if base.startswith("."):
        return "has a hidden name"
    if _ODD.fullmatch(base.removesuffix(".node")) and "prebuilds/" not in name:
        return "is named like a part of Node or a platform"
    return "lies among pictures" if _PICTURES.search(name) else None


CHECK = Check((MODULE,), _PATTERNS, _on_match, _on_file, on_end=_on_end)
