"""Make the lock files: ``python -m ci.lock``, with uv installed.

For every platform and Python that the project supports, with the hash of every file. What
is locked stays as it is while it serves; ``python -m ci.lock --upgrade`` takes what is new.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What is locked, and where: what the Action runs, and what builds a release.
LOCKS = {
    "pyproject.toml": "requirements.txt",
    "ci/requirements-release.in": "requirements-release.txt",
}


def main() -> None:
    """Compile each."""
    program = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if program is None:
        sys.exit("uv is not installed: pip install uv")
    for source, lock in LOCKS.items():
        command = [
            *(program, "pip", "compile", "--quiet", "--no-config", "--universal"),
            *("--generate-hashes", "--python-version", "3.11", *sys.argv[1:]),
            *("--custom-compile-command", "python -m ci.lock", source, "-o", lock),
        ]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
