"""Code that is decoded and run in one expression.

``eval(atob("..."))`` hides what runs from whoever reads it, and from every search of words. Neither
half says anything: bundlers use ``new Function``, and everything decodes base64. So the two must
be nested, whatever stands between their parentheses: white space, comments, other ways to name
``eval`` or to decode. Where the text has a name in between, it must be run at once.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match
from vscan.sources.offline.content import Content

DECODED = Rule(
    "decoded-code",
    Kind.MALWARE,
    "Code is decoded and run",
    "One expression decodes a text, as from base64, and runs it as code or as a command.",
    "Code that is made to be read has no need of it. It is how malicious extensions hide what"
    " they do from review and from scanners.",
    "Decode the text yourself. Unless you know what it does and why it is hidden, remove the"
    " extension.",
)
_PATTERNS = r"""
rule nested {
    strings:
        $eval = /(eval|Function|constructor|_compile|runIn(This|New)?Context|compileFunction|vm\.Script|Worker|execScript|execSync|child_process.{0,6}exec)["'`\]\)?.\s]{0,9}(call|apply)?(\/\*.{0,80}\*\/)?\s{0,9}\(.{0,100}(atob|Buffer|unescape|fromCharCode|decodeURI)/s
        $reflect = /Reflect\.(apply|construct)\s{0,9}\(.{0,60}(eval|Function).{0,60}(atob|Buffer|unescape|fromCharCode|decodeURI)/s
        $bare = /\bexec(File)?\s{0,9}\([^;{]{0,40}(atob|Buffer|unescape|fromCharCode|decodeURI)/
        $hex = /(eval|Function)\s{0,9}\(\s{0,9}["'`](\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}){6}/
        $later = /(setTimeout|setInterval|spawn|spawnSync)\s{0,9}\([^;{]{0,60}(atob|Buffer|unescape|fromCharCode|decodeURI)/
        $data = /import\s{0,9}\(\s{0,9}["'`]data:(text|application)\/javascript/
    condition:
        any of them
}
rule named {
    strings:
        $decoded = /(atob|Buffer|unescape|fromCharCode)\b.{1,600}(eval|Function|_compile|runIn(This|New)?Context)\b/s
    condition:
        $decoded
}
"""
_DECLARED: Final = re.compile(rb"\b(?:const|let|var)\s")
_COMMENT: Final = re.compile(rb"/\*[^*]{0,200}\*/|//[^\n]{0,200}\n|\s")
_GLOBAL = rb"""(?:(?:globalThis|global|window|self|this|top)\??\.?\[?["'`]?)?"""
_RUN = (
    rb"(?:(?:"
    rb"(?<![\w$.])" + _GLOBAL + rb"""(?:eval|(?:new)?Function)["'`]?\]?"""
    rb"""|\(0,(?:\w{1,20}\.)?eval\)|[.\["']constructor["']?\]?"""
    rb"|newWorker|newvm\.Script|\._compile|runIn(?:This|New)?Context|compileFunction|execScript"
    rb"|(?<![\w$.])exec(?:File)?|(?<![\w$])(?:execSync|spawn|spawnSync|setTimeout|setInterval)"
    rb"""|child_process["'`]?\)?\.exec"""
    rb")(?:\?\.)?(?:\.call|\.apply)?\("
    rb"|Reflect\.(?:apply|construct)\((?:eval|Function),(?:\w{1,20},)?\[)"
)
_ARGUMENT = rb"""(?:\[?(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|[\w$.]{1,40})\]?,){0,6}"""
_WRAPPED = rb"""(?:`\$\{|\(|""\+|''\+|(?:await|new)?[\w$.]{1,40}\((?:\)\.\w{1,20}\()?){0,4}"""
_DECODE = (
    rb"(?:(?<![\w$])(?:(?:globalThis|global|window|self)\.)?(?:atob|unescape|decodeURI(?:Component)?)\("
    rb"|String\.fromCharCode\("
    rb"|(?:new)?Buffer(?:\.from)?\()"
)
_EXPRESSION = 900  # bytes of one, and of what runs its value
_NESTED: Final = re.compile(_RUN + _ARGUMENT + _WRAPPED + _DECODE)
_NAMED: Final = re.compile(
    rb"(?<![\w$.])([\w$]{1,40})="
    + _WRAPPED
    + _DECODE
    + rb".{0,600}?"
    + _RUN
    + _ARGUMENT
    + rb"\1\b",
    re.DOTALL,
)
_LITERAL: Final = re.compile(  # of a module in a URL, or of code whose letters are all escaped
    rb"import\([\"'`]data:\w+/javascript|(?:eval|Function)\([\"'`](?:\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}){6}",
    re.IGNORECASE,
)


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    if look.kind is not Content.CODE:
        return
    seen = -1
    for match in matches:
        if match.start <= seen:
            continue  # the same place by another pattern
        # A pattern's match may be shorter than the pattern: YARA says where, and no more.
        near = look.content[max(0, match.start - 30) : match.start + _EXPRESSION]
        text = _COMMENT.sub(b"", _DECLARED.sub(b";", near))
        nested = _NESTED.search(text) or _LITERAL.search(text)
        if nested or (match.rule == "named" and _NAMED.search(text)):
            seen = match.start + _EXPRESSION
            message = "A text is decoded and run at once"
            yield look.finding(DECODED, Severity.HIGH, Confidence.HIGH, message, match)


CHECK = Check((DECODED,), _PATTERNS, _look)
