# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The learner: replay buffer, Soft Actor-Critic at a high update-to-data ratio, checkpoints."""
