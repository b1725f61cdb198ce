import pytest

from tests.offline import found
from vscan.model import Severity


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
        "/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu",
        # Formats of numbers and of lists.
        'export default {percent:"\u202a%\u202c#,##0",r:"\u2068{0}\u2069 - \u2068{1}\u2069"};',
        "const minus = ['\u200e\u202d-\u202c', '\u200e\u202d+\u202c'];",
        "f = { m: '\u202b-#\u202c', p: '\u202a+{value}%\u202c' };",
        # Vocabularies.
        'module.exports=["a","\u202b","x\u202a","\u2067foo","b"];\n',
        "const pieces = ['\u2581of', '\u202e##x', 'y\u2066', 'z'];\n",
        'var v=[["\u202etok", "a"],["b","c\u202d","d"]]\n',
    ],
)
def test_a_library_that_lays_out_text_is_not_found(code: str) -> None:
    assert found(code) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "save=\u202eSave the file\u202c\nask=\u202eSave {0}, don't you?\u202c\n",
            "l10n_ar_XB.properties",
        ),
        ("[PAD]\n[UNK]\nof the word\n\u202a\n\u2066\nplaying along\n", "vocab.txt"),
        ("\u2581of the words\t-12.5\n\u202aand that is it\t-12.6\n", "vocab.tsv"),
        ('{"a": "\u202e"}', "tokenizer.json"),
        ("the\n\u202c\nfoo\u202b\n##ing(\n\u2069;\n\u202e}\n", "vocab.txt"),
        ("#version: 0.2\n\u202b x\na; \u202e\n", "merges.txt"),
    ],
)
def test_text_other_than_code_may_contain_controls(text: str, name: str) -> None:
    assert found(text, name) == {}


@pytest.mark.parametrize(
    "code",
    [
        'if (level != "user\u202e \u2066// Check if admin\u2069 \u2066") {',
        '/* "\u202e */ evil(); /* \u202c" */',
        "x = `\u202e${evil(and_more_of_it)}\u202c`;",
        "\" \"; f('\u202ea long text' + evil + 'another text\u202c'); \" \"",
        'a = "one two three"; evil(\u202e many words of code \u202c); b = "two"',
        "// the rest \u202e of a line that is a comment",
        'f(["a", "b\u202e"]); if (!admin) { exit(); } // all of it',
        'f(["a","\u202e;)nimda("]); f(["b","\u2066 x"], y)',
        'x = "\u202e1"; if (admin) { evil(); } y = "(-"',
        'a = "\u202eone two three four\u2069"; b = c; d = "\u202cone two three four five"',
    ],
)
def test_a_control_that_is_not_closed_in_its_string_is_found(code: str) -> None:
    assert found(f"{code}\n") == {"bidirectional-code": Severity.MEDIUM}
    if "${" not in code:
        assert found(f"x=1\n{code}\n", "notes.txt") == {"bidirectional-code": Severity.MEDIUM}


def test_a_binary_byte_hides_no_control() -> None:
    """Only in a file that nothing runs is it what random bytes look like."""
    code = b"/*\x01\xff \xe2\x80\xae } if (admin) \xe2\x81\xa6 begin \xff\x01*/ act();"
    for begins in (b"", b"GIF89a=1;\n", b"# \x01\xff\n", b"RIFF/*\0\0WEBP*/;"):
        for name in ("x.js", "x.py") if begins.startswith(b"#") else ("x.js", "x.gif"):
            if (begins, name) != (b"# \x01\xff\n", "x.js"):
                assert "bidirectional-code" in found(begins + code, name), (begins, name)


STRINGS = [
    'x = {"a.b": "\u202eSave the file?\u202c"};',
    "y = {'c': '\u202e\u202bDon\\'t\u202c\u202c'};",
    'format("\u2068{0}\u2069 and/or \u2068{1}\u2069")',
    "z = { greeting: `\u202eHello, you over there\u202c`, };",
]


def test_a_script_of_translations_may_contain_many_controls() -> None:
    """What is ended in its string misleads nobody; one such string is still odd in a program."""
    for string in STRINGS:
        assert found(f"{string}\n") == {"bidirectional-code": Severity.MEDIUM}
        assert found(f"{string}\n", "words.txt") == {}
    whole = "\n".join(STRINGS * 3)
    assert found(whole, "ar-XB.js") == {}
    beyond = '\nif (level != "user\u202e \u2066// Check if admin\u2069 \u2066") {\n'
    assert found(whole + beyond, "ar-XB.js") == {"bidirectional-code": Severity.MEDIUM}


def test_a_word_between_two_controls_is_no_piece_of_a_vocabulary() -> None:
    assert found('f(["a","\u2067example\u2069","b"])\n') == {"bidirectional-code": Severity.MEDIUM}
    assert found('x = ["a","\u2067exam","ple\u2069"];\n') == {}
