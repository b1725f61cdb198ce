"""The patterns of all checks, compiled. Importing this is what compiles them.

That takes a tenth of a second, so it is done where something is to be searched, and once: of
several workers one imports, and the others wait for it. There are two sets, because most of
what lies on a disk is no code: in a typical bundle two thirds are source maps.
"""

import yara_x

from vscan.providers.offline.checks import CHECKS


def compiled(*, everywhere: bool) -> yara_x.Rules:
    """Compile one set, each check in a namespace of its own: its number in the registry."""
    compiler = yara_x.Compiler()
    for number, check in enumerate(CHECKS):
        if check.patterns and check.everywhere is everywhere:
            compiler.new_namespace(str(number))
            compiler.add_source(check.patterns)
    return compiler.build()


FOR_CODE = compiled(everywhere=False)
FOR_EVERYTHING = compiled(everywhere=True)
