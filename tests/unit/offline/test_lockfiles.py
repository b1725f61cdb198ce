"""Which versions lock files name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.providers.offline.lockfiles import READERS, npm, only_for_development, pnpm, yarn

SHIPPED = [("@acme/a", "1.2.3"), ("b", "4.5.6-rc.1")]


def test_npm_s_first_version_is_read() -> None:
    """Nested ones too; not what is for development, a link, or from elsewhere."""
    lock = {
        "lockfileVersion": 1,
        "dependencies": {
            "@acme/a": {
                "version": "1.2.3",
                "dependencies": {"b": {"version": "4.5.6-rc.1"}},
            },
            "tool": {"version": "1.0.0", "dev": True},
            "git": {"version": "git+https://x.example/y.git#abc"},
            "odd": 7,
        },
    }
    assert list(npm(json.dumps(lock).encode())) == SHIPPED


@pytest.mark.parametrize("version", [2, 3])
def test_npm_s_later_versions_are_read(version: int) -> None:
    lock = {
        "lockfileVersion": version,
        "packages": {
            "": {"name": "extension", "version": "9.9.9"},
            "node_modules/@acme/a": {"version": "1.2.3"},
            "node_modules/@acme/a/node_modules/alias": {"version": "4.5.6-rc.1", "name": "b"},
            "node_modules/tool": {"version": "1.0.0", "dev": True},
            "packages/own": {"version": "1.0.0"},
            "node_modules/own": {"resolved": "packages/own", "link": True},
        },
        "dependencies": {"c": {"version": "1.0.0"}},
    }
    assert list(npm(json.dumps(lock).encode())) == SHIPPED


def test_yarn_s_first_version_is_read() -> None:
    lock = b"""# yarn lockfile v1

"@acme/a@^1.0.0", "@acme/a@^1.2.0":
  version "1.2.3"
  resolved "https://registry.yarnpkg.com/@acme/a/-/a-1.2.3.tgz"
  dependencies:
    version "9.9.9"

alias@npm:b@^4.0.0:
  version "4.5.6-rc.1"
"""
    assert list(yarn(lock)) == SHIPPED


@pytest.mark.parametrize("length", [10, 100_000])
def test_however_many_ranges_name_a_package_it_is_read(length: int) -> None:
    heads = ", ".join(f"ms@^1.{number}.0" for number in range(length // 10))
    assert list(yarn(f'{heads}:\n  version "1.2.3"\n'.encode())) == [("ms", "1.2.3")]
    peers = "(x@1.0.0)" * (length // 10)
    lock = f"packages:\n\n  ms@1.2.3{peers}:\n    resolution: x\n"
    assert list(pnpm(lock.encode())) == [("ms", "1.2.3")]


def test_yarn_s_later_versions_are_read() -> None:
    lock = b"""__metadata:
  version: 8

"@acme/a@npm:^1.0.0, @acme/a@npm:^1.2.0":
  version: 1.2.3
  resolution: "@acme/a@npm:1.2.3"

"alias@npm:b@^4.0.0":
  version: 4.5.6-rc.1

"extension@workspace:.":
  version: 0.0.0-use.local
"""
    assert list(yarn(lock)) == SHIPPED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/@acme/a/1.2.3", "/b/4.5.6-rc.1_peer@1.0.0"),
        ("/@acme/a@1.2.3", "/b@4.5.6-rc.1(peer@1.0.0)"),
        ("'@acme/a@1.2.3'", "b@4.5.6-rc.1"),
    ],
)
def test_each_version_of_pnpm_s_is_read(first: str, second: str) -> None:
    lock = f"""lockfileVersion: '9.0'
importers:
  c@1.0.0:
packages:

  {first}:
    resolution: {{integrity: sha512-x}}
    dev: false

  tool@1.0.0:
    dev: true

  {second}:
    engines: {{node: '>=6'}}
"""
    assert list(pnpm(lock.encode().replace(b"  tool@", b"  /tool@"))) == SHIPPED


PNPM_9 = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@acme/a':
        specifier: ^1.2.0
        version: 1.2.3(peer@2.0.0)
      own:
        specifier: workspace:*
        version: link:packages/own
    devDependencies:
      alias:
        specifier: npm:tool@^3.0.0
        version: tool@3.0.0

  packages/own:
    optionalDependencies:
      b:
        specifier: ^4.0.0
        version: 4.5.6

packages:

  '@acme/a@1.2.3':
    resolution: {integrity: sha512-x}
    peerDependencies:
      peer: '*'

  b@4.5.6:
    resolution: {integrity: sha512-x}

  both@5.0.0:
    resolution: {integrity: sha512-x}

  deep@6.0.0:
    resolution: {integrity: sha512-x}

  peer@2.0.0:
    resolution: {integrity: sha512-x}

  tool@3.0.0:
    resolution: {integrity: sha512-x}

snapshots:

  '@acme/a@1.2.3(peer@2.0.0)':
    dependencies:
      both: 5.0.0
      peer: 2.0.0

  b@4.5.6: {}

  both@5.0.0: {}

  deep@6.0.0: {}

  peer@2.0.0: {}

  tool@3.0.0:
    dependencies:
      both: 5.0.0
    optionalDependencies:
      deep: 6.0.0
    transitivePeerDependencies:
      - supports-color
"""


def test_what_is_for_development_alone_is_followed_in_pnpm_s_version_9() -> None:
    found = set(pnpm(PNPM_9.encode()))
    assert found == {("@acme/a", "1.2.3"), ("b", "4.5.6"), ("both", "5.0.0"), ("peer", "2.0.0")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    devDependencies:", "    dependencies:"),
        ("    devDependencies:", "    dependenciesOfSomeKind:"),
        ("  tool@3.0.0:\n    dependencies", "  other@3.0.0:\n    dependencies"),
        ("      both: 5.0.0\n      peer", "      both: 5.0.1\n      peer"),
        ("      both: 5.0.0\n      peer", "      tool: 3.0.0\n      peer"),
        ("      both: 5.0.0\n      peer", "      x: tool@3.0.0\n      peer"),
        ("        version: 4.5.6", "        version: tool@3.0.0"),
    ],
)
def test_where_development_is_uncertain_all_of_pnpm_s_packages_count(
    before: str, after: str
) -> None:
    assert before in PNPM_9
    changed = PNPM_9.replace(before, after)
    assert {("tool", "3.0.0"), ("deep", "6.0.0")} <= set(pnpm(changed.encode()))


def test_a_lock_file_of_pnpm_whose_packages_need_each_other_is_read() -> None:
    circle = PNPM_9.replace(
        "  deep@6.0.0: {}", "  deep@6.0.0:\n    dependencies:\n      tool: 3.0.0"
    )
    assert set(pnpm(circle.encode())) == set(pnpm(PNPM_9.encode()))


@pytest.mark.parametrize("text", ["[]", "7", '{"packages": []}', '{"dependencies": {"a": []}}'])
def test_other_text_than_a_lock_file_names_nothing(text: str) -> None:
    assert list(npm(text.encode())) == []


@given(st.sampled_from(list(READERS.values())), st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(reader: object, content: bytes) -> None:
    assert callable(reader)
    try:
        found = list(reader(content))
    except ValueError:
        return
    assert all(isinstance(version, str) for _, version in found)


YARN_1 = b"""# yarn lockfile v1

"@types/node@*", "@types/node@>= 18 < 20":
  version "18.0.0"

tool@^1.0.0:
  version "1.0.0"
  dependencies:
    ms "2.1.2"
    "@types/node" "*"
  peerDependencies:
    absent "1"

ms@2.1.2, ms@^2.1.1:
  version "2.1.2"

debug@^4.0.0:
  version "4.3.0"
  optionalDependencies:
    left "^1.0.0"

left@^1.0.0:
  version "1.3.0"
  dependencies:
    debug "^4.0.0"

alias@npm:b@^4.0.0:
  version "4.5.6"

orphan@^1.0.0:
  version "1.0.0"
"""
YARN_8 = b"""__metadata:
  version: 8

"@types/node@npm:*, @types/node@npm:>= 18 < 20":
  version: 18.0.0

"tool@npm:^1.0.0":
  version: 1.0.0
  resolution: "tool@npm:1.0.0"
  dependencies:
    "@types/node": "npm:*"
    ms: 2.1.2
  peerDependencies:
    absent: 1
  checksum: abc

"ms@npm:2.1.2, ms@npm:^2.1.1":
  version: 2.1.2

"debug@npm:^4.0.0":
  version: 4.3.0
  dependencies:
    left: "npm:^1.0.0"

"left@npm:^1.0.0":
  version: 1.3.0
  dependencies:
    debug: ^4.0.0

"alias@npm:b@^4.0.0":
  version: 4.5.6

"orphan@npm:^1.0.0":
  version: 1.0.0
"""
_DEBUG, _TOOL, _ALIAS = {"debug": "^4.0.0"}, {"tool": "^1.0.0"}, {"alias": "npm:b@^4.0.0"}
_OF_TOOL = {("tool", "1.0.0"), ("ms", "2.1.2"), ("@types/node", "18.0.0")}
_OF_DEBUG = {("debug", "4.3.0"), ("left", "1.3.0")}


@pytest.mark.parametrize("lock", [YARN_1, YARN_8], ids=["first", "later"])
@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"devDependencies": _TOOL}, _OF_TOOL),
        ({"devDependencies": _TOOL | _ALIAS, "dependencies": _DEBUG}, _OF_TOOL | {("b", "4.5.6")}),
        ({"devDependencies": _DEBUG, "dependencies": _TOOL}, _OF_DEBUG),
        (
            {"devDependencies": _TOOL, "dependencies": {"ms": "^2.1.1"}},
            _OF_TOOL - {("ms", "2.1.2")},
        ),
        ({"devDependencies": _TOOL, "optionalDependencies": _TOOL}, set()),
        ({"devDependencies": _TOOL | {"gone": "1"}}, _OF_TOOL),
        ({"devDependencies": _TOOL, "dependencies": {"gone": "1"}}, set()),  # of what, who knows?
        ({"devDependencies": _TOOL, "dependencies": {"debug": 7}}, set()),
        ({"devDependencies": _TOOL, "workspaces": ["a"]}, set()),
        ({}, set()),
        ({"devDependencies": []}, set()),
    ],
)
def test_packages_for_development_alone_are_found_in_yarn_s_lock_file(
    lock: bytes, manifest: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert only_for_development(lock, manifest) == expected


@given(st.binary(max_size=200) | st.text(alphabet='a@"^1.,: \n', max_size=300).map(str.encode))
def test_any_bytes_have_nothing_for_development_that_is_not_asked_for(content: bytes) -> None:
    found = only_for_development(content, {"devDependencies": {"a": "^1"}})
    assert all(isinstance(name, str) for name, _ in found)
    assert only_for_development(content, {}) == set()


@pytest.mark.full
def test_a_head_of_many_ranges_is_read_in_time() -> None:
    """It is read on from each of its beginnings, but not to the end of the line."""
    lock = b"a@x " * 200_000 + b'"z'
    assert only_for_development(lock, {"devDependencies": {"a": "x"}}) == set()
