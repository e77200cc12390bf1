#!/usr/bin/env bash
# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
# What `make setup` runs: finds the Python to build on and hands over to __main__.py.
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=:$PATH:
PATH=${PATH//":$root/.venv/bin:"/:}  # never build the environment on itself
PATH=${PATH#:} PATH=${PATH%:}
unset VIRTUAL_ENV
python=${PYTHON:-}
if [ -z "$python" ] && [ -f "$root/.venv/ready" ]; then
    python=$(readlink -f "$root/.venv/bin/python")  # the one that was named the first time
fi
[ -x "$python" ] || python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null; then
    echo "setup: no $python on this machine. Install it and what a build needs:" >&2
    echo "    sudo apt-get install python3 python3-venv python3-dev g++ make" >&2
    exit 1
fi
exec "$python" "$root/setup" "$@"
