"""The YARA patterns of all checks, compiled by the import of this module.

Compiling takes a tenth of a second, so the module is imported when the first analyser is made: of
several threads one compiles, and the others wait for its import. There are two sets, because most
bytes on a disk are not code: two thirds of a typical bundle are source maps.
"""

import yara_x

from vscan.providers.offline.checks import CHECKS


def compiled(*, everywhere: bool) -> yara_x.Rules:
    """Compile one set, with a namespace for each check: its number in ``CHECKS``."""
    compiler = yara_x.Compiler()
    for number, check in enumerate(CHECKS):
        if check.patterns and check.everywhere is everywhere:
            compiler.new_namespace(str(number))
            compiler.add_source(check.patterns)
    return compiler.build()


FOR_CODE = compiled(everywhere=False)
FOR_EVERYTHING = compiled(everywhere=True)
