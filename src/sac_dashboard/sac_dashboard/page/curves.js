// Which curves the page has, and where their points come from.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { Chart } from './chart.js';

const RETURN = {
  title: 'Return of an episode over environment steps',
  wide: true,
  layers: [
    { label: 'episode', style: 'dots' },
    { label: 'mean of 10', style: 'line' },
    { label: 'evaluation, mean ± std', style: 'bars' },
  ],
};
// Figures of metrics.jsonl over the run's time; of several robots the worst.
const OVER_TIME = [
  { title: 'Critic loss', log: true, figures: { critic_loss: 'critic' } },
  { title: 'Actor loss and value', figures: { actor_loss: 'actor loss', q_mean: 'mean Q' } },
  { title: 'Temperature', log: true, figures: { temperature: 'alpha' } },
  { title: 'Entropy', unit: 'nat', figures: { entropy: 'policy' } },
  {
    title: 'Period of the loop', unit: 'ms', factor: 1e3, zero: true,
    figures: { period_mean: 'mean', period_p99: '99 %', period_max: 'longest' },
  },
  {
    title: 'Lateness of ticks', unit: 'ms', factor: 1e3, log: true,
    figures: { lateness_p99: '99 %', lateness_max: 'latest' },
  },
  { title: 'Missed ticks, in all', zero: true, figures: { overruns: 'missed' } },
  { title: 'Age of the policy', unit: 's', zero: true, figures: { weights_age: 'weights' } },
  {
    title: 'Updates per step', zero: true,
    figures: { measured_utd: 'measured', target_utd: 'configured' },
  },
  {
    title: 'Steps per second', unit: '1/s', zero: true,
    figures: { env_steps_per_second: 'robot', learner_steps_per_second: 'learner' },
  },
  { title: 'Waiting for the learner', zero: true, figures: { queue_length: 'transitions' } },
  { title: 'Replay buffer', zero: true, figures: { replay_size: 'transitions' } },
];

export class Curves {
  constructor(parent) {
    this.returns = new Chart(parent, RETURN);
    this.overTime = OVER_TIME.map((spec) => {
      const layers = Object.values(spec.figures).map((label) => ({ label, style: 'line' }));
      return [spec, new Chart(parent, { ...spec, time: true, layers })];
    });
  }

  /**
   * @param metrics, episodes series
   * @param evaluations [steps, mean, standard deviation] of each
   */
  show(metrics, episodes, evaluations, range) {
    this.returns.show([
      episodes.points('env_steps', 'episode_return'),
      episodes.points('env_steps', 'return_mean'),
      evaluations,
    ]);
    for (const [spec, chart] of this.overTime) {
      const layers = Object.keys(spec.figures).map((name) => {
        const points = metrics.points('wall_s', name, range);
        if (!spec.factor) return points;
        return points.map(([x, y]) => [x, y === null ? null : y * spec.factor]);
      });
      chart.show(layers);
    }
  }
}
