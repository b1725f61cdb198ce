"""The known editors: the extensions directory and the registry of each."""

import re
from typing import Final

from msgspec import Struct

from vscan.model import Registry

_SEPARATOR: Final = re.compile(r"[\\/]+")


class Editor(Struct, frozen=True):
    """An editor, or its server on a remote machine.

    ``folder`` is relative to a home directory. ``registry`` is ``None`` for an editor with a
    registry of its own. ``publisher``, in lower case, is the publisher of the extensions that come
    with the editor under the names of popular extensions.
    """

    folder: str
    name: str
    registry: Registry | None
    is_server: bool = False
    publisher: str | None = None

    @property
    def directory(self) -> str:
        """The extensions directory, relative to a home directory."""
        return f"{self.folder}/extensions"


_MARKETPLACE, _OPEN_VSX = Registry.MARKETPLACE, Registry.OPEN_VSX
EDITORS: Final = (
    Editor(".vscode", "VS Code", _MARKETPLACE, publisher="vscode"),
    Editor(".vscode-insiders", "VS Code Insiders", _MARKETPLACE, publisher="vscode"),
    Editor(".vscode-oss", "VSCodium", _OPEN_VSX),
    Editor(".cursor", "Cursor", _OPEN_VSX, publisher="anysphere"),
    Editor(".windsurf", "Windsurf", _OPEN_VSX, publisher="codeium"),
    Editor(".windsurf-next", "Windsurf Next", _OPEN_VSX, publisher="codeium"),
    Editor(".kiro", "Kiro", _OPEN_VSX),
    Editor(".trae", "Trae", None),
    Editor(".trae-cn", "Trae CN", None),
    Editor(".antigravity", "Antigravity 1", _OPEN_VSX),
    Editor(".antigravity-ide", "Antigravity", _OPEN_VSX),
    Editor(".positron", "Positron", _OPEN_VSX),
    Editor(".void", "Void", _OPEN_VSX),
    Editor(".vscode-server", "VS Code Server", _MARKETPLACE, is_server=True),
    Editor(".vscode-server-insiders", "VS Code Server Insiders", _MARKETPLACE, is_server=True),
    Editor(".vscode-remote", "VS Code Server in a container", _MARKETPLACE, is_server=True),
    Editor(".vscodium-server", "VSCodium Server", _OPEN_VSX, is_server=True),
    Editor(".cursor-server", "Cursor Server", _OPEN_VSX, is_server=True),
    Editor(".windsurf-server", "Windsurf Server", _OPEN_VSX, is_server=True),
    Editor(".antigravity-server", "Antigravity Server", _OPEN_VSX, is_server=True),
    Editor(".positron-server", "Positron Server", _OPEN_VSX, is_server=True),
    Editor(".local/share/code-server", "code-server", _OPEN_VSX, is_server=True),
    Editor(".openvscode-server", "OpenVSCode Server", _OPEN_VSX, is_server=True),
    Editor(".openvscode-server/data", "OpenVSCode Server", _OPEN_VSX, is_server=True),
)


def editor_of(directory: str) -> Editor | None:
    """Return the editor that owns an extensions directory, by the end of its path, or ``None``.

    The path may be one of another machine, and of Windows.
    """
    parts = _SEPARATOR.split(directory.rstrip("\\/"))
    for editor in EDITORS:
        expected = editor.directory.split("/")
        if len(parts) > len(expected) and parts[-len(expected) :] == expected:
            return editor
    return None
