"""Agents of artificial intelligence that an extension turns against the user.

- Sources: any content.
- Sinks: folders of the extension that are copied over its configuration, and hooks that send what the
  user asks; settings that switch the agent's questions off, servers and hooks that are planted in its
  configuration, instructions that it obeys, agents that are started without questions, with orders.
- Near misses: an extension that adds its own server after asking, or reads what is configured; an
  agent that is started in the user's terminal, at the user's command, with the user's question.
"""

import re
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
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.call_circumstances import asks_first, is_at_command
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.script_tables import canonical_path
from vscan.providers.offline.syntax.sinks import commands, settings_written_by, written_by
from vscan.providers.offline.syntax.values import EXTENSION, UNKNOWN, Value
from vscan.safe_text import sanitize

AGENT = Rule(
    "agent-tampering",
    Kind.MALWARE,
    "An AI agent is turned against the user",
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


# Events of an agent's hooks; Python compares the command beside them.
_PATTERNS = r"""
rule hooks {
    strings:
        $prompt = "UserPromptSubmit"
        $tool = /(Pre|Post)ToolUse/
        $session = /Session(Start|End)/
        $submit = "beforeSubmitPrompt"
        $shell = /(before|after)(ShellExecution|MCPExecution|ReadFile|FileEdit|Prompt)/
    condition:
        any of them
}
"""
_SENDING_HOOK: Final = lazy_regex(
    rb"command\W{1,6}[^\n]{0,200}?(?:curl\b[^\n]{0,200}?(?:-d|--data[a-z-]*|--json|-F|--form|-T|--upload-file)"
    rb"(?:\s|=|@)[^\n]{0,80}?(?:@-|-\s|\$\(|`)|wget\b[^\n]{0,120}?--(?:post|body)-file[ =](?:-|/dev/stdin)"
    rb"|\|\s*(?:nc|ncat|curl)\b|\bnc\s|ncat\s|/dev/tcp/|Invoke-(?:RestMethod|WebRequest))",
    re.IGNORECASE,
)
_AWAY: Final = lazy_regex(
    rb"https?:\\?/\\?/(?!localhost|127\.|\[::1|0\.0\.0\.0|\$)[\w$-]+\.|\bn(?:c|cat)\s+(?!localhost|127\.)[\w.-]+\s+\d"
    rb"|/dev/tcp/(?!localhost|127\.)",
    re.IGNORECASE,
)
_HOOK_BYTES = 1200  # of a configuration around the name of an event
_COMMAND_BYTES = 500
_COPIES: Final = lazy_regex(
    r"\.(?:cp|cpSync|copy(?:File)?|copy(?:File)?Sync|move|moveSync|rename|renameSync)\Z"
)
_COPIED: Final = "folders that are copied over the configuration of an agent"
_CONFIGURED: Final = "configuration of an agent in the extension"
_CONFIGURATION_FILE: Final = lazy_regex(
    r"(?:\A|/)(?:settings(?:\.local)?|\.?mcp|hooks|config|claude_desktop_config)\.(?:jsonc?|toml|ya?ml)\Z",
    re.IGNORECASE,
)
_PLANTED_SETTING: Final = lazy_regex(
    rb"[\"'\[]?(?:hooks|mcp_?servers|permissions|approval_policy|sandbox_mode|autoApprove"
    rb"|apiKeyHelper|ANTHROPIC_BASE_URL|OPENAI_BASE_URL)\b",
    re.IGNORECASE,
)
_MOST_CONFIGURATION = 256 * 1024  # bytes


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    """Find a hook in a configuration that sends what the agent tells it: prompts, files."""
    if window.kind is Content.PROSE or window.script_language is not None:
        return
    for match in matches:
        around = window.around(match, 0, _HOOK_BYTES)
        hook = _SENDING_HOOK.search(around)
        if hook is None or not _AWAY.search(around, hook.start(), hook.end() + _COMMAND_BYTES):
            continue
        message = "A hook of an agent sends what the user asks, or what the agent does"
        yield window.finding(AGENT, Severity.HIGH, Confidence.MEDIUM, message, match)
        return


def _on_file(window: FileWindow) -> Iterator[Found]:
    """Note a configuration of an agent that lies in the extension."""
    is_configuration = _CONFIGURATION_FILE.search(window.name) and window.is_whole
    if is_configuration and window.file_size <= _MOST_CONFIGURATION:
        found = _PLANTED_SETTING.search(window.content)
        if found is not None:
            yield Note(_CONFIGURED, window.name)


def _copied(program: Program, call: Call) -> Iterator[Found]:
    """Note a folder of the extension that is copied to where an agent keeps its configuration."""
    written = written_by(call)
    if written is None or not any(map(_COPIES.search, call.names)):
        return
    if asks_first(call) or is_at_command(call) or program.purpose is Purpose.COMMAND:
        return
    targets = [text for text in written.path.texts[:16] if text.startswith(("~", "%", "/"))]
    targets = [text for text in targets if _CONFIGURATION.search(canonical_path(text))]
    for text in written.content.texts[:16] if targets else ():
        folder = canonical_path(text).rpartition("../")[2].removeprefix(EXTENSION.lower())
        if text.startswith(EXTENSION) and folder.strip("/"):
            place = program.place_of(call.offset)
            words = f"{place.line}\t{place.offset}\t{folder.strip('/')}\t{targets[0][-90:]}"
            yield Note(_COPIED, place.name, words)
            return


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    """Join the folders that are copied with the configurations in them."""
    for name, words in context.notes.get(_COPIED, {}).items():
        line, offset, folder, target = words.split("\t", 3)
        inside = lazy_regex(rf"(?:\A|/){re.escape(folder)}(?:/|\Z)", re.IGNORECASE)
        planted = next(filter(inside.search, context.notes.get(_CONFIGURED, ())), None)
        if planted is not None:
            yield Finding(
                rule=AGENT.id,
                severity=Severity.HIGH,
                kind=AGENT.kind,
                message=sanitize(f"It copies {planted} to {target}, the configuration of an agent"),
                file=sanitize(name, 1000),
                line=int(line),
                offset=int(offset),
                confidence=Confidence.HIGH,
            )


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        yield from _files(program, call)
        yield from _copied(program, call)
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


CHECK = Check(
    (AGENT,),
    _PATTERNS,
    _on_match,
    on_file=_on_file,
    on_end=_on_end,
    everywhere=True,
    on_program=_on_program,
)
