# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A Franka arm's twin with its task in this process, for policies that were trained on an arm."""
