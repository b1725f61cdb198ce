import pytest

from tests.offline import found
from vscan.model import Severity

FOUND = {"blockchain-commands": Severity.HIGH}
READS = [
    "await connection.getSignaturesForAddress(key, { limit: 1 })",
    'rpc({ method: "getSignaturesForAddress", params })',
    'programId === "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"',
    "rpc({ method: 'eth_call', params })",
    "await contract(new ethers.JsonRpcProvider(url)).text()",
]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "run",
    [
        "eval(memo)",
        "(0, eval)(memo)",
        'require("child_process")',
        'import cp from "node:child_process"',
        'require("vm")',
        "new Function(memo)()",
    ],
)
def test_reading_a_chain_beside_running_code_is_found(read: str, run: str) -> None:
    rules = found(f"const memo = {read};\n{run};")
    assert rules.pop("blockchain-commands") == Severity.HIGH
    assert not set(rules) - {"network-code"}  # where what is read is known to be what is run


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "other",
    [
        "show(memo)",
        'new Function("return this")()',
        'eval("require")("fs")',
        "retrieval(memo)",
        '{"vm":{},"pow":{}}',
        "x();" * 20_000 + "eval(other)",  # somewhere else in a bundle
    ],
)
def test_a_wallet_library_alone_is_not_found(read: str, other: str) -> None:
    assert found(f"const memo = {read}; /* {{ */\n{other};") == {}


def test_what_is_read_is_followed_to_where_it_is_run() -> None:
    code = f"const memo = {READS[0]};\n" + "x();" * 20_000
    assert found(f"{code}eval(memo)") == {"network-code": Severity.CRITICAL}
    assert found(f"{code}eval(other)") == {}


def test_a_small_file_is_searched_completely_and_a_bundle_nearby() -> None:
    near = READS[0] + ";x()" * 500 + ";eval(memo)"
    far = READS[0] + ";x()" * 5_000 + ";eval(memo)"
    assert found(near) == found(far) == FOUND
    assert found(near + ";y()" * 20_000) == FOUND
    assert found(far + ";y()" * 20_000) == {}


def test_a_library_defines_what_is_called() -> None:
    assert found("class A { async getSignaturesForAddress(a) {} }\neval(x)") == {}


def test_documentation_of_a_blockchain_is_not_found() -> None:
    assert found(f"# Notes\n\n{READS[0]}; eval(memo)", "README.md") == {}


def test_a_match_near_an_earlier_one_is_not_skipped() -> None:
    """What runs code is near the second call, and too far from the first."""
    padding = "//\n" * 30_000
    calls = 'x("eth_call");' + "\n" * 1500 + 'y("eth_call");'
    assert found(f"{padding}{calls}{chr(10) * 3000}eval(z)") == {
        "blockchain-commands": Severity.HIGH
    }
    assert found(f"{padding}{calls}{chr(10) * 4000}eval(z)") == {}
