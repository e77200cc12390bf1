# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of a machine: what was found, and what to do about it."""
