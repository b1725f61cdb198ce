"""Code that is decoded and run in one expression.

``eval(atob("..."))`` hides code from reviewers and from searches for words. Each half is harmless
alone: bundlers use ``new Function``, and many programs decode base64. So the two must be nested, in
whatever spelling: with white space, comments, and other names of ``eval`` or of the decoder. If the
decoded text is assigned to a variable, the variable must be run at once.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.syntax.javascript_programs import Program, steps
from vscan.providers.offline.syntax.sinks import code_run_by, labels_from, starts
from vscan.providers.offline.syntax.string_tables import TABLE
from vscan.providers.offline.syntax.values import Source, Value

DECODED = Rule(
    "decoded-code",
    Kind.MALWARE,
    "Code is decoded and run",
    "One expression decodes a text, for example from base64, and runs it as code or as a command.",
    "Honest code has no reason to do this. Malicious extensions use it to hide from reviewers and"
    " from scanners.",
    "Decode the text yourself. Remove the extension unless you know what the code does and why it"
    " is hidden.",
)
# YARA searches only for what runs code; Python compares the text around it. A YARA pattern that
# included the decoder would take seconds for a megabyte of "eval(".
_PATTERNS = r"""
rule runs {
    strings:
        $eval = /\beval\b/
        $function = /\bFunction(["'`]\]|\)|\?\.|\.call|\.apply)?\s{0,9}[(\/]/
        $alias = /=\s{0,3}([A-Za-z]{4,10}\.)?Function\s{0,3}[;,\n]/
        $constructor = /[.'"`]constructor(["'`]\])?\s{0,9}\(/
        $reflect = /Reflect\.(apply|construct)\s{0,9}\(/
        $context = /\brunIn(This|New)?Context["'`\]]{0,2}\s{0,9}\(/
        $compile = /[._](compile|compileFunction)["'`\]]{0,2}\s{0,9}\(/
        $script = /\bvm["'`]?\)?\.Script\b/
        $worker = /\bnew\s{1,9}Worker\s{0,9}\(/
        $execute = /\bexecScript\s{0,9}\(/
    condition:
        any of them
}
rule starts {
    strings:
        $exec = /[^\w$.]exec(File)?\s{0,9}\(/
        $module = /child_process["'`]?\)?\.exec\s{0,9}\(/
        $sync = /\b(execSync|spawn|spawnSync)\s{0,9}\(/
        $later = /\bset(Timeout|Interval)\s{0,9}\(/
        $data = /import\s{0,9}\(\s{0,9}["'`]data:(text|application)\/javascript/
    condition:
        any of them
}
rule spelt {  // global["\x65val"](atob(x)), ev\u0061l(atob(x))
    strings:
        $computed = /["'`]\s{0,9}\]\s{0,9}\(\s{0,9}(atob|Buffer|unescape|String|decodeURI)/
        $escaped = /\\u(00[4-7][0-9a-fA-F]|\{0{0,4}[4-7][0-9a-fA-F]\})[\w\\{}]{0,40}\s{0,9}\(\s{0,9}(atob|Buffer|unescape|String|decodeURI)/
    condition:
        any of them
}
"""
_CHANGES_ENCODING: Final = (
    "TextDecoder",
    "decodeURI",
    "Buffer.from(..., latin1",
    "Buffer.from(..., binary",
)
_DECLARED: Final = lazy_regex(rb"\b(?:const|let|var)\s")
_COMMENT: Final = lazy_regex(rb"/\*[^*]{0,200}\*/|//[^\n]{0,200}\n|\s")
_GLOBAL = rb"""(?:(?:globalThis|global|window|self|this|top)\??\.?\[?["'`]?)?"""
_RUN = (
    rb"(?:(?:"
    rb"(?<![\w$.])" + _GLOBAL + rb"""(?:eval|(?:new)?Function)["'`]?\]?"""
    rb"""|\(0,(?:\w{1,20}\.)?eval\)|[.\["']constructor["']?\]?"""
    rb"|newWorker|new\(?(?:vm|require\([\"'`](?:node:)?vm[\"'`]\))\.Script\)?|\._compile"
    rb"|runIn(?:This|New)?Context|compileFunction|execScript"
    rb"|(?<![\w$.])exec(?:File)?|(?<![\w$])(?:execSync|spawn|spawnSync)"
    # A timer runs its first argument; it hands the others to that, which may be one of these.
    rb"|(?<![\w$])set(?:Timeout|Interval)(?=(?:\?\.)?(?:\.call|\.apply|\("
    rb"(?:(?![\w$.]{1,40},)|(?:[\w$.]{1,40}\.)?(?:eval|Function|exec\w{0,10}|spawn\w{0,10}"
    rb"|runIn\w{0,20})\b)))"
    rb"""|child_process["'`]?\)?\.exec"""
    rb")(?:\?\.)?(?:\.call|\.apply)?\("
    rb"|Reflect\.(?:apply|construct)\((?:eval|Function),(?:\w{1,20},)?\[)"
)
_ARGUMENT = rb"""(?:\[?(?:"[^"\n]{0,80}"|'[^'\n]{0,80}'|[\w$.]{1,40})\]?,){0,6}"""
_WRAPPED = rb"""(?:`\$\{|\(|""\+|''\+|(?:await|new)?[\w$.]{1,40}\((?:\)\.\w{1,20}\()?){0,4}"""
_DECODE = (
    rb"(?:(?<![\w$])(?:(?:globalThis|global|window|self)\.)?(?:atob|unescape"
    rb"|decodeURI(?:Component)?)\("
    rb"|String\.fromCharCode\("
    rb"|(?:new)?Buffer(?:\.from)?\()"
)
_BEFORE, _EXPRESSION = 60, 900  # bytes before a match, and of the expression that it starts
_KEPT = 700  # bytes between a text that is assigned and what runs it
_NESTED: Final = lazy_regex(_RUN + _ARGUMENT + _WRAPPED + _DECODE)
_NAMED: Final = lazy_regex(
    rb"(?<![\w$.])([\w$]{1,40})="
    + _WRAPPED
    + _DECODE
    + rb".{0,600}?"
    + _RUN
    + _ARGUMENT
    + rb"\1\b",
    re.DOTALL,
)
_ALIAS: Final = lazy_regex(
    rb"(?<![\w$.])([\w$]{1,40})\s{0,3}=\s{0,3}"
    + _GLOBAL
    + rb"(?:eval|Function)[\"'`]?\]?\s{0,3}[;,\n]"
)
_LITERAL: Final = lazy_regex(  # of a module in a URL, or of code whose letters are all escaped
    rb"import\([\"'`]data:\w+/javascript|(?:eval|Function)\([\"'`](?:\\x[0-9a-f]{2}"
    rb"|\\u00[0-9a-f]{2}){6}",
    re.IGNORECASE,
)
# A quick test first: most places contain none of these.
_DECODES: Final = lazy_regex(rb"atob|Buffer|unescape|fromCharCode|decodeURI|data:|\\[xu]")
_SPELT: Final = lazy_regex(
    rb"\\(?:x|u00|u\{0{0,4})(?:([46][1-9a-f]|[57][0-9a])\}?)|[\"']\+[\"']"
    rb"|\[[\"'`]([A-Za-z]\w{0,30})[\"'`]\]",
    re.IGNORECASE,
)


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    seen = -1
    for match in matches:
        # YARA may report a shorter match than the pattern allows: only its start counts.
        if match.start > seen and _decodes(window, match):
            seen = match.start + _EXPRESSION
            message = "A text is decoded and run at once"
            yield window.finding(DECODED, Severity.HIGH, Confidence.HIGH, message, match)


def _decodes(window: FileWindow, match: Match) -> bool:
    """Whether the code that is run at a match is decoded first."""
    start = max(0, match.start - _BEFORE)
    near = window.content[start : match.start + _EXPRESSION]
    if _DECODES.search(near):
        text = _tight(near)
        if _LITERAL.search(text) or _NESTED.search(text) or _NESTED.search(_plain(text)):
            return True
        for alias in _ALIAS.finditer(near):
            call = rb"(?:(?<![\w$.])|(?<=new))" + re.escape(alias[1]) + rb"(?:\?\.)?\("
            after = _plain(_tight(near[alias.end() :]))
            if re.search(call + _ARGUMENT + _WRAPPED + _DECODE, after):
                return True
    kept = window.content[max(0, match.start - _KEPT) : match.start + 2 * _BEFORE]
    return (
        match.rule == "runs"
        and _DECODES.search(kept) is not None
        and _NAMED.search(_tight(kept)) is not None
    )


def _tight(code: bytes) -> bytes:
    """Remove white space and comments."""
    return _COMMENT.sub(b"", _DECLARED.sub(b";", code))


def _plain(code: bytes) -> bytes:
    r"""Replace other spellings of names: ``["ev"+"\x61l"]`` becomes ``.eval``."""
    return _SPELT.sub(_name, _SPELT.sub(_letter, code))


def _letter(spelt: re.Match[bytes]) -> bytes:
    if spelt[2]:
        return spelt[0]
    return bytes.fromhex(spelt[1].decode()) if spelt[1] else b""


def _name(spelt: re.Match[bytes]) -> bytes:
    return b"." + spelt[2] if spelt[2] else spelt[0]


def _on_program(program: Program) -> Iterator[Found]:
    """Find decoded text that is run, however far the two are from each other."""
    for call in program.calls:
        for code in code_run_by(call):
            labels = [label for label in labels_from(code, Source.DECODED) if _hides(label.what)]
            if labels or ("import" in call.names and _is_module_in_address(code)):
                message = f"It decodes a text ({steps(program, labels)}) and runs it ({call.where})"
                yield program.finding(DECODED, Severity.HIGH, Confidence.HIGH, message, call)
        if starts(call):
            labels = [
                label
                for label in labels_from(call.argument(0), Source.DECODED)
                if _hides(label.what) and label.what != TABLE
            ]  # a program whose texts are all in a table does not hide a command more than others
            if labels and not call.argument(0).functions:
                message = (
                    f"It decodes a command ({steps(program, labels)}) and runs it ({call.where})"
                )
                yield program.finding(DECODED, Severity.HIGH, Confidence.HIGH, message, call)


def _hides(decoder: str) -> bool:
    """Whether a decoder hides a text; others only change its encoding."""
    return not decoder.startswith(_CHANGES_ENCODING)


def _is_module_in_address(code: Value) -> bool:
    return any(text.startswith("data:") and "javascript" in text[:40] for text in code.texts)


CHECK = Check((DECODED,), _PATTERNS, _on_match, on_program=_on_program)
