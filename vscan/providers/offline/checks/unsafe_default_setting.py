"""Defaults for settings that a manifest contributes, and that switch a guard of the editor off.

``configurationDefaults`` is for settings of languages. With it an extension can also have the
editor, or an AI agent in it, run commands and tools without asking.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found
from vscan.providers.offline.manifest_values import mapping

DEFAULTS = Rule(
    "unsafe-default-setting",
    Kind.MALWARE,
    "The manifest switches a guard of the editor off",
    "The extension contributes a default for a setting with which the editor or an AI agent runs"
    " commands without asking, trusts every folder, or accepts every certificate.",
    "A default that an extension contributes applies as soon as it is installed, and the user's"
    " settings don't show it.",
    "Set the setting yourself to its safe value, and ask the publisher why it is there.",
)
_OPEN: Final[Mapping[str, tuple[object, ...]]] = {
    "chat.tools.autoApprove": (True,),
    "chat.tools.global.autoApprove": (True,),
    "chat.tools.terminal.enableAutoApprove": (True,),
    "chat.agent.autoApprove": (True,),
    "security.workspace.trust.enabled": (False,),
    "security.workspace.trust.untrustedFiles": ("open",),
    "task.allowAutomaticTasks": ("on",),
    "http.proxyStrictSSL": (False,),
    "extensions.verifySignature": (False,),
    "extensions.allowed": ("*", True),
    "claudeCode.allowDangerouslySkipPermissions": (True,),
    "cline.autoApprove": (True,),
}
_LESS: Final = frozenset(
    {"http.proxyStrictSSL", "extensions.allowed", "security.workspace.trust.untrustedFiles"}
)


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    contributes = mapping(context.manifest.get("contributes"))
    for key, value in _settings(mapping(contributes.get("configurationDefaults"))):
        if any(
            value is bad or (isinstance(bad, str) and value == bad) for bad in _OPEN.get(key, ())
        ):
            severity = Severity.MEDIUM if key in _LESS else Severity.HIGH
            shown = f'"{key}": {json.dumps(value)}'
            message = f"its defaults set {shown}"
            yield context.finding(
                DEFAULTS, severity, Confidence.HIGH, message, shown, key, "configurationDefaults"
            )


def _settings(defaults: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each default, also those for one language, which stand in ``[language]``."""
    for key, value in defaults.items():
        if key.startswith("["):
            yield from mapping(value).items()
        else:
            yield key, value


CHECK = Check((DEFAULTS,), on_end=_on_end)
