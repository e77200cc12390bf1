# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Soft Actor-Critic: its settings, its reference and the fast implementations of it."""
