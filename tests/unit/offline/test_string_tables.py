"""The texts that an obfuscator has moved into a table are read as the program reads them."""

import base64
import codecs
from collections.abc import Callable

import pytest

from vscan.providers.offline.syntax.javascript_programs import programs

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_OWN_LETTERS = _LETTERS.swapcase()
TEXTS = ["child_process", "exec", "tool --quiet", "21a", "34b", "other", "5c"]
PLAIN = "function text(i){ i = i - 0x64; return table[i]; }"
USE = "require(text(0x64))[text(0x65)](text(0x66));"
FOUND = ({"child_process.exec"}, "tool --quiet")


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def own_base64_of(text: str) -> str:
    return base64_of(text).translate(str.maketrans(_LETTERS, _OWN_LETTERS))


def rc4(text: str, key: str) -> str:
    state, j, out = list(range(256)), 0, []
    for i in range(256):
        j = (j + state[i] + ord(key[i % len(key)])) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for character in text:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(chr(ord(character) ^ state[(state[i] + state[j]) % 256]))
    return "".join(out)


def turned(texts: list[str], places: int) -> list[str]:
    """Turn a list so that it is in order after ``places`` rotations."""
    places %= len(texts)
    return texts[-places:] + texts[:-places] if places else texts


def calls(source: str) -> list[tuple[set[str], str | None]]:
    found = (call for program in programs("a.js", source.encode()) for call in program.calls)
    return [(set(call.names), call.argument(0).constant) for call in found]


COUNTED = (
    "(function(list, times){ const turn = function(n){ while(--n){ list.push(list.shift()); } };"
    " turn(++times); })(table, 0x3);"
)
COUNTED_LESS = "(function(l, n){ while(--n) { l['push'](l['shift']()); } }(table, 4));"
COUNTED_TO_ZERO = "(function(a, n){ while(n-->0) a.push(a.shift()) })(table, 2);"
COUNTED_BACK = "(function(a, n){ while(n--){ a.unshift(a.pop()); } }(table, 0x3));"
SUM = (
    "(function(get, target){ const list = get; while(true){ try { const sum ="
    " parseInt(text(0x67))/0x1 + -parseInt(text(0x68))/0x2*(parseInt(text(0x6a))/0x5);"
    " if(sum === target) break; else list.push(list.shift()); }"
    " catch(e){ list.push(list.shift()); } } })(table, 0x4);"
)


LENGTH = (
    "(function(list, length){ for(;;){ if(list[0x2].length === length) break;"
    " list['push'](list['shift']()); } })(table, 0xc);"
)


@pytest.mark.parametrize(
    ("rotation", "places"),
    [
        ("", 0),
        (COUNTED, 3),
        (COUNTED_LESS, 3),
        (COUNTED_TO_ZERO, 2),
        (COUNTED_BACK, len(TEXTS) - 3),
        (SUM, 2),
        (SUM, 5),
        (LENGTH, 4),
    ],
)
def test_a_rotated_table_is_put_in_order(rotation: str, places: int) -> None:
    source = f"const table = {turned(TEXTS, places)};{rotation}{PLAIN}{USE}"
    assert FOUND in calls(source)


def test_a_sum_that_no_rotation_has_leaves_the_texts_unknown() -> None:
    source = f"const table = {TEXTS};{SUM.replace('0x4);', '0x999);')}{PLAIN}{USE}"
    assert not any(constant == "tool --quiet" for _, constant in calls(source))


DECODERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "the number of the first text is taken away in the index": (
        "const text = (i) => table[i - 0x64];",
        str,
    ),
    "the number is an expression": (
        "function text(i){ i = i - (-0x10 + 0x2*0x3a); const found = table[i]; return found; }",
        str,
    ),
    "base64 by Buffer": (
        "function text(i){ return Buffer['from'](table[i - 100], 'base64')['toString'](); }",
        base64_of,
    ),
    "base64 by atob": ("function text(i){ return atob(table[i -= 100]); }", base64_of),
    "reversed": (
        "function text(i){ return table[i - 100]['split']('')['reverse']()['join'](''); }",
        lambda text: text[::-1],
    ),
    "letters that are rotated": (
        "const text = (i) => table[i - 100].replace(/[A-Za-z]/g, (c) => turned(c, 13));",
        lambda text: codecs.encode(text, "rot13"),
    ),
    "hex": (
        "function text(i){ return Buffer.from(table[i - 100], 'hex').toString(); }",
        lambda text: text.encode().hex(),
    ),
    "base64 with letters of its own": (
        f"function text(i){{ i = i - 100; return from(table[i], '{_OWN_LETTERS}='); }}",
        own_base64_of,
    ),
}


@pytest.mark.parametrize("name", DECODERS)
def test_a_table_is_decoded(name: str) -> None:
    decoder, encode = DECODERS[name]
    assert FOUND in calls(f"const table = {[encode(text) for text in TEXTS]};{decoder}{USE}")


def test_a_table_that_is_encrypted_is_decrypted_with_the_key_of_each_call() -> None:
    keys = ["k1#", "Zz8", "(q)"]
    texts = [own_base64_of(rc4(text, key)) for text, key in zip(TEXTS, keys, strict=False)]
    decoder = (
        f"function text(i, key){{ i = i - 0x64; const letters = '{_OWN_LETTERS}=';"
        " let s = [], out = ''; for (let n = 0; n < 0x100; n++) s[n] = n ^ key.charCodeAt(n);"
        " return table[i] + letters + s + out; }"
    )
    use = f"require(text(100,{keys[0]!r}))[text(101,{keys[1]!r})](text(102,{keys[2]!r}));"
    assert FOUND in calls(f"const table = {texts};{decoder}{use}")


def test_a_table_in_a_function_and_wrappers_of_the_decoder_are_followed() -> None:
    source = (
        f"function list(){{ const all = {TEXTS}; list = function(){{ return all; }};"
        " return list(); }"
        "function text(i, k){ i = i - 0x64; const all = list(); return all[i]; }"
        "function one(a, b){ return text(b - -0x10, a); }"
        "const two = text;"
        "require(one('x', 84))[two(0x65)](one('y', 86));"
    )
    assert FOUND in calls(source)


def test_a_function_that_takes_texts_from_no_table_is_evaluated_as_others_are() -> None:
    source = "const a = ['x', b, 'y']; function text(i){ return 'tool' + i; } eval(text('1'));"
    assert ({"eval"}, "tool1") in calls(source)
