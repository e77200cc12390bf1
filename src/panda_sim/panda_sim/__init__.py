# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Twin of a Franka arm: MuJoCo behind the interface of the arm's driver."""
