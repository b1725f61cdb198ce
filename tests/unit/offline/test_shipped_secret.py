import pytest

from tests.offline import analyse, found, only
from vscan.extension_files import WINDOW_BYTES
from vscan.model import Kind, Severity

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
VARIED = "aB3dE5gH7jK9mN4pQ2sT6vW"


def token(length: int) -> str:
    return (VARIED * 6)[:length]


def pem(kind: str = "RSA ", separator: str = "\n", body: str = VARIED * 8) -> str:
    lines = [f"-----BEGIN {kind}PRIVATE" + " KEY-----", body[:64], body[64:128], body[128:]]
    return separator.join([*lines, f"-----END {kind}PRIVATE" + " KEY-----"])


UUID = "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"
TOKENS = {
    "AKIA" + "Q3EGRTB5XWZ7MNPJ": MEDIUM,
    "ghp" + "_" + token(36): MEDIUM,
    "gho" + "_" + token(36): MEDIUM,
    "github" + "_pat_" + token(22) + "_" + token(59): MEDIUM,
    "glpat" + "-" + token(20): MEDIUM,
    "xox" + "b-102938475610-102938475610-" + token(24): MEDIUM,
    "sk_" + "live_" + token(24): MEDIUM,
    "sk-" + token(20) + "T3Blbk" + "FJ" + token(20): MEDIUM,
    "sk-" + "proj-" + token(48): MEDIUM,
    "SG" + "." + token(22) + "." + token(43): MEDIUM,
    "sk-" + "ant-api03-" + token(95): MEDIUM,
    "AIza" + token(35): LOW,
    "npm" + "_" + token(36): HIGH,
    "ovsxp" + "_" + UUID: HIGH,
    token(76) + "AZDO" + token(4): HIGH,
    "VSCE" + "_PAT=" + "a2b3c4d5e6f7g" * 4: HIGH,
    "OVSX" + "_PAT: '" + UUID: HIGH,
    pem(): HIGH,
    pem("OPENSSH "): HIGH,
    pem("", "\\n"): HIGH,
    pem("EC ", '" +\n"'): HIGH,
}


@pytest.mark.parametrize(("secret", "severity"), TOKENS.items(), ids=[key[:9] for key in TOKENS])
def test_a_secret_is_found_wherever_it_stands(secret: str, severity: Severity) -> None:
    assert found(f"x = `{secret}`") == {"shipped-secret": severity}
    assert found(f"# Title\n\n{secret}\n", "read.yml") == {"shipped-secret": severity}
    assert found(f"x = `{secret}`", "node_modules/a/test/x.js") == {"shipped-secret": LOW}


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "ghp_" + token(35),
        "a" + "ghp_" + token(36),
        "npm_" + "0" * 36,
        "npm_config_registry_and_some_more_words_of_it",
        "glpat-" + "a" * 20,
        "xoxb-your-token-goes-here",
        "sk_test_" + token(24),
        "sk-" + "proj-" + token(20),
        "SG." + token(22) + "." + token(20),
        "SG." + "x" * 22 + "." + "x" * 43,
        "AKIA" + "Q3EGRTB5XWZ18NPJ",  # it is base32: no 1, no 8
        "AZDO" + token(4),
        "AIza" + "." * 35,
        "-----BEGIN RSA PRIVATE" + " KEY-----",
        'if (text.startsWith("-----BEGIN PRIVATE' + ' KEY-----")) parse(text.slice(1, -1))',
        "ovsxp_your-token",
        "VSCE_PAT=${{ secrets.VSCE_PAT }}",
    ],
)
def test_text_that_resembles_a_secret_is_not_found(text: str) -> None:
    assert found(f"x = `{text}`") == {}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("README.md", "# Use\n\n```js\nlogin(`", "`)\n```\n"),
        ("docs/usage.html", "<pre>login('", "')</pre>"),
        ("index.d.ts", "/**\n * @example\n * login('", "')\n */\nexport {}\n"),
        ("lib/a.js", "exports.a = 1\n// login('", "')\n"),
        ("CHANGES.rst", "1.0\n===\n\nlogin('", "')"),
    ],
)
@pytest.mark.parametrize(("secret", "severity"), TOKENS.items(), ids=[key[:9] for key in TOKENS])
def test_an_example_is_less_severe(
    secret: str, severity: Severity, name: str, before: str, after: str
) -> None:
    """People write tokens into documentation by mistake, but private keys only as examples."""
    if "\n" in secret and not name.endswith((".md", ".html", ".rst", ".d.ts")):
        return  # the lines of a key would end the comment
    less = LOW if "PRIVATE" in secret or severity < HIGH else MEDIUM
    assert found(f"{before}{secret}{after}", name) == {"shipped-secret": less}


@pytest.mark.parametrize("before", ["X-Amz-Credential=", "AWSAccessKeyId=", "credential%3D"])
def test_the_id_of_a_key_in_a_signed_address_is_public(before: str) -> None:
    key = "AKIA" + "Q3EGRTB5XWZ7MNPJ"
    assert found(f'{{"url": "https://b.example.com/1?{before}{key}%2F2020"}}', "h.json") == {}
    assert found(f'{{"url": "https://b.example.com/1?id={key}"}}', "h.json") != {}


def test_a_key_in_documentation_protects_nothing() -> None:
    example = pem("RSA ", "\\n")
    assert found(f"/**\n * key: '{example}'\n */") == {"shipped-secret": LOW}


def test_a_registry_s_token_is_found_and_a_variable_is_not() -> None:
    line = "//registry.example/:_auth" + "Token="
    assert found(line + token(40), ".npmrc") == {"shipped-secret": HIGH}
    assert found(line + "${NPM_TOKEN}", ".npmrc") == {}


def test_a_file_of_variables_is_read_by_its_name() -> None:
    line = f"# local\nDEBUG=1\nACME_API_KEY={token(20)}\n"
    assert found(line, ".env") == {"shipped-secret": MEDIUM}
    assert found(line, "config/.env.production") == {"shipped-secret": MEDIUM}
    assert found(f"AWS_ACCESS_KEY_ID={token(20)}", ".env.production") == {"shipped-secret": MEDIUM}
    assert found(f"ACME_ID={token(20)}", ".env.production") == {}
    assert found(line, ".env.example") == {}
    assert found(line, "x.js") == {}
    assert found("ACME_API_KEY=your-key-your-key\nOTHER_TOKEN=$X", ".env") == {}


def test_the_secret_is_not_shown() -> None:
    secret = "ghp" + "_" + token(36)
    finding = only(analyse({"x.js": f"\nx = '{secret}'"}), "shipped-secret")
    assert finding.kind is Kind.SECRET
    assert finding.line == 2
    assert secret[:20] not in f"{finding.message} {finding.evidence}"


NPM = "npm_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4hJ6"


def test_many_weak_secrets_hide_no_worse_one() -> None:
    weak = "\n".join(f"'AIzaSyQ8rTn4Wm6Kp2Xv7Bc5Zd1Hf3Lj{n:05d}QR'" for n in range(60))
    verdict = analyse({"a.js": f"{weak}\n'{NPM}'"})
    assert verdict.findings[0].severity is Severity.HIGH
    assert {finding.severity for finding in verdict.findings[1:]} == {Severity.LOW}


def test_a_weak_secret_hides_no_worse_one_inside_of_it() -> None:
    weak = "sk-proj-" + "Z9y8X7w6V5u4T3s2R1q0" * 2
    assert found(f"'{weak}-{NPM}'") == {"shipped-secret": Severity.HIGH}


def test_a_list_of_variables_is_read_to_its_end() -> None:
    secret = "\nDEPLOY_TOKEN=q8Zr2LmX9vTc5Ny7Kd\n"
    assert found("#\n" * 100_000 + secret, ".env") == {"shipped-secret": Severity.MEDIUM}
    verdict = analyse({".env": "#" * WINDOW_BYTES + secret})
    assert verdict.gap_texts == (".env is too large to be read as a list of variables",)
