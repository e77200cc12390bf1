# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The former place of the package sac_bringup."""
