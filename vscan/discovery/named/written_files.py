"""The files that the commands of a text write: what the repository has there is replaced."""

from functools import cached_property

from vscan.lazy_regex import lazy_regex

_WRITES = lazy_regex(
    r"(?:(?<![-=<&0-9])>>?[ \t]*|(?<![\w-])(?:-o|-O|--output|--output-document|-OutFile"
    r"|tee(?:[ \t]+-a)?|Out-File|Set-Content|Add-Content)[ \t=]+)"
    r"[\"']?(?P<path>[\w./~${}@+-]{1,200})"
)
_LISTS = "--list-extensions"  # what it writes are the extensions that are installed
_MAX_LINE = 1000


class WrittenFiles:
    """Answers whether a text writes a file, by its path as written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def contain(self, path: str) -> bool:
        """Say whether a command of the text writes a file of this path."""
        return _plain(path) in self._paths

    @cached_property
    def _paths(self) -> frozenset[str]:
        found = []
        for match in _WRITES.finditer(self._text):
            start = self._text.rfind("\n", max(0, match.start() - _MAX_LINE), match.start()) + 1
            if _LISTS not in self._text[start : match.start()]:
                found.append(_plain(match["path"]))
        return frozenset(found)


def _plain(path: str) -> str:
    return path.strip("\"'").removeprefix("./")
