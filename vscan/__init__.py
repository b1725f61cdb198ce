"""vscan scans VS Code extensions, and gives a verdict.

Four functions do what the command line does. Nothing is imported before it is used::

    results = [vscan.analyse(found) for found in vscan.discover([directory])]
    report = vscan.evaluate(results)
    vscan.write_report(report, [("sarif", "report.sarif")])
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vscan.discovery import discover
    from vscan.providers.offline import analyse
    from vscan.report import write_report
    from vscan.run_evaluation import evaluate

__all__ = ["__version__", "analyse", "discover", "evaluate", "write_report"]
__version__ = "0.1.0"

_MODULES = {
    "analyse": "vscan.providers.offline",
    "discover": "vscan.discovery",
    "evaluate": "vscan.run_evaluation",
    "write_report": "vscan.report",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the four functions
    """Import a function when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module 'vscan' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_MODULES[name]), name)
