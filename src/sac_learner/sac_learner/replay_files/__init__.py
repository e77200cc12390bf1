# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The replay buffer on disk: rows in one file, and a journal that says which of them count."""
