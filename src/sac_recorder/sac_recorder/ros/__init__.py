# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""How the recorder hears the topics of a run."""
