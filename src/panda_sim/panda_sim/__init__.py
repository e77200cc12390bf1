# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Twin of a Franka arm: MuJoCo behind the interface of the arm's driver."""

import os

# Pictures without a display; MuJoCo reads this when it is imported.
os.environ.setdefault('MUJOCO_GL', 'egl')
