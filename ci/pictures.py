"""Draw docs/images/scan.svg: what a person sees of the first command of README.md.

``python -m ci.pictures`` runs the command in a terminal of 100 columns, with a home directory of
its own (``~`` in the picture), and writes what the terminal shows at the end. The picture needs
no font and no network.
"""

import argparse
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "docs" / "images" / "scan.svg"
COLUMNS = 100
COMMAND = ("scan", "tests/data/offline", "--offline")
_PART = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|(\r)|(\n)")
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}\n", re.DOTALL)


def main() -> None:
    """Draw the picture."""
    parser = argparse.ArgumentParser(prog="python -m ci.pictures", description=__doc__)
    parser.add_argument("--place", type=Path, default=PLACE, help="where (default: %(default)s)")
    place: Path = parser.parse_args().place
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(draw(shown(run())), "utf-8")


def run() -> str:
    """Run the command in a terminal, and give all that it writes."""
    control, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        with subprocess.Popen(
            [sys.executable, "-m", "vscan", *COMMAND],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
        ):
            os.close(terminal)
            written = b""
            try:
                while block := os.read(control, 65536):
                    written += block
            except OSError:  # the other side is closed
                pass
            os.close(control)
    return written.decode("utf-8").replace(home, "~")


def shown(written: str) -> str:
    """Give what a terminal shows at the end: lines that are written again replace the old ones."""
    lines, row, start = [""], 0, 0
    for part in _PART.finditer(written):
        lines[row] += written[start : part.start()]
        start = part.end()
        argument, action, back, down = part.groups()
        if back:
            # Only a line that is cleared is written again; colours would count as columns.
            continue
        if down:
            row += 1
            lines += [""] * (row == len(lines))
        elif action == "A":
            row = max(0, row - int(argument or 1))
        elif action == "K":
            lines[row] = ""
        elif action == "m":
            lines[row] += part[0]
    lines[row] += written[start:]
    return "\n".join(lines).strip("\n")


def draw(text: str) -> str:
    """Draw a text with its colours as a window of a terminal."""
    from rich.console import Console
    from rich.text import Text

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text(f"$ vscan {' '.join(COMMAND)}", style="bold"))
        console.print(Text.from_ansi(text))
        svg = console.export_svg(title="vscan", unique_id="vscan")
    # Rich names fonts on a server. Every character has its place, so that another font fits, too.
    drawn = _FONT_FACE.sub("", svg).replace("Fira Code, monospace", "monospace")
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


if __name__ == "__main__":
    main()
