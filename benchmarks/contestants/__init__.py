# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The implementations that the benchmarks compare, each run in a process of its own."""
