import pytest

from tests.offline import analyse, found, only
from vscan.model import Severity

CRITICAL, MEDIUM = Severity.CRITICAL, Severity.MEDIUM
TEXT = "console.log('harmless');\n"


def selectors(text: str) -> str:
    """Hide a text as GlassWorm did: a variation selector for each byte."""
    return "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in text.encode())


def escapes(text: str) -> str:
    pairs = text.encode("utf-16-be")
    return "".join(f"\\u{pairs[i]:02x}{pairs[i + 1]:02x}" for i in range(0, len(pairs), 2))


def tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) for c in text)


def bits(text: str, zero: str = "\u200b", one: str = "\u200c") -> str:
    return "".join(one if bit == "1" else zero for c in text for bit in f"{ord(c):08b}")


@pytest.mark.parametrize(
    "code",
    [
        f"f(`{selectors(TEXT)}`)",
        f'f("{escapes(selectors(TEXT))}")',
        f'f("{escapes(selectors(TEXT)).upper().replace(chr(92) + "U", chr(92) + "u")}")',
        'f("' + "".join(f"\\u{{{ord(c):x}}}" for c in selectors(TEXT)) + '")',
        f"f(`{tags(TEXT.strip())}`)",
        f"f(`\U0001f3f4{tags(TEXT.strip())}`)",  # no flag
        f"f(`{bits(TEXT)}`)",
        "f(`" + bits(TEXT, "\u2060", "\ufeff") + "`)",
        "f(`" + bits(TEXT, "\u3164", "\uffa0") + "`)",
        "f(`" + "\u200d".join(bits(c) for c in TEXT) + "`)",
    ],
)
def test_a_hidden_text_is_found_and_shown(code: str) -> None:
    finding = only(analyse({"extension.js": f"// ok\n{code}"}), "invisible-payload")
    assert finding.severity is CRITICAL
    assert "decoded: console.log('harmless');" in finding.message
    assert finding.evidence == "console.log('harmless');"
    assert (finding.file, finding.line) == ("extension.js", 2)
    assert finding.offset is not None
    assert finding.offset > 6


def test_low_and_high_selectors_are_one_run() -> None:
    """Line feeds are U+FE0A: they must not cut the payload in two."""
    text = "a\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nb\t\tc"
    finding = only(analyse({"x.js": f"`{selectors(text)}`"}), "invisible-payload")
    assert finding.message == f"{len(text)} invisible characters in a row, decoded: a b c"


@pytest.mark.parametrize("name", ["README.md", "data.json", "image.svg", "x.map", "LICENSE"])
def test_a_run_counts_in_every_file(name: str) -> None:
    assert found(f"MIT License {selectors(TEXT)}", name) == {"invisible-payload": CRITICAL}


@pytest.mark.parametrize(
    "text",
    [
        "\ufe0f" * 15,
        "\u2764\ufe0f" * 100,
        "\ufe0f\ufe0f\ufe0f",
        "\u845b\U000e0100\u8fbb\U000e0101",  # ideographs, each with its variant
        "\U0001f3f4" + tags("gbsct\x7f"),
        "\U0001f3f4" + tags("ustx\x7f"),
        f"[{tags('gbeng')}|{tags('sct')}]",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # a Persian word
        "\u200b" * 7,
        "\ufeff const x = 1",
        "".join(map(chr, range(0xE0100, 0xE01F0))),  # a table of them
        escapes("".join(map(chr, range(0xE0100, 0xE01F0)))),
        r"/[\ufe00-\ufe0f]|\udb40[\udd00-\uddef]/",
        r"'\ud83c\udff4\udb40\udc67\udb40\udc62\udb40\udc65\udb40\udc6e\udb40\udc67\udb40\udc7f'",
    ],
)
def test_ordinary_text_may_contain_invisible_characters(text: str) -> None:
    assert found(f"f('{text}')") == {}


def test_two_high_selectors_are_enough() -> None:
    assert found("'" + selectors("o") + "'") == {}
    assert found("'" + selectors("hi") + "'") == {"invisible-payload": CRITICAL}


def test_a_repeated_character_contains_no_payload() -> None:
    assert found("x('" + "\u200b" * 8 + "')") == {"invisible-payload": MEDIUM}


def test_bits_that_decode_to_no_text_are_listed_by_character() -> None:
    verdict = analyse({"x.js": "\u200b\u200c" + "\u200b" * 30 + "\u2060\u2061"})
    finding = only(verdict, "invisible-payload")
    assert finding.message.endswith("no text (U+200B, U+200C, U+2060, U+2061)")


def test_many_runs_cost_no_more_than_a_few() -> None:
    verdict = analyse({"x.js": (selectors("ok") + "\n") * 2000})
    assert len(verdict.findings) <= 20


@pytest.mark.parametrize(
    "code",
    [
        "c >= 0xFE00 && c <= 0xFE0F ? c - 0xFE00 : c - 0xE0100 + 16",
        "c>=65024&&c<=65039?c-65024:c>=917760?c-917760+16:null",
        "n>917759?n-917744:n-65024",
        "(x >= 0xe0100 ? x - 0xE00F0 : x & 0xf) // 0xfe0f",
        "const LOW = 0xFE00;\nconst HIGH = 0xE0100;",
        "c-65_024 || c-917_760",
        "c ^ 0xfe00; c ^ 0xe0100",
        "c > 0xE_0100 ? c - 0xE_0100 + 16 : c - 0xFE_00",
        r"c > '\u{E0100}' ? +c - '\u{E0100}'.codePointAt(0) + 16 : +c - '\uFE00'.codePointAt(0)",
        "c === 0xDB40 ? next() - 0xDD00 + 16 : c - 0xFE00",
        "c - 0o177000; d - 0o3400400",
    ],
)
def test_a_decoder_computes_with_both_ranges(code: str) -> None:
    assert found(f"const d = (c) => {code}") == {"invisible-decoder": CRITICAL}
    assert found(f"Use it: const d = (c) => {code}", "README.md") == {}


@pytest.mark.parametrize(
    ("use", "severity"),
    [
        ("new vscode.Diagnostic(range, 'selector ' + d(c))", MEDIUM),
        ("new vscode.Diagnostic(range, Buffer.from([d(c)]).toString())", CRITICAL),
        ("show(d(c))", CRITICAL),
    ],
)
def test_a_decoder_whose_numbers_are_only_shown_is_medium(use: str, severity: Severity) -> None:
    code = "const d = (c) => c >= 0xFE00 && c <= 0xFE0F ? c - 0xFE00 : c - 0xE0100 + 16;"
    assert found(f"{code} {use}") == {"invisible-decoder": severity}


def test_a_decoder_that_only_shows_hides_no_other_one() -> None:
    code = "const d = (c) => c >= 0xFE00 && c <= 0xFE0F ? c - 0xFE00 : c - 0xE0100 + 16;"
    shown = f"{code} new vscode.Diagnostic(range, 'selector ' + d(c));\n"
    far = "//" + "x" * 3000 + "\n"
    verdict = analyse({"x.js": shown + far + f"{code} Buffer.from([d(c)])"})
    assert [finding.severity for finding in verdict.findings] == [CRITICAL, MEDIUM]


@pytest.mark.parametrize(
    "code",
    [
        "e>=917760&&e<=917999",
        "set.addRange(0xFE00, 0xFE0F).addRange(0xE0100, 0xE01EF)",
        "o=65024<=i&&i<=65039||917760<=i&&i<=917999?1:0",
        "[65024,65039,917760,917999]",
        "c - 0xFE00;" + " " * 121 + "\nc - 0xE0100",
    ],
)
def test_a_table_of_unicode_is_not_a_decoder(code: str) -> None:
    assert found(code) == {}


@pytest.mark.parametrize(
    "code",
    [
        r"/[\u{E0100}-\u{E01EF}\uFE00-\uFE0F]/u",
        "c >= 0xFE_00 && c <= 0xFE_0F || c >= 0xE_0100 && c <= 0xE_01EF",
        "c === 0xDB40 && n >= 0xDD00 || c >= 0xFE00 && c <= 0xFE0F",
        "c - 0xDD00",
    ],
)
def test_code_that_compares_ranges_is_not_a_decoder(code: str) -> None:
    assert found(f"const d = (c, n) => {code}") == {}


@pytest.mark.parametrize("decoys", [20, 1000])
def test_runs_of_one_character_hide_no_payload_behind_them(decoys: int) -> None:
    decoy = "".join(f"// {n} {chr(0x200B) * 8}\n" for n in range(decoys))
    payload = "".join(chr(0x200B + int(bit)) for c in b"print(1)" for bit in f"{c:08b}")
    verdict = analyse({"x.js": f"{decoy}const p=`{payload}`;\n"})
    assert verdict.gaps == ()
    worst = verdict.findings[0]
    assert (worst.severity, worst.line) == (Severity.CRITICAL, decoys + 1)
    assert worst.message == "64 invisible characters in a row, decoded: print(1)"
    assert verdict.findings[-1].message.endswith(f"(and {decoys - 19} more like it)")


def test_a_table_hides_no_payload_after_it() -> None:
    """Selectors that stand for no byte, four thousand of them, follow a list of selectors."""
    table = "".join(map(chr, range(0xFE00, 0xFE10))) + "\U000e01ff" * 4000
    assert found(table) == {}
    payload = "".join(chr(0xE0100 + n - 16) for n in b"print(1)")
    assert found(table + payload) == {"invisible-payload": Severity.CRITICAL}


def key(length: int, symbols: str = "\u200b\u200c\u200d") -> str:
    """Make the key of a translation: digits in zero-width characters that are no text."""
    digits = (number * number * 7 // 5 % 11 % len(symbols) for number in range(length))
    return "".join(symbols[digit] for digit in digits)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "i18n/a_en_US_zz.xml",
            f'<?xml version="1.0"?>\n<p>\u206a\u206a\u206a{key(36)}\u206aOn Friday\u206a\u206a</p>',
        ),
        ("i18n/messages_zz.properties", f"# Texts\nFRIDAY={key(32)}Friday\n"),
        ("locales/zz.json", f'{{"save": "Save{key(24)}"}}'),
        ("locales/zz.yml", f"save: 'Save it!{key(40)}'\n"),
        ("po/zz.po", f'msgid "friday"\nmsgstr "{key(30)}\u0632Friday"\n'),
        ("l10n/zz.xliff", f"<target>{key(48)}{{0}} files</target>"),
    ],
)
def test_the_key_of_a_translation_is_low(name: str, text: str) -> None:
    """Translators of a pseudo-locale see with it which text of the source a page shows."""
    assert found(text, name) == {"invisible-payload": Severity.LOW}


def test_more_than_the_key_of_a_translation_is_critical() -> None:
    assert found(f"SAVE={key(65)}Save\n", "a.properties") == {"invisible-payload": CRITICAL}
    assert found(f"SAVE={bits('evil(x)')}Save\n", "a.properties") == {"invisible-payload": CRITICAL}
    assert found(f"SAVE= {key(40)} \n", "a.properties") == {"invisible-payload": CRITICAL}
    assert found(f'x = {{ save: "{key(40)}Save" }};', "a.js") == {"invisible-payload": MEDIUM}
    assert found(f"f('{key(40)}')", "a.js") == {"invisible-payload": CRITICAL}
