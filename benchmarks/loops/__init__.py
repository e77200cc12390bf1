# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Control loops to compare: the actor's own, a plain one, and one that waits for its learner."""
