# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run against the present code; what they measure is not judged here."""

from __future__ import annotations

import json
from pathlib import Path
import subprocess
import sys

from bench_monitoring import updates_per_second
import documents
from learning import through_nodes
from learning.curve import Curve, parameters_of
from loops.comparison import compare, compare_rates
from loops.latency_parts import with_parts
from loops.processor_time import processor_seconds, ProcessorShares
from loops.record_parts import samples
import numpy as np
from options import choose
import pytest
from sac_core.child_process import bound_to_this_process
from sac_core.ros.testing import claim_domain_id, release_domain_id
from turns import compared, contestants, prepare, take_turns

ROOT = Path(__file__).resolve().parents[1]
SMALL = {'hidden_dims': (16, 16), 'batch_size': 8, 'utd_ratio': 2}


def test_contestants_take_turns_on_the_same_case() -> None:
    with contestants(ours={'module': 'ours'}, cleanrl={'module': 'cleanrl'}) as started:
        described = prepare(started, SMALL)
        rates = take_turns(started, list(described), rounds=2, seconds=0.05)
    assert described['ours'].startswith('cpu (as configured), ')
    assert {name: len(each) for name, each in rates.items()} == {'ours': 2, 'cleanrl': 2}
    assert min(*rates['ours'], *rates['cleanrl']) > 0.0


def test_contestant_that_cannot_do_a_case_is_left_out_with_a_warning(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with contestants(ours={'module': 'ours'}, cleanrl={'module': 'cleanrl'}) as started:
        described = prepare(started, {**SMALL, 'precision': 'fp16'})
    assert list(described) == ['cleanrl']
    assert 'no row for ours: ours: ValueError: precision must be one of' in capfd.readouterr().err


@pytest.mark.parametrize(('factor', 'within'), [(1.0, True), (10.0, False)])
def test_a_disturbance_is_judged_by_the_spread_without_it(factor: float, within: bool) -> None:
    generator = np.random.default_rng(0)
    before, during = ({'lateness': generator.exponential(1e-4, 1000)} for _ in range(2))
    during['lateness'] *= factor
    result = compare(before, during)
    assert result['lateness_p50_ratio'] == pytest.approx(factor, rel=0.2)
    assert result['lateness_p99_spread'] > 1
    assert result['within_spread'] is within


def test_a_latency_that_grows_because_the_robot_answers_sooner_is_no_change_of_the_loop() -> None:
    period = 20_000_000  # [ns]
    ticks = np.arange(1, 101) * period

    def record(robot_ms: float, response_ms: float) -> dict[str, np.ndarray]:
        sent = ticks + round(response_ms * 1e6)
        latency = np.full(100, 20.0 - robot_ms) * 1e-3
        return with_parts({'times_ns': ticks, 'latency_times_ns': sent, 'latency': latency,
                           'lateness': np.full(100, 1e-4)})  # fmt: skip

    usual, sooner, slower = record(3.0, 1.0), record(2.0, 1.0), record(3.0, 1.5)
    assert samples(sooner)['response'] == pytest.approx(1e-3)
    assert samples(sooner)['robot_delay'] == pytest.approx(2e-3)
    result = compare(samples(usual), samples(sooner))
    assert result['latency_p50_ratio'] > result['latency_p50_spread']
    assert (result['within_spread'], result['own_within_spread']) == (False, True)
    assert compare(samples(usual), samples(slower))['own_within_spread'] is False


def test_too_few_ticks_are_not_judged() -> None:
    assert compare({'lateness': np.ones(3)}, {'lateness': np.ones(3)})['within_spread'] is None


@pytest.mark.parametrize(('during', 'within'), [([94.0, 96.0], True), ([80.0, 81.0], False)])
def test_a_rate_that_fell_is_judged_by_the_spread_of_those_before(
    during: list[float], within: bool
) -> None:
    result = compare_rates([95.0, 105.0, 100.0], during)
    assert result['ratio'] == pytest.approx(float(np.mean(during)) / 100.0)
    assert result['spread'] == pytest.approx(105 / 95, abs=1e-3)
    assert result['within_spread'] is within


def test_processor_time_is_that_of_the_process() -> None:
    busy = subprocess.Popen(
        [sys.executable, '-c', 'while True: pass'], preexec_fn=bound_to_this_process()
    )
    idle = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)
    try:
        shares = ProcessorShares({'busy': busy.pid, 'idle': idle.pid})
        before = processor_seconds(busy.pid)
        while processor_seconds(busy.pid) < before + 0.5:  # the test has a time limit
            pass
        percent = shares.percent()
    finally:
        for process in (busy, idle):
            process.kill()
            process.communicate()
    assert percent['busy'] > 2 * percent['idle']


def test_the_speed_of_a_part_is_that_between_reports_of_the_learner() -> None:
    second = 10**9
    record = {'updates': np.array([[0, 0], [second, 50], [3 * second, 250], [4 * second, 250]])}
    assert updates_per_second(record, second, 3 * second) == pytest.approx(100.0)
    assert updates_per_second(record, 2 * second, 4 * second) == pytest.approx(50.0)


def test_replay_benchmark_prints_a_json_line_for_each_result() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / 'benchmarks', '--quick', '--only', 'replay', '--cpus', '1'],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line['case'] for line in lines][:2] == ['memory', 'insert 1']
    assert {line.get('cpus', 1) for line in lines} == {1}
    assert 160.0 < lines[0]['bytes_per_transition'] < 180.0


def test_ratio_is_that_of_turns_in_the_same_round() -> None:
    result = compared({'ours': [10.0, 40.0, 20.0], 'other': [5.0, 10.0, 10.0]})
    assert result['steps_per_s'] == 20.0
    assert result['vs_other'] == 2.0
    assert result['vs_other_range'] == [2.0, 4.0]


def test_processors_are_chosen_on_distinct_cores_first() -> None:
    pairs = {cpu: frozenset({cpu, cpu ^ 1}) for cpu in range(4)}
    assert choose([0, 1, 2, 3], pairs, 2) == [0, 2]
    assert choose([0, 1, 2, 3], pairs, 3) == [0, 1, 2]
    assert choose([0, 1, 2, 3], {cpu: frozenset({cpu}) for cpu in range(4)}, 2) == [0, 1]


def test_tables_of_the_documentation_are_written_from_results(tmp_path: Path) -> None:
    page = tmp_path / 'performance.md'
    page.write_text((ROOT / 'docs' / 'performance.md').read_text())
    lines = [
        {'case': 'memory', 'transitions': 10, 'megabytes': 1.0, 'bytes_per_transition': 168.0},
        {'case': 'insert 1', 'us_per_call': 8.5, 'transitions_per_s': 117000, 'load': 0.1},
    ]
    (tmp_path / 'replay_4.jsonl').write_text('\n'.join(json.dumps(line) for line in lines))
    documents.write(tmp_path, tmp_path)
    assert '| insert 1 | 8.5 | 117,000 |' in page.read_text()


def test_curve_is_made_by_a_real_run_and_not_made_twice(tmp_path: Path) -> None:
    command = [
        *(sys.executable, '-c', 'import bench_curves as b, pathlib, sys; '
          'b.RESULTS = pathlib.Path(sys.argv.pop()); sys.exit(b.main())'),
        *('--env', 'Pendulum-v1', '--steps', '200', '--period', '200', '--seeds', '3'),
        str(tmp_path),
    ]  # fmt: skip
    for _ in range(2):
        ended = subprocess.run(
            command, cwd=ROOT / 'benchmarks', capture_output=True, text=True, check=True
        )
        (line,) = (json.loads(line) for line in ended.stdout.splitlines())
        assert (line['curve'], line['seed'], line['env_steps']) == ('default', 3, 200)
        assert -2000.0 < line['eval_return_mean'] < 0.0
        assert (tmp_path / 'Pendulum-v1.png').stat().st_size > 0
    assert 'default, seed 3' not in ended.stderr  # nothing was run again


def test_a_task_of_an_arm_is_learned_on_its_twin(tmp_path: Path) -> None:
    curve = Curve(
        env_id='franka/juggling', preset='default', seed=0, control_rate=0.0, steps=1, period=1,
        directory=tmp_path,
    )  # fmt: skip
    domain_id = claim_domain_id()
    try:
        assert through_nodes.start(curve, domain_id=domain_id, threads=1).wait(60) != 0
    finally:
        release_domain_id(domain_id)
    assert (
        "task must be one of joint_reach, peg_insert, reach, or MODULE:Class, got 'juggling'"
        in (curve.log.read_text())
    )


def test_a_curve_may_differ_from_its_preset_in_some_parameters(tmp_path: Path) -> None:
    words = 'learner.hidden_dims=[8,8] actor.random_steps=5 learner.utd_ratio=0'
    assert parameters_of(words) == {
        'learner': {'hidden_dims': [8, 8], 'utd_ratio': 0}, 'actor': {'random_steps': 5}
    }  # fmt: skip
    curve = Curve(
        env_id='Pendulum-v1', preset='fast', variation=words, seed=0, control_rate=0.0, steps=1,
        period=1, directory=tmp_path,
    )  # fmt: skip
    assert curve.label == 'fast, hidden_dims=[8,8], random_steps=5, utd_ratio=0'
    domain_id = claim_domain_id()
    try:
        assert through_nodes.start(curve, domain_id=domain_id, threads=1).wait(60) != 0
    finally:
        release_domain_id(domain_id)
    assert 'utd_ratio must be' in curve.last_words()


def test_a_run_whose_last_evaluation_was_cut_off_begins_anew(tmp_path: Path) -> None:
    curve = Curve(
        env_id='franka/juggling', preset='default', seed=0, control_rate=0.0, steps=9, period=9,
        directory=tmp_path,
    )  # fmt: skip
    curve.run_dir.mkdir(parents=True)
    (curve.run_dir / 'run.yaml').write_text('{actors: 1, namespace: "", parameters: {}}')
    (curve.run_dir / 'summary.json').write_text('{"env_steps": 9}')
    domain_id = claim_domain_id()
    try:
        assert through_nodes.start(curve, domain_id=domain_id, threads=1).wait(60) != 0
    finally:
        release_domain_id(domain_id)
    assert "got 'juggling'" in curve.last_words()  # not: has made its steps


@pytest.mark.parametrize('words', ['n_step=3', 'bridge.seed=1', 'learner.n_step', 'learner.=3'])
def test_a_variation_that_names_no_parameter_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=f"NAME=VALUE, got '{words}'"):
        parameters_of(words)


def test_an_evaluation_that_was_cut_off_is_no_point_of_a_curve(tmp_path: Path) -> None:
    curve = Curve(
        env_id='A/B', preset='fast', seed=1, control_rate=50.0, steps=1000, period=500,
        directory=tmp_path,
    )  # fmt: skip
    episode = {
        'actor': 'a', 'actor_session': 1, 'episode_id': 0, 'length': 9, 'evaluation': True,
        'episode_return': 2.0,
    }  # fmt: skip
    curve.run_dir.mkdir(parents=True)
    records = [
        {**episode, 'env_steps': steps, 'actor_env_steps': steps}
        for steps, count in ((500, 10), (1000, 9))
        for _ in range(count)
    ]
    (curve.run_dir / 'episodes.jsonl').write_text('\n'.join(map(json.dumps, records)))
    assert [(each['curve'], each['env_steps']) for each in curve.points()] == [
        ('fast at 50 Hz', 500)
    ]
    assert not curve.is_complete
