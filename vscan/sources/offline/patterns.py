"""The patterns of all checks, compiled. Importing this is what compiles them.

That takes a tenth of a second, so it is done where something is to be searched, and once: of
several workers one imports, and the others wait for it.
"""

import yara_x

from vscan.sources.offline.checks import CHECKS


def compiled() -> yara_x.Rules:
    """Compile, each check in a namespace of its own: its number in the registry."""
    compiler = yara_x.Compiler()
    for number, check in enumerate(CHECKS):
        if check.patterns:
            compiler.new_namespace(str(number))
            compiler.add_source(check.patterns)
    return compiler.build()


PATTERNS = compiled()
