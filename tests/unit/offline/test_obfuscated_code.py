import pytest

from tests.offline import analyse, found, only
from vscan.model import Severity

FOUND = {"obfuscated-code": Severity.MEDIUM}
BRACKETS = {"obfuscated-code": Severity.HIGH}  # nobody writes code of symbols alone


def names(number: int) -> str:
    return ";".join(f"var _0x{n:06x}={n}" for n in range(0xA00, 0xA00 + number))


def test_twenty_different_names_of_an_obfuscator_are_found() -> None:
    assert found(names(20)) == FOUND
    assert found(names(19) * 30) == {}
    assert found("# Names\n\n" + names(20), "README.md") == {}


@pytest.mark.parametrize("name", ["_0x{:X}", "a0_0x{:x}", "a_0x{:x}"])
def test_obfuscators_have_their_ways_with_names(name: str) -> None:
    assert found(";".join(f"var {name.format(n)}={n}" for n in range(0xA00, 0xA14))) == FOUND
    assert found(";".join(f"x={n:#x}+table_0x{n:x}" for n in range(0xA00, 0xA14))) == {}


def escaped(*words: str) -> str:
    return ",".join('"' + "".join(f"\\x{ord(c):02x}" for c in word) + '"' for word in words)


def test_a_table_of_escaped_letters_is_found() -> None:
    words = escaped("child_process", "execSync", "toString", "fromCharCode", "console")
    assert found(f"var t=[{words},{words}]") == FOUND
    assert found(f"var t=[{words}]") == {}  # too few
    assert found(f"var t=[{','.join([escaped('console')] * 20)}]") == {}  # one and the same
    assert found(f"var t=/[{escaped('ABCDEF')[1:-1]}]/;" * 20) == {}  # a class of characters


def test_code_of_brackets_is_found() -> None:
    letter = "(![]+[])[+[]]+(![]+[])[!+[]+!+[]]"
    assert found("+".join([letter] * 10)) == BRACKETS
    assert found(f"var f={letter};" * 10) == {}
    assert found("x=[[],[[]],[]];y=![]+[];" * 30) == {}


def test_many_of_one_name_hide_no_others() -> None:
    assert found("_0xa00;" * 3000 + names(20)) == FOUND


@pytest.mark.parametrize(
    "code",
    [
        "eval(x)",
        "global.x=1",
        "(function(){})()",
        "var y=2",
        'require("fs")',
        "!function(){}()",
        "x =1",
    ],
)
@pytest.mark.parametrize("before", ["const a = 1;", "}", "\n", "/* MIT */", '"use strict";\r\n'])
def test_code_behind_200_spaces_is_found(before: str, code: str) -> None:
    finding = only(analyse({"x.js": f"{before}{' ' * 200}{code}"}), "obfuscated-code")
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence == code


def test_code_behind_200_tabs_is_found() -> None:
    assert found("const a = 1;" + "\t" * 200 + "eval(x)") == FOUND


@pytest.mark.parametrize(
    "code",
    [
        "const a = 1;" + " " * 199 + "eval(x)",
        "const a = 1;" + " " * 300 + "\neval(x)",
        "const a = 1;" + " " * 300 + "// a comment",
        'const a = "' + " " * 300 + '";',
        'const a = "' + " " * 300 + 'right aligned";',
        "|" + " " * 300 + "|",
    ],
)
def test_spaces_before_other_text_are_not_found(code: str) -> None:
    assert found(code) == {}


def test_thousands_of_decoys_hide_no_code_of_brackets() -> None:
    letter = "(![]+[])[+[]]+(![]+[])[!+[]+!+[]]"
    assert found("x=![]+[])[;" * 3000 + "+".join([letter] * 10)) == BRACKETS


def test_names_of_an_obfuscator_hide_no_code_of_brackets() -> None:
    """A thousand names are enough to be sure of the names, which are only medium."""
    letter = "(![]+[])[+[]]+(![]+[])[!+[]+!+[]]"
    code = names(2000) + ";" + "+".join([letter] * 10)
    assert {finding.severity for finding in analyse({"x.js": code}).findings} == {
        Severity.MEDIUM,
        Severity.HIGH,
    }


def test_more_names_than_are_looked_at_are_no_gap_and_more_brackets_are() -> None:
    verdict = analyse({"x.js": "_0xa00;" * 51_000 + names(20)})
    assert [finding.severity for finding in verdict.findings] == [Severity.MEDIUM]
    assert verdict.gaps == ()
    verdict = analyse({"x.js": names(20) * 100 + ";x=![]+[])[;" * 51_000})
    assert [gap.text for gap in verdict.gaps] == [
        "x.js has too many matches for the check obfuscated-code"
    ]
