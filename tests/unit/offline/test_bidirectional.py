import pytest

from tests.offline import found
from vscan.domain import Severity


@pytest.mark.parametrize("control", list("\u202a\u202b\u202d\u202e\u2066\u2067\u2068"))
def test_a_control_in_a_line_of_code_is_found(control: str) -> None:
    code = f"/*{control} }} \u2066if (admin)\u2069 \u2066 begin */ act();"
    assert found(code) == {"bidirectional-code": Severity.MEDIUM}
    assert found(f"# Title\n\n{code}", "README.md") == {}
    assert found(f'{{"greeting": "{control} hello"}}', "package.nls.ar.json") == {}


@pytest.mark.parametrize(
    "code",
    [
        "const isolate = '\u2068' + text + '\u2069';",
        'const all = ["\u202a", "\u202b", "\u202e"];',
        "/[\u202a-\u202e\u2066-\u2069]/",
        "/[\u200e\u200f\u202a\u202e]/",
        "/[!-,-\u2027\u202a-\u2030]/",
        '"\u2010\u2011\u03b1\u201a\u202a\u2030\u2045\u2048\u20ac\u202c\u2022\u2025\u202e\u2019\u0161"',
        "const direction = '\\u202e';",
        "const mark = 'a \u200e b';",
    ],
)
def test_a_library_that_lays_out_text_is_not(code: str) -> None:
    assert found(code) == {}
