# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The topics and services of the actor, grouped by what they are for."""
