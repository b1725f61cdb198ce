"""Paths of the editor's index, of either system."""

import pytest

from vscan.discovery.editor_index import _local_path, _path_in

PATHS = {
    ("/home/me/ext", False): "/home/me/ext",
    ("/home/me/ext/", False): "/home/me/ext",
    ("c:/Users/me/ext", False): None,
    ("home/me/ext", False): None,
    ("/c:/Users/me/ext", True): "c:/Users/me/ext",
    ("C:\\Users\\me\\ext\\", True): "C:\\Users\\me\\ext",
    ("/home/me/ext", True): None,
    ("\\\\server\\share\\ext", True): None,
    ("//server/share/ext", True): None,
    ("", True): None,
}


@pytest.mark.parametrize(("path", "is_windows"), PATHS)
def test_a_path_of_this_machine_is_told_from_others(path: str, *, is_windows: bool) -> None:
    """Of a network nothing is asked: the index may be anybody's."""
    assert _local_path(path, is_windows=is_windows) == PATHS[path, is_windows]


LOCATIONS = {
    "a path": ({"path": "/c:/Users/me/ext"}, "/c:/Users/me/ext"),
    "a URI of Windows": ({"external": "file:///c%3A/Users/me/ext"}, "/c:/Users/me/ext"),
    "a URI of POSIX": ({"external": "file:///home/me/an%20ext"}, "/home/me/an ext"),
    "a URI of a network": ({"external": "file://server/share/ext"}, "server/share/ext"),
    "a system's own path": ({"fsPath": "c:\\Users\\me\\ext"}, "c:\\Users\\me\\ext"),
    "a number": ({"path": 7}, None),
}


@pytest.mark.parametrize("case", LOCATIONS)
def test_a_location_gives_the_path_in_it(case: str) -> None:
    location, expected = LOCATIONS[case]
    assert _path_in(location) == expected
