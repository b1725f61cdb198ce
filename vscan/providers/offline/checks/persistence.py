"""Files that a program writes so that something runs again: at a login, a start, a commit, a folder.

- Sources: any content.
- Sinks: files that the system, a shell, Python, git, the editor or a build service runs by itself.
- Near misses: a question to the user before; completions and paths that an installer adds to a
  profile; tasks and hooks that are only read.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.call_circumstances import asks_first, is_at_command
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.script_tables import PROFILE, WRITTEN, canonical_path
from vscan.providers.offline.syntax.sinks import Written, settings_written_by, written_by
from vscan.providers.offline.syntax.values import UNKNOWN

PERSISTENCE = Rule(
    "persistence",
    Kind.MALWARE,
    "A program makes itself run again",
    "A program writes a file that the system, a shell, git, the editor or a build service runs by"
    " itself: at the start, at a login, at a commit, when a folder is opened.",
    "What it starts stays when the extension is removed.",
    "Remove the extension, and what it has written to the file that is named.",
)
_DANGEROUS: Final = (
    r"curl|wget|nohup|base64|\beval\b|/dev/tcp|\biex\b|\birm\b|\biwr\b|powershell|node\s"
    r"|python|bash\s+-c|sh\s+-c"
    r"|osascript|setsid|\(\s*sleep|exec\(|import\s|\.sh\b|\.js\b|&\s*$"
)
_RUNS: Final = lazy_regex(_DANGEROUS, re.IGNORECASE | re.MULTILINE)
_TASK: Final = lazy_regex(r"folderOpen|runOn")
_SECRETS_DUMPED: Final = lazy_regex(
    r"toJSON\(\s*secrets|secrets[^\n]*\n?[^\n]*(?:curl|wget|base64|\bnc\b|Invoke-)|(?:curl"
    r"|wget|Invoke-)[^\n]*secrets|\bprintenv\b|\benv\s*\|"
)
# The path, what it is, and what the content must be.
_PLACES: Final = (
    (
        lazy_regex(r"\.git/hooks/|hooks/(?:pre|post)-[\w-]+\Z|core\.hookspath"),
        "a hook of git",
        _RUNS,
    ),
    (lazy_regex(r"\.vscode/tasks\.json\Z"), "a task of the editor that starts by itself", _TASK),
    (lazy_regex(r"\.github/workflows/"), "a workflow that gives secrets away", _SECRETS_DUMPED),
    (
        lazy_regex(r"(?:sitecustomize|usercustomize)\.py\Z|\.pth\Z"),
        "a file that Python runs at each start",
        None,
    ),
    (
        lazy_regex(r"programs/startup/|\.config/autostart/|currentversion/run"),
        "a program at the start of the session",
        None,
    ),
    (
        lazy_regex(r"\.config/(?:nvim|vim)|\.vimrc\Z|\.gitconfig\Z|\.npmrc\Z"),
        "the configuration of a tool that runs programs",
        lazy_regex(
            r"hooksPath|sshCommand|fsmonitor|script-shell|node-options|system\(|pager\s*=",
            re.IGNORECASE,
        ),
    ),
)
_KNOWN_ROOT: Final = lazy_regex(r"[~/%]|[a-z]:|\$")  # else a path that a caller chooses
_ALLOWED: Final = lazy_regex(r"task\.allowAutomaticTasks")
_SETTINGS: Final = lazy_regex(
    r"terminal\.integrated\.(?:profiles|automationProfile|shellArgs|env|defaultProfile)"
    r"|profiles\.\w+|automationProfile|task\.allowAutomaticTasks|git\.path"
    r"|python\.\w*[pP]ath|npm\.scriptExplorerAction"
)


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        written = written_by(call)
        if written is not None:
            yield from _file(program, call, written)
        for setting, value in settings_written_by(call):
            if _ALLOWED.search(setting) and "on" in value.texts and not asks_first(call):
                message = f"It changes the setting {setting} so that tasks of a folder start by themselves"
                yield program.finding(PERSISTENCE, Severity.HIGH, Confidence.MEDIUM, message, call)
            if _SETTINGS.search(setting) and any(map(_RUNS.search, value.all_texts())):
                message = f"It changes the setting {setting} so that a command of its own runs"
                yield program.finding(PERSISTENCE, Severity.HIGH, Confidence.HIGH, message, call)


def _file(program: Program, call: Call, written: Written) -> Iterator[Found]:
    worst: tuple[Severity, str] | None = None
    for text in written.path.texts:
        path = canonical_path(text.replace(UNKNOWN, "unknown"))
        what = _what(path, written)
        if what is None:
            continue
        is_asked = asks_first(call) or is_at_command(call)
        is_severe = program.purpose is not Purpose.COMMAND and (
            _KNOWN_ROOT.match(path) or _in_editor(program)
        )
        severity = Severity.HIGH if is_severe else Severity.MEDIUM
        severity = Severity.LOW if is_asked else severity
        message = f"It writes {path[-90:]} ({call.where}): {what}"
        if worst is None or severity > worst[0]:
            worst = severity, message
    if worst is not None:
        yield program.finding(PERSISTENCE, worst[0], Confidence.HIGH, worst[1], call)


def _in_editor(program: Program) -> bool:
    """Whether a program uses the editor; tools for a terminal change projects when they are told to."""
    return b"vscode" in program.piece.source


def _what(path: str, written: Written) -> str | None:
    for rule in WRITTEN:
        if rule.pattern.search(path):
            return f"it {rule.message}"
    content = "\n".join(written.content.all_texts())
    if PROFILE.search(path):
        return "a profile of the shell runs what it adds" if _RUNS.search(content) else None
    for pattern, what, needs in _PLACES:
        if pattern.search(path) and (needs is None or needs.search(content)):
            return what
    return None


CHECK = Check((PERSISTENCE,), on_program=_on_program)
