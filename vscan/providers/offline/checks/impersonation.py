"""Names that imitate those of popular extensions.

The table of very popular extensions is written by hand. It is short, so that a similar name is
rarely chance. Display names are compared without spaces, marks and look-alike letters. Common words
("Python", "Docker") belong to nobody: they count only together with a second similarity.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from vscan.editors import EDITORS
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found
from vscan.providers.offline.manifest_values import mapping

IMPERSONATION = Rule(
    "impersonation",
    Kind.MALWARE,
    "The extension imitates a popular one",
    "The name of the extension, or of its publisher, equals or closely resembles that of a very"
    " popular extension by another publisher.",
    "People install such malware because they mistake it for the popular extension. An icon and a"
    " description are easily copied; the publisher in the id is not.",
    "Compare the id with the one in the message. Install the extension with that id, unless you"
    " chose this one as a fork.",
)
_POPULAR = {
    "akamud.vscode-theme-onedark": "Atom One Dark Theme",
    "alefragnani.bookmarks": "Bookmarks",
    "alefragnani.project-manager": "Project Manager",
    "anthropic.claude-code": "Claude Code for VS Code",
    "aaron-bond.better-comments": "Better Comments",
    "bradlc.vscode-tailwindcss": "Tailwind CSS IntelliSense",
    "christian-kohler.npm-intellisense": "npm Intellisense",
    "christian-kohler.path-intellisense": "Path Intellisense",
    "coenraads.bracket-pair-colorizer-2": "Bracket Pair Colorizer 2",
    "continue.continue": "Continue - open-source AI code agent",
    "dart-code.dart-code": "Dart",
    "dart-code.flutter": "Flutter",
    "davidanson.vscode-markdownlint": "markdownlint",
    "dbaeumer.vscode-eslint": "ESLint",
    "donjayamanne.githistory": "Git History",
    "dracula-theme.theme-dracula": "Dracula Theme Official",
    "dsznajder.es7-react-js-snippets": "ES7+ React/Redux/React-Native snippets",
    "eamodio.gitlens": "GitLens — Git supercharged",
    "editorconfig.editorconfig": "EditorConfig for VS Code",
    "esbenp.prettier-vscode": "Prettier - Code formatter",
    "formulahendry.auto-close-tag": "Auto Close Tag",
    "formulahendry.auto-rename-tag": "Auto Rename Tag",
    "formulahendry.code-runner": "Code Runner",
    "foxundermoon.shell-format": "shell-format",
    "github.copilot": "GitHub Copilot",
    "github.copilot-chat": "GitHub Copilot Chat",
    "github.github-vscode-theme": "GitHub Theme",
    "github.vscode-github-actions": "GitHub Actions",
    "github.vscode-pull-request-github": "GitHub Pull Requests",
    "gitlab.gitlab-workflow": "GitLab Workflow",
    "golang.go": "Go",
    "graphql.vscode-graphql": "GraphQL: Language Feature Support",
    "gruntfuggly.todo-tree": "Todo Tree",
    "hashicorp.terraform": "HashiCorp Terraform",
    "humao.rest-client": "REST Client",
    "juanblanco.solidity": "solidity",
    "julialang.language-julia": "Julia",
    "mechatroner.rainbow-csv": "Rainbow CSV",
    "mhutchie.git-graph": "Git Graph",
    "mikestead.dotenv": "DotENV",
    "ms-azuretools.vscode-docker": "Docker",
    "ms-dotnettools.csdevkit": "C# Dev Kit",
    "ms-dotnettools.csharp": "C#",
    "ms-kubernetes-tools.vscode-kubernetes-tools": "Kubernetes",
    "ms-python.black-formatter": "Black Formatter",
    "ms-python.debugpy": "Python Debugger",
    "ms-python.python": "Python",
    "ms-python.vscode-pylance": "Pylance",
    "ms-toolsai.jupyter": "Jupyter",
    "ms-vscode-remote.remote-containers": "Dev Containers",
    "ms-vscode-remote.remote-ssh": "Remote - SSH",
    "ms-vscode-remote.remote-wsl": "WSL",
    "ms-vscode.cmake-tools": "CMake Tools",
    "ms-vscode.cpptools": "C/C++",
    "ms-vscode.hexeditor": "Hex Editor",
    "ms-vscode.live-server": "Live Preview",
    "ms-vscode.powershell": "PowerShell",
    "ms-vsliveshare.vsliveshare": "Live Share",
    "nomicfoundation.hardhat-solidity": "Solidity",
    "nrwl.angular-console": "Nx Console",
    "oderwat.indent-rainbow": "indent-rainbow",
    "openai.chatgpt": "Codex - OpenAI's coding agent",
    "pkief.material-icon-theme": "Material Icon Theme",
    "prisma.prisma": "Prisma",
    "redhat.java": "Language Support for Java(TM) by Red Hat",
    "redhat.vscode-yaml": "YAML",
    "ritwickdey.liveserver": "Live Server",
    "rust-lang.rust-analyzer": "rust-analyzer",
    "saoudrizwan.claude-dev": "Cline",
    "shd101wyy.markdown-preview-enhanced": "Markdown Preview Enhanced",
    "sonarsource.sonarlint-vscode": "SonarQube for IDE",
    "streetsidesoftware.code-spell-checker": "Code Spell Checker",
    "svelte.svelte-vscode": "Svelte for VS Code",
    "tabnine.tabnine-vscode": "Tabnine",
    "tomoki1207.pdf": "vscode-pdf",
    "usernamehw.errorlens": "Error Lens",
    "visualstudioexptteam.vscodeintellicode": "IntelliCode",
    "vscjava.vscode-java-debug": "Debugger for Java",
    "vscjava.vscode-maven": "Maven for Java",
    "vscode-icons-team.vscode-icons": "vscode-icons",
    "vscodevim.vim": "Vim",
    "vue.volar": "Vue (Official)",
    "wakatime.vscode-wakatime": "WakaTime",
    "wallabyjs.quokka-vscode": "Quokka.js",
    "yzhang.markdown-all-in-one": "Markdown All in One",
    "zhuangtongfa.material-theme": "One Dark Pro",
}
# Names that are common words.
_WORDS = frozenset(
    {"bookmarks", "c", "cc", "continue", "csharp", "cpptools", "dart", "docker", "dotenv"}
    | {"flutter", "githistory", "githubtheme", "go", "hexeditor", "java", "julia", "jupyter"}
    | {"kubernetes", "materialtheme", "pdf", "powershell", "prisma", "projectmanager", "python"}
    | {"restclient", "solidity", "terraform", "vim", "vscodepdf", "wsl", "yaml", "debugpy"}
    | {"pythondebugger", "shellformat", "vscodedocker", "vscodeyaml", "livepreview", "cline"}
    | {"devcontainers"}
)
# Earlier ids of the same extensions, and a free build of one that may not be built freely.
_KNOWN = frozenset(
    {
        "lukehoban.go",
        "matklad.rust-analyzer",
        "muhammad-sammy.csharp",
        "peterjausovec.vscode-docker",
        "robertohuertasm.vscode-icons",
    }
)
_EDITORS = frozenset(editor.publisher for editor in EDITORS)
_SHORTEST = 6  # letters of a publisher; shorter names are similar by chance
_SHORTEST_NAME = 8
_LOOKALIKES = str.maketrans(
    dict(zip("01|i", "olll", strict=True))
    # Cyrillic, then Greek.
    | dict(zip("\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440", "abekmhop", strict=True))
    | dict(zip("\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb", "ctyxsljh", strict=True))
    | dict(zip("\u0501\u051b\u051d\u04cf", "dqwl", strict=True))
    | dict(zip("\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5", "alkvoptu", strict=True))
)


def _folded(words: str) -> str:
    """Remove what readers overlook: case, spaces, marks."""
    folded = unicodedata.normalize("NFKD", words).casefold()
    return "".join(filter(str.isalnum, folded))


def _seen(words: str) -> str:
    """Replace letters that look alike by the same letter."""
    seen = unicodedata.normalize("NFKD", words).casefold().translate(_LOOKALIKES)
    return seen.replace("rn", "m").replace("vv", "w")


class _Popular(Struct, frozen=True):
    """A popular extension, with its names in the forms that are compared."""

    id: str
    publisher: str
    name: str
    shown: str
    shown_folded: str
    shown_seen: str


def _popular(identity: str, shown: str) -> _Popular:
    publisher, _, name = identity.partition(".")
    return _Popular(identity, publisher, name, shown, _folded(shown), _folded(_seen(shown)))


@cache
def _popular_extensions() -> tuple[_Popular, ...]:
    return tuple(_popular(identity, shown) for identity, shown in _POPULAR.items())


@cache
def _popular_publishers() -> dict[str, str]:
    """Map each publisher in the table to what a reader sees of its name."""
    publishers = (each.publisher for each in _popular_extensions())
    return {publisher: _folded(_seen(publisher)) for publisher in publishers}


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    identity = context.extension.id
    publisher, name = identity.publisher.lower(), identity.name.lower()
    if publisher in _EDITORS or publisher in _popular_publishers() or identity.key in _KNOWN:
        return
    shown = context.extension.display_name
    found = _as_a_copy(context, publisher, name, shown)
    severity = Severity.HIGH
    if found is None:
        found = _by_publisher(publisher) or _by_names(publisher, name, shown)
        if found is None:
            return
        severity = Severity.LOW if found[1] is Confidence.LOW else Severity.MEDIUM
    message, confidence = found
    yield context.finding(IMPERSONATION, severity, confidence, message, str(identity), "publisher")


def _as_a_copy(
    context: ExtensionContext, publisher: str, name: str, shown: str
) -> tuple[str, Confidence] | None:
    """Find what has the display name of a popular extension, and more of it.

    A name that people read, or letters that only look like it, say little alone: forks have it, too.
    Together with the name in the id, a publisher that is named after the extension, or the
    address of its repository, it is a copy that is to be mistaken for it.
    """
    folded, seen = _folded(shown), _folded(_seen(shown))
    for each in _popular_extensions():
        only_looks = seen == each.shown_seen and folded != each.shown_folded and _is_disguise(shown)
        if not folded or not (folded == each.shown_folded or only_looks):
            continue
        more = {
            "its name in the id": name == each.name,
            "a publisher that is named after it": _is_named_after(publisher, each),
            "its repository": _has_repository(context.manifest.get("repository"), each),
            "letters that only look like those": only_looks,
        }
        others = [what for what, holds in more.items() if holds]
        if others and (folded not in _WORDS or len(others) > 1):
            message = (
                f"it is called {shown}, and has {' and '.join(others)}; {each.shown} is {each.id}"
            )
            return message, Confidence.HIGH
    return None


def _is_disguise(shown: str) -> bool:
    """Whether letters of another script are in a name: one for l may be a mistake."""
    return not shown.isascii()


def _is_named_after(publisher: str, popular: _Popular) -> bool:
    return publisher != popular.name and (
        (len(popular.name) >= _SHORTEST_NAME and popular.name in publisher)
        or (len(popular.publisher) >= _SHORTEST and popular.publisher in publisher)
    )


def _has_repository(repository: object, popular: _Popular) -> bool:
    url = mapping(repository).get("url") if not isinstance(repository, str) else repository
    parts = [part for part in str(url or "").lower().removesuffix(".git").split("/") if part]
    return len(parts) > 1 and (parts[-1] == popular.name or parts[-2] == popular.publisher)


def _by_publisher(publisher: str) -> tuple[str, Confidence] | None:
    folded, seen = _folded(publisher), _folded(_seen(publisher))
    for known, known_seen in _popular_publishers().items():
        # A difference of a hyphen alone is not a disguise, but another word.
        if len(known) >= _SHORTEST and seen == known_seen and folded != _folded(known):
            return f"its publisher {publisher} can hardly be told from {known}", Confidence.HIGH
    return None


def _by_names(publisher: str, name: str, shown: str) -> tuple[str, Confidence] | None:
    folded, seen = _folded(shown), _folded(_seen(shown))
    unsure = None
    for each in _popular_extensions():
        like = f"{each.shown} is {each.id}"
        same_name = name == each.name
        same_shown = folded == each.shown_folded
        if same_name and len(each.publisher) >= _SHORTEST and _is_near(publisher, each.publisher):
            return f"did you mean {each.id}? The publishers differ in one letter", Confidence.HIGH
        if len(seen) >= _SHORTEST and seen == each.shown_seen and not same_shown:
            return f"{shown} only looks like {each.shown}; {like}", Confidence.HIGH
        if same_shown and (same_name or folded not in _WORDS):
            return f"it is called {shown}, and {like}", Confidence.MEDIUM
        if len(name) < _SHORTEST_NAME or _folded(each.name) in _WORDS:
            continue
        if same_name:
            return f"its name is {name}, and so is that of {each.id}", Confidence.MEDIUM
        if _seen(name) == _seen(each.name):
            return f"its name {name} can hardly be told from that of {each.id}", Confidence.HIGH
        if name[0] == each.name[0] and _is_near(
            name, each.name
        ):  # five-server does not imitate live-server
            unsure = f"did you mean {each.id}? The names differ in one letter"
    return (unsure, Confidence.LOW) if unsure else None


def _is_near(one: str, other: str) -> bool:
    """Say whether one letter is added, missing, replaced, or swapped with the next one."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while one[start : start + 1] == other[start : start + 1] != "":
        start += 1
    rest, other_rest = one[start:], other[start:]
    return (
        rest[1:] == other_rest[1:]
        or rest[1:] == other_rest
        or rest == other_rest[1:]
        or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    )


CHECK = Check((IMPERSONATION,), on_end=_on_end)
