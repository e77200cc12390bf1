# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner: replay, high-UTD Soft Actor-Critic, and the node around them.

torch's threads must sleep while they wait for each other: by default they spin, and where other
processes want the cores, a thread then spins for the time that the one it waits for would need.
One busy neighbor can so take nine tenths of a learner's speed. OpenMP reads this when torch loads
it, hence here, before any module of this package imports torch.
"""

import os

os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
