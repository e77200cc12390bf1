# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Records what a run says on its topics."""
