"""Whatever a registry answers, looking names up ends with an answer about each, and no error."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.model import ExtensionId, FailureKind
from vscan.registries.gallery_protocol import GalleryProtocol
from vscan.registries.interface import Absent, Found, NotAnswered, Wanted
from vscan.registries.open_vsx_protocol import OpenVsxProtocol
from vscan.registries.registry_addresses import is_allowed

ASKED = [
    Wanted(ExtensionId.parse("acme.tools")),
    Wanted(ExtensionId.parse("acme.tools"), "1.0.0"),
    Wanted(ExtensionId.parse("acme.tools"), None, "linux-x64"),
]
VERSION = {
    "version": "1.0.0",
    "lastUpdated": "2026-01-31T12:00:00Z",
    "assetUri": "https://example.com/a",
    "fallbackAssetUri": "https://example.com/b",
    "files": [{"assetType": "Microsoft.VisualStudio.Services.VsixSignature", "source": "x:y"}],
    "properties": [{"key": "Microsoft.VisualStudio.Code.ExtensionPack", "value": "a.b,c.d,e f"}],
}
GALLERY = {
    "results": [
        {
            "extensions": [
                {
                    "extensionName": "tools",
                    "publisher": {"publisherName": "acme", "isDomainVerified": True},
                    "versions": [VERSION, VERSION | {"targetPlatform": "linux-x64"}],
                    "statistics": [{"statisticName": "install", "value": 12.0}],
                }
            ],
            "resultMetadata": [
                {
                    "metadataType": "ResultCount",
                    "metadataItems": [{"name": "TotalCount", "count": 1}],
                }
            ],
        }
    ]
}
OPEN_VSX = {
    "offset": 0,
    "totalSize": 1,
    "extensions": [
        {
            "namespace": "acme",
            "name": "tools",
            "version": "1.0.0",
            "targetPlatform": "universal",
            "timestamp": "2026-01-31T12:00:00Z",
            "files": {"download": "https://example.com/a.vsix", "sha256": "https://example.com/b"},
            "dependencies": [{"namespace": "a", "extension": "b"}],
            "downloadCount": 12,
            "versionAlias": ["latest"],
        }
    ],
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1.0.0", "linux-x64", "https://example.com", "http://example.com", "a.b"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


class Requests:
    """Answers each question with the same JSON."""

    url = "https://example.com/gallery"

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.number = 0

    def ask_json(self, *_: object, **__: object) -> object:
        self.number += 1
        return copy.deepcopy(self.answer)

    def allows(self, url: object) -> bool:
        return isinstance(url, str) and is_allowed(url, loopback=False)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:
    if not path:
        return new
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return value


@pytest.mark.parametrize(
    ("protocol", "good"), [(GalleryProtocol, GALLERY), (OpenVsxProtocol, OPEN_VSX)]
)
def test_the_answer_that_is_changed_is_a_good_one(protocol: Any, good: object) -> None:
    found = protocol("it", Requests(good)).find(ASKED)
    assert all(isinstance(answer, Found) for answer in found.values())


@pytest.mark.parametrize(
    ("protocol", "good"), [(GalleryProtocol, GALLERY), (OpenVsxProtocol, OPEN_VSX)]
)
@given(data=st.data())
def test_any_answer_is_read(protocol: Any, good: object, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(good))))
    requests = Requests(changed(good, path, data.draw(JSON)))
    found = protocol("it", requests).find(ASKED)
    assert set(found) == set(ASKED)
    assert requests.number < 100
    for answer in found.values():
        match answer:
            case Found(offer):
                assert is_allowed(offer.vsix_url, loopback=False)
                assert offer.id.key == "acme.tools"
                for text in (*offer.pack, *offer.dependencies, offer.published_at or "-"):
                    assert text.isprintable()
            case NotAnswered(kind, detail):
                assert kind is FailureKind.BAD_RESPONSE
                assert detail.isprintable()
            case other:
                assert isinstance(other, Absent)


@pytest.mark.parametrize("protocol", [GalleryProtocol, OpenVsxProtocol])
@pytest.mark.parametrize(
    "answer", [None, [], {}, {"results": []}, {"results": [{}]}, {"extensions": {}}, "", 1]
)
def test_an_answer_without_a_list_is_not_taken_for_unknown(protocol: Any, answer: object) -> None:
    found = protocol("it", Requests(answer)).find(ASKED)
    assert all(isinstance(each, NotAnswered) for each in found.values())


def test_a_gallery_that_says_that_it_knows_more_than_it_lists_is_not_believed() -> None:
    answer = {
        "results": [
            {
                "extensions": [],
                "resultMetadata": [{"metadataItems": [{"name": "TotalCount", "count": 1}]}],
            }
        ]
    }
    found = GalleryProtocol("it", Requests(answer)).find(ASKED)  # type: ignore[arg-type]
    assert all(isinstance(each, NotAnswered) for each in found.values())


def test_a_broken_gallery_is_asked_a_bounded_number_of_times() -> None:
    requests = Requests({"error": "something"})
    wanted = [Wanted(ExtensionId.parse(f"acme.tool-{number}")) for number in range(100)]
    GalleryProtocol("it", requests).find(wanted)  # type: ignore[arg-type]
    assert requests.number <= 20
