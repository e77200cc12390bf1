# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The actor: control loop, safety filter, transition queue."""
