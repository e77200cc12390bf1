# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Progress line and run directory."""
