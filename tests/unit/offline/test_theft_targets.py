import pytest

from tests.offline import found
from vscan.model import Severity

FOUND = {"theft-targets": Severity.HIGH}
PLACES = {
    "passwords": '"Default/Login Data"',
    "state": '"Chrome/Local State"',
    "cookies": '"Default/Network/Cookies"',
    "firefox": '"logins.json"',
    "wallet": '"nkbihfbeogaeaoehlefnkodbefgpgknn"',
    "coins": '"Bitcoin/wallet.dat"',
    "ssh": 'home + "/.ssh/id_rsa"',
    "joined": 'path.join(home, ".ssh", "id_ed25519")',
    "aws": 'path.join(home, ".aws", "credentials")',
    "git": '"/.git-credentials"',
    "npm": '"/.npmrc"',
    "windows": r'"AppData\\Local\\Google\\Chrome\\User Data"',
}


def thief(*names: str, does: str = "fs.readFileSync(p); fetch(u, {body})") -> str:
    return f"for (const p of [{', '.join(PLACES[name] for name in names)}]) {{ {does} }}"


@pytest.mark.parametrize(
    "names",
    [
        ("passwords", "state", "cookies"),
        ("wallet", "ssh", "aws"),
        ("coins", "joined", "git"),
        ("firefox", "aws", "npm"),
        ("windows", "passwords", "state"),
    ],
)
def test_three_kinds_of_secrets_are_found(names: tuple[str, ...]) -> None:
    assert found(thief(*names)) == FOUND


def test_what_programs_need_is_medium_where_its_flow_is_followed() -> None:
    assert found(thief("ssh", "aws", "git")) == {"theft-targets": Severity.MEDIUM}
    assert found(thief("ssh", "aws", "git"), "page.ts") == FOUND


@pytest.mark.parametrize(
    "code",
    [
        thief("ssh", "aws"),
        thief("ssh", "joined", "aws"),  # keys twice
        thief("wallet", "coins", "ssh"),
        thief("ssh", "npm", "git", does="deny.add(p)"),  # protects them
        thief("ssh", "npm", "git", does="deny.add(p);" + "x();" * 200 + "fs.readFileSync(q)"),
        "x=['.npmrc','.ssh','.gnupg/','id_rsa'];fs.readFileSync(join(a));fetch(u)",  # names
        "ids.push('nkbihfbeogaeaoehlefnkodbefgpgknn', 'bfnaelmomeimhlpmgjnjophhpkkoljpa')",
        thief("npm", "aws", "git", does="fs.readFileSync(p)"),  # sends nothing
        thief("passwords") + "x();" * 2_500 + thief("ssh") + "x();" * 2_500 + thief("git"),
    ],
)
def test_fewer_than_three_kinds_are_not_found(code: str) -> None:
    assert found(code) == {}


def test_key_files_in_a_loop_are_found() -> None:
    assert found(thief("ssh", "npm", "git", does="fs.existsSync(p)"), "a.ts") == FOUND
    assert found(thief("joined", "aws", "git", does="p"), "a.ts") == FOUND


def test_three_wallets_are_three_kinds() -> None:
    ids = ["nkbihfbeogaeaoehlefnkodbefgpgknn", "bfnaelmomeimhlpmgjnjophhpkkoljpa"]
    assert found(f"const w = {[*ids, 'hnfanknocfeofbddgcijnmhnfnkdnaad']}") == FOUND
    assert found(f"const w = {[*ids, *ids]}") == {}


def test_documentation_may_list_files_with_secrets() -> None:
    assert found("# Secrets\n\n" + thief("wallet", "ssh", "aws"), "SECURITY.md") == {}
