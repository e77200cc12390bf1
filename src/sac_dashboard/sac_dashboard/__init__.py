# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A run in the browser: what it does, and what an operator may ask of it."""
