"""Code that is decoded and run.

``eval(atob("..."))`` hides code from reviewers and from searches for words. Each half is harmless
alone: bundlers use ``new Function``, and many programs decode base64.

- Sources: what is decoded, decompressed, decrypted, or put together from numbers.
- Sinks: code that is run, commands that are started, modules that are imported.
- Near misses: content that only changes its encoding; a module that is made of a file of the user.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.syntax.javascript_programs import Program, steps
from vscan.providers.offline.syntax.sinks import code_run_by, labels_from, starts
from vscan.providers.offline.syntax.string_tables import TABLE
from vscan.providers.offline.syntax.values import UNKNOWN, Source, Value

DECODED = Rule(
    "decoded-code",
    Kind.MALWARE,
    "Code is decoded and run",
    "A text is decoded, for example from base64, and runs as code or as a command.",
    "Honest code has no reason to do this. Malicious extensions use it to hide from reviewers and"
    " from scanners.",
    "Decode the text yourself. Remove the extension unless you know what the code does and why it"
    " is hidden.",
)
_CHANGES_ENCODING: Final = (
    "TextDecoder",
    "decodeURI",
    "Buffer.from(..., latin1",
    "Buffer.from(..., binary",
)
# A text whose letters are all escaped is not one that anybody wrote.
_FIRST = 200  # characters of a call in which such a text is looked for
_ESCAPED: Final = lazy_regex(r"(?:\\x[2-7][0-9a-f]|\\u00[2-7][0-9a-f]){6}", re.IGNORECASE)


def _on_program(program: Program) -> Iterator[Found]:
    """Find decoded text that is run, however far the two are from each other."""
    for call in program.calls:
        for code in code_run_by(call):
            labels = [
                label
                for label in labels_from(code, Source.DECODED)
                if _hides(label.what) or code.constant is not None
            ]
            is_escaped = _ESCAPED.search(program.source_of(call.node)[:_FIRST]) is not None
            if labels or is_escaped or ("import" in call.names and _is_module_in_address(code)):
                decoders = f" ({steps(program, labels)})" if labels else ""
                message = f"It decodes a text{decoders} and runs it ({call.where})"
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
    """Whether a module is imported whose whole source is in its address, and is known."""
    return any(
        text.startswith("data:") and "javascript" in text[:40] and UNKNOWN not in text
        for text in code.texts
    )


CHECK = Check((DECODED,), on_program=_on_program)
