"""What is secret stays in the environment: it is in nothing that a run says or leaves behind.

Every situation is swept: both streams, each report, the log, the cache, and whatever
else lies in the home afterwards.
"""

import base64
import contextlib
import os
import select
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, quote_plus

import pytest

from tests.builders import install, results
from tests.command import Result, environment, scan, vscan
from tests.server import Fault, Script, Server
from vscan.cache.cache_file_opening import FILE_NAME
from vscan.settings.option_value_checks import FORMATS

USER = "alice"
PASSWORD = "hunter2/7c19 d4+é"  # with what an address must quote
QUOTED = quote(PASSWORD, safe="")
CACHE_KEY = "open-sesame-0f3e7a"
NETRC = "swordfish-55ab01"
CREDENTIALS = base64.b64encode(f"{USER}:{PASSWORD}".encode("latin-1")).decode()
# However it is written down: as it is, in an address, in a header, as bytes.
FORMS = {
    form
    for secret in (PASSWORD, CACHE_KEY, NETRC, CREDENTIALS)
    for form in (
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        secret.encode().hex(),
        base64.b64encode(secret.encode()).decode().rstrip("="),
    )
} | {"hunter2", "open-sesame", "swordfish"}


def found(content: bytes) -> set[str]:
    """Find the secrets in something."""
    return {form for form in FORMS if form.encode() in content or form.encode("latin-1") in content}


def leaks(home: Path, out: str, err: str) -> set[str]:
    """Name the streams, and the files below ``home``, that hold or are called by a secret."""
    held = {"stdout": out.encode("utf-8", "surrogatepass")}
    held["stderr"] = err.encode("utf-8", "surrogatepass")
    held["names"] = b"\n".join(os.fsencode(path) for path in home.rglob("*"))
    files = [path for path in home.rglob("*") if path.is_file() and path.name != ".netrc"]
    held |= {path.name: path.read_bytes() for path in files}
    return {name for name, content in held.items() if found(content)}


def sweep(home: Path, done: Result) -> None:
    """Fail for a secret anywhere."""
    assert leaks(home, done.out, done.err) == set(), done.out + done.err


def clean(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    return results(publisher, name, analysis_id=analysis_id)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a home with three extensions and a ``.netrc`` for everybody."""
    for number in range(3):
        install(tmp_path / "extensions", f"acme.tool-{number}")
    (tmp_path / ".netrc").write_text(f"default login {USER} password {NETRC}\n")
    (tmp_path / ".netrc").chmod(0o600)
    return tmp_path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a server's certificate with its key, and one that has nothing to do with it."""
    if shutil.which("openssl") is None:
        pytest.skip("makes certificates with openssl, which is not installed")
    directory = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "other"):
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", "/dev/stdout", "-out", "/dev/stdout"],
            check=True,
            capture_output=True,
        )  # fmt: skip
        (directory / f"{name}.pem").write_bytes(made.stdout)
    return directory / "ours.pem", directory / "other.pem"


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy on loopback that tunnels, or refuses as ``refusal`` says, and remembers."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, refusal: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.refusal = refusal
        self.seen: list[str] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def url(self, credentials: str = f"{USER}:{QUOTED}@") -> str:
        return f"http://{credentials}127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Tunnel(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        lines = []
        while (line := self.rfile.readline().decode("latin-1").strip()) != "":
            lines.append(line)
        self.server.seen.append("\n".join(lines))
        if self.server.refusal:
            said = self.server.refusal.format(head=" ".join(lines), password=PASSWORD)
            self.wfile.write(f"HTTP/1.1 407 {said}\r\n\r\n{said}".encode("latin-1"))
        elif lines:
            host, _, port = lines[0].split()[1].partition(":")
            with socket.create_connection((host, int(port))) as target:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                with contextlib.suppress(OSError):
                    _pump(self.connection, target)


def _pump(ours: socket.socket, theirs: socket.socket) -> None:
    other = {ours: theirs, theirs: ours}
    while True:
        for ready in select.select(list(other), [], [])[0]:
            piece = ready.recv(65536)
            if not piece:
                return
            other[ready].sendall(piece)


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


# Situations: everything that can go wrong with a secret at hand


@dataclass
class Ready:
    """A situation that is prepared: how to run, what must come of it, and who ends it."""

    api_url: str
    code: int
    says: str
    variables: dict[str, str] = field(default_factory=dict)
    patch: str = "pass"
    meanwhile: Callable[[subprocess.Popen[bytes]], None] | None = None


Situation = Callable[[Path, Path], AbstractContextManager[Ready]]  # home, certificate


@contextmanager
def nothing_wrong(_home: Path, certificate: Path) -> Iterator[Ready]:
    with Server(Script(answer=clean), certificate=certificate) as server, Proxy() as proxy:
        variables = {"HTTPS_PROXY": proxy.url(), "SSL_CERT_FILE": str(certificate)}
        yield Ready(server.api_url, 0, "clean", variables)
        assert f"Proxy-Authorization: Basic {CREDENTIALS}" in proxy.seen[0]  # it was really used
        assert server.authorizations == set()


@contextmanager
def proxy_unreachable(_home: Path, _certificate: Path) -> Iterator[Ready]:
    variables = {"HTTPS_PROXY": f"http://{USER}:{QUOTED}@127.0.0.1:{closed_port()}"}
    yield Ready("https://127.0.0.1:9", 3, "through the proxy", variables)


@contextmanager
def proxy_refuses(_home: Path, _certificate: Path) -> Iterator[Ready]:
    """And repeats what it was sent, decoded, where errors quote it from."""
    with Proxy("{password} {head}") as proxy:
        variables = {"ALL_PROXY": proxy.url()}
        yield Ready("https://127.0.0.1:9", 3, "the proxy asks for a login (407)", variables)
        assert CREDENTIALS in proxy.seen[0]


@contextmanager
def tls_fails(_home: Path, certificate: Path) -> Iterator[Ready]:
    with Server(certificate=certificate) as server, Proxy() as proxy:
        yield Ready(server.api_url, 3, "can't be trusted", {"https_proxy": proxy.url()})


@contextmanager
def cache_broken(home: Path, _certificate: Path) -> Iterator[Ready]:
    path = home / ".cache" / "vscan" / FILE_NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database " * 999)
    with Server(Script(answer=clean)) as server:
        yield Ready(server.api_url, 0, "the cache is damaged")


@contextmanager
def cache_signed_by_another(home: Path, _certificate: Path) -> Iterator[Ready]:
    with Server(Script(answer=clean)) as server:
        scan(home, home / "extensions", "--api-url", server.api_url, VSCAN_CACHE_KEY="another")
        yield Ready(server.api_url, 0, "don't match their checksum")


@contextmanager
def cache_locked(home: Path, _certificate: Path) -> Iterator[Ready]:
    with Server(Script(answer=clean)) as server:
        scan(home, home / "extensions", "--api-url", server.api_url)
        path = home / ".cache" / "vscan" / FILE_NAME
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Ready(server.api_url, 0, "locked")


@contextmanager
def server_fails(_home: Path, _certificate: Path) -> Iterator[Ready]:
    with Server(Script(faults=[Fault(500)])) as server:
        yield Ready(server.api_url, 3, "HTTP 500")


@contextmanager
def source_has_a_bug(_home: Path, certificate: Path) -> Iterator[Ready]:
    """Where the session, with all that it read from the environment, is at hand."""
    with Server(certificate=certificate) as server, Proxy() as proxy:
        patch = "import requests.sessions as s; s.Session.send = lambda *_, **__: 1 / 0"
        yield Ready(server.api_url, 3, "ZeroDivisionError", {"HTTPS_PROXY": proxy.url()}, patch)


@contextmanager
def program_has_a_bug(_home: Path, _certificate: Path) -> Iterator[Ready]:
    with Server() as server:
        patch = (
            "import vscan.run_preparation as module; module.evaluate_run = lambda *_, **__: 1 / 0"
        )
        yield Ready(server.api_url, 2, "ZeroDivisionError", patch=patch)


@contextmanager
def interrupted(_home: Path, certificate: Path) -> Iterator[Ready]:
    script = Script(answer=clean, faults=[Fault("hang", "fetch", "acme.tool-1")])
    with Server(script, certificate=certificate) as server, Proxy() as proxy:

        def interrupt(process: subprocess.Popen[bytes]) -> None:
            until = time.monotonic() + 20
            while server.count("fetch") < 2 and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)

        variables = {"HTTPS_PROXY": proxy.url(), "REQUESTS_CA_BUNDLE": str(certificate)}
        yield Ready(server.api_url, 130, "interrupted", variables, meanwhile=interrupt)
        server.script.faults.clear()


SITUATIONS: tuple[Situation, ...] = (
    nothing_wrong,
    proxy_unreachable,
    proxy_refuses,
    tls_fails,
    cache_broken,
    cache_signed_by_another,
    cache_locked,
    server_fails,
    source_has_a_bug,
    program_has_a_bug,
    interrupted,
)
LOGS: dict[str, tuple[str, ...]] = {
    "JSON": ("-v", "--log-format", "json"),
    "console, to a file": ("--log-level", "debug", "--log-format", "console", "--log-file", "log"),
}


def run(home: Path, ready: Ready, *options: str) -> Result:
    """Scan with all reporters, to files and to standard output, and every secret set."""
    reports = [f"--output={name}={home / 'report'}.{name}" for name in FORMATS]
    program = f"{ready.patch}\nfrom vscan.cli import main\nmain()"
    line = ["scan", str(home / "extensions"), "--api-url", ready.api_url, *reports, *options]
    variables = {"VSCAN_CACHE_KEY": CACHE_KEY, "VSCAN_DELAY": "0", "VSCAN_RETRY_DELAY": "0.01"}
    with subprocess.Popen(
        [sys.executable, "-c", program, *line, "-o", "json=-"],
        env=environment(home, **(variables | ready.variables)),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        if ready.meanwhile is not None:
            ready.meanwhile(process)
        out, err = process.communicate(timeout=30)
    return Result(process.returncode, out.decode(), err.decode(), {})


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_whatever_goes_wrong_no_secret_is_told(
    home: Path, certificates: tuple[Path, Path], situation: Situation, log: str
) -> None:
    with situation(home, certificates[0]) as ready:
        done = run(home, ready, *LOGS[log])
    said = done.out + done.err
    if (home / "log").exists():
        said += (home / "log").read_text("utf-8")
    assert done.code == ready.code, done.err
    assert ready.says in said  # the situation is the one that was meant
    sweep(home, done)
    if ready.code != 2:
        for name in FORMATS:
            # Where all is well, there is nothing to annotate.
            assert (home / f"report.{name}").stat().st_size or name == "github"


TELLS = {
    "stdout": "print(os.environ['VSCAN_CACHE_KEY'])",
    "stderr": "print(os.environ['HTTPS_PROXY'], file=sys.stderr)",
    "left": "open('left', 'w').write(CREDENTIALS)",
    "names": "open(os.environ['VSCAN_CACHE_KEY'], 'w')",
    FILE_NAME: "vscan.cache.encode = lambda _: os.environb[b'VSCAN_CACHE_KEY']",
    "report.json": "vscan.cli.scan.new_run_id = lambda: os.environ['VSCAN_CACHE_KEY']",
    "log": "vscan.run_log.__version__ = os.environ['VSCAN_CACHE_KEY']",
}


@pytest.mark.parametrize("where", TELLS)
def test_the_sweep_finds_a_secret_that_is_told(home: Path, where: str) -> None:
    """The control: a program that tells one, in each of the ways."""
    imports = "import os, sys, vscan.cache, vscan.cli.scan, vscan.run_log"
    patch = f"{imports}; CREDENTIALS = {CREDENTIALS!r}; {TELLS[where]}"
    with Server(Script(answer=clean)) as server:
        proxy = {"HTTPS_PROXY": f"http://{USER}:{QUOTED}@127.0.0.1:9"}
        ready = Ready(server.api_url, 0, "", proxy, patch)
        done = run(home, ready, "-v", "--log-file", "log")
    assert done.code == 0, done.err
    assert where in leaks(home, done.out, done.err)
    with pytest.raises(AssertionError):
        sweep(home, done)


LIBRARYS_WORDS = "RuntimeError(f'cannot reach {os.environ[\"HTTPS_PROXY\"]}')"


@pytest.mark.parametrize(
    ("place", "code"),
    [("requests.sessions.Session.send", 3), ("vscan.run_preparation.evaluate_run", 2)],
)
def test_what_a_library_quotes_in_an_error_that_nobody_expected_is_not_repeated(
    home: Path, place: str, code: int
) -> None:
    """Libraries put a proxy's whole address into their messages."""
    patch = f"""
import os, requests.sessions, vscan.run_preparation
def fails(*_, **__):
    raise {LIBRARYS_WORDS}
{place} = fails
"""
    with Server() as server:
        proxy = {"HTTPS_PROXY": f"http://{USER}:{QUOTED}@127.0.0.1:9"}
        done = run(home, Ready(server.api_url, code, "", proxy, patch), "-v")
    assert done.code == code
    assert "RuntimeError" in done.err
    sweep(home, done)


# Addresses of proxies that are none

MALFORMED = (
    "http://user:hunter2 x@:port",
    "user:hunter2@127.0.0.1:9",
    "http://user:hunter2@",
    "http://user:hunter2@127.0.0.1:99999",
    "http://user:hunter2@[::1",
    "http://user:hunter2%zz@127.0.0.1:9",
    "http://user:hunter2\u00e9\u65e5@127.0.0.1:9",
    "http://user:hunter2\udce9@127.0.0.1:9",
    "http://user:hunter2@a..b:9",
    "http://user:hunter2\r\nX: y@127.0.0.1:9",
    "https://user:hunter2@127.0.0.1:9",
    "socks5h://user:hunter2@[",
    "ftp://user:hunter2@127.0.0.1:9",
)


@pytest.mark.parametrize("address", MALFORMED, ids=ascii)
def test_a_malformed_proxy_is_a_network_failure_that_names_no_secret(
    home: Path, address: str
) -> None:
    """And one that says where to look: nothing else is wrong."""
    done = scan(
        home, home / "extensions", "--api-url", "https://127.0.0.1:9", "-v",
        HTTPS_PROXY=address, VSCAN_TIMEOUT="2",
    )  # fmt: skip
    assert done.code == 3
    assert {failed["error_type"] for failed in done.report["failed_extensions"]} == {"network"}
    assert "proxy" in done.err
    assert "Traceback" not in done.err
    sweep(home, done)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_malformed_proxy_does_not_matter_on_loopback(home: Path, variable: str) -> None:
    with Server(Script(answer=clean)) as server:
        done = scan(
            home, home / "extensions", "--api-url", server.api_url, "-v",
            **{variable: MALFORMED[0]},
        )  # fmt: skip
    assert done.code == 0
    sweep(home, done)


# Secrets where none belongs

ADDRESSES = (
    ("variable", "https://user:hunter2@vscan.dev/"),
    ("option", "https://user:hunter2@vscan.dev/"),
    ("variable", "user:hunter2@vscan.dev"),
    ("variable", "https://user:hunter2@["),
    ("option", "https://user:hunter2@vscan.dev:port"),
    ("variable", "https://user:hunter2%40vscan.dev"),
    ("variable", "https://user:hunter2"),
    ("variable", "https://user:hunter2\uff20vscan.dev"),
    ("variable", "https://vscan.dev/?token=hunter2"),
)


@pytest.mark.parametrize(("way", "address"), ADDRESSES, ids=ascii)
def test_an_address_with_credentials_is_refused_without_repeating_it(
    home: Path, way: str, address: str
) -> None:
    arguments = ("--api-url", address) if way == "option" else ()
    variables = {"VSCAN_API_URL": address} if way == "variable" else {}
    done = vscan(home, "scan", home / "extensions", "-v", *arguments, **variables)
    assert (done.code, done.out) == (2, "")
    assert ("--api-url" if way == "option" else "VSCAN_API_URL") in done.err
    sweep(home, done)


@pytest.mark.parametrize(
    "variable",
    ["VSCAN_WORKERS", "VSCAN_FAIL_ON", "VSCAN_OUTPUT", "VSCAN_SOURCE", "VSCAN_INCLUDE_IDS"],
)  # fmt: skip
def test_a_variable_that_holds_a_secret_by_mistake_is_named_and_not_repeated(
    home: Path, variable: str
) -> None:
    """A pipeline's variables are easily swapped, and its log is read by many."""
    done = vscan(home, "scan", home / "extensions", "-v", **{variable: "https://u:hunter2@x"})
    assert (done.code, done.out) == (2, "")
    option = f"--{variable.removeprefix('VSCAN_').lower().replace('_', '-')}"
    assert variable in done.err or option in done.err
    sweep(home, done)


def test_a_netrc_that_can_not_be_read_is_not_read_to_the_world(
    home: Path, certificates: tuple[Path, Path]
) -> None:
    (home / "netrc").write_text(f"machine 127.0.0.1 login password\n{NETRC} macdef {NETRC}")
    with Server(Script(answer=clean), certificate=certificates[0]) as server:
        done = scan(
            home, home / "extensions", "--api-url", server.api_url, "-v",
            NETRC=str(home / "netrc"), SSL_CERT_FILE=str(certificates[0]),
        )  # fmt: skip
        assert server.authorizations == set()
    assert done.code == 0
    (home / "netrc").unlink()
    sweep(home, done)


# Proxies and certificates are obeyed


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_is_asked_with_its_credentials(
    home: Path, certificates: tuple[Path, Path], variable: str
) -> None:
    with Server(Script(answer=clean), certificate=certificates[0]) as server, Proxy() as proxy:
        trust = {"REQUESTS_CA_BUNDLE": str(certificates[0])}
        done = scan(
            home, home / "extensions", "--api-url", server.api_url,
            **{variable: proxy.url()}, **trust,
        )  # fmt: skip
        assert (done.code, done.stats["fresh"]) == (0, 3)
        assert proxy.seen[0].startswith(f"CONNECT {server.api_url.split('/')[2]} ")
        assert f"Proxy-Authorization: Basic {CREDENTIALS}" in proxy.seen[0]
        assert len(proxy.seen) == 1  # one connection, through the tunnel too


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("form", ["{}\n", " {}\r\n", "{} "])
def test_blanks_around_a_proxy_do_not_count(
    home: Path, certificates: tuple[Path, Path], form: str, variable: str
) -> None:
    with Server(Script(answer=clean), certificate=certificates[0]) as server, Proxy() as proxy:
        variables = {"SSL_CERT_FILE": str(certificates[0]), variable: form.format(proxy.url())}
        done = scan(home, home / "extensions", "--api-url", server.api_url, **variables)
        assert (done.code, len(proxy.seen)) == (0, 1)
        assert f"Proxy-Authorization: Basic {CREDENTIALS}" in proxy.seen[0]


@pytest.mark.parametrize(
    "variables",
    [{"NO_PROXY": "127.0.0.1"}, {"no_proxy": "*"}, {"NO_PROXY": "127.0.0.0/8"}],
)
def test_past_a_proxy_that_is_not_for_this_address(
    home: Path, certificates: tuple[Path, Path], variables: dict[str, str]
) -> None:
    with Server(Script(answer=clean), certificate=certificates[0]) as server, Proxy() as proxy:
        variables |= {"SSL_CERT_FILE": str(certificates[0]), "HTTPS_PROXY": proxy.url()}
        done = scan(home, home / "extensions", "--api-url", server.api_url, **variables)
        assert (done.code, proxy.seen) == (0, [])


@pytest.mark.parametrize(
    "variables",
    [
        {"CURL_CA_BUNDLE": "OURS"},
        {"REQUESTS_CA_BUNDLE": "OURS", "SSL_CERT_FILE": "OTHER"},
        {"REQUESTS_CA_BUNDLE": "", "SSL_CERT_FILE": "OURS"},
    ],
    ids=str,
)
def test_certificates_are_obeyed_in_their_order(
    home: Path, certificates: tuple[Path, Path], variables: dict[str, str]
) -> None:
    ours, other = map(str, certificates)
    named = {k: v.replace("OURS", ours).replace("OTHER", other) for k, v in variables.items()}
    with Server(Script(answer=clean), certificate=certificates[0]) as server:
        assert scan(home, home / "extensions", "--api-url", server.api_url, **named).code == 0


EMPTY = dict.fromkeys(("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"), "")
ELSEWHERE = {"GIT_SSL_NO_VERIFY": "1", "NODE_TLS_REJECT_UNAUTHORIZED": "0", "SSL_VERIFY": "0"}


@pytest.mark.parametrize(
    ("way", "variables"),
    [
        ("directly", {"SSL_CERT_FILE": "OTHER"}),
        ("directly", {"REQUESTS_CA_BUNDLE": "/dev/null"}),
        ("directly", {"SSL_CERT_FILE": "0"}),
        ("directly", EMPTY),
        ("directly", ELSEWHERE | {"VSCAN_VERIFY": "0", "VSCAN_INSECURE": "1"}),
        ("through a proxy", {}),
        ("through a proxy", EMPTY | {"PYTHONHTTPSVERIFY": "0"}),
        ("through a proxy", {"REQUESTS_CA_BUNDLE": "OTHER"}),
    ],
    ids=str,
)
def test_no_variable_makes_a_strangers_certificate_good(
    home: Path, certificates: tuple[Path, Path], way: str, variables: dict[str, str]
) -> None:
    named = {k: v.replace("OTHER", str(certificates[1])) for k, v in variables.items()}
    with ExitStack() as stack:
        server = stack.enter_context(Server(certificate=certificates[0]))
        if way != "directly":
            named["HTTPS_PROXY"] = stack.enter_context(Proxy()).url()
        done = scan(home, home / "extensions", "--api-url", server.api_url, **named)
        assert server.count() == 0
    assert (done.code, done.stats["scanned"]) == (3, 0)
    assert {failed["error_type"] for failed in done.report["failed_extensions"]} == {"network"}
    sweep(home, done)
