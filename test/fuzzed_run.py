# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""A real run whose every topic can be fed with hostile messages while it goes on."""

from __future__ import annotations

import json
from pathlib import Path
import signal
import threading
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from fuzzing import Fuzzer
import numpy as np
from sac_core.ros import names, qos
from sac_core.ros.testing import NodeProcess, Spinner
from sac_core.spaces import LARGEST_NUMBER
from sac_interfaces import msg
from sac_learner.replay_files.inspection import read_rows

PROFILES = {
    names.ENV_SPEC: (msg.EnvSpec, qos.qos_profile_env_spec),
    names.OBSERVATION: (msg.Observation, qos.qos_profile_observation),
    names.COMMAND: (msg.Command, qos.qos_profile_command),
    names.TRANSITIONS: (msg.TransitionBatch, qos.qos_profile_transitions),
    names.TRANSITION_ACK: (msg.TransitionAck, qos.qos_profile_transition_ack),
    names.POLICY_WEIGHTS: (msg.PolicyWeights, qos.qos_profile_policy_weights),
    names.ACTOR_STATUS: (msg.ActorStatus, qos.qos_profile_status),
    names.LEARNER_STATUS: (msg.LearnerStatus, qos.qos_profile_status),
    names.EPISODE: (msg.Episode, qos.qos_profile_episode),
    names.INTERVENTION: (msg.Intervention, qos.qos_profile_intervention),
}
LISTENERS = {
    'actor': (
        *(names.ENV_SPEC, names.OBSERVATION, names.POLICY_WEIGHTS, names.TRANSITION_ACK),
        names.INTERVENTION,
    ),
    'learner': (names.ENV_SPEC, names.TRANSITIONS, names.ACTOR_STATUS),
    'sim_bridge': (names.ENV_SPEC, names.COMMAND),
    'monitor': (names.ENV_SPEC, names.ACTOR_STATUS, names.LEARNER_STATUS, names.EPISODE),
}
# Messages between two breaths: no more than the shortest queue holds for long.
_BURST = 5
_BREATH = 0.01  # [s]


class FuzzedRun:
    """Bridge, actor, learner and monitor as processes, and one node that speaks on all topics.

    :param directory: of the run
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.spinner = Spinner()
        node = self._node = self.spinner.node('stranger')
        self._heard: dict[str, list[Any]] = {
            topic: self.spinner.collect(node, kind, topic, profile)
            for topic, (kind, profile) in PROFILES.items()
        }
        self._templates: dict[str, Any] = {
            names.INTERVENTION: msg.Intervention(active=True, action=[0.0])
        }
        self._diagnostics = self.spinner.collect(node, DiagnosticArray, names.DIAGNOSTICS, 10)
        self.processes = {
            name: NodeProcess(
                f'{package}.{name}_node',
                domain_id=self.spinner.domain_id,
                parameters=parameters,
            )
            for package, name, parameters in (
                ('sim_bridge', 'sim_bridge', {'env_id': 'Pendulum-v1'}),
                (
                    'sac_learner',
                    'learner',
                    {
                        'hidden_dims': [16],
                        'batch_size': 16,
                        'threads': 1,
                        'status_period': 0.2,
                        'replay_dir': directory / 'replay',
                    },
                ),
                ('sac_actor', 'actor', {'control_rate': 100.0, 'status_period': 0.2}),
                ('sac_monitor', 'monitor', {'run_dir': directory / 'run', 'progress': 'plain'}),
            )
        }

        # Who prints into a full pipe stands still, and the middleware has much to say.
        self._printed: dict[str, list[str]] = {name: [] for name in self.processes}
        for name, process in self.processes.items():
            stdout = process.child.stdout
            assert stdout is not None
            threading.Thread(
                target=self._printed[name].extend, args=(iter(stdout),), daemon=True
            ).start()

    @property
    def topics(self) -> list[str]:
        """All that somebody listens to."""
        return list(PROFILES)

    def until_templates(self) -> None:
        """Wait until each topic has spoken for itself: that is what hostile messages imitate."""
        wanted = PROFILES.keys() - self._templates.keys()
        self.spinner.until(lambda: all(self._heard[topic] for topic in wanted), timeout=60)
        for topic in wanted:
            self._templates[topic] = self._heard[topic][-1]

    def feed(self, topic: str, count: int, *, seed: int) -> None:
        """Publish hostile messages on a topic, while the run continues.

        :raises TimeoutError: where nobody listens
        """
        kind, profile = PROFILES[topic]
        publisher = self._node.create_publisher(kind, topic, profile)
        listeners = 1 + sum(topic in topics for topics in LISTENERS.values())
        self.spinner.until(lambda: publisher.get_subscription_count() >= listeners or self.dead())
        fuzzer = Fuzzer(self._templates[topic], seed=seed)
        for number, message in enumerate(fuzzer.messages(count)):
            publisher.publish(message)
            if number % _BURST == 0:
                self._breathe()
            self._heard[topic].clear()
        self._breathe()
        self._node.destroy_publisher(publisher)
        assert not self.dead(), self.outputs()

    def _breathe(self) -> None:
        """Let the processes work, and this node empty its own queues."""
        try:
            self.spinner.until(lambda: False, timeout=_BREATH)
        except TimeoutError:
            pass

    def _true(self, topic: str) -> list[Any]:
        """What the node itself said, of all that was heard."""
        template = self._templates[topic]
        session = 'actor_session' if topic == names.ACTOR_STATUS else 'learner_session'
        return [
            each
            for each in self._heard[topic]
            if getattr(each, session) == getattr(template, session)
        ]

    def until_progress(self, *, steps: int) -> int:
        """Wait until the learner has stored more steps, at least so many; return how many."""
        self._heard[names.ACTOR_STATUS].clear()
        first = self.spinner.until(lambda: self._true(names.ACTOR_STATUS))[0].env_steps
        status = self.spinner.until(
            lambda: next(
                (
                    each
                    for each in self._true(names.ACTOR_STATUS)
                    if each.transitions_acked >= first + steps
                ),
                None,
            ),
            timeout=60,
        )
        return int(status.transitions_acked - first)

    def dead(self) -> list[str]:
        """Name the processes that have ended."""
        return [name for name, each in self.processes.items() if each.child.poll() is not None]

    def outputs(self) -> str:
        """What all processes have printed."""
        return '\n'.join(f'{name}: {"".join(lines)}' for name, lines in self._printed.items())

    def refused(self) -> dict[str, dict[str, int]]:
        """How many messages each node says on /diagnostics that it has refused, by topic."""
        self._diagnostics.clear()
        found: dict[str, dict[str, int]] = {}
        ignored = -1

        def complete() -> bool:
            nonlocal ignored
            for status in (each for array in self._diagnostics for each in array.status):
                node, _, part = status.name.partition(': ')
                values = {each.key: each.value for each in status.values}
                if part == 'inputs':
                    found[node] = {
                        name.removeprefix('refused_'): int(count) for name, count in values.items()
                    }
                elif part == 'environment':  # what answers another observation is no error there
                    ignored = int(values['ignored_commands']) + int(values['refused_actions'])
            if found.keys() < LISTENERS.keys() or ignored < 0:
                return False
            found['sim_bridge'][names.COMMAND] += ignored
            return True

        self.spinner.until(complete)
        return found

    def end(self) -> tuple[msg.ActorStatus, msg.LearnerStatus]:
        """End all processes in order; return the last words of actor and learner.

        :raises AssertionError: where one of them does not end well
        """
        for heard in self._heard.values():
            heard.clear()  # among it is what this node itself said in the others' names
        finals = []
        for name, topic in (
            ('actor', names.ACTOR_STATUS),
            ('learner', names.LEARNER_STATUS),
            ('sim_bridge', ''),
            ('monitor', ''),
        ):
            process = self.processes[name].child
            process.send_signal(signal.SIGINT)
            self.spinner.until(lambda process=process: process.poll() is not None, timeout=30)
            assert process.returncode == 0, self.outputs()
            assert 'Traceback' not in ''.join(self._printed[name]), self.outputs()
            if topic:
                finals.append(self.spinner.until(lambda topic=topic: self._final(topic)))
        return finals[0], finals[1]

    def _final(self, topic: str) -> Any:
        return next((each for each in self._true(topic) if each.final), None)

    def summary(self) -> dict[str, Any]:
        """Read the summary, strictly as JSON."""
        return dict(_strict_json((self.directory / 'run' / 'summary.json').read_text()))

    def episodes(self) -> list[dict[str, Any]]:
        """Read the episodes, strictly as JSON."""
        lines = (self.directory / 'run' / 'episodes.jsonl').read_text().splitlines()
        return [_strict_json(line) for line in lines]

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
        self.spinner.close()


def _strict_json(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(f'{constant} is not JSON')

    return json.loads(text, parse_constant=refuse)


def fuzz(directory: Path, count: int, *, seed: int) -> dict[str, Any]:
    """Feed every topic of a real run with hostile messages, then let it work and end.

    :param directory: of the run, new
    :param count: messages for each topic
    :return: what was 'sent', what each node says it 'refused' of each topic; 'produced', 'stored'
        and 'lost' transitions; 'bad_stored': rows or records that nobody who is honest wrote;
        'processes_down'; 'steps_afterwards'
    :raises TimeoutError: where the run does not go on
    :raises AssertionError: where a process does not end well
    """
    run = FuzzedRun(directory)
    try:
        run.until_templates()
        for number, topic in enumerate(run.topics):
            run.feed(topic, count, seed=seed + number)
        steps = run.until_progress(steps=100)
        down, refused = run.dead(), run.refused()
        actor, learner = run.end()
        summary, episodes = run.summary(), run.episodes()
    finally:
        run.close()
    rows = np.concatenate(list(read_rows(directory / 'replay')))
    good = np.ones(len(rows), bool)
    for name in ('observations', 'next_observations', 'rewards', 'actions'):
        good &= (np.abs(rows[name]).reshape(len(rows), -1) <= LARGEST_NUMBER).all(axis=1)
    bad_records = sum(each['episode_return'] is None for each in episodes)
    return {
        'sent': count * len(run.topics),
        'refused': refused,
        'produced': actor.env_steps,
        'stored': len(rows),
        'lost': learner.lost + actor.transitions_dropped + actor.env_steps - learner.env_steps,
        'bad_stored': int((~good).sum())
        + max(0, len(rows) - actor.env_steps)
        + bad_records
        + (summary['env_steps'] != actor.env_steps),
        'processes_down': down,
        'steps_afterwards': steps,
    }
