# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The driver's topics, services and actions around a `Twin`."""
