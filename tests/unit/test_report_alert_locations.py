"""Locations of findings: paths of either system, relative to the repository."""

import pytest
from msgspec.structs import replace

from tests.builders import extension
from vscan.model import Origin
from vscan.report.alert_locations import location_of

INVENTED = ".vscode/extensions/acme.tools/package.json"
REPOSITORY = r"D:\a\tools\tools"
PATHS = {
    "a path of Windows": (
        REPOSITORY,
        r"D:\a\tools\tools\ext/extensions.json",
        "ext/extensions.json",
    ),
    "another case": (REPOSITORY, r"d:\A\Tools\tools\ext\extensions.json", "ext/extensions.json"),
    "slashes": (REPOSITORY, "D:/a/tools/tools/x/extensions.json", "x/extensions.json"),
    "another drive": (REPOSITORY, r"C:\a\tools\tools\ext\extensions.json", INVENTED),
    "a folder that begins alike": (REPOSITORY, r"D:\a\tools\tools-2\extensions.json", INVENTED),
    "a way out": (REPOSITORY, r"D:\a\tools\tools\..\extensions.json", INVENTED),
    "a path relative to the drive": (REPOSITORY, r"D:ext\extensions.json", INVENTED),
    "a relative path": (REPOSITORY, r"ext\extensions.json", "ext/extensions.json"),
    "a share": (r"\\server\share", r"\\server\share\ext\extensions.json", INVENTED),
    "no workspace": ("", r"D:\a\ext\extensions.json", INVENTED),
    "a whole drive": ("D:\\", r"D:\ext\extensions.json", "ext/extensions.json"),
    "the root": ("/", "/ext/extensions.json", "ext/extensions.json"),
    "case of POSIX": ("/Repo", "/repo/ext/extensions.json", INVENTED),
    "a URI": ("/repo", "file:///repo/ext/extensions.json", INVENTED),
    "a URI of Windows": (REPOSITORY, "file:///D:/a/tools/tools/ext/extensions.json", INVENTED),
}


@pytest.mark.parametrize("case", PATHS)
def test_a_location_is_a_path_below_the_workspace_with_slashes(case: str) -> None:
    workspace, uri, expected = PATHS[case]
    item = replace(extension("acme.tools"), origins=(Origin(uri),))
    assert location_of(item, workspace) == (expected, 1)
