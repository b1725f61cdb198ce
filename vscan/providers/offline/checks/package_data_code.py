"""Code that lies in a data file of the extension and is run.

The payload is in a picture, a licence, a font or a translation, where nobody looks for code, and the
program takes it out, decodes it and runs it.

- Sources: files of the extension that are not programs by their name, or whose content is decoded.
- Sinks: eval, Function, vm, Module._compile; commands.
- Near misses: a program of the extension that is loaded by vm; a file of the workspace.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, Found
from vscan.providers.offline.syntax.programs import Program, steps
from vscan.providers.offline.syntax.sinks import code_run_by, labels_from
from vscan.providers.offline.syntax.values import Source

DATA_CODE = Rule(
    "package-data-code",
    Kind.MALWARE,
    "A data file of the extension is run as code",
    "The program reads a file of its own that is no program by its name, or decodes it, and runs the"
    " content as code.",
    "Code is put into pictures, licences or translations so that nobody looks at it.",
    "Remove the extension, and look into the file.",
)
_PROGRAM: Final = re.compile(r"\.(?:[cm]?js|jsc|jsx|ts|node|wasm)\Z", re.IGNORECASE)


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        for code in code_run_by(call):
            files = labels_from(code, Source.PACKAGE_FILE)
            decoded = labels_from(code, Source.DECODED)
            named = [label for label in files if label.what and not _PROGRAM.search(label.what)]
            if named or (files and decoded):
                message = f"It reads {steps(program, named or files)} and runs it as code (line {call.line})"
                yield program.finding(DATA_CODE, Severity.HIGH, Confidence.HIGH, message, call)


CHECK = Check((DATA_CODE,), on_program=_on_program)
