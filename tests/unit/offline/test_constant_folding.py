"""What constant texts become. The expected results are those that JavaScript gives."""

import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.providers.offline.syntax import constant_folding

BYTES = st.binary(max_size=200)


def raw(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("plain", "plain"),
        (r"\x65\x76al", "eval"),
        (r"\u0065v\u{61}l", "eval"),
        (r"\145\166al", "eval"),
        (r"a\nb\tc\r\0", "a\nb\tc\r\0"),
        (r"\'\"\`\\", "'\"`\\"),
        (r"\e\v\a\l".replace(r"\v", "v"), "eval"),
        ("a\\\nb", "ab"),
        ("a\\\r\nb", "ab"),
        (r"\\x41", r"\x41"),
        (r"\u{110000}", ""),
        (r"\xZZ", "xZZ"),
    ],
)
def test_escapes(literal: str, text: str) -> None:
    assert constant_folding.unescaped(literal) == text


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("ZXZhbA==", "eval"),
        ("ZXZhbA", "eval"),
        (" ZXZh\nbA== ", "eval"),
        ("__8", "\xff\xff"),
        ("//8=", "\xff\xff"),
        ("", ""),
        ("A", ""),
    ],
)
def test_base64_is_read_as_lenient_decoders_read_it(encoded: str, text: str) -> None:
    assert constant_folding.from_base64(encoded) == text


@given(BYTES)
def test_bytes_survive_base64_and_hexadecimal(content: bytes) -> None:
    text = content.decode("latin-1")
    assert constant_folding.from_base64(base64.b64encode(content).decode()) == text
    assert constant_folding.from_base64(base64.urlsafe_b64encode(content).decode()) == text
    assert constant_folding.buffer_of(content.hex(), "hex") == text
    for encoding in ("base64", "hex", "latin1"):
        encoded = constant_folding.text_of(text, encoding)
        assert encoded is not None
        assert constant_folding.buffer_of(encoded, encoding) == text


@given(st.text(max_size=50))
def test_a_text_survives_a_buffer(text: str) -> None:
    for encoding in ("utf8", "UTF-8", "utf16le", "ucs2"):
        data = constant_folding.buffer_of(text, encoding)
        assert data is not None
        if encoding != "ucs2" or data:
            assert constant_folding.text_of(data, encoding) == text


@pytest.mark.parametrize(
    ("text", "encoding", "data"),
    [
        ("6576616c", "hex", "eval"),
        ("6576zz61", "hex", "ev"),
        ("657", "hex", "e"),
        ("é", "utf8", "\xc3\xa9"),
        ("é", "latin1", "é"),
        ("a", "utf16le", "a\0"),
        ("ZXZhbA", "base64url", "eval"),
        ("eval", "unknown", "eval"),
    ],
)
def test_buffers(text: str, encoding: str, data: str) -> None:
    assert constant_folding.buffer_of(text, encoding) == data


@pytest.mark.parametrize("make", [zlib.compress, gzip.compress, raw])
def test_compressed_data_is_inflated(make: object) -> None:
    assert callable(make)
    assert constant_folding.inflated(make(b"eval(1)").decode("latin-1")) == "eval(1)"


@pytest.mark.parametrize("data", ["", "not compressed", "x\x9c", "\N{SNOWMAN}"])
def test_what_is_not_compressed_is_no_error(data: str) -> None:
    assert not constant_folding.inflated(data)


def test_what_is_inflated_is_bounded() -> None:
    packed = zlib.compress(bytes(50 * 1024**2)).decode("latin-1")
    assert len(constant_folding.inflated(packed) or "") <= 4 * 1024**2


@pytest.mark.parametrize(
    ("name", "text", "arguments", "result"),
    [
        ("slice", "eval()", ["0", "4"], "eval"),
        pytest.param(*("slice", "eval()", ["-2"], "()")),
        pytest.param(*("slice", "eval()", ["2"], "al()")),
        pytest.param(*("slice", "eval()", [], "eval()")),
        ("slice", "eval()", ["1", "-2"], "val"),
        ("substring", "eval()", ["4", "0"], "eval"),
        ("substring", "eval()", ["4"], "()"),
        ("substring", "eval()", ["-3", "4"], "eval"),
        ("substr", "eval()", ["-2"], "()"),
        ("substr", "eval()", ["1", "3"], "val"),
        ("charAt", "eval", ["1"], "v"),
        ("charAt", "eval", ["9"], ""),
        ("charAt", "eval", [], "e"),
        ("charCodeAt", "eval", ["0"], "101"),
        ("codePointAt", "\N{PILE OF POO}", ["0"], "128169"),
        ("concat", "ev", ["a", "l"], "eval"),
        ("repeat", "ab", ["3"], "ababab"),
        ("trim", " eval\n", [], "eval"),
        ("trimStart", " eval ", [], "eval "),
        ("trimEnd", " eval ", [], " eval"),
        ("toLowerCase", "EVAL", [], "eval"),
        ("toUpperCase", "eval", [], "EVAL"),
        ("replace", "exvxal", ["x", ""], "evxal"),
        ("replaceAll", "exvxal", ["x", ""], "eval"),
        ("at", "eval", ["-1"], "l"),
    ],
)
def test_methods_of_texts(name: str, text: str, arguments: list[str], result: str) -> None:
    assert constant_folding.method(name, text, arguments) == result


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("unknown", []), ("slice", ["x"]), ("repeat", []), ("replace", ["a"]), ("trim", ["1", "2"])],
)
def test_a_method_that_is_not_known_has_no_result(name: str, arguments: list[str]) -> None:
    assert constant_folding.method(name, "eval", arguments) is None


def test_a_repeated_text_is_bounded() -> None:
    assert len(constant_folding.method("repeat", "ab", ["1000000000"]) or "") <= 10_000


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "result"),
    [
        ("e.v.a.l", "/\\./g", "", "eval"),
        ("e.v.al", "/\\./", "", "ev.al"),
        ("eXvxal", "/x/gi", "", "eval"),
        ("e1v2al", "/[0-9]/g", "", "eval"),
        ("e--v-al", "/-+/g", "", "eval"),
        ("eval", "/a/", "$&$&", "evaal"),
        ("a", "/a/", r"\1", r"\1"),
        ("eval", "/z/g", "y", "eval"),
        ("e(v)a*l", "/[()*]/g", "", "eval"),
        ("e{v", "/\\{/", "", "ev"),
    ],
)
def test_patterns_are_replaced(text: str, pattern: str, replacement: str, result: str) -> None:
    assert constant_folding.replaced(text, pattern, replacement) == result


@pytest.mark.parametrize(
    "pattern",
    [
        "/(a+)+/",
        "/[^]a*b]/",
        "/a{2,}b/",
        "/a|b/",
        "/a+b+/",
        "/[/",
        "/" + "a" * 99 + "/",
        "/[a-z]*b/g",
    ],
)
def test_a_pattern_that_could_take_long_is_left_alone(pattern: str) -> None:
    assert constant_folding.replaced("aaaa", pattern, "") is None


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("atob", ["ZXZhbA=="], "eval"),
        ("unescape", ["%65%76al"], "eval"),
        ("unescape", ["%u0065val"], "eval"),
        ("decodeURIComponent", ["%65val%C3%A9"], "evalé"),
        ("decodeURI", ["%65val"], "eval"),
        ("String.fromCharCode", ["101", "118", "97", "108"], "eval"),
        ("String.fromCharCode", ["101.9"], "e"),
        ("String.fromCodePoint", ["128169"], "\N{PILE OF POO}"),
        ("parseInt", ["65", "16"], "101"),
        ("parseInt", ["101"], "101"),
        ("parseInt", [" -1e3"], "-1"),
        ("String.fromCharCode", ["0x65"], "e"),
        ("String.fromCharCode", ["55357", "56489"], "\N{PILE OF POO}"),
        ("path.basename", ["/a/b.js"], "b.js"),
        ("path.dirname", ["/a/b.js"], "/a"),
        ("zlib.inflateSync", [zlib.compress(b"eval").decode("latin-1")], "eval"),
        ("zlib.gunzipSync", [gzip.compress(b"eval").decode("latin-1")], "eval"),
        ("zlib.inflateRawSync", [raw(b"eval").decode("latin-1")], "eval"),
        ("String.fromCharCode", ["65637"], "e"),
        ("parseInt", ["0x65"], "101"),
        ("parseInt", ["65g", "16"], "101"),
    ],
)
def test_functions(name: str, arguments: list[str], result: str) -> None:
    assert constant_folding.function(name, arguments) == result


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("atob", []), ("unknown", ["a"]), ("parseInt", ["z"]), ("String.fromCharCode", ["x"])],
)
def test_a_function_that_is_not_known_has_no_result(name: str, arguments: list[str]) -> None:
    assert constant_folding.function(name, arguments) is None


@pytest.mark.parametrize(
    ("operator", "left", "right", "result"),
    [
        ("^", "36", "65", "101"),
        ("&", "111", "117", "101"),
        ("|", "96", "5", "101"),
        ("<<", "1", "3", "8"),
        (">>", "808", "3", "101"),
        (">>>", "808", "3", "101"),
        (">>>", "-1", "28", "15"),
        ("<<", "1", "1000000", "1"),
        (">>", "101", "-32", "101"),
        ("^", "0x24", "65", "101"),
        ("-", "202", "101", "101"),
        ("*", "50.5", "2", "101"),
        ("/", "3", "2", "1.5"),
        ("%", "357", "256", "101"),
        ("%", "-1", "256", "-1"),
        ("<<", "1", "32", "1"),
        ("|", "4294967295", "0", "-1"),
    ],
)
def test_arithmetic(operator: str, left: str, right: str, result: str) -> None:
    assert constant_folding.operation(operator, left, right) == result


@pytest.mark.parametrize(
    ("operator", "left", "right"),
    [
        ("/", "1", "0"),
        ("%", "1", "0"),
        ("-", "eval", "1"),
        ("^", "", "1"),
        ("**", "2", "2"),
        pytest.param(*("*", "1e300", "1e300")),
        ("^", "nan", "1"),
        pytest.param(*("-", "inf", "inf")),
    ],
)
def test_an_operation_without_a_number_has_no_result(operator: str, left: str, right: str) -> None:
    assert constant_folding.operation(operator, left, right) is None
