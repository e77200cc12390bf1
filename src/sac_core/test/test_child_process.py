# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""What a process has started ends with it, however it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

_PARENT = """
import signal, subprocess, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
from sac_core.child_process import bound_to_this_process
command = [sys.executable, '-c', 'print("up", flush=True); import time; time.sleep(60)']
subprocess.Popen(command, preexec_fn=bound_to_this_process(), start_new_session=True)
time.sleep(60)
"""


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_child_is_gone_when_its_parent_is(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, '-c', _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b'up\n'
        parent.send_signal(number)
        assert parent.wait(10) == -number
        # The end of the pipe that both had comes when the last of them has gone.
        assert select.select([parent.stdout], [], [], 10)[0]
        assert os.read(parent.stdout.fileno(), 1) == b''
