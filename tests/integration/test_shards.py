"""``--shard I/N`` and ``vscan merge``: the verdict of one scan, whatever the number of machines."""

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import install, results
from tests.command import Result, start, vscan
from tests.registry import Registry, published
from tests.server import Script, Server
from vscan.report.json import schema
from vscan.shard_reports import MAX_JSON_BYTES

SAMPLES = Path(__file__).parents[1] / "data" / "offline"
TRAPS = Path(__file__).parents[1] / "data" / "repo-traps"
OFFLINE = {"VSCAN_SOURCE": "offline"}
NO_SOURCE = {"VSCAN_SOURCE": None}
Report = dict[str, Any]


def load(path: Path) -> Report:
    report: Report = json.loads(path.read_text("utf-8"))
    return report


def save(path: Path, report: Report) -> Path:
    path.write_text(json.dumps(report), "utf-8")
    return path


def comparable(report: Report) -> Report:
    """Take out the times, and the id of the run."""
    for name in ("id", "started_at", "finished_at"):
        del report["run"][name]
    del report["stats"]["elapsed_s"]
    for extension in report["extensions"]:
        for verdict in extension["verdicts"]:
            del verdict["analysed_at"]
    return report


def scan(home: Path, name: str, *arguments: str | Path, **variables: str | None) -> Result:
    path = home / name
    done = vscan(home, "scan", *arguments, "-o", path, **OFFLINE | variables)
    is_json = path.exists() and path.suffix == ".json"
    return Result(done.code, done.out, done.err, load(path) if is_json else {})


def scan_shards(home: Path, count: int, *arguments: str | Path, suffix: str = "json") -> list[Path]:
    """Scan every shard; a shard never is incomplete here."""
    for index in range(1, count + 1):
        name = f"shard-{index}.{suffix}"
        done = scan(home, name, *arguments, "--no-cache", "--shard", f"{index}/{count}")
        assert done.code in {0, 1, 3}, done.text
    return [home / f"shard-{index}.{suffix}" for index in range(1, count + 1)]


def merge(home: Path, *arguments: str | Path, **variables: str | None) -> Result:
    path = home / "merged.json"
    path.unlink(missing_ok=True)
    done = vscan(home, "merge", *arguments, "-o", path, **NO_SOURCE | variables)
    assert "Traceback" not in done.text
    return Result(done.code, done.out, done.err, load(path) if path.exists() else {})


def refused(done: Result, code: int, *parts: str) -> None:
    assert done.code == code, done.text
    assert not done.report
    assert all(part in done.err for part in parts), done.err


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install 500 entries: most of them clean, some bad, private, twice, unreadable or left out."""
    place = tmp_path_factory.mktemp("many")
    for number in range(440):
        name = ("Acme", "beta", "corp")[number % 3]
        root = install(place, f"{name}.tool-{number}", main="main.js")
        (root / "main.js").write_text(f"exports.activate = () => {number};\n")
    for number in range(20):
        install(place, f"acme.tool-{number * 3}", "2.0.0")
        packed = [f"beta.tool-{number}", "gone.away"]
        install(place, f"acme.pack-{number}", extensionPack=packed)
    install(place, "müller.tools", folder="umlaut")  # no registry has such an id
    for sample in SAMPLES.glob("example.*"):
        shutil.copytree(sample, place / sample.name)
    for number in range(10):
        (place / f"broken.one-{number}-1.0.0").mkdir()
        (place / f"broken.one-{number}-1.0.0" / "package.json").write_text("{")
        (place / f".hidden-{number}").mkdir()
    (place / "no name at all \u202e").mkdir()
    (place / "no name at all \u202e" / "package.json").write_text('{"name": 7}')
    return place


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_merged_report_equals_that_of_one_scan(tmp_path: Path, many: Path, count: int) -> None:
    ignored = tmp_path / "ignore.toml"
    ignored.write_text(
        '[[ignore]]\nid = "acme.*"\nrule = "*"\nreason = "ours"\n'
        '[[ignore]]\nid = "nobody.nothing"\nrule = "x"\nreason = "unused"\n'
    )
    baseline = tmp_path / "baseline.json"
    scan(tmp_path, baseline.name, SAMPLES, "--no-cache")
    policy = (
        *("--ignore-file", ignored, "--baseline", baseline, "--min-score", "50"),
        *("--blocked", "beta.tool-7", "--exclude-ids", "corp.*,never.*"),
    )
    judging = policy[:-2]
    whole = scan(tmp_path, "whole.json", many, "--no-cache", *policy)
    merged = merge(tmp_path, *scan_shards(tmp_path, count, many, *policy), *judging)
    assert len(whole.report["extensions"]) > 300
    assert whole.stats["unreadable"] == 11
    assert whole.stats["findings_known"] > 0
    assert (merged.code, comparable(merged.report)) == (whole.code, comparable(whole.report))


def test_shards_share_everything_out(tmp_path: Path, many: Path) -> None:
    shards = list(map(load, scan_shards(tmp_path, 3, many)))
    for key, name in (("extensions", "name"), ("not_scanned", "id")):
        lists = [[(each["id"], each[name]) for each in shard[key]] for shard in shards]
        assert sum(map(bool, lists)) >= 2
        assert sum(map(len, lists)) >= 10
        for number, one in enumerate(lists):
            ids = {str(each[0]).lower() for other in lists[:number] for each in other}
            assert ids.isdisjoint(str(each[0]).lower() for each in one if each[0])
    for shard in shards:
        jsonschema.validate(shard, schema())


def test_places_of_a_repository_keep_their_order(tmp_path: Path) -> None:
    whole = scan(tmp_path, "whole.json", TRAPS, "--no-cache")
    shards = scan_shards(tmp_path, 4, TRAPS)
    for order in (shards, shards[::-1]):
        merged = merge(tmp_path, *order)
        assert len(whole.report["place_findings"]) > 1
        assert merged.code == whole.code
        assert comparable(merged.report) == comparable(load(tmp_path / "whole.json"))


def test_the_policy_applies_to_places_anew(tmp_path: Path) -> None:
    option = ("--on-unresolved", "fail")
    whole = scan(tmp_path, "whole.json", TRAPS, "--no-cache", *option)
    merged = merge(tmp_path, *scan_shards(tmp_path, 3, TRAPS, *option), *option)
    assert (merged.code, comparable(merged.report)) == (whole.code, comparable(whole.report))


@pytest.fixture
def few(tmp_path: Path) -> list[Path]:
    """Scan four shards of three extensions, one of them bad."""
    return scan_shards(tmp_path, 4, SAMPLES)


def test_an_empty_shard_fails_nothing_and_an_empty_scan_does(tmp_path: Path) -> None:
    codes = {
        scan(tmp_path, "x.json", SAMPLES, "--no-cache", "--shard", f"{index}/40").code
        for index in range(1, 41)
    }
    assert codes == {0, 1}
    (tmp_path / "nothing").mkdir()
    assert scan(tmp_path, "x.json", tmp_path / "nothing", "--shard", "1/2").code == 4
    shards = scan_shards_of_nothing(tmp_path)
    assert merge(tmp_path, *shards).code == 4


def scan_shards_of_nothing(home: Path) -> list[Path]:
    for index in (1, 2):
        scan(home, f"n{index}.json", home / "nothing", "--shard", f"{index}/2")
    return [home / "n1.json", home / "n2.json"]


def test_a_missing_shard_is_named(tmp_path: Path, few: list[Path]) -> None:
    assert merge(tmp_path, *few).code == 1  # the control
    refused(merge(tmp_path, few[0], few[1], few[3]), 3, "shard 3/4 is missing")
    refused(merge(tmp_path, few[0], "--allow-incomplete"), 3, "2/4, 3/4", "4/4")


def test_a_shard_given_twice_is_named(tmp_path: Path, few: list[Path]) -> None:
    refused(merge(tmp_path, *few, few[1]), 2, "are both shard 2")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["tool"].update(version="0.0.1"), "is of vscan 0.0.1"),
        (lambda r: r["run"]["shard"]["scopes"].update(offline="x"), "other public data"),
        (lambda r: r["run"].update(targets=["elsewhere"]), "another list of targets"),
        (lambda r: r["run"]["shard"]["policy"].update(fail_on="low"), "policy than"),
        (lambda r: r["run"]["shard"].update(count=5), "another number of shards"),
        (lambda r: r["run"]["shard"].update(found="0" * 64), "found other extensions"),
        (lambda r: r["run"].pop("shard"), "not of a shard"),
        (lambda r: r.pop("merge"), "not of a shard"),
        (lambda r: r["run"]["shard"].update(index=1, count=4), "are both shard 1"),
        (lambda r: r["run"]["shard"].update(index=9), "the number of no shard"),
        (lambda r: r["run"].update(started_at="2026-99-99"), "not the JSON report of a shard"),
    ],
)
def test_what_does_not_belong_is_named(
    tmp_path: Path, few: list[Path], change: Callable[[Report], object], said: str
) -> None:
    report = load(few[2])
    change(report)
    save(few[2], report)
    refused(merge(tmp_path, *few), 2, "shard-3.json" if "both" not in said else "", said)


def test_the_policy_of_the_merge_is_that_of_the_shards(tmp_path: Path, few: list[Path]) -> None:
    refused(merge(tmp_path, *few, "--fail-on", "none"), 2, "another policy", "fail_on")
    ignored = tmp_path / "i.toml"
    ignored.write_text('[[ignore]]\nid = "*"\nrule = "*"\nreason = "all"\n')
    refused(merge(tmp_path, *few, "--ignore-file", ignored), 2, "another policy", "waivers")


def test_results_that_were_taken_out_or_moved_are_missed(tmp_path: Path, few: list[Path]) -> None:
    holder = next(path for path in few if load(path)["merge"])
    other = next(path for path in few if path != holder)
    report = load(holder)
    taken = report["merge"].pop()
    save(holder, report)
    refused(merge(tmp_path, *few), 2, "do not have all")
    moved = load(other)
    moved["merge"].append(taken)
    save(other, moved)
    refused(merge(tmp_path, *few), 2, other.name, "another shard")


def test_an_interrupted_shard_stays_interrupted(tmp_path: Path, few: list[Path]) -> None:
    for name, code in (("SIGINT", 130), ("SIGTERM", 143), ("nonsense", 143)):
        report = load(few[1])
        report["run"]["shard"]["interrupted"] = name
        save(few[1], report)
        done = merge(tmp_path, *few)
        assert done.code == code
        assert done.report["decision"]["outcome"] == "interrupted"


def test_a_shard_that_a_signal_ended_keeps_the_merge_from_being_clean(
    tmp_path: Path, many: Path
) -> None:
    """At many moments: while it finds extensions, and while it analyses them."""
    path, codes = tmp_path / "shard-1.json", set()
    for moment in range(1, 16):
        path.unlink(missing_ok=True)
        process = start(
            tmp_path, "scan", many, "--no-cache", "--shard", "1/1", "-q", "-o", path, **OFFLINE
        )
        time.sleep(moment * 0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        if not path.exists():  # before the signal was caught
            assert process.returncode in {-signal.SIGTERM, 143}
            continue
        ended = load(path)["decision"]["outcome"]
        code = merge(tmp_path, path).code
        codes.add(code)
        assert code in ({143, 3} if ended == "interrupted" else {1, 3})
    assert 143 in codes


def test_an_incomplete_shard_stays_incomplete(tmp_path: Path, few: list[Path]) -> None:
    report = load(few[1])
    report["run"]["incomplete"] = True
    save(few[1], report)
    refused(merge(tmp_path, *few), 3, few[1].name, "incomplete")


def test_a_shard_that_did_not_find_everything_is_named(tmp_path: Path, few: list[Path]) -> None:
    done = scan(
        tmp_path, "shard-2.json", SAMPLES, "--no-cache", "--shard", "2/4", "--deadline", "0.0001"
    )
    assert done.code == 3
    refused(merge(tmp_path, *few), 3, "shard-2.json", "before everything was found")


def test_what_is_no_report_is_named(tmp_path: Path, few: list[Path]) -> None:
    gone, directory, pipe = tmp_path / "gone.json", tmp_path / "d.json", tmp_path / "pipe.json"
    directory.mkdir()
    refused(merge(tmp_path, *few, gone), 2, "gone.json can't be read")
    refused(merge(tmp_path, *few, directory), 2, "d.json is not the JSON report")
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        refused(merge(tmp_path, *few, pipe), 2, "pipe.json is not the JSON report")
    with gone.open("wb") as file:  # sparse
        file.truncate(MAX_JSON_BYTES + 1)
    refused(merge(tmp_path, *few, gone), 2, "gone.json", "more than")
    few[0].write_bytes(b'{"merge": [' + b"1," * 20_000_000 + b"1]}")
    refused(merge(tmp_path, *few), 2, few[0].name, "items")
    refused(merge(tmp_path), 2, "REPORT")


def test_json_lines_are_merged_and_end_in_a_trailer(tmp_path: Path) -> None:
    whole = scan(tmp_path, "whole.json", SAMPLES, "--no-cache")
    shards = scan_shards(tmp_path, 2, SAMPLES, suffix="jsonl")
    merged = merge(tmp_path, *shards)
    assert (merged.code, comparable(merged.report)) == (whole.code, comparable(whole.report))
    text = shards[1].read_bytes()
    lines = text.splitlines(keepends=True)
    for cut in (b"".join(lines[:-1]), text[: len(text) // 2], text[:-30], lines[0]):
        shards[1].write_bytes(cut)
        refused(merge(tmp_path, *shards), 3, "shard-2.jsonl is cut short")
    for wrong in ([lines[0], *lines[2:]], [*lines, lines[1]], [b"\n"], lines[1:]):
        shards[1].write_bytes(b"".join(wrong))
        refused(merge(tmp_path, *shards), 2, "shard-2.jsonl")


def test_json_lines_have_what_json_has(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    shutil.copytree(SAMPLES, tmp_path / "x" / "y")
    (tmp_path / "x" / "y" / "a.b-1.0.0").mkdir()
    (tmp_path / "x" / "y" / "a.b-1.0.0" / "package.json").write_text("{")
    path = tmp_path / "lines.jsonl"
    report = scan(tmp_path, "whole.json", tmp_path / "x" / "y", "-o", path).report
    header, *lines, trailer = map(json.loads, path.read_text("utf-8").splitlines())
    assert header == {
        "type": "header",
        **{key: report[key] for key in ("format_version", "tool", "run")},
    }
    kinds = {
        "extension": "extensions", "failure": "failed_extensions", "not-scanned": "not_scanned",
        "place-finding": "place_findings", "rule": "rules",
    }  # fmt: skip
    for kind, key in kinds.items():
        found = [line for line in lines if line["type"] == kind]
        assert found == [{"type": kind, **item} for item in report[key]]
    assert trailer == {
        "type": "trailer", "lines": len(lines) + 2, "stats": report["stats"],
        "decision": report["decision"],
    }  # fmt: skip


def broken(report: bytes) -> Iterator[bytes]:
    """Change a report at random places, as bytes and as values."""
    chance = random.Random(19)
    for _ in range(60):
        place = chance.randrange(len(report))
        yield report[:place] + bytes([chance.randrange(256)]) + report[place + 1 :]
    for _ in range(20):
        yield report[: chance.randrange(len(report))]
    yield from (b"", b"[]", b"{}", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"null")


def values(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from values(value, (*path, key))


def test_a_broken_report_is_named_and_never_green(tmp_path: Path) -> None:
    (shard,) = scan_shards(tmp_path, 1, SAMPLES)
    text, report = shard.read_bytes(), load(shard)
    contents = list(broken(text))
    read = ("run", "stats", "merge", "tool", "format_version")
    paths = [path for path in values(report) if path[0] in read]
    for path in random.Random(7).sample(paths, 60):
        value: object
        for value in (None, -1, "\u202e" * 9, [], {"a": []}, 1e308):
            made = json.loads(text)
            node = made
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
            contents.append(json.dumps(made).encode())
    for content in random.Random(3).sample(contents, 90):
        shard.write_bytes(content)
        done = merge(tmp_path, shard)
        assert done.code in {1, 2, 3, 130, 143}, (done.text, content[:500])
        if done.code == 2:
            assert "Error: " in done.err


def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    counts = {"high": 1} if name == "tool-3" else {}
    return results(publisher, name, analysis_id=analysis_id, vulnerabilities=counts)


def test_the_merge_asks_a_service_for_all_shards(tmp_path: Path) -> None:
    place = tmp_path / "some"
    for number in range(12):
        install(place, f"{('acme', 'corp')[number % 2]}.tool-{number}")
    install(place, "müller.tools", folder="umlaut")  # no registry has such an id: it is not sent
    private = ("--private", "corp.*")
    with Server(Script(answer=answer)) as server:
        online = {"VSCAN_API_URL": server.api_url, "VSCAN_DELAY": "0"}
        both = online | {"VSCAN_SOURCE": "vscan.dev,offline"}
        whole = scan(tmp_path, "whole.json", place, "--no-cache", *private, **both)
        before = server.count()
        shards = scan_shards(tmp_path, 3, place, *private)
        assert server.count() == before
        refused(merge(tmp_path, *shards, "--source", "vscan.dev", **online), 2, "--private")
        assert server.count() == before
        merged = merge(tmp_path, *shards, *private, "--source", "vscan.dev", "--no-cache", **online)
        assert server.count() == 2 * before
    assert whole.report["stats"]["requests"] > 0
    assert (merged.code, comparable(merged.report)) == (whole.code, comparable(whole.report))


def test_a_signal_leaves_a_merge_that_asks_interrupted(tmp_path: Path) -> None:
    place = tmp_path / "some"
    for number in range(30):
        install(place, f"acme.tool-{number}")
    shards = scan_shards(tmp_path, 2, place)
    with Server(Script(answer=answer, latency_s=0.2)) as server:
        process = start(
            tmp_path, "merge", *shards, "--source", "vscan.dev", "-q",
            "-o", tmp_path / "merged.json", "--api-url", server.api_url, **NO_SOURCE,
        )  # fmt: skip
        until = time.monotonic() + 30
        while server.count() < 2 and time.monotonic() < until:
            time.sleep(0.01)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert time.monotonic() - sent < 3
    assert process.returncode == 130, err
    report = load(tmp_path / "merged.json")
    assert report["decision"]["outcome"] == "interrupted"
    assert len(report["extensions"]) == 30


@pytest.mark.parametrize("protocol", ["gallery", "open-vsx"])
def test_shards_fetch_what_is_only_named(tmp_path: Path, protocol: str) -> None:
    names = [f"acme.tool-{number}" for number in range(12)]
    table = [published(name) for name in names[:-1]]
    with Registry(table) as registry:
        url = registry.gallery_url if protocol == "gallery" else registry.url
        whole = scan(tmp_path, "whole.json", *names, "--no-cache", "--fetch", url)
        merged = merge(tmp_path, *scan_shards(tmp_path, 3, *names, "--fetch", url))
    assert sum(each["fetched"] is not None for each in whole.report["extensions"]) == 11
    assert whole.code == merged.code
    one, other = comparable(whole.report), comparable(merged.report)
    assert other["stats"].pop("requests") >= one["stats"].pop("requests")  # a query for each shard
    assert one == other


def test_a_service_that_is_away_leaves_the_merge_incomplete(
    tmp_path: Path, few: list[Path]
) -> None:
    away = {"VSCAN_API_URL": "http://127.0.0.1:9/api/extensions", "VSCAN_MAX_RETRIES": "0"}
    done = merge(tmp_path, *few, "--source", "vscan.dev", "--fail-on", "high", **away)
    assert done.report["run"]["incomplete"]
    assert done.report["stats"]["failed"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shard", "0/2", "--offline"), "--shard 0/2"),
        (("--shard", "3/2", "--offline"), "--shard 3/2"),
        (("--shard", "2", "--offline"), "I/N"),
        (("--shard", "1/2", "--source", "vscan.dev"), "rate limit"),
        (("--shard", "1/2", "--offline", "--follow-packs"), "exclude each other"),
    ],
)
def test_a_shard_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = vscan(tmp_path, "scan", SAMPLES, *arguments, VSCAN_SOURCE=None)
    assert done.code == 2
    assert said in done.err
