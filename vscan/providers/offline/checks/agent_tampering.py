"""Agents of artificial intelligence that an extension turns against the user.

- Sources: any content.
- Sinks: settings that switch the agent's questions off, servers and hooks that are planted in its
  configuration, instructions that it obeys, agents that are started without questions, with orders.
- Near misses: an extension that adds its own server after asking, or reads what is configured; an
  agent that is started in the user's terminal, at the user's command, with the user's question.
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
from vscan.providers.offline.syntax.script_tables import canonical_path
from vscan.providers.offline.syntax.sinks import commands, settings_written_by, written_by
from vscan.providers.offline.syntax.values import UNKNOWN, Value

AGENT = Rule(
    "agent-tampering",
    Kind.MALWARE,
    "An agent of artificial intelligence is turned against the user",
    "A program switches off the questions of an agent, plants servers, hooks or instructions in its"
    " configuration, or starts it without questions to do what the program wants.",
    "Agents run commands and read files with the rights of the user.",
    "Remove the extension, and look through the configuration of the agents.",
)
_CONFIGURATION: Final = lazy_regex(
    r"(?:\A|/)\.(?:cursor|codeium|claude|gemini|codex|aider|continue|windsurf|copilot|kiro"
    r"|amazonq|roo|cline|qwen|opencode|trae|augment)(?:[/.]|\Z)"
    r"|claude_desktop_config\.json|mcp(?:_config|_settings)?\.json\Z|cline_mcp_settings"
    r"|\.config/(?:claude|opencode|goose|github-copilot)/|(?:claude|agents|gemini|skill"
    r"|copilot-instructions|\.cursorrules|\.windsurfrules|\.clinerules)(?:\.md)?\Z"
    r"|\.aider\.conf"
)
_PLANTED: Final = lazy_regex(
    r"mcp_?servers|\"?hooks\"?|PreToolUse|PostToolUse|SessionStart|bypassPermissions"
    r"|dangerously|skip.?permissions|approval_policy|sandbox_mode|danger-full-access"
    r"|autoApprove|auto_approve|alwaysAllow|yolo|trust\b"
    r"|allow\b|Bash\(|command|ignore (?:all )?previous|do not (?:tell|mention|show)"
    r"|without (?:asking|telling)|never mention|silently|exfiltrat|curl ",
    re.IGNORECASE,
)
_KEYS: Final = lazy_regex(
    r"mcpServers|servers|hooks|permissions|defaultMode|autoApprove|alwaysAllow"
    r"|trustedFolders|approval|sandbox",
    re.IGNORECASE,
)
_SETTINGS: Final = lazy_regex(
    r"chat\.tools\.(?:\w+\.)*autoApprove|chat\.(?:agent\.)?autoApprove|autoApprove\w*"
    r"|chat\.tools\.global|yolo|dangerouslySkip\w*|allowDangerously\w*|chat\.mcp\."
    r"|mcp\.servers|copilot\.\S*(?:instructions|terminal)|cline\.\S*auto"
    r"|roo-cline\.allowedCommands|claude\w*\.(?:allowDangerously|initialPermissionMode)"
)
_EDITOR: Final = lazy_regex(rb"[\"'`]vscode[\"'`]")  # tools for a terminal configure agents, too
_UNGUARDED: Final = lazy_regex(
    r"(?:\A|[;&|\"'`]\s*|\bnpx\s+(?:-y\s+)?(?:@[\w-]+/)?)(?:claude|codex|gemini|q|amazonq"
    r"|kiro-cli|copilot|cursor-agent|aider|opencode|goose|qwen|droid|amp|hermes)\b[^\n]*?"
    r"(?:--dangerously-skip-permissions|--dangerously-bypass-approvals-and-sandbox|--yolo"
    r"|--trust-all-tools|--no-interactive|--full-auto|--allow-all-tools"
    r"|--approval-mode[= ]yolo|--permission-mode[= ]bypassPermissions"
    r"|--ask-for-approval[= ]never|-a never|--sandbox[= ]danger-full-access|--yes-always"
    r"|--auto-approve)",
    re.IGNORECASE,
)


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        yield from _files(program, call)
        for setting, value in settings_written_by(call):
            if _SETTINGS.search(setting) and not asks_first(call) and value.texts != ("false",):
                message = f"It changes the setting {setting}: an agent asks the user no more"
                yield program.finding(AGENT, Severity.HIGH, Confidence.HIGH, message, call)
        for command in commands(call):
            if _UNGUARDED.search(command) and not asks_first(call):
                is_shown = any(name.endswith("sendText") for name in call.names)
                if is_shown and is_at_command(call):
                    continue
                message = f"It starts an agent without its questions: {command[:90]}"
                yield program.finding(AGENT, Severity.HIGH, Confidence.HIGH, message, call)
                break


def _files(program: Program, call: Call) -> Iterator[Found]:
    written = written_by(call)
    if written is None or asks_first(call) or is_at_command(call):
        return
    worst: tuple[Severity, str] | None = None
    for text in written.path.texts:
        place = canonical_path(text.replace(UNKNOWN, "unknown"))
        if _CONFIGURATION.search(place) and _is_planted(written.content, call):
            message = f"It writes {place[-90:]} ({call.where}), the configuration of an agent"
            is_users = (
                text.startswith(("~", "/", "%"))
                or "workspace" in " ".join(written.path.all_names())
                or _EDITOR.search(program.piece.source)
            )
            is_severe = is_users and program.purpose is not Purpose.COMMAND
            severity = Severity.HIGH if is_severe else Severity.MEDIUM
            if worst is None or severity > worst[0]:
                worst = severity, message
    if worst is not None:
        yield program.finding(AGENT, worst[0], Confidence.HIGH, worst[1], call)


def _is_planted(content: Value, call: Call) -> bool:
    """Whether what is written changes what an agent may do or runs."""
    if any(map(_PLANTED.search, content.all_texts())) or any(map(_KEYS.search, _keys(content))):
        return True
    return _KEYS.search(call.program.source_of(call.program.unit_around(call.node))) is not None


def _keys(value: Value, depth: int = 3) -> Iterator[str]:
    """Yield the keys of the objects that are a part of a value."""
    for key, member in value.members.items() if depth else ():
        yield key
        yield from _keys(member, depth - 1)


CHECK = Check((AGENT,), on_program=_on_program)
