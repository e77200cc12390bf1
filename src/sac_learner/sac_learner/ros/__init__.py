# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the learner's node that touch ROS."""
