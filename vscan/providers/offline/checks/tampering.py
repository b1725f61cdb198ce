"""Programs and protections of the machine that an extension changes.

- Sources: any content.
- Sinks: files of other extensions, of the editor, of browsers and wallets, the file of hosts, sudoers;
  settings that protect the user; functions of the system that are replaced to change addresses.
- Near misses: an extension's own files; a profile that is made for a test; a question to the user
  before; a request that is logged and passed on.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.privileged_commands import privileged_commands
from vscan.providers.offline.syntax.call_circumstances import asks_first, is_at_command, is_repeated
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.node_fields import argument_nodes
from vscan.providers.offline.syntax.script_tables import canonical_path
from vscan.providers.offline.syntax.sinks import (
    Written,
    commands,
    deleted_by,
    labels_from,
    settings_written_by,
    written_by,
)
from vscan.providers.offline.syntax.values import UNKNOWN, Source

TAMPERING = Rule(
    "tampering",
    Kind.MALWARE,
    "Other programs or protections are changed",
    "A program changes files of other extensions, of the editor, of a browser or a"
    " wallet, or turns off"
    " what protects the user.",
    "The change stays when the extension is removed, and runs with another program's name.",
    "Remove the extension, and install again what it has changed.",
)
_RIGHTS: Final = "who may do what on this machine"
_HOST_NAMES: Final = "the addresses of host names"
_PLACES: Final = (
    (lazy_regex(r"\A%other_extension%/"), "files of another extension"),
    (
        lazy_regex(
            r"\.(?:vscode|cursor|windsurf|vscode-insiders|vscode-server|antigravity|kiro|trae"
            r"|positron)\w*(?:-\w+)*/extensions/(?!unknown\Z)[^/]+/.+"
        ),
        "files of another extension",
    ),
    (
        lazy_regex(
            r"resources/app/(?:out/|product\.json|package\.json|extensions/)"
            r"|/workbench\.(?:desktop\.main|html)|app\.asar\b"
        ),
        "files of the editor or of another program",
    ),
    (
        lazy_regex(
            r"(?:secure )?preferences\Z.*|(?:google/chrome|google-chrome|bravesoftware"
            r"|microsoft/edge|mozilla/firefox)/.*(?:preferences|prefs\.js|user\.js|extensions)"
        ),
        "the settings of a browser",
    ),
    (
        lazy_regex(r"(?:/|\A)(?:exodus|atomic|ledger live|electrum|trust wallet|@trezor)/"),
        "files of a wallet",
    ),
    (lazy_regex(r"(?:/etc/hosts|drivers/etc/hosts)\Z"), _HOST_NAMES),
    (
        lazy_regex(r"/etc/sudoers|/etc/pam\.d/|/etc/ssh/sshd_config|/etc/resolv\.conf|/etc/ld\.so"),
        _RIGHTS,
    ),
    (
        lazy_regex(r"globalstorage/state\.vscdb|user/globalstorage/(?!unknown)[\w-]+\.[\w-]+/"),
        "what the editor or another extension stores",
    ),
)
_KNOWN_ROOT: Final = lazy_regex(r"[~/%]|[a-z]:|\$")  # else a path that a caller chooses
_UNPROTECTED: Final = lazy_regex(
    r"Add-MpPreference\s[^;|]*-Exclusion|Set-MpPreference\s[^;|]*-(?:Disable|MAPSReporting\s+0)",
    re.IGNORECASE,
)
_HOSTS: Final = lazy_regex(
    r"(?<![\d.])(?:0\.0\.0\.0|127\.0\.0\.1|::1|\d+\.\d+\.\d+\.\d+)\s+\S*(?:github|npmjs"
    r"|registry|update|marketplace|open-vsx|virus|defender|kasper|avast|malware|microsoft"
    r"|google|pypi)"
)
# A command that gives such a host another address.
_HOSTS_FILE: Final = r"[^\s\"';&|]*(?:/etc/hosts\b|drivers[\\/]+etc[\\/]+hosts\b)"
_HOSTS_COMMAND: Final = lazy_regex(
    r"(?<![\d.])(?:0\.0\.0\.0|127\.0\.0\.1|::1|\d+\.\d+\.\d+\.\d+)\s[^;&]*?(?:github|npmjs|registry|update"
    r"|marketplace|open-vsx|virus|defender|kasper|avast|malware|microsoft|google|pypi)"
    r"[^;&]*?(?:>>?|\btee\b(?:\s+-\w+)*|Add-Content|Set-Content|Out-File|-Path|-FilePath)\s*[\"']?"
    rf"{_HOSTS_FILE}|(?:Add-Content|sed\s+-i)[^;&]*{_HOSTS_FILE}[^;&]*(?:0\.0\.0\.0|127\.0\.0\.1)[^;&]*"
    r"(?:update|marketplace|open-vsx|registry|virus|defender)",
    re.IGNORECASE,
)
_RIGHTS_COMMAND: Final = lazy_regex(
    r"(?:>>?|\btee\b(?:\s+-\w+)*|\bsed\s+-i\b[^;&|]*?|\b(?:cp|mv|ln\s+-sf?|install)\s+[^;&|]*?)\s*[\"']?"
    r"/etc/(?:sudoers|pam\.d/|ssh/sshd_config|ld\.so|passwd\b|shadow\b)"
    r"|\bchmod\s+(?:[ugoa]*\+s|[2467][0-7]{3})\s+[\"']?/(?:usr/)?(?:s?bin|tmp|var|opt)\b"
    r"|\b(?:usermod|gpasswd|adduser|dseditgroup|dscl)\b[^;&|]*\b(?:sudo|wheel|admin)\b"
    r"|\bnet\s+localgroup\s+administrators\b[^;&|]*/add\b",
    re.IGNORECASE,
)
_OFF: Final = (
    (lazy_regex(r"security\.workspace\.trust\.\w+"), lazy_regex(r"\A(?:false|never|open)\Z|\A\Z")),
    (
        lazy_regex(r"extensions\.(?:verifySignature|autoCheckUpdates|autoUpdate)"),
        lazy_regex(r"\A(?:false|none)?\Z"),
    ),
    (lazy_regex(r"http\.proxyStrictSSL|http\.proxy\Z"), None),
    (lazy_regex(r"security\.allowedUNCHosts|security\.restrictUNCAccess"), None),
    (lazy_regex(r"update\.mode"), lazy_regex(r"none|manual")),
)
_WALLET_ADDRESS: Final = lazy_regex(
    r"0x(?:\()?\[[a-fA-F0-9\\d-]+\]\)?\{4[0-2]\}|\bbc1|\[13\]\[|T\[(?:A-Z|1-9)"
    r"|\[1-9A-HJ-NP-Za-km-z\]\{3|0x[0-9a-fA-F]{40}|\\b0x"
)
_EDITOR_FUNCTIONS: Final = tuple(
    b"showInputBox showQuickPick readText writeText getSession createTerminal"
    b" registerCommand executeCommand openTextDocument".split()
)
_REPLACED: Final = lazy_regex(
    r"(?:globalThis|global|window|self)\s*\.\s*(?:fetch|XMLHttpRequest"
    r"|ethereum(?:\.request)?)\s*=(?!=)"
    r"|XMLHttpRequest\.prototype\.(?:open|send)\s*=(?!=)|ethereum\.request\s*=(?!=)"
)
# One of them is wherever that is. Each begins with a text, which a search finds much faster.
_PARTS_OF_REPLACED: Final = (
    lazy_regex(rb"fetch[\s\x80-\xff]*="),  # white space, perhaps beyond ASCII
    lazy_regex(rb"XMLHttpRequest[\s\x80-\xff]*="),
    lazy_regex(rb"XMLHttpRequest\.prototype\."),
    lazy_regex(rb"ethereum(?:\.request)?[\s\x80-\xff]*="),
)


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        yield from _files(program, call)
        yield from _defined(program, call)
        if any(map(_UNPROTECTED.search, commands(call))):
            message = "A command turns off a protection of the system"
            yield program.finding(TAMPERING, Severity.CRITICAL, Confidence.HIGH, message, call)
        yield from _system(program, call)
        for setting, value in settings_written_by(call):
            for name, off in _OFF:
                is_off = off is None or any(map(off.search, value.texts or ("",)))
                if name.search(setting) and is_off and not asks_first(call):
                    message = f"It changes the setting {setting}, which protects the user"
                    yield program.finding(
                        TAMPERING, Severity.HIGH, Confidence.MEDIUM, message, call
                    )
        if any(name.endswith("clipboard.writeText") for name in call.names):
            yield from _swapped(program, call)
    yield from _wrapped(program)
    yield from _replaced_api(program)


def _files(program: Program, call: Call) -> Iterator[Found]:
    written = written_by(call)
    path = written.path if written is not None else deleted_by(call)
    if path is None or asks_first(call) or is_at_command(call):
        return
    worst: tuple[Severity, str] | None = None
    for text in path.texts:
        place = canonical_path(text.replace(UNKNOWN, "unknown"))
        what = next((what for pattern, what in _PLACES if pattern.search(place)), None)
        if what == _HOST_NAMES and written is not None and not _has_known_hosts(written):
            continue
        if what is not None:
            message = f"It changes {place[-90:]} ({call.where}): {what}"
            is_fetched = written is not None and labels_from(written.content, Source.NETWORK)
            is_known = _KNOWN_ROOT.match(place) or (is_fetched and place.endswith(".asar"))
            severity = Severity.HIGH if is_known else Severity.MEDIUM
            if worst is None or severity > worst[0]:
                worst = severity, message
    if worst is not None:
        yield program.finding(TAMPERING, worst[0], Confidence.HIGH, worst[1], call)


def _has_known_hosts(written: Written) -> bool:
    """Whether hosts whose answers protect somebody get other addresses."""
    return any(map(_HOSTS.search, written.content.all_texts()))


def _system(program: Program, call: Call) -> Iterator[Found]:
    """Find a command that changes rights, or gives hosts that protect somebody other addresses."""
    every = [*commands(call), *privileged_commands(call)]
    for pattern, what in ((_HOSTS_COMMAND, _HOST_NAMES), (_RIGHTS_COMMAND, _RIGHTS)):
        if any(map(pattern.search, every)) and not asks_first(call):
            message = f"A command changes {what}"
            yield program.finding(TAMPERING, Severity.HIGH, Confidence.HIGH, message, call)


def _swapped(program: Program, call: Call) -> Iterator[Found]:
    """Find an address of a wallet that takes the place of the one on the clipboard."""
    if (
        labels_from(call.argument(0), Source.CLIPBOARD)
        and is_repeated(call)
        and not is_at_command(call)
    ):
        message = "It replaces what is on the clipboard, again and again"
        yield program.finding(TAMPERING, Severity.HIGH, Confidence.HIGH, message, call)
    unit = program.source_of(program.unit_around(call.node))
    replaces = "readText" in unit and _WALLET_ADDRESS.search(unit) and not asks_first(call)
    copied = labels_from(call.argument(0), Source.INPUT, Source.EDITOR)
    if replaces and not copied and not is_at_command(call):
        message = "It replaces an address of a wallet on the clipboard"
        yield program.finding(TAMPERING, Severity.CRITICAL, Confidence.HIGH, message, call)


def _wrapped(program: Program) -> Iterator[Found]:
    """Find a function for requests that is replaced by one which changes addresses of wallets."""
    if not any(part.search(program.piece.source) for part in _PARTS_OF_REPLACED):
        return
    source = program.piece.source.decode("utf-8", "replace")
    for found in _REPLACED.finditer(source):
        body = source[found.end() : found.end() + 1500]
        if _WALLET_ADDRESS.search(body) and re.search(r"\.replace(?:All)?\(|\.to\s*=|params", body):
            place = len(source[: found.start()].encode())
            node = program.piece.root.descendant_for_byte_range(place, place + 1)
            if node is not None:
                call = Call(program, node, frozenset(), 0)
                message = (
                    "It replaces a function for requests by one that changes addresses of wallets"
                )
                yield program.finding(TAMPERING, Severity.CRITICAL, Confidence.HIGH, message, call)
                return


def _replaced_api(program: Program) -> Iterator[Found]:
    """Find a function of the editor that is replaced: others then call the extension's own."""
    evaluator = program.evaluator
    for name in _EDITOR_FUNCTIONS:
        for access in evaluator.scopes.members_named(name):
            holder = access.parent
            if holder is None or holder.type != "assignment_expression":
                continue
            if holder.child_by_field_name("left") == access:
                of = evaluator.value(access.child_by_field_name("object"))
                if any(each.startswith("vscode.") for each in of.names):
                    message = f"It replaces the editor's function {name.decode()}"
                    call = Call(program, access, frozenset(), 0)
                    yield program.finding(TAMPERING, Severity.HIGH, Confidence.HIGH, message, call)


def _defined(program: Program, call: Call) -> Iterator[Found]:
    """Find a function of the editor that is replaced by defining it again."""
    if call.names & {"Object.defineProperty", "Reflect.defineProperty", "Reflect.set"}:
        nodes = argument_nodes(call.node)
        of_text = program.source_of(nodes[1]).strip("\"'`") if len(nodes) > 1 else ""
        if nodes[1:] and nodes[1].type == "string" and of_text.encode() not in _EDITOR_FUNCTIONS:
            return  # most calls name something else; their arguments are not evaluated
        value = program.evaluator.value
        name = (value(nodes[1]).constant or "") if len(nodes) > 1 else ""
        if name.encode() not in _EDITOR_FUNCTIONS:
            return
        if any(each.startswith("vscode.") for each in value(nodes[0]).names):
            message = f"It replaces the editor's function {name}"
            yield program.finding(TAMPERING, Severity.HIGH, Confidence.HIGH, message, call)


CHECK = Check((TAMPERING,), on_program=_on_program)
