# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner's step for the CPU: a small C++ core, built on the machine that it runs on."""
