# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Property tests try the same examples each time, however slow the machine is."""

from hypothesis import settings

settings.register_profile('same_each_time', derandomize=True, deadline=None)
settings.load_profile('same_each_time')
