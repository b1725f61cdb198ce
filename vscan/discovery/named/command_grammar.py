"""The expressions by which commands are found that install extensions, and their arguments."""

import re
from collections.abc import Iterator

from vscan.discovery.named.list_filters import changes_words
from vscan.discovery.named.list_words import Word
from vscan.lazy_regex import lazy_regex


def _spelled(word: str) -> str:
    r"""Make a pattern of a word that quotes, escapes or a continued line may interrupt."""
    return r"(?:\$?[\"'\\^`]{1,3}(?:\r?\n)?)?".join(re.escape(sign) for sign in word)


FLAG = lazy_regex(
    rf"(?:(?<![\w-])|(?<=\$IFS)|(?<=\$[0-9]))"
    rf"(?:{_spelled('--install-extension')}|--install-builtin-extension)(?![\w-])"
    r"|(?<![\w-])(?P<verb>ovsx(?:@[\w.-]{1,40})?[\"']?[ \t]+get"
    r"|(?:code|codium|cursor|windsurf|tunnel|insiders)(?:\.\w{2,4})?[\"']?"
    r"(?:[ \t]+--?[\w-]{1,30}(?:[= \t][\w./-]{1,60})?){0,5}[ \t]+ext[ \t]+install"
    r"|(?:extest|vscode-extension-tester)[ \t]+install-from-marketplace)"
    r"(?=[ \t])"
)
_CONTINUATION = r"[\\`^][ \t]*(?:\r\n?|\n)(?:[ \t]*\#[^\r\n]*(?:\r\n?|\n))*"
_SPACE_OF_SHELLS = r"\$(?:IFS(?!\w)|\{IFS[^}\w][^}\r\n]{0,20}\}|\{IFS\})(?:\$[0-9@*])?"
_REDIRECTION = (
    r"(?:[0-9]{1,2}|&)?(?:>>?|<(?![^<>\r\n]{1,60}>))&?[ \t]*[^\s;&|<>\"'`()]{1,200}+"
    r"(?=[\s;&|)\"']|\Z)"
)
RECOMMENDATIONS = lazy_regex(r"(?:^|[/\\])\.vscode[/\\]extensions\.json$|\.code-workspace$")
PART_OF_WORD = lazy_regex(r"[\w.-](?:\$\(|`)(?!.{0,2000}\.vsix)")
JOINED_ID = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9-]*+\.[A-Za-z0-9][A-Za-z0-9-]*+(?:@[\w.+-]+)?")
# What a shell joins to the word before it.
GOES_ON = lazy_regex(r"(?:\\*[\"'])*+[\w.$%{`]|[\"']*\\\r?\n[\w.$`{\"']")
GAP = lazy_regex(rf"(?:[ \t]|{_CONTINUATION}|{_SPACE_OF_SHELLS}|(?<=[ \t]){_REDIRECTION})++")
# An option of an editor that a shell makes: ``code --install-$X``.
COMPUTED_OPTION = lazy_regex(
    r"(?<![\w-])(?:code|codium|vscodium|code-server|code-insiders|cursor|windsurf)"
    r"(?:\.\w{2,4})?[\"']?(?:[ \t]++(?!-{1,2}[\w\"'\\-]{0,40}+[$`{])[^\s;&|]{1,300}+){0,20}+"
    r"[ \t]++(?P<option>--[\w\"'\\-]{0,40}+(?:[$`]|\{(?!\{))[^\s;&|]{0,200})"
)
# A program that looks for the flag among its own options, or that declares it.
COMPARED = lazy_regex(
    r"(?:[=!]==?|\bcase|\bin|\b(?:add_argument|add_option|option|addOption|includes|startsWith|startswith"
    r"|indexOf|has|flag|get|count|index|remove|pop|parseFlag|equals)[ \t]*\()[ \t\r\n]*[(\[]?"
    r"(?:[\"'][\w-]{0,40}[\"'][ \t]*,[ \t]*){0,3}[\"'`]$"
)
CLOSING = lazy_regex(r"\\*[\"']")
LISTED = lazy_regex(r"\s*,\s*|[ \t]*\+[ \t]*")
JOINED = lazy_regex(r"\\*[\"'`][ \t]*(?:\+|\.)[ \t]*(?=[$A-Za-z_])")  # "… " + name
NEXT_ENTRY = lazy_regex(r"[ \t]*(?:#[^\r\n]*)?\r?\n[ \t]*-[ \t]+")
NEXT_ELEMENT = lazy_regex(r"</[\w.-]{1,40}>\s{0,200}<[\w.-]{1,40}>")
ENTRY = lazy_regex(r"[ \t]*-[ \t]+[\"']?$")
ARCHIVE = lazy_regex(r"\\*([\"'])(?P<path>[^\"'\r\n]{1,500}?\.vsix)\\*\1", re.IGNORECASE)
ARGUMENT = lazy_regex(
    r"""(?P<quotes>(?:[frbu$]?\\*["']){1,2})?(?P<text>(?:
        \$\{\{[^{}\r\n]{0,200}+\}\} | \{\{[^{}\r\n]{0,200}+\}\} | \$+\{[^}\r\n]{0,200}+\}
      | \$+\([^()\r\n]{0,300}(?:\([^()\r\n]{0,100}\)[^()\r\n]{0,300}){0,3}\)
      | `[^`\r\n]{1,300}` | <(?!/)[^<>\r\n]{1,60}> | \{[\w.]{0,60}\}
      | (?<=[\w.-])["'][\w.-]{1,100}["'] | (?(quotes)["']{1,2}(?=[.@]["'$]|[\w$])|(?!))
      | (?<=\w),(?=[\w$])
      | \\(?![\s"'nrt]) | [^\s"'`;&|(),\[\]{}<>\\]
    )++)""",
    re.VERBOSE,
)
OPTIONS_WITH_VALUES = frozenset(
    (
        "-o",
        "--output",
        "-t",
        "--target",
        "-r",
        "--registryUrl",
        "-p",
        "--pat",
        "-v",
        "--versionRange",
    )
)
PRE_RELEASE = lazy_regex(r"(?<![\w-])--pre-?release(?![\w-])")
COMMAND_END = lazy_regex(r"[;&|\r\n]")
LIST_END = lazy_regex(r"[\[\]]")
REST_OF_COMMAND = lazy_regex(rf"(?:[^;&|)\r\n\\`^]|{_CONTINUATION}|\\(?!\s)){{0,4000}}+")
POSITIONAL = lazy_regex(r"[^\s\"'\\]++")
PIECES = lazy_regex(r"[=:|\[\]\"'()]+")
PREFIXED = lazy_regex(r"\$\{(?P<name>\w+)\[[@*]\]/[#%]?/$")  # ${exts[@]/#/--install-extension }
NAMES_SOMETHING = lazy_regex(r"(?!-)(?=.{0,200}?[\w$%{<!`])(?!:::)", re.DOTALL)
LETTER = lazy_regex(r"[A-Za-z]")
CONTINUED = lazy_regex(_CONTINUATION)
NEIGHBOURHOOD = 300  # characters around a flag that can hold another flag of its command


def is_filtered(line: str) -> bool:
    """Say whether the words that a pipe gives to a command are others than those printed."""
    before = FLAG.split(line, maxsplit=1)[0]
    return "|" in before and changes_words(before, "")


def argument_words(argument: re.Match[str]) -> Iterator[Word]:
    """Give the ids of an argument, which commas separate, without quotes and escapes."""
    start = argument.start("text")
    for part in argument["text"].split(","):
        end = start + len(part)
        text = part
        if not part.lower().endswith(".vsix") and "$(" not in part and "`" not in part:
            text = re.sub(r"[\\\"']", "", part)
        yield Word(text, start, end, is_listed=True)
        start = end + 1
