"""Extensions are fetched from registries: both protocols, every fault, the store, private ids."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.registry import Fault, Published, Registry, archive, published
from vscan.model import ExtensionId, FailureKind
from vscan.registries.fetching import fetch
from vscan.registries.interface import (
    Fetched,
    FetchEnded,
    FetchEvent,
    FetchStarted,
    IntegrityLevel,
    NotFetched,
    RegistryPaused,
    Wanted,
)
from vscan.registries.registry import Registry as Asked
from vscan.registries.registry_addresses import parse_registry
from vscan.registries.registry_requests import RequestLimits
from vscan.registries.vsix_store import VsixStore

QUICK = RequestLimits(
    timeout_s=2.0,
    download_timeout_s=3.0,
    max_retries=2,
    retry_delay_s=0.01,
    max_wait_s=1.0,
    max_archive_bytes=4 * 1024**2,
)
PROTOCOLS = ("gallery", "open-vsx")


def wanted(text: str, version: str | None = None, platform: str | None = None) -> Wanted:
    return Wanted(ExtensionId.parse(text), version, platform)


def asked(url: str, *, is_private: bool = False, **options: Any) -> Asked:
    return Asked(parse_registry(url, is_private=is_private), limits=QUICK, **options)


def address(registry: Registry, protocol: str) -> str:
    return registry.gallery_url if protocol == "gallery" else registry.url


def fetched(result: Fetched | NotFetched) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def failed(result: Fetched | NotFetched) -> NotFetched:
    assert isinstance(result, NotFetched), result
    return result


def files(directory: Path) -> list[Path]:
    return [path for path in (directory / "vsix").glob("*") if path.is_file()]


def one(
    registry: Registry, protocol: str, each: Wanted, directory: Path, **options: Any
) -> Fetched | NotFetched:
    found = fetch([each], [asked(address(registry, protocol), **options)], VsixStore(directory))
    return found[each]


@pytest.fixture
def signing_key() -> Any:
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    return ed25519.Ed25519PrivateKey.generate()


def pem_of(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    content: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return content


# What is found


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_extension_is_fetched_with_its_facts(protocol: str, tmp_path: Path) -> None:
    row = published(
        "Acme.Tools", "1.2.0", pack=("acme.one", "acme.two"), dependencies=("acme.three",)
    )
    with Registry([row, published("Acme.Tools", "1.1.0")]) as registry:
        found = fetched(one(registry, protocol, wanted("acme.tools"), tmp_path))
    assert found.sha256 == hashlib.sha256(row.content).hexdigest()
    assert found.path == tmp_path / "vsix" / f"{found.sha256}.vsix"
    assert found.path.read_bytes() == row.content
    assert found.size == len(row.content)
    assert not found.from_store
    offer = found.offer
    assert (offer.version, offer.platform, offer.latest_version) == ("1.2.0", None, "1.2.0")
    assert offer.published_at == "2026-01-31T12:00:00Z"
    assert offer.pack == ("acme.one", "acme.two")
    assert offer.dependencies == ("acme.three",)
    assert (offer.verified, offer.pre_release, offer.download_count) == (True, False, 1234)
    assert offer.platforms == ("universal",)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pinned_version_is_fetched_though_it_is_not_the_newest(
    protocol: str, tmp_path: Path
) -> None:
    with Registry([published("acme.tools", v) for v in ("3.0.0", "2.0.0", "1.0.0")]) as registry:
        found = fetched(one(registry, protocol, wanted("acme.tools", "1.0.0"), tmp_path))
    assert found.offer.version == "1.0.0"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_absent_is_told_apart(protocol: str, tmp_path: Path) -> None:
    with Registry([published("acme.tools", platform="win32-x64")]) as registry:
        results = {
            each: failed(one(registry, protocol, each, tmp_path))
            for each in (
                wanted("acme.other"),
                wanted("acme.other", "1.0.0"),
                wanted("acme.tools", "9.9.9"),
                wanted("acme.tools", None, "linux-x64"),
                wanted("acme.tools", "1.0.0", "linux-x64"),
            )
        }
    assert [each.reason for each in results.values()] == [
        *["unknown-extension"] * 2,
        "unknown-version",
        *["unknown-platform"] * 2,
    ]
    assert {each.kind for each in results.values()} == {FailureKind.NOT_LISTED}
    assert files(tmp_path) == []


def several_versions() -> list[Published]:
    return [
        published("acme.tools", "2.1.0", pre_release=True),
        published("acme.tools", "2.0.0", "linux-x64"),
        published("acme.tools", "2.0.0", "win32-x64"),
        published("acme.tools", "1.9.0"),
    ]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("platform", "is_pre_release", "expected"),
    [
        ("linux-x64", False, ("2.0.0", "linux-x64")),
        ("win32-x64", False, ("2.0.0", "win32-x64")),
        ("darwin-arm64", False, ("1.9.0", None)),
        (None, False, ("2.0.0", "linux-x64")),
        ("linux-x64", True, ("2.1.0", None)),
    ],
)
def test_the_version_is_the_one_that_an_editor_takes(
    protocol: str,
    platform: str | None,
    is_pre_release: bool,  # noqa: FBT001
    expected: tuple[str, str | None],
    tmp_path: Path,
) -> None:
    each = Wanted(ExtensionId.parse("acme.tools"), None, platform, is_pre_release)
    with Registry(several_versions()) as registry:
        offer = fetched(one(registry, protocol, each, tmp_path)).offer
    assert (offer.version, offer.platform) == expected


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pre_release_does_not_hide_the_newest_release(protocol: str, tmp_path: Path) -> None:
    table = [
        published("acme.tools", "2.1.0", pre_release=True),
        published("acme.tools", "2.0.0"),
        published("acme.tools", "1.0.0", "linux-x64"),
    ]
    with Registry(table) as registry:
        each = wanted("acme.tools", None, "linux-x64")
        offer = fetched(one(registry, protocol, each, tmp_path)).offer
    assert (offer.version, offer.platform, offer.latest_version) == ("2.0.0", None, "2.0.0")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_where_there_are_only_pre_releases_one_is_fetched_and_said_to_be_one(
    protocol: str, tmp_path: Path
) -> None:
    with Registry([published("acme.tools", pre_release=True)]) as registry:
        assert fetched(one(registry, protocol, wanted("acme.tools"), tmp_path)).offer.pre_release


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_archive_of_the_platform_comes_before_the_one_for_all(
    protocol: str, tmp_path: Path
) -> None:
    table = [published("acme.tools"), published("acme.tools", platform="linux-x64")]
    with Registry(table) as registry:
        for platform, expected in (("linux-x64", "linux-x64"), ("web", None), (None, None)):
            each = wanted("acme.tools", None, platform)
            offer = fetched(one(registry, protocol, each, tmp_path)).offer
            assert offer.platform == expected
            assert offer.platforms == ("linux-x64", "universal")


def test_a_gallery_that_does_not_know_the_flag_for_the_newest_is_asked_in_another_way(
    tmp_path: Path,
) -> None:
    names = [f"acme.tool-{number}" for number in range(30)]
    with Registry([published(name) for name in names], knows_newest=False) as registry:
        found = fetch(
            [wanted(name) for name in names], [asked(registry.gallery_url)], VsixStore(tmp_path)
        )
        assert registry.count("query") == 2
    assert all(isinstance(each, Fetched) for each in found.values())


def test_the_pages_of_a_gallery_are_read_to_the_last(tmp_path: Path) -> None:
    names = [f"acme.tool-{number}" for number in range(25)]
    with Registry([published(name) for name in names], page_size=10) as registry:
        found = fetch(
            [wanted(name) for name in names], [asked(registry.gallery_url)], VsixStore(tmp_path)
        )
    assert all(isinstance(each, Fetched) for each in found.values())


# How much is asked


def test_a_hundred_names_cost_two_queries_and_a_hundred_downloads_and_then_one_query(
    tmp_path: Path, record_property: Any
) -> None:
    names = [f"acme.tool-{number}" for number in range(100)]
    asks = [wanted(name) for name in names]
    with Registry([published(name) for name in names], signs=False) as registry:
        fetch(asks, [asked(registry.gallery_url)], VsixStore(tmp_path))
        first = (registry.count("query"), registry.count("download"), registry.count())
        found = fetch(asks, [asked(registry.gallery_url)], VsixStore(tmp_path))
        second = (
            registry.count("query") - first[0],
            registry.count("download") - first[1],
            registry.count() - first[2],
        )
    record_property("figure", f"100 names: {first} requests, then {second}")
    assert first[0] <= 2
    assert first[1] == 100
    assert second == (1, 0, 1)
    assert all(fetched(each).from_store for each in found.values())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pinned_version_that_is_in_the_store_is_not_asked_for(
    protocol: str, tmp_path: Path
) -> None:
    with Registry([published("acme.tools")]) as registry:
        fetched(one(registry, protocol, wanted("acme.tools", "1.0.0"), tmp_path))
        before = registry.count("query") + registry.count("download")
        again = fetched(one(registry, protocol, wanted("acme.tools", "1.0.0"), tmp_path))
        assert again.from_store
        assert registry.count("query") + registry.count("download") == before


def test_an_archive_that_was_published_again_is_downloaded_again(tmp_path: Path) -> None:
    with Registry([published("acme.tools")]) as registry:
        fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path))
        content = archive("acme.tools", files={"main.js": b"// other\n"})
        registry.table = [
            published("acme.tools", content=content, published_at="2026-02-01T00:00:00Z")
        ]
        again = fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path))
    assert again.sha256 == hashlib.sha256(content).hexdigest()


def test_two_names_of_one_archive_cost_one_download(tmp_path: Path) -> None:
    asks = [wanted("acme.tools"), wanted("acme.tools", "1.0.0"), wanted("ACME.tools")]
    with Registry([published("acme.tools")]) as registry:
        found = fetch(asks, [asked(registry.gallery_url)], VsixStore(tmp_path))
        assert registry.count("download") == 1
    assert len({fetched(each).path for each in found.values()}) == 1


def test_workers_share_the_latency_of_requests(tmp_path: Path, record_property: Any) -> None:
    names = [f"acme.tool-{number}" for number in range(80)]
    latency_s = 0.1
    with Registry(
        [published(name) for name in names], latency_s=latency_s, signs=False
    ) as registry:
        begun = time.monotonic()
        found = fetch(
            [wanted(name) for name in names],
            [asked(registry.gallery_url)],
            VsixStore(tmp_path),
            workers=4,
        )
        took = time.monotonic() - begun
        least = (80 / 4 + registry.count("query")) * latency_s
        assert len(registry.connections) <= 5  # one for each worker, and the one that asked
    record_property("figure", f"80 downloads, 4 workers: {took:.2f} s of at least {least:.2f} s")
    assert all(isinstance(each, Fetched) for each in found.values())
    assert took / least < 2  # a loaded machine; docs/registries.md has the figure


def test_a_rate_is_kept_by_all_workers_together(tmp_path: Path) -> None:
    names = [f"acme.tool-{number}" for number in range(6)]
    with Registry([published(name) for name in names], signs=False) as registry:
        limited = asked(registry.gallery_url)
        limited.limiter = type(limited.limiter)(0.1)
        begun = time.monotonic()
        fetch([wanted(name) for name in names], [limited], VsixStore(tmp_path))
        assert time.monotonic() - begun >= 0.6


# Faults

TWO_KINDS = {FailureKind.BAD_RESPONSE, FailureKind.NETWORK}
FAULTS: list[tuple[Fault, str, set[FailureKind]]] = [
    (Fault(429), "not-answered", {FailureKind.RATE_LIMITED}),
    (Fault(429, headers=(("Retry-After", "0"),)), "not-answered", {FailureKind.RATE_LIMITED}),
    (Fault(429, headers=(("Retry-After", "0.02"),)), "not-answered", {FailureKind.RATE_LIMITED}),
    (Fault(404), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault(403), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault(500), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault(503), "not-answered", {FailureKind.NETWORK}),
    (
        Fault(503, headers=(("Retry-After", "9999999"),)),
        "not-answered",
        {FailureKind.NETWORK},
    ),
    (Fault("block-page"), "not-answered", {FailureKind.RATE_LIMITED}),
    (Fault("html"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("list"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("garbage"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("truncated"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("endless"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("bomb"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("reset"), "not-answered", TWO_KINDS),
    (Fault("redirect-loop"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("redirect", to="http://example.com/a.vsix"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("redirect", to="file:///etc/passwd"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("redirect", to="https://a:b@example.com/"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("redirect", to=""), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("other-id"), "identity", {FailureKind.BAD_RESPONSE}),
    (Fault("other-version"), "identity", {FailureKind.BAD_RESPONSE}),
    (Fault("other-platform"), "identity", {FailureKind.BAD_RESPONSE}),
    (Fault("changed-byte"), "integrity", {FailureKind.BAD_RESPONSE}),
    (Fault("no-versions", step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault(429, step="query"), "not-answered", {FailureKind.RATE_LIMITED}),
    (Fault(404, step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault(500, step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("block-page", step="query"), "not-answered", {FailureKind.RATE_LIMITED}),
    (Fault("html", step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("list", step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("endless", step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
    (Fault("redirect-loop", step="query"), "not-answered", {FailureKind.BAD_RESPONSE}),
]


def _name(value: Any) -> str:
    if isinstance(value, Fault):
        more = "".join(f"-{text}" for _, text in value.headers) + value.to
        return f"{value.kind}-{value.step}{more}"
    return value if value in PROTOCOLS else ""


@pytest.mark.parametrize(
    ("fault", "reason", "kinds", "protocol"),
    [
        (*each, protocol)
        for each in FAULTS
        for protocol in PROTOCOLS
        # Without a signature a gallery publishes nothing to compare an archive with.
        if (each[0].kind, protocol) != ("changed-byte", "gallery")
    ],
    ids=_name,
)
def test_a_fault_is_a_failure_of_its_extension_alone(
    fault: Fault, reason: str, kinds: set[FailureKind], protocol: str, tmp_path: Path
) -> None:
    names = ["acme.one", "acme.two", "acme.three"]
    fault = Fault(fault.kind, "acme.two", fault.step, headers=fault.headers, to=fault.to)
    with Registry([published(name) for name in names], fault, signs=False) as registry:
        is_other = fault.kind in {"other-id", "other-version", "other-platform"}
        if protocol == "open-vsx" and is_other:
            reason = "integrity"  # it has the digest of another archive
        found = fetch(
            [wanted(name) for name in names],
            [asked(address(registry, protocol))],
            VsixStore(tmp_path),
        )
    one, two, three = found.values()
    result = failed(two)
    assert (result.reason, result.kind in kinds) == (reason, True), result
    # All names of a gallery are in one query: while it asks to wait, nothing is known of any.
    if protocol == "gallery" and fault.step == "query" and FailureKind.RATE_LIMITED in kinds:
        assert failed(one).kind is FailureKind.RATE_LIMITED
        assert files(tmp_path) == []
        return
    assert {fetched(one).offer.id.key, fetched(three).offer.id.key} == {"acme.one", "acme.three"}
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("step", ["query", "download"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(429, times=2),
        Fault(429, times=1, headers=(("Retry-After", "0"),)),
        Fault(503, times=2),
        Fault("truncated", times=1),
        Fault("reset", times=1),
        Fault("block-page", times=1),
    ],
    ids=_name,
)
def test_what_passes_is_repeated(fault: Fault, step: str, protocol: str, tmp_path: Path) -> None:
    fault = Fault(fault.kind, None, step, fault.times, fault.headers)
    with Registry([published("acme.tools")], fault) as registry:
        fetched(one(registry, protocol, wanted("acme.tools"), tmp_path))


@pytest.mark.parametrize("headers", [(), (("Retry-After", "0"),)])
def test_a_registry_that_names_no_pause_gets_one_all_the_same(
    headers: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    limits = RequestLimits(retry_delay_s=0.3)
    with Registry([published("acme.tools")], Fault(429, times=2, headers=headers)) as registry:
        begun = time.monotonic()
        patient = Asked(parse_registry(registry.gallery_url), limits=limits)
        found = fetch([wanted("acme.tools")], [patient], VsixStore(tmp_path))
        assert time.monotonic() - begun >= 0.9  # 0.3 s, and then twice as long
    assert all(isinstance(each, Fetched) for each in found.values())


def test_a_pause_that_is_too_long_ends_all(tmp_path: Path) -> None:
    fault = Fault(429, step="query", headers=(("Retry-After", "86400"),))
    events: list[FetchEvent] = []
    with Registry([published("acme.tools")], fault) as registry:
        begun = time.monotonic()
        found = fetch(
            [wanted("acme.tools"), wanted("acme.other")],
            [asked(registry.gallery_url)],
            VsixStore(tmp_path),
            emit=events.append,
        )
        assert registry.count() == 1
        assert time.monotonic() - begun < 10
    assert {failed(each).kind for each in found.values()} == {FailureKind.RATE_LIMITED}
    assert isinstance(events[0], FetchStarted)
    assert sum(isinstance(each, FetchEnded) for each in events) == 2
    assert [each.pause_s for each in events if isinstance(each, RegistryPaused)] == [86400]


def test_a_registry_that_is_not_there_is_a_failure_of_all(tmp_path: Path) -> None:
    names = [wanted(f"acme.tool-{number}") for number in range(20)]
    found = fetch(names, [asked("http://127.0.0.1:9")], VsixStore(tmp_path))
    assert {failed(each).kind for each in found.values()} == {FailureKind.NETWORK}
    assert {failed(each).reason for each in found.values()} == {"not-answered"}


def test_a_version_that_the_registry_rejected_is_not_fetched(tmp_path: Path) -> None:
    with Registry([published("acme.tools")], Fault("rejected", step="query")) as registry:
        result = failed(one(registry, "open-vsx", wanted("acme.tools"), tmp_path))
    assert result.reason == "not-answered"
    assert "withdrew" in result.detail


def test_a_redirect_to_another_host_carries_no_credentials(tmp_path: Path) -> None:
    with Registry([published("acme.tools")]) as other:
        to = (
            f"{other.url}/vscode/asset/acme/tools/1.0.0/Microsoft.VisualStudio.Services.VSIXPackage"
        )
        with Registry([published("acme.tools")], Fault("redirect", to=to)) as registry:
            fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path))
        assert other.count("download") == 1
        assert not {"Authorization", "Cookie", "Referer"} & other.headers[0].keys()


def test_a_deadline_and_an_interrupt_end_a_fetch(tmp_path: Path) -> None:
    names = [wanted("acme.tools"), wanted("acme.slow")]
    table = [published("acme.tools"), published("acme.slow")]
    for kind in ("drip", "hang"):
        with Registry(table, Fault(kind, "acme.slow"), signs=False) as registry:
            begun = time.monotonic()
            found = fetch(
                names,
                [asked(registry.gallery_url)],
                VsixStore(tmp_path / kind),
                deadline=begun + 0.7,
            )
            fetched(found[names[0]])
            assert failed(found[names[1]]).kind is FailureKind.TIMEOUT
            stopped = fetch(
                names[1:],
                [asked(registry.gallery_url)],
                VsixStore(tmp_path / kind),
                is_stopped=lambda start=begun: time.monotonic() > start + 1.5,  # type: ignore[misc]
            )
            assert failed(stopped[names[1]]).kind is FailureKind.INTERRUPTED
            assert time.monotonic() - begun < 6


def test_a_download_that_gets_on_may_take_longer_than_a_request(tmp_path: Path) -> None:
    limits = RequestLimits(timeout_s=0.8, max_retries=0)
    names = ["acme.slow", "acme.stuck"]
    faults = (Fault("slow", "acme.slow"), Fault("drip", "acme.stuck"))
    with Registry([large(name) for name in names], *faults, signs=False) as registry:
        begun = time.monotonic()
        found = fetch(
            [wanted(name) for name in names],
            [Asked(parse_registry(registry.gallery_url), limits=limits)],
            VsixStore(tmp_path),
        )
        assert 1.6 <= time.monotonic() - begun < 60
    slow, stuck = found.values()
    fetched(slow)
    assert failed(stuck).kind is FailureKind.TIMEOUT


# What the bytes are compared with


@pytest.mark.parametrize("kind", ["changed-byte", "bad-entry", "bad-package"])
def test_the_manifest_of_a_signature_is_compared(kind: str, tmp_path: Path) -> None:
    step = "download" if kind == "changed-byte" else "signature"
    with Registry([published("acme.tools")]) as registry:
        good = fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path / "good"))
    assert good.integrity.level is IntegrityLevel.DIGEST
    with Registry([published("acme.tools")], Fault(kind, step=step)) as registry:
        result = failed(one(registry, "gallery", wanted("acme.tools"), tmp_path))
    assert result.reason == "integrity"
    assert files(tmp_path) == []


def test_a_wrong_sha256_is_a_failure(tmp_path: Path) -> None:
    fault = Fault("wrong-sha256", step="sha256")
    with Registry([published("acme.tools")], fault) as registry:
        result = failed(one(registry, "open-vsx", wanted("acme.tools"), tmp_path))
    assert result.reason == "integrity"
    assert files(tmp_path) == []


@pytest.mark.parametrize("step", ["sha256", "signature", "key"])
@pytest.mark.parametrize("kind", [404, 500, "html", "garbage", "block-page"])
def test_what_is_published_must_be_readable(
    step: str, kind: int | str, signing_key: Any, tmp_path: Path
) -> None:
    with Registry([published("acme.tools")], Fault(kind, step=step), key=signing_key) as registry:
        result = failed(one(registry, "open-vsx", wanted("acme.tools"), tmp_path))
    assert result.reason == "not-answered"
    assert files(tmp_path) == []


def test_nothing_to_compare_with_is_said(tmp_path: Path) -> None:
    fault = Fault("empty-signature", step="signature")
    with Registry([published("acme.tools")], fault) as registry:
        empty = fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path / "1"))
    with Registry([published("acme.tools")], signs=False) as registry:
        none = fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path / "2"))
    assert empty.integrity.level is none.integrity.level is IntegrityLevel.NONE
    assert "empty" in empty.integrity.note


def test_a_signature_of_open_vsx_is_checked(signing_key: Any, tmp_path: Path) -> None:
    with Registry([published("acme.tools")], key=signing_key) as registry:
        unpinned = fetched(one(registry, "open-vsx", wanted("acme.tools"), tmp_path))
        assert unpinned.integrity.level is IntegrityLevel.SIGNED_UNPINNED
        before = registry.count("key")
        pinned = fetched(
            one(registry, "open-vsx", wanted("acme.tools"), tmp_path / "pinned",
                pinned_key=pem_of(signing_key))
        )  # fmt: skip
        assert pinned.integrity.level is IntegrityLevel.SIGNED
        assert registry.count("key") == before
    assert pinned.integrity.key_id == unpinned.integrity.key_id is not None


@pytest.mark.parametrize("is_pinned", [False, True])
def test_a_signature_of_another_key_is_a_failure(
    signing_key: Any, is_pinned: bool, tmp_path: Path  # noqa: FBT001
) -> None:  # fmt: skip
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    other = Ed25519PrivateKey.generate()
    fault = Fault("key-rotated", step="signature")
    options = {"pinned_key": pem_of(signing_key)} if is_pinned else {}
    with Registry([published("acme.tools")], fault, key=signing_key, retired_key=other) as registry:
        result = failed(one(registry, "open-vsx", wanted("acme.tools"), tmp_path, **options))
    assert result.reason == "integrity"
    assert files(tmp_path) == []


def test_with_a_pinned_key_an_archive_without_a_signature_is_refused(
    signing_key: Any, tmp_path: Path
) -> None:
    pin = pem_of(signing_key)
    with Registry([published("acme.tools")]) as registry:
        fetched(one(registry, "open-vsx", wanted("acme.tools", "1.0.0"), tmp_path))
        # Neither the archive in the store nor a new one will do.
        result = failed(
            one(registry, "open-vsx", wanted("acme.tools", "1.0.0"), tmp_path, pinned_key=pin)
        )
    assert result.reason == "integrity"


def test_without_the_library_the_result_says_that_no_signature_was_checked(
    signing_key: Any, tmp_path: Path
) -> None:
    with Registry([published("acme.tools")], key=signing_key) as registry:
        for pin, expected in (("", "digest"), (pem_of(signing_key).decode(), "integrity")):
            done = subprocess.run(
                [sys.executable, "-c", _FETCH, registry.url, str(tmp_path), "acme.tools", pin],
                capture_output=True, text=True, check=True, env=_environment(NO_CRYPTOGRAPHY="1"),
            )  # fmt: skip
            assert expected in done.stdout
            assert "extra is not installed" in done.stdout


# The store

_FETCH = """
import os, sys
if os.environ.get("NO_CRYPTOGRAPHY"):
    sys.modules["cryptography"] = None
    sys.modules["cryptography.exceptions"] = None
if limit := os.environ.get("MAX_FILE_BYTES"):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
from pathlib import Path
from vscan.model import ExtensionId
from vscan.registries.fetching import fetch
from vscan.registries.interface import Fetched, Wanted
from vscan.registries.registry import Registry
from vscan.registries.registry_addresses import parse_registry
from vscan.registries.vsix_store import VsixStore
url, directory, names, pin = sys.argv[1:]
registry = Registry(parse_registry(url), pinned_key=pin.encode() or None)
wanted = [Wanted(ExtensionId.parse(name)) for name in names.split()]
for result in fetch(wanted, [registry], VsixStore(Path(directory))).values():
    if isinstance(result, Fetched):
        print("fetched", result.sha256, result.integrity.level, result.integrity.note)
    else:
        print("failed", result.reason, result.detail)
"""


def _environment(**more: str) -> dict[str, str]:
    root = str(Path(__file__).resolve().parent.parent.parent)
    return {**os.environ, "PYTHONPATH": root, **more}


def _process(url: str, directory: Path, names: Sequence[str], **more: str) -> Any:
    return subprocess.Popen(
        [sys.executable, "-c", _FETCH, url, str(directory), " ".join(names), ""],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(**more),
    )  # fmt: skip


def large(text: str) -> Published:
    """Publish an archive of a megabyte."""
    content = hashlib.shake_256(text.encode()).digest(1024**2)
    return published(text, content=archive(text, files={"data.bin": content}))


def test_two_processes_with_one_store_end_with_whole_files(tmp_path: Path) -> None:
    names = [f"acme.tool-{number}" for number in range(8)]
    with Registry([large(name) for name in names]) as registry:
        for run in range(10):
            directory = tmp_path / str(run)
            both = [_process(registry.gallery_url, directory, names) for _ in range(2)]
            for process in both:
                out, err = process.communicate(timeout=60)
                assert out.count("fetched") == 8, out + err
            assert len(files(directory)) == 8
            for path in files(directory):
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_a_kill_in_the_middle_leaves_no_half_file_under_a_final_name(tmp_path: Path) -> None:
    with Registry(
        [large("acme.whole"), large("acme.slow")], Fault("drip", "acme.slow")
    ) as registry:
        process = _process(registry.gallery_url, tmp_path, ["acme.whole", "acme.slow"])
        until = time.monotonic() + 30
        while time.monotonic() < until and len(files(tmp_path)) < 2:
            time.sleep(0.02)
        time.sleep(0.3)
        process.kill()
        process.communicate()
        named = [path for path in files(tmp_path) if path.suffix == ".vsix"]
        for path in named:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        rest = [path for path in files(tmp_path) if path.suffix != ".vsix"]
        assert len(rest) == 1
        os.utime(rest[0], (1, 1))
        registry.behaviour.faults.clear()
        found = fetch(
            [wanted("acme.whole"), wanted("acme.slow")],
            [asked(registry.gallery_url)],
            VsixStore(tmp_path),
        )
    assert all(isinstance(each, Fetched) for each in found.values())
    assert sorted(path.suffix for path in files(tmp_path)) == [".vsix", ".vsix"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_disk_without_space_is_a_failure_with_a_message(tmp_path: Path) -> None:
    with Registry([large("acme.large"), published("acme.small")]) as registry:
        process = _process(
            registry.gallery_url, tmp_path, ["acme.large", "acme.small"], MAX_FILE_BYTES="200000"
        )
        out, err = process.communicate(timeout=60)
    assert "failed store the archive can't be written to the store: file too large" in out, (
        out + err
    )
    assert out.count("fetched") == 1
    assert [path.suffix for path in files(tmp_path)] == [".vsix"]


def test_a_file_that_was_changed_is_not_used(tmp_path: Path) -> None:
    with Registry([published("acme.tools")]) as registry:
        for each in (wanted("acme.tools"), wanted("acme.tools", "1.0.0")):
            first = fetched(one(registry, "gallery", each, tmp_path))
            first.path.write_bytes(b"PK\3\4 something else")
            again = fetched(one(registry, "gallery", each, tmp_path))
            assert not again.from_store
            assert hashlib.sha256(again.path.read_bytes()).hexdigest() == again.sha256


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_a_link_in_place_of_an_archive_or_of_the_store_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with Registry([published("acme.tools")]) as registry:
        first = fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path / "cache"))
        moved = first.path.rename(elsewhere / "a.vsix")
        first.path.symlink_to(moved)
        again = fetched(one(registry, "gallery", wanted("acme.tools"), tmp_path / "cache"))
        assert not again.from_store
        assert not again.path.is_symlink()
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "vsix").symlink_to(elsewhere)
        result = failed(one(registry, "gallery", wanted("acme.tools"), tmp_path / "other"))
    assert result.reason == "store"
    assert len(list(elsewhere.iterdir())) == 1


def test_a_row_of_the_index_that_was_edited_does_not_count(tmp_path: Path) -> None:
    import sqlite3

    asks = [wanted("acme.tools", "1.0.0"), wanted("acme.other", "1.0.0")]
    with Registry([published("acme.tools"), published("acme.other")]) as registry:
        fetch(asks, [asked(registry.gallery_url)], VsixStore(tmp_path))
        connection = sqlite3.connect(tmp_path / "vsix-index.sqlite3")
        with connection:
            (payload,) = connection.execute(
                "SELECT payload FROM archives WHERE extension = 'acme.other'"
            ).fetchone()
            connection.execute(
                "UPDATE archives SET payload = ? WHERE extension = 'acme.tools'", (payload,)
            )
        connection.close()
        found = fetch(asks, [asked(registry.gallery_url)], VsixStore(tmp_path))
    assert [fetched(each).from_store for each in found.values()] == [False, True]
    assert fetched(found[asks[0]]).offer.id.key == "acme.tools"


def test_with_a_key_only_rows_with_its_mac_count(tmp_path: Path) -> None:
    each = wanted("acme.tools", "1.0.0")
    with Registry([published("acme.tools")]) as registry:
        expected = [(None, False), (b"secret", False), (b"secret", True), (b"other", False)]
        for key, from_store in expected:
            found = fetch([each], [asked(registry.gallery_url)], VsixStore(tmp_path, key=key))
            assert fetched(found[each]).from_store is from_store


def test_an_index_that_can_not_be_used_costs_downloads_and_a_warning(tmp_path: Path) -> None:
    (tmp_path / "vsix-index.sqlite3").write_bytes(b"no database at all, but long enough" * 99)
    events: list[Any] = []
    with Registry([published("acme.tools")]) as registry:
        each = wanted("acme.tools", "1.0.0")
        for _ in range(2):
            found = fetch(
                [each], [asked(registry.gallery_url)], VsixStore(tmp_path), emit=events.append
            )
            assert not fetched(found[each]).from_store
    assert sum("vsix-index.sqlite3" in getattr(event, "message", "") for event in events) == 2


def test_the_store_is_bounded_by_bytes_and_age(tmp_path: Path) -> None:
    store = VsixStore(tmp_path, max_bytes=2500, max_age_s=10 * 86400)
    now = time.time()
    digests = []
    for number, age_s in enumerate((20 * 86400, 5 * 86400, 4 * 86400, 3 * 86400, 60)):
        with store.incoming() as incoming:
            incoming.begin()(bytes([number]) * 1000)
            path = store.keep(incoming)
        os.utime(path, (now - age_s, now - age_s))
        digests.append(path.stem)
    assert store.prune() == 3000
    assert sorted(path.stem for path in files(tmp_path)) == sorted(digests[3:])


# Which registries


def test_private_ids_go_to_the_private_registry_alone(tmp_path: Path) -> None:
    asks = [wanted("corp.secret"), wanted("acme.tools")]
    with (
        Registry([published("corp.secret"), published("acme.tools")]) as public,
        Registry([published("corp.secret")]) as own,
    ):
        registries = [asked(public.gallery_url), asked(own.url, is_private=True)]
        found = fetch(asks, registries, VsixStore(tmp_path), private=["corp.*"])
        assert public.count(text="corp.secret") == 0
        assert own.count("query", "corp.secret") == 1
        assert fetched(found[asks[0]]).offer.registry == own.url
        assert fetched(found[asks[1]]).offer.registry == public.gallery_url
        alone = fetch(asks, registries[:1], VsixStore(tmp_path), private=["corp.*"])
        assert failed(alone[asks[0]]).reason == "not-sent"
        assert public.count(text="corp.secret") == 0


def test_registries_are_asked_in_order_and_only_absence_leads_to_the_next(tmp_path: Path) -> None:
    asks = [wanted("acme.one"), wanted("acme.two"), wanted("acme.broken"), wanted("acme.none")]
    second_table = [published(each) for each in ("acme.one", "acme.two", "acme.broken")]
    with (
        Registry(
            [published("acme.one"), published("acme.broken")], Fault(403, "acme.broken")
        ) as first,
        Registry(second_table) as second,
    ):
        found = fetch(asks, [asked(first.gallery_url), asked(second.url)], VsixStore(tmp_path))
        assert second.count(text="acme.broken") == second.count(text="acme.one") == 0
    one, two, broken, none = found.values()
    assert fetched(one).offer.registry == first.gallery_url
    assert fetched(two).offer.registry == second.url
    assert failed(broken).reason == "not-answered"
    assert failed(none).reason == "unknown-extension"
    assert failed(none).registries == (first.gallery_url, second.url)


def test_an_id_that_no_registry_has_is_not_sent(tmp_path: Path) -> None:
    each = Wanted(ExtensionId.local("", "tools"))
    with Registry([published("acme.tools")]) as registry:
        found = fetch([each], [asked(registry.url)], VsixStore(tmp_path))
        assert registry.count() == 0
    assert failed(found[each]).reason == "not-sent"


def test_the_stand_in_can_be_started_by_hand(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.registry", "--port", "0", "--fault", "404//example.tool-2"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment(),
        cwd=Path(__file__).resolve().parent.parent.parent,
    )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    asks = [wanted(f"example.tool-{number}") for number in (1, 2, 3)]
    found = fetch(asks, [asked(url)], VsixStore(tmp_path))
    out, _ = process.communicate("")
    assert [isinstance(each, Fetched) for each in found.values()] == [True, False, True]
    assert json.loads(out)["query"] == 3
