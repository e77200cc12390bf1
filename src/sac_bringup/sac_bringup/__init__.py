# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Starts runs: one description of their processes, for the launch files and for the runner."""
