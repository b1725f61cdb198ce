"""The kinds of JSON files, and of others with the same lists, that name extensions."""

import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.discovery.named import KINDS
from vscan.discovery.named.interface import Elsewhere, Mistake, Named
from vscan.model import How

NAMES = (
    "dev-container",
    "dev-container-feature",
    "editor-settings",
    "extension-manifest",
    "extension-tests",
    "image-metadata",
    "product-file",
    "profile",
    "workspace-file",
    "workspace-recommendations",
)
JSON_KINDS = {kind.name: kind for kind in KINDS if kind.name in NAMES}


def read(kind: str, text: str) -> list[str]:
    """Give each item in one line: the id with what it asks for, or what is wrong or elsewhere.

    A mistake has its place, and what is written there.
    """
    lines = []
    of_text = text.replace("\r\n", "\n").split("\n")
    for item in JSON_KINDS[kind].read(text):
        match item:
            case Named():
                asked = item.version or ("prerelease" if item.is_pre_release else "")
                lines.append(f"{item.how} {item.id}{'@' * bool(asked)}{asked}")
            case Elsewhere():
                lines.append(f"{item.what} {item.target}")
            case Mistake():
                start = item.span.column - 1
                written = of_text[item.span.line - 1][start : start + item.span.length]
                rule = item.rule.removeprefix("input-")
                lines.append(f"{rule} {item.span.line}:{start + 1} {written}".rstrip(" "))
    return lines


def container(*entries: object) -> str:
    return json.dumps({"customizations": {"vscode": {"extensions": list(entries)}}})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".vscode/extensions.json", "workspace-recommendations"),
        ("a/b/.vscode/extensions.json", "workspace-recommendations"),
        (".VSCode/Extensions.json", "workspace-recommendations"),
        ("extensions.json", None),
        (".vscode/extensions/extensions.json", None),
        ("a/b.code-workspace", "workspace-file"),
        (".devcontainer.json", "dev-container"),
        ("a/.devcontainer.json", "dev-container"),
        (".devcontainer/devcontainer.json", "dev-container"),
        ("a/.devcontainer/gpu/devcontainer.json", "dev-container"),
        (".devcontainer/a/b/devcontainer.json", None),
        ("devcontainer.json", None),
        ("src/lint/devcontainer-feature.json", "dev-container-feature"),
        ("src/go/devcontainer-template.json", "dev-container-feature"),
        (".vscode/settings.json", "editor-settings"),
        ("dot_config/Code/User/settings.json", "editor-settings"),
        ("x.code-profile", "profile"),
        ("a/package.json", "extension-manifest"),
        ("package-lock.json", None),
        ("product.json", "product-file"),
        (".vscode-test.json", "extension-tests"),
        (".vscode-test.mjs", "extension-tests"),
        ("vscode-test.js", None),
        ("Dockerfile", "image-metadata"),
        ("gpu.Dockerfile", "image-metadata"),
        ("Dockerfile.dev", "image-metadata"),
        ("a/Containerfile", "image-metadata"),
        ("Dockerfiles", None),
    ],
)
def test_a_path_is_of_one_kind(path: str, kind: str | None) -> None:
    kinds = [name for name, known in JSON_KINDS.items() if known.accepts(PurePosixPath(path))]
    assert kinds == ([kind] if kind else [])


def test_the_kinds_are_sorted_and_all_there() -> None:
    names = [kind.name for kind in KINDS]
    assert names == sorted(names)
    assert set(NAMES) <= set(names)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("a.b", "installs a.b"),
        ("A.B-c", "installs A.B-c"),
        ("a.b@1.2.3", "installs a.b@1.2.3"),
        ("a.b@1.2.3-beta.1", "installs a.b@1.2.3-beta.1"),
        ("a.b@1.2.3+build", "installs a.b@1.2.3+build"),
        ("a.b@prerelease", "installs a.b@prerelease"),
        ("-a.b", "removes a.b"),
        ("-a.b@1.2.3", "removes a.b@1.2.3"),
        ("\N{KELVIN SIGN}.b", "installs k.b"),
        ("/opt/a.vsix", "vsix-file /opt/a.vsix"),
        ("../a.VSIX", "vsix-file ../a.VSIX"),
        ("https://example.com/a.vsix", "vsix-url https://example.com/a.vsix"),
        ("HTTPS://example.com/get?a=b", "vsix-url HTTPS://example.com/get?a=b"),
        ("${localEnv:X}", "unresolved"),
        ("a.$NAME", "unresolved"),
        ("{{ a }}.b", "unresolved"),
        ("${X}/a.vsix", "unresolved"),
        ("a.b@latest", "ignored"),
        ("a.b@1.2", "ignored"),
        ("a", "ignored"),
        ("a.b.c", "ignored"),
        ("a_.b", "ignored"),
        ("a.b ", "ignored"),
        ("a.b\n", "ignored"),
        ("--a.b", "ignored"),
        ("", "ignored"),
        (f"{'a' * 200}.b", "ignored"),
    ],
)
def test_an_entry_of_a_list_that_installs(entry: str, expected: str) -> None:
    written = json.dumps(entry)[1:-1]
    if expected in {"ignored", "unresolved"}:
        expected = f"{expected} 1:48 {written}".rstrip(" ")
    assert read("dev-container", container(entry)) == [expected]


def test_an_entry_that_is_no_text_is_told() -> None:
    assert read("dev-container", container(1, ["a.b"])) == ["ignored 1:47 1", "ignored 1:50 ["]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("a.b", "recommends a.b"),
        ("a.b@1.2.3", "ignored 1:23 a.b@1.2.3"),
        ("-a.b", "ignored 1:23 -a.b"),
        ("${X}", "ignored 1:23 ${X}"),
        ("a.vsix", "recommends a.vsix"),
        ("./a.vsix", "ignored 1:23 ./a.vsix"),
    ],
)
def test_an_entry_of_a_list_that_recommends(entry: str, expected: str) -> None:
    text = json.dumps({"recommendations": [entry]})
    assert read("workspace-recommendations", text) == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("null", []),
        ("[]", []),
        ('"a.b"', ["ignored 1:22 a.b"]),
        ('{"0": "a.b"}', ["ignored 1:21 {"]),
        ('{"__proto__": ["a.b"], "1": "c.d"}', ["recommends c.d", "recommends a.b"]),
    ],
)
def test_a_value_that_should_be_a_list(value: str, expected: list[str]) -> None:
    text = f'{{"recommendations": {value}}}'
    assert read("workspace-recommendations", text) == expected


CASES = [
    ("workspace-recommendations", '["a.b"]', ["ignored 1:1 ["]),
    ("workspace-recommendations", "", ["broken 1:1"]),
    ("workspace-recommendations", '{"recommendations": ["a.b"', ["broken 1:27", "recommends a.b"]),
    ("workspace-recommendations", '{"unwantedRecommendations": ["a.b"]}', ["refuses a.b"]),
    ("workspace-recommendations", '{"stronglyRecommended": ["a.b"]}', ["recommends a.b"]),
    ("workspace-recommendations", '{"recommendations": [// \u2028"a.b"\n]}', ["recommends a.b"]),
    ("workspace-recommendations", '{"x": \u00a0true "recommendations": ["a.b"]}', ["broken 1:7 \u00a0true", "broken 1:14 recommendations", "recommends a.b"]),
    ("workspace-recommendations", '{"recommendations": ["a.b"], "recommendations": ["c.d"]}',
     ["recommends a.b", "recommends c.d"]),
    ("workspace-file", '{"extensions": {"recommendations": ["a.b"], "unwantedRecommendations": ["c.d"]}, "settings": {"remote.SSH.defaultExtensions": ["e.f"]}}',
     ["recommends a.b", "refuses c.d", "installs e.f"]),
    ("dev-container", '{"customizations": {"codespaces": {"extensions": ["a.b"]}, "other": {"extensions": ["c.d"]}}}',
     ["installs a.b", "installs c.d"]),
    ("dev-container", '{"extensions": ["a.b"], "settings": {"dev.containers.defaultExtensions": ["c.d"]}}',
     ["installs a.b", "installs c.d"]),
    ("dev-container", '{"customizations": {"vscode": {"settings": {"remote.SSH.defaultExtensions": ["c.d"]}}}}',
     ["installs c.d"]),
    ("dev-container", '{"features": {"ghcr.io/a/b:1": {}, "./local": "x"}}', ["feature ghcr.io/a/b:1", "feature ./local"]),
    ("dev-container", '{"features": ["x"]}', ["ignored 1:14 ["]),
    ("dev-container", "1", ["ignored 1:1 1"]),
    ("dev-container-feature", '{"dependsOn": {"ghcr.io/a/b:1": {}}}', ["feature ghcr.io/a/b:1"]),
    ("editor-settings", '{"remote": {"SSH": {"defaultExtensions": ["a.b"]}, "SSH.defaultExtensions": ["c.d"]}}',
     ["installs a.b", "installs c.d"]),
    ("editor-settings", '{"remote.defaultExtensions": ["a.b"], "dev.containers.defaultExtensionsIfInstalledLocally": ["c.d"]}',
     ["installs c.d", "installs a.b"]),
    ("editor-settings", '{"remote.defaultExtensionsIfInstalledLocally": ["a.b@1.2.3", "-c.d"]}',
     ["installs a.b@1.2.3", "ignored 1:63 -c.d"]),
    ("editor-settings", '{"dev.containers.de\\qfaultExtensions": ["a.b"]}', ["broken 1:3 dev.containers.de\\qfaultExtensions", "installs a.b"]),
    ("editor-settings", '{"editor.tabSize": 2 "a": ', []),
    ("editor-settings", "[]", []),
    ("extension-manifest", '{"engines": {"vscode": "*"}, "extensionPack": ["a.b@1.2.3"], "extensionDependencies": ["c.d@1.2.3"]}',
     ["ignored 1:49 a.b@1.2.3", "installs c.d@1.2.3"]),
    ("extension-manifest", '{"engines": {"node": "*"}, "extensionPack": ["a.b"]}', []),
    ("extension-manifest", '{"theiaPlugins": {"x": "https://example.com/a.vsix", "y": 1, "z": "a.b", "v": "https://${X}"}}',
     ["vsix-url https://example.com/a.vsix", "ignored 1:59 1", "ignored 1:68 a.b", "unresolved 1:80 https://${X}"]),
    ("extension-manifest", '{"scripts": {"extensionPack": "x" "y"}', ["broken 1:36 y"]),
    ("extension-manifest", '{"scripts" "x"}', []),
    ("product-file", '{"builtInExtensions": [{"name": "a.b", "version": "1.2.3"}, {"name": "c.d", "version": 1}, {}]}',
     ["installs a.b@1.2.3", "ignored 1:88 1", "installs c.d", "ignored 1:92 {"]),
    ("product-file", '{"builtInExtensions": [{"name": "a", "version": "1.2.3"}, {"name": "c.d", "version": null}]}',
     ["ignored 1:34 a", "installs c.d"]),
    ("product-file", '{"builtInExtensions": {}}', ["ignored 1:23 {"]),
    ("profile", '{"extensions": "[{\\"identifier\\": {\\"id\\": \\"a.b\\"}, \\"preRelease\\": true}]"}',
     ["installs a.b@prerelease"]),
    ("profile", '{"extensions": "[{\\"identifier\\": {\\"id\\": \\"a.b\\"}, \\"version\\": \\"1.2.3\\", \\"preRelease\\": true}"}',
     ['broken 1:99 "', "installs a.b@1.2.3"]),
    ("profile", '{"extensions": [{"identifier": {"id": "a.b"}, "disabled": true}]}', ["installs a.b"]),
    ("profile", '{"extensions": [{"identifier": {"id": "a", "uuid": "1-2"}}, {"identifier": {"uuid": "1-2"}}]}',
     ["ignored 1:40 a", "unresolved 1:40 a", "unresolved 1:61 {"]),
    ("profile", '{"extensions": "[{}]"}', ["ignored 1:18 {"]),
    ("profile", '{"extensions": "{}"}', ["ignored 1:17 {"]),
    ("profile", '{"settings": "x", "extensions": null}', []),
    ("extension-tests", '{"installExtensions": ["a.b", "c.d"]}', ["installs a.b", "installs c.d"]),
    ("extension-tests", '{"tests": [{"installExtensions": ["a.b@1.2.3"]}]}', ["installs a.b@1.2.3"]),
    ("extension-tests", '{"install\\u0045xtensions": ["a.b"]}', ["installs a.b"]),
    ("extension-tests", '{"installExtensions": ["a.b"', ["broken 1:29", "installs a.b"]),
    ("extension-tests", "export default {installExtensions: ['a.b', \"c.d\", `e.f`]}",
     ["installs a.b", "installs c.d", "installs e.f"]),
    ("extension-tests", "x = {'installExtensions': ['a.b']}", ["installs a.b"]),
    ("extension-tests", "x = {['installExtensions']: ['a.b']}", ["installs a.b"]),
    ("extension-tests", "x.installExtensions = ['a.b']\ny = ['c.d']", ["installs a.b"]),
    ("extension-tests", "x.installExtensions.push('a.b'); y('c.d')", ["installs a.b"]),
    ("extension-tests", "x = {installExtensions: ['a\\x2eb', 'c.\\\nd'], y: ['e.f']}", ["installs a.b", "installs c.d"]),
    ("extension-tests", "x = {installExtensions: [...more, 'a.b', ...others]}", ["unresolved 1:29 more", "installs a.b"]),
    ("extension-tests", "x = {installExtensions: more}", ["unresolved 1:25 more"]),
    ("extension-tests", "x = {installExtensions: [`${a}.b`]}", ["unresolved 1:27 ${a}.b"]),
    ("extension-tests", "const installExtensions = ['a.b']; x = {installExtensions}", ["installs a.b"]),
    ("extension-tests", "import installExtensions from 'x'; y = {installExtensions}", ["unresolved 1:8 installExtensions"]),
    ("extension-tests", "x = {installExtensions: y ? ['a.b'] : ['c.d'], z: ['e.f']}",
     ["unresolved 1:25 y", "installs a.b", "installs c.d"]),
    ("extension-tests", "// installExtensions: ['a.b']\n/* installExtensions: ['a.b'] */", []),
    ("extension-tests", "// \u2028installExtensions: ['a.b']", ["installs a.b"]),
    ("extension-tests", "x = /[/*'`]/; y = {installExtensions: ['a.b']}", ["installs a.b"]),
    ("extension-tests", "x = 'it\\'s'; y = {installExtensions: ['./a.vsix']}", ["vsix-file ./a.vsix"]),
    ("extension-tests", "x = 'installExtensions is the key'", []),
    ("image-metadata", "LABEL devcontainer.metadata='{\"extensions\": [\"a.b\"]}'", ["installs a.b"]),
    ("image-metadata", 'LABEL devcontainer.metadata="[{\\"extensions\\": [\\"a.b\\"]}]"', ["installs a.b"]),
    ("image-metadata", 'LABEL devcontainer.metadata={\\"extensions\\":[\\"a.b\\"]}', ["installs a.b"]),
    ("image-metadata", "label x=y 'devcontainer.metadata'='{\"extensions\": [\"a.b\"]}' z=1", ["installs a.b"]),
    ("image-metadata", "ONBUILD LABEL devcontainer.metadata '{\"extensions\": [\"a.b\"]}'", ["installs a.b"]),
    ("image-metadata", "LABEL x=y \\\n# comment\n\n  devcontainer.metadata='{\"extensions\": [\\\n\"a.b\"]}'", ["installs a.b"]),
    ("image-metadata", "LAB\\\r\nEL devcontainer.\\ \r\nmetadata='{\"extensions\": [\"a.b\"]}'\r\n", ["installs a.b"]),
    ("image-metadata", "# comment \\\nLABEL devcontainer.metadata='{\"extensions\": [\"a.b\"]}'", ["installs a.b"]),
    ("image-metadata", '# escape=`\nLABEL x=y `\n devcontainer.metadata="{`"extensions`": [`"a.b`"]}"', ["installs a.b"]),
    ("image-metadata", "LABEL devcontainer.metadata='{\"extensions\": [\"a.b\", \"${X}\"]}'", ["installs a.b", "unresolved 1:54 ${X}"]),
    ("image-metadata", "LABEL devcontainer.metadata=$X", ["unresolved 1:29 $X"]),
    ("image-metadata", "LABEL devcontainer.metadata='{\"extensions\": [\"a.b\"]'", ["installs a.b", "broken 1:52 '"]),
    ("image-metadata", "LABEL devcontainer.metadata.x='{\"extensions\": [\"a.b\"]}'", []),
    ("image-metadata", "RUN x \\\n  LABEL devcontainer.metadata='{\"extensions\": [\"a.b\"]}'", []),
    ("image-metadata", "LABEL devcontainer.metadata=", ["broken 1:29"]),
    ("image-metadata", "LABEL \\", []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "expected"), CASES)
def test_a_text_of_a_kind(kind: str, text: str, expected: list[str]) -> None:
    assert read(kind, text) == expected


def test_the_place_is_of_the_id_alone() -> None:
    text = container("-a.b", "cc.dd@1.2.3", "e.f@prerelease")
    spans = [item.span for item in JSON_KINDS["dev-container"].read(text)]
    assert [text[span.column - 1 :][: span.length] for span in spans] == ["a.b", "cc.dd", "e.f"]


def test_the_hash_of_an_archive_is_kept() -> None:
    text = '{"builtInExtensions": [{"name": "a.b", "version": "1.2.3", "sha256": "abc"}]}'
    (item,) = JSON_KINDS["product-file"].read(text)
    assert isinstance(item, Named)
    assert (item.how, item.version, item.hash) == (How.INSTALLS, "1.2.3", "abc")


def test_an_entry_of_a_profile_keeps_the_number_that_the_editor_installs_by() -> None:
    entry = {"identifier": {"id": "a.b", "uuid": "1-2"}, "version": "1.2.3", "preRelease": True}
    (item,) = JSON_KINDS["profile"].read(json.dumps({"extensions": json.dumps([entry])}))
    assert isinstance(item, Named)
    assert (item.uuid, item.version, item.is_pre_release) == ("1-2", "1.2.3", False)


def test_messages_are_safe_to_print() -> None:
    (item,) = JSON_KINDS["dev-container"].read(container("a\u202eb\x1b" + "c" * 5000))
    assert isinstance(item, Mistake)
    assert item.message.isprintable()
    assert len(item.message) < 200


_WORDS = (
    '"recommendations"', '"extensions"', '"customizations"', '"vscode"', '"engines"', '"settings"',
    '"extensionPack"', '"builtInExtensions"', '"name"', '"version"', '"identifier"', '"id"',
    '"a.b"', '"-a.b@1.2.3"', '"__proto__"', "installExtensions", "LABEL ", "devcontainer.metadata=",
    "{", "}", "[", "]", ":", ",", "'", '"', "`", "\\", '\\"', "\n", "\r\n", "/", "//", "/*", "1", "null", "$X",
)  # fmt: skip


@given(st.lists(st.sampled_from(_WORDS), max_size=40).map("".join))
def test_every_text_is_read_and_each_place_is_in_it(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for kind in JSON_KINDS.values():
        for item in kind.read(text):
            assert 1 <= item.span.line <= len(lines)
            assert 1 <= item.span.column <= len(lines[item.span.line - 1]) + 2
            assert item.span.length >= 0


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    "part", ["[", ",", '"', "'", "`", "\\", "\\`", "/[", "/*", "\n", "\\\n", "LABEL x\n", "a ", "$"]
)
def test_a_long_text_ends(kind: str, part: str) -> None:
    """Each is read in the time that its length takes."""
    words = "installExtensions defaultExtensions theiaPlugins builtInExtensions"
    list(JSON_KINDS[kind].read(words + part * (50_000 // len(part))))
