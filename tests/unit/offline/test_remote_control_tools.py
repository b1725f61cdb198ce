import pytest

from tests.offline import found
from vscan.model import Severity


@pytest.mark.parametrize(
    "code",
    [
        'get("https://acme.example/Bin/ScreenConnect.ClientSetup.msi")',
        'exec("msiexec /i ScreenConnect.msi /qn")',
        'get("https://acme.screenconnect.com/Bin/x.exe?e=Access&y=Guest")',
        'exec("AnyDesk.exe --install C:/x --start-with-win --silent")',
        'exec("echo secret | anydesk --set-password")',
        'exec("rustdesk.exe --silent-install")',
    ],
)
def test_a_delivered_remote_control_tool_is_found(code: str) -> None:
    assert found(code) == {"remote-control": Severity.CRITICAL}


@pytest.mark.parametrize(
    "code",
    [
        'const known = ["AnyDesk", "ScreenConnect", "TeamViewer"]',
        'open("https://anydesk.com")',
        'this.onScreenConnected = () => get("setup.exe")',
        'const name = "ScreenConnect"; /x/.exec(y)',
    ],
)
def test_the_name_of_a_remote_control_tool_is_not_found(code: str) -> None:
    assert found(code) == {}


def test_documentation_of_a_remote_control_tool_is_not_found() -> None:
    assert found("# Help\n\nmsiexec /i ScreenConnect.msi /qn", "README.md") == {}
