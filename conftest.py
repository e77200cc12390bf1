# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The environment of every test: strict messages, and a ROS domain apart from any robot's."""

from __future__ import annotations

import os
import random
import signal

os.environ['ROS_PYTHON_CHECK_FIELDS'] = '1'
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
# Tests that start nodes claim domains from 60 on; this one is for what forgets to.
os.environ['ROS_DOMAIN_ID'] = str(random.SystemRandom().randint(1, 59))

# Whoever runs the tests in the background may have them ignore Ctrl-C, and so all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
