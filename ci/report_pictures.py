"""Take the pictures of the HTML report in docs/pictures: the first screen of a real scan.

``python -m ci.report_pictures`` scans the samples of the README without a network, and opens the
report in Debian's Chromium by Playwright, once in light and once in dark colours.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "docs" / "pictures"
SAMPLES = "tests/data/offline"
_WIDTH, _HEIGHT = 1200, 920  # of the screen


def main() -> int:
    """Scan, open the report, and write one picture for each colour scheme."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("there is no chromium (apt-get install chromium)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        page = Path(directory) / "report.html"
        command = [sys.executable, "-m", "vscan", "scan", SAMPLES, "--offline", "--no-cache", "-q"]
        subprocess.run([*command, "-o", f"html={page}"], cwd=ROOT, check=False)
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            shown = launched.new_page(
                viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme=scheme
            )
            shown.goto(page.as_uri())
            shown.locator("#list button.name").first.click()
            shown.mouse.move(0, 0)
            shown.screenshot(path=PLACE / f"report-{scheme}.png")
        launched.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
