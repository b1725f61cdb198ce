"""``python -m vscan``."""

from vscan.cli import main

main()
