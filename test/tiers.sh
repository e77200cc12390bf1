#!/usr/bin/env bash
# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
# Runs the tests in two goes: what shares the machine well in two processes, then whole systems one after another.
#
#     test/tiers.sh main_job [PYTEST ARGUMENTS]    unit and node tests, and the system tests that show the main job
#     test/tiers.sh system [PYTEST ARGUMENTS]      all tests
set -u
systems=$1
shift
none=5  # pytest's exit status where the arguments select no test

python -m pytest -n 2 --dist loadfile -m '(unit or node) and not system' "$@"
first=$?
[ $first = 0 ] || [ $first = $none ] || exit $first
python -m pytest -m "$systems" "$@"
second=$?
[ $second = $none ] && exit $first
exit $second
