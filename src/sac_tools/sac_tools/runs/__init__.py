# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs as their directories tell of them."""
