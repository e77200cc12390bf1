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
export class Curves {
  constructor(parent) {
    this.returns = new Chart(parent, RETURN);
    this.parent = parent;
    this.overTime = new Map(); // title: description and chart
  }

  /**
   * Add the charts that are new.
   *
   * @param charts what the server has of its table of metrics: {title, unit, factor, log, zero,
   *   figures: {name: label}} of each
   */
  arrange(charts) {
    for (const spec of charts) {
      if (this.overTime.has(spec.title)) continue;
      const layers = Object.values(spec.figures).map((label) => ({ label, style: 'line' }));
      this.overTime.set(spec.title, [spec, new Chart(this.parent, { ...spec, time: true, layers })]);
    }
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
    for (const [spec, chart] of this.overTime.values()) {
      const layers = Object.keys(spec.figures).map((name) => {
        const points = metrics.points('wall_s', name, range);
        if (spec.factor === 1) return points;
        return points.map(([x, y]) => [x, y === null ? null : y * spec.factor]);
      });
      chart.show(layers);
    }
  }
}
