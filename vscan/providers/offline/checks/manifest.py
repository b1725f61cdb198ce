"""Suspicious declarations in a manifest: unneeded code, and code that runs or arrives unrequested.

A theme needs no program. Users did not choose to run a program that starts with the editor, that
runs at the uninstallation, or that another extension installs later. Many honest extensions do
some of this, but it helps to find the others.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found, identity
from vscan.providers.offline.manifest_values import contributed, mapping, text, texts
from vscan.safe_text import pluralize, sanitize

CODE_IN_THEME = Rule(
    "code-in-theme",
    Kind.MALWARE,
    "A theme, snippet or language pack contains a program",
    "The extension contributes only themes, snippets, grammars or translations, but its manifest"
    " names a program.",
    "Such contributions are data that the editor reads without a program. Malware poses as a theme"
    " because nobody expects a theme to run code.",
    "Review the program, or use a theme without one.",
)
EAGER = Rule(
    "eager-activation",
    Kind.POSTURE,
    "The extension always starts with the editor",
    "Its activation events contain `*`: its program runs at every start of the editor.",
    "It slows down every start, and its code runs even if nobody uses the extension.",
    "Ask its author for narrower activation events.",
)
OUTSIDE = Rule(
    "entry-point-outside",
    Kind.MALWARE,
    "The extension runs a file outside of its folder",
    "The manifest's `main` or `browser` leads out of the extension's folder, by `..` or through a"
    " link.",
    "The editor warns, but loads the file. The code that runs is not the code that was reviewed or"
    " scanned, and packers don't make such extensions.",
    "Remove the extension, and examine the file that it names.",
)
MISSING = Rule(
    "missing-member",
    Kind.POSTURE,
    "The extension requires extensions that are not installed",
    "Its extension pack or its dependencies name extensions that are not installed beside it.",
    "The editor may install them at any time, unreviewed. Anybody can register an id that is no"
    " longer in use.",
    "Review the named extensions: install and scan them, or remove the pack.",
)
UNINSTALL = Rule(
    "uninstall-script",
    Kind.POSTURE,
    "A script runs when the extension is uninstalled",
    "Its manifest has a `vscode:uninstall` script. Editors don't run the other scripts of npm, but"
    " they run this one, with Node and outside of the editor. It is examined like an entry point.",
    "Users who remove a suspicious extension run its code once more.",
    "Review the script before you uninstall the extension.",
)
_LANGUAGE = frozenset(
    {"breakpoints", "grammars", "languages", "problemMatchers", "problemPatterns"}
    | {"semanticTokenModifiers", "semanticTokenScopes", "semanticTokenTypes"}
)
_DATA = _LANGUAGE | {
    "configurationDefaults",
    "iconThemes",
    "icons",
    "localizations",
    "productIconThemes",
    "snippets",
    "themes",
}
_AT_START = frozenset({"*", "onStartupFinished"})
_NAMED = 10  # missing members in the message


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    manifest = context.manifest
    events = texts(manifest.get("activationEvents"))
    yield from _outside(context)
    files = list(context.programs)
    if files:
        yield from _code_in_theme(context, contributed(manifest), events, files)
        if "*" in events and (manifest.get("main") or manifest.get("browser")):
            message = "its program starts with the editor, whatever is opened"
            yield context.finding(
                EAGER,
                Severity.MEDIUM,
                Confidence.HIGH,
                message,
                '"activationEvents": ["*"]',
                "activationEvents",
            )
    if context.missing_members:
        names = ", ".join(context.missing_members[:_NAMED])
        message = f"{pluralize(len(context.missing_members), 'member')} not installed: {names}"
        yield context.finding(MISSING, Severity.MEDIUM, Confidence.HIGH, message, names, *_MEMBERS)
    script = text(mapping(manifest.get("scripts")).get("vscode:uninstall"))
    if script:
        message = f"uninstalling it runs: {script}"
        yield context.finding(
            UNINSTALL, Severity.MEDIUM, Confidence.HIGH, message, script, "vscode:uninstall"
        )


def _outside(context: ExtensionContext) -> Iterator[Found]:
    if context.outside_entry_points:
        names = ", ".join(context.outside_entry_points)
        message = f"it runs what is not in its folder: {names}"
        finding = context.finding(
            OUTSIDE, Severity.HIGH, Confidence.HIGH, message, names, "main", "browser"
        )
        yield replace(finding, digest=_of_programs(context))


def _of_programs(context: ExtensionContext) -> str:
    """Digest the manifest and the programs that it names: the finding is about them."""
    names = ("package.json", *context.outside_entry_points, *context.programs)
    return identity(*(context.digests.get(sanitize(name, 1000), "") for name in names))


_MEMBERS = ("extensionPack", "extensionDependencies")


def _code_in_theme(
    context: ExtensionContext, points: set[str], events: list[str], files: list[str]
) -> Iterator[Found]:
    if not points or points - _DATA:
        return
    # Extensions with language features have a program that waits for a file in the language.
    waits = points & _LANGUAGE and not _AT_START.intersection(events)
    at_start = _AT_START.intersection(events)
    starts_programs = at_start and context.facts.get("child-processes")
    finding = context.finding(
        CODE_IN_THEME,
        Severity.LOW if waits else Severity.HIGH if starts_programs else Severity.MEDIUM,
        Confidence.LOW if waits else Confidence.MEDIUM,
        f"it contributes only {', '.join(sorted(points))}, and runs {files[0]}"
        + (" at the editor's start, which can start other programs" if starts_programs else ""),
        files[0],
        "main",
        "browser",
    )
    yield replace(finding, digest=_of_programs(context))


CHECK = Check((CODE_IN_THEME, EAGER, OUTSIDE, MISSING, UNINSTALL), on_end=_on_end)
