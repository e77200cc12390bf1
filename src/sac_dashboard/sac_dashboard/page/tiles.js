// The figures that a person looks at first, each with what it is measured against.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { count, figure, percent, seconds, UNKNOWN } from './format.js';
import { setText } from './processes.js';

const worst = (actors, name) => Math.max(...actors.map((each) => each[name]));
const total = (actors, name) => actors.reduce((sum, each) => sum + each[name], 0);

// Label, value and remark; of several robots the worst, or the sum of counts.
const TILES = [
  ['Mean return', (now) => figure(now.return_mean, 4), (now) => `last ${Math.min(10, now.episodes)} episodes`],
  ['Evaluation', (now) => evaluation(now, ([, mean]) => figure(mean, 4)),
    (now) => evaluation(now, ([steps, , std]) => `± ${figure(std)} at ${count(steps)}`, 'none yet')],
  ['Robot', (now) => `${figure(now.env_steps_per_second)} /s`, () => 'steps collected'],
  ['Learner', ({ learner }) => (learner ? `${figure(learner.steps_per_second)} /s` : UNKNOWN),
    ({ learner }) => (learner ? `${figure(learner.steps_owed)} steps behind` : 'no learner')],
  ['Updates per step', ({ learner }) => figure(learner?.measured_utd),
    ({ learner }) => (learner ? `of ${figure(learner.target_utd)}` : '')],
  ['Replay buffer', ({ learner }) => count(learner?.replay_size),
    ({ learner }) => (learner ? `${percent(learner.replay_size, learner.replay_capacity)} full` : '')],
  ['Queue', ({ actors }) => (actors.length ? count(total(actors, 'queue_length')) : UNKNOWN),
    ({ actors }) => (actors.length
      ? `${percent(total(actors, 'queue_length'), total(actors, 'queue_capacity'))} full` : '')],
  ['Policy in use', ({ actors }) => policyAge(actors), ({ actors, learner }) => versions(actors, learner)],
  ['Missed ticks', ({ actors }) => (actors.length ? count(total(actors, 'overruns')) : UNKNOWN),
    ({ actors }) => (actors.length ? `of ${count(total(actors, 'ticks'))}` : '')],
  ['Lost transitions', ({ learner, actors }) => count((learner?.lost ?? 0) + total(actors, 'transitions_dropped')),
    ({ learner }) => (learner ? `${count(learner.env_steps)} stored` : '')],
];

export class Tiles {
  constructor(parent) {
    this.cells = TILES.map(([label]) => {
      const tile = parent.appendChild(document.createElement('div'));
      const cells = ['dt', 'dd', 'dd'].map((name) => tile.appendChild(document.createElement(name)));
      cells[0].textContent = label;
      cells[2].className = 'remark';
      return cells;
    });
  }

  show(now) {
    TILES.forEach(([, value, remark], index) => {
      const [, big, small] = this.cells[index];
      setText(big, value(now));
      setText(small, remark(now));
    });
  }
}

function evaluation({ evaluations }, format, otherwise = UNKNOWN) {
  return evaluations.length ? format(evaluations.at(-1)) : otherwise;
}

function policyAge(actors) {
  const age = worst(actors, 'weights_age');
  return age >= 0 ? seconds(age) : UNKNOWN;
}

function versions(actors, learner) {
  if (!actors.length) return '';
  const used = Math.min(...actors.map((each) => each.policy_version));
  if (!used) return 'random actions';
  // Its next status may come later than the policy itself.
  const made = Math.max(used, learner?.policy_version ?? 0);
  return made > used ? `version ${count(used)}, newest ${count(made)}` : `version ${count(used)}`;
}
