"""What a manifest gives away: code that has no business there, and what runs or comes unasked.

A theme needs no program. A program that starts with the editor, at an uninstallation, or that
another extension brings along later is one that nobody chose to run. Many honest extensions
do some of this; whoever looks for the others begins here.
"""

from collections.abc import Iterator
from dataclasses import replace

from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found, identity
from vscan.providers.offline.manifest import contributed, mapping, text, texts
from vscan.text import pluralize, sanitize

CODE_IN_THEME = Rule(
    "code-in-theme",
    Kind.MALWARE,
    "A theme, snippet or language pack brings a program along",
    "The extension contributes nothing but themes, snippets, grammars or translations, and"
    " its manifest names a program all the same.",
    "Such contributions are data: the editor reads them itself. Malware poses as a theme,"
    " because nobody expects one to run anything.",
    "Read the program, or use a theme that has none.",
)
EAGER = Rule(
    "eager-activation",
    Kind.POSTURE,
    "It starts with the editor, whatever is opened",
    "Its activation events have `*`: its program runs at each start, before anything asks for it.",
    "It slows every start down, and what runs always needs no one to use it.",
    "Ask its author for narrower activation events.",
)
OUTSIDE = Rule(
    "entry-point-outside",
    Kind.MALWARE,
    "It runs a file that is not in its folder",
    "Its manifest's `main` or `browser` leads out of the extension's folder, by `..` or through a"
    " link.",
    "The editor warns, and loads it all the same. What was reviewed, or scanned, is not what runs;"
    " no packer makes such an extension.",
    "Remove the extension, and look at the file that it names.",
)
MISSING = Rule(
    "missing-member",
    Kind.POSTURE,
    "It brings along extensions that are not installed",
    "Its extension pack or its dependencies name extensions that are not installed beside it.",
    "The editor may fetch them at any time, unreviewed; an id that nobody holds any more can be"
    " registered by anybody.",
    "Look at what it names; install and scan it, or remove the pack.",
)
UNINSTALL = Rule(
    "uninstall-script",
    Kind.POSTURE,
    "A script runs when it is uninstalled",
    "Its manifest has a `vscode:uninstall` script. Other scripts of npm's are not run when an"
    " extension is installed; this one is, with Node and outside of the editor.",
    "Whoever removes a suspicious extension would run it once more.",
    "Read the script before uninstalling.",
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
_NAMED = 10  # missing members that a finding names


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    manifest = context.manifest
    events = texts(manifest.get("activationEvents"))
    yield from _outside(context)
    files = list(context.programs)
    if files:
        yield from _code_in_theme(context, contributed(manifest), events, files)
        if "*" in events:
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
    """Digest the manifest and the programs that it names: it is they that a finding is about."""
    names = ("package.json", *context.outside_entry_points, *context.programs)
    return identity(*(context.digests.get(sanitize(name, 1000), "") for name in names))


_MEMBERS = ("extensionPack", "extensionDependencies")


def _code_in_theme(
    context: ExtensionContext, points: set[str], events: list[str], files: list[str]
) -> Iterator[Found]:
    if not points or points - _DATA:
        return
    # A language's program that waits for its language is how providers come without settings.
    waits = points & _LANGUAGE and not _AT_START.intersection(events)
    finding = context.finding(
        CODE_IN_THEME,
        Severity.LOW if waits else Severity.MEDIUM,
        Confidence.LOW if waits else Confidence.MEDIUM,
        f"it contributes only {', '.join(sorted(points))}, and runs {files[0]}",
        files[0],
        "main",
        "browser",
    )
    yield replace(finding, digest=_of_programs(context))


CHECK = Check((CODE_IN_THEME, EAGER, OUTSIDE, MISSING, UNINSTALL), on_end=_on_end)
