# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A policy drives the arm's twin through the bridge in real time: which limits does it come near?

One command, which trains nothing: bridge, twin, actor and monitor as real processes at 50 Hz. The
largest share of each limit is the twin's own measurement, in every millisecond. `calm` are the
seconds in which the host of a virtual machine withheld no processor time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
import subprocess
import sys
import tempfile
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from loops.stolen_log import StolenLog
import numpy as np
from options import emit, parse, processors
from sac_core.child_process import bound_to_this_process
from sac_core.ros import names, qos
from sac_core.ros.testing import child_environment, Spinner
from sac_interfaces.msg import ActorStatus, Episode
from std_srvs.srv import Trigger

NEVER = 1_000_000_000  # steps
WARM_UP = 5.0  # s after the first episode
START = 180.0  # s until there is one


@contextmanager
def run(words: list[str], domain_id: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run, and end it."""
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, '-m', 'sac_bringup.runner', *words],
            # Without the checks that tests switch on: as a user's processes.
            env=child_environment(domain_id) | {'ROS_PYTHON_CHECK_FIELDS': '0'},
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bound_to_this_process(),
        )
        try:
            yield process
            if process.poll() is not None:
                output.seek(0)
                sys.exit(f'the run ended with {process.returncode}:\n{output.read().decode()}')
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(60.0)


class Observer:
    """Hears what actor, bridge and twin say of themselves."""

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner
        self.node = node = spinner.node('bench_arm')
        self.episodes: list[Episode] = []
        self.status: ActorStatus | None = None
        self.limits: list[DiagnosticStatus] = []
        self._exceeded: list[tuple[int, float]] = []  # monotonic [ns], milliseconds up to then
        self.bridge: dict[str, str] = {}
        self.longest = {'lateness_max': 0.0, 'latency_max': 0.0, 'period_max': 0.0}
        subscribe = node.create_subscription
        subscribe(Episode, names.EPISODE, self.episodes.append, qos.qos_profile_episode)
        subscribe(ActorStatus, names.ACTOR_STATUS, self._on_status, qos.qos_profile_status)
        subscribe(DiagnosticStatus, 'panda_sim/limits', self._on_limits, 10)
        subscribe(DiagnosticArray, names.DIAGNOSTICS, self._on_array, qos.qos_profile_status)

    def begin(self) -> None:
        """Let the measurement begin: what was before does not count."""
        client = self.node.create_client(Trigger, 'panda_sim/reset_limits')
        self.spinner.until(client.service_is_ready)
        self.spinner.until(client.call_async(Trigger.Request()).done)
        self.longest = dict.fromkeys(self.longest, 0.0)
        self.episodes.clear()
        self._exceeded = [(time.monotonic_ns(), 0.0)]

    def last_limits(self) -> dict[str, float]:
        """Wait for limits that were measured to the end."""
        self.limits.clear()
        said = self.spinner.until(lambda: self.limits)[-1]
        return {each.key: float(each.value) for each in said.values}

    def _on_status(self, status: ActorStatus) -> None:
        self.status = status
        for name, value in self.longest.items():
            self.longest[name] = max(value, getattr(status, name))

    def calm(self, log: StolenLog) -> dict[str, float]:
        """Count calm seconds, and the milliseconds above any limit in them."""
        times_ns, totals = (np.array(column) for column in zip(*self._exceeded, strict=True))
        calm = log.is_calm(times_ns)
        calm = calm[1:] & calm[:-1]  # what a message adds was at any time since the last one
        return {
            'seconds': round(float(np.diff(times_ns)[calm].sum()) * 1e-9, 1),
            'exceeded_ms': float(np.diff(totals)[calm].sum()),
        }

    def _on_limits(self, status: DiagnosticStatus) -> None:
        self.limits.append(status)
        total = sum(float(each.value) for each in status.values if each.key.endswith('/exceeded'))
        self._exceeded.append((time.monotonic_ns(), total))

    def _on_array(self, array: DiagnosticArray) -> None:
        for status in array.status:
            if status.name == 'franka_bridge: task':
                self.bridge = {each.key: each.value for each in status.values}


COUNTERS = ('ticks', 'overruns', 'stale_ticks', 'unexpected_observations')


def counted(observer: Observer) -> dict[str, int]:
    """Return what actor and bridge have counted up to now."""
    assert observer.status is not None
    own = {name: int(getattr(observer.status, name)) for name in COUNTERS}
    bridge = {'holds': int(observer.bridge['stops'])}
    for name in ('steps', 'resets', 'limited_steps', 'command_timeouts'):
        bridge[name] = int(observer.bridge[name])
    return own | bridge


def shares(limits: dict[str, float]) -> dict[str, object]:
    """Return each quantity's largest share of its limit, of its joints or axes the largest."""
    largest: dict[str, float] = {}
    exceeded = {}
    for name in limits:
        if f'{name}/limit' not in limits:
            continue
        kind = name.rpartition('_')[0] if name.rpartition('_')[2] in '1234567xyz' else name
        share = limits[name] / limits[f'{name}/limit']
        largest[kind] = round(max(largest.get(kind, 0.0), share), 3)
        if limits[f'{name}/exceeded']:
            exceeded[name] = {'share': round(share, 2), 'ms': int(limits[f'{name}/exceeded'])}
    return {'largest_share': largest, 'exceeded': exceeded}


def main() -> None:
    """Let a policy or chance drive the twin for a while, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--checkpoint', help='directory of a policy; default: random actions')
    parser.add_argument('--seconds', type=float, default=60.0)
    parser.add_argument('words', nargs='*', help='more arguments of the run, as task:=joint_reach')
    options = parse(parser)
    seconds = 10.0 if options.quick else options.seconds
    words = ['robot:=panda_sim', 'task:=reach', 'control_rate:=50', *options.words]
    words = list(dict(word.split(':=', 1) for word in words).items())  # the last one of a name
    words = [f'{name}:={value}' for name, value in words]
    if options.checkpoint:
        checkpoint = os.path.abspath(options.checkpoint)
        words = ['policy', *words, f'checkpoint:={checkpoint}', 'episodes:=0']
    else:
        steps = (f'{name}:={NEVER}' for name in ('random_steps', 'training_starts'))
        words = ['train', *words, *steps, 'max_env_steps:=0', 'run_dir:=run']
    with Spinner() as spinner, run(words, spinner.domain_id) as process:
        observer = Observer(spinner)

        def begun() -> bool:
            return bool(observer.episodes and observer.bridge) or process.poll() is not None

        spinner.until(begun, timeout=START)
        if process.poll() is not None:
            return
        spinner.spin_for(WARM_UP)
        with StolenLog() as log:
            observer.begin()
            before = counted(observer)
            spinner.spin_for(seconds)
            limits, after = observer.last_limits(), counted(observer)
    emit(
        bench='arm',
        case=next(word for word in words if word.startswith('task:=')).removeprefix('task:='),
        drives='policy' if options.checkpoint else 'random actions',
        **processors(),
        seconds=round(limits['ticks'] * 1e-3, 1),
        **shares(limits),
        episodes=len(observer.episodes),
        successes=sum(episode.success for episode in observer.episodes),
        calm=observer.calm(log),
        **{name: after[name] - before[name] for name in after},
        **{f'{name}_ms': round(1e3 * value, 1) for name, value in observer.longest.items()},
    )


if __name__ == '__main__':
    main()
