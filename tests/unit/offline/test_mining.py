"""Miners by their parts. The pools do not exist, and nothing is mined."""

import pytest

from tests.offline import analyse, found
from vscan.model import Severity

POOL = """
const tls = require("tls");
exports.open = (host, wallet) => {
  const s = tls.connect({ host, port: 443 });
  const call = (method, params) => s.write(JSON.stringify({ id: 1, method, params }) + "\\n");
  call("login", { login: wallet, pass: "x", agent: "a/1", algo: ["ALGORITHM"] });
  s.on("data", (l) => { const m = JSON.parse(l); if (m.method === "job") exports.work(m.params); });
  exports.submit = (found) => call("submit", found);
};"""
HASH = """
const { createHash } = require("crypto");
exports.search = ({ blob, target, job_id }) => {
  for (let nonce = 0; nonce < 1e6; nonce++) {
    const digest = createHash("sha256").update(blob + nonce).digest("hex");
    if (digest < target) return { job_id, nonce, digest };
  }
};"""
METHODS = """
const socket = require("net").connect(3333, "pool.example.invalid");
socket.write(JSON.stringify({ id: 1, method: "mining.subscribe", params: [] }));
socket.write(JSON.stringify({ id: 2, method: "mining.authorize", params: ["a.b", "x"] }));
"""
CREW = """
const { Worker } = require("worker_threads");
const crew = require("os").cpus().map(() => new Worker(__dirname + "/hash.js"));
"""
ADDRESS = "module.exports = { url: 'stratum+tcp://pool.example.invalid:3333' };"
NAMED = "new CoinHive.Anonymous('abc').start();"
PUZZLE = """
exports.solve = (salt, target) => {
  for (let nonce = 0; ; nonce++) if (hash(salt + nonce) < target) return nonce;
};"""
CLIENT = """
const call = (method, params) => fetch("https://api.example.invalid", {
  method: "POST", body: JSON.stringify({ method, params }) });
call("login", { user: "a", pass: "b", agent: "c" });
call("submit", { job: 1 });
"""


@pytest.mark.parametrize(
    "files",
    [
        {"pool.js": POOL.replace("ALGORITHM", "rx/0")},
        {"pool.js": POOL.replace(', algo: ["ALGORITHM"]', ""), "hash.js": HASH},
        {"a.js": METHODS},
        {"config.js": ADDRESS, "crew.js": CREW},
        {"config.json": '{"algo": "randomx", "pool": "stratum+ssl://a.example.invalid:443"}'},
        {"page.html": f"<html><script>{NAMED}</script></html>"},
        {"a.js": 'const algo = "cn/r";', "hash.js": HASH, "crew.js": CREW},
    ],
)
def test_the_parts_of_a_miner_are_found(files: dict[str, str]) -> None:
    """They may lie in several files."""
    verdict = analyse(files)
    severities = [each.severity for each in verdict.findings if each.rule == "mining"]
    assert severities == [Severity.HIGH]
    assert verdict.gaps == ()


@pytest.mark.parametrize(
    "code",
    [
        HASH,
        PUZZLE,
        CREW,
        CREW + PUZZLE,
        CLIENT + CREW,
        ADDRESS,
        "const known = { randomx: 1, 'cryptonight': 2 };",
        "const words = ['mining.submit'];",
        "tx.nonce++; const target = hash(tx);",
    ],
)
def test_one_part_alone_is_no_miner(code: str) -> None:
    """Puzzles, clients of services and lists of words have some of them."""
    assert "mining" not in found(code)


def test_a_document_may_describe_the_protocol() -> None:
    """Prose is read by people."""
    assert "mining" not in found(f"# Stratum\n\nAn example:\n\n{METHODS}", "README.md")
