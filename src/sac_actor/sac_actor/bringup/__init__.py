# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""One description of the processes of a run, for the launch files and for the runner."""
