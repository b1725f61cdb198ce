"""Names of methods and members of JavaScript, by what they do with the value they belong to."""

from typing import Final

_ITERATES: Final = "map flatMap forEach filter find some every findLast reduce reduceRight sort"
_ADDS: Final = "push unshift append set add write concat splice fill update end setItem"
_KEEPS_WHOLE: Final = (
    "stringify from entries assign encode encodeURIComponent escape gzipSync deflateSync btoa"
    " toString concat values fromEntries serialize Blob File FormData URLSearchParams"
    " publicEncrypt update final digest"
)
_ABOUT: Final = (
    "length languageId lineCount isDirty eol host hostname size ok status statusCode statusText"
    " byteLength startsWith endsWith includes indexOf lastIndexOf test has isFile isDirectory"
    " some every localeCompare search"
)
_FOLDED: Final = "map join reverse split slice concat replace substring substr toString"

# Methods that hand the items of their object to a callback.
ITERATES: Final = frozenset(_ITERATES.split())
REDUCES: Final = frozenset({"reduce", "reduceRight"})
# Methods that add their arguments to the object on which they are called.
ADDS: Final = frozenset(_ADDS.split())
# Functions that return all of what they are given, in another form.
KEEPS_WHOLE: Final = frozenset(_KEEPS_WHOLE.split())
# Members of a value which say something about it, and no longer contain it.
ABOUT: Final = frozenset(_ABOUT.split())
# Methods whose results are computed if all is known, as the names are in a program.
FOLDED: Final = frozenset(_FOLDED.encode().split())
