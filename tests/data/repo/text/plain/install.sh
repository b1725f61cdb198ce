#!/usr/bin/env bash
set -euo pipefail
code --install-extension ms-python.python
code --install-extension ms-toolsai.jupyter --force
