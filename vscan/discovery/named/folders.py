"""The directories that the commands of a text change to."""

import re

from vscan.lazy_regex import lazy_regex

_CHANGES = lazy_regex(
    r"(?<![\w./-])(?:(?:cd|pushd|chdir|Set-Location|sl|WORKDIR)[ \t]+|working-directory:[ \t]*"
    r"|working_directory:[ \t]*|g?make[ \t]+-C[ \t]*|chdir:[ \t]*|\bcwd[\"']?[ \t]*[:=][ \t]*)"
    r"[\"']?(?:(?P<known>[\w./@+-]{1,200}+)(?![$`{])"
    r"|(?P<beside>\$\((?:cd[ \t]+)?[\"']?(?:\$\()?(?:dirname|git[ \t]+rev-parse)"
    r"|\$PSScriptRoot|%~dp0"
    r"|\$\{?(?:BASH_SOURCE|0\b|OLDPWD|containerWorkspaceFolder|workspaceFolder|GITHUB_WORKSPACE))"
    r"|(?P<unknown>[\w./@+-]{0,200}[$`%~{]))",
    re.IGNORECASE,
)
_MAX_FOLDERS = 20
ANY_FOLDER = "*"


def changed_folders(text: str) -> tuple[str, ...]:
    """Return the directories, as written; ``ANY_FOLDER`` for one that a variable holds.

    An absolute path is one outside of the repository.
    """
    found: dict[str, None] = {}
    for match in _CHANGES.finditer(text):
        if match["beside"]:
            continue
        known = match["known"] or ANY_FOLDER
        is_of_image = "workdir" in match[0].lower() or known.startswith("/workspace")
        folder = known.lstrip("/") if is_of_image else known
        if folder and folder not in {".", "-"}:
            found[folder] = None
            if len(found) >= _MAX_FOLDERS:
                break
    return tuple(found)
