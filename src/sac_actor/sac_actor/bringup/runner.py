# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Runs `sac_bringup.runner` under its former name: scripts still call this one."""

from __future__ import annotations

import runpy
import sys

if __name__ == '__main__':
    print('sac_actor.bringup.runner has moved: call sac_bringup.runner', file=sys.stderr)
    # By name, so that the robot's computer needs no package that starts runs.
    runpy.run_module('sac_bringup.runner', run_name='__main__', alter_sys=True)
