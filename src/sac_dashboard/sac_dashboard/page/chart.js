// One chart on a canvas: lines, dots and bars over an axis, and what they are where a pointer is.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { extent, ticks } from './axes.js';
import { duration, figure, count, UNKNOWN } from './format.js';

const [LEFT, RIGHT, TOP, BOTTOM] = [52, 10, 8, 22];
const NEAR = 40; // pixels from a point within which the pointer reads it

export class Chart {
  /**
   * @param parent element that the chart becomes a child of
   * @param spec title, unit, time (x is a time), log, zero, wide and
   *   layers: [{label, style: 'line' | 'dots' | 'bars'}]
   */
  constructor(parent, spec) {
    this.spec = spec;
    this.layers = spec.layers.map(() => []); // of points [x, y] or, for bars, [x, y, half height]
    this.isVisible = false;
    this.pointer = null;
    this.height = spec.wide ? 260 : 190; // CSS pixels
    this.figure = parent.appendChild(document.createElement('figure'));
    this.figure.classList.toggle('wide', Boolean(spec.wide));
    const caption = this.figure.appendChild(document.createElement('figcaption'));
    caption.append(Object.assign(document.createElement('h3'), { textContent: this.title }));
    this.legend = caption.appendChild(document.createElement('ul'));
    this.values = spec.layers.map((layer, index) => this.addToLegend(layer, index));
    this.canvas = this.figure.appendChild(document.createElement('canvas'));
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', this.title);
    this.canvas.style.height = `${this.height}px`;
    this.listen();
  }

  get title() {
    return this.spec.unit ? `${this.spec.title} [${this.spec.unit}]` : this.spec.title;
  }

  /** Show other points: one list for each layer. */
  show(layers) {
    this.layers = layers;
    this.canvas.dataset.points = Math.max(...layers.map((points) => points.length));
    this.draw();
  }

  addToLegend(layer, index) {
    const item = this.legend.appendChild(document.createElement('li'));
    item.className = `layer${index} ${layer.style}`;
    item.append(layer.label, ' ');
    return item.appendChild(document.createElement('b'));
  }

  listen() {
    const point = (event) => {
      this.pointer = event.type === 'pointerleave' ? null : event.offsetX;
      this.draw();
    };
    for (const name of ['pointermove', 'pointerdown', 'pointerleave']) {
      this.canvas.addEventListener(name, point);
    }
    new ResizeObserver(() => this.draw()).observe(this.figure);
    new IntersectionObserver(([entry]) => {
      this.isVisible = entry.isIntersecting;
      this.draw();
    }).observe(this.figure);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  draw() {
    if (!this.isVisible || document.hidden) return;
    const width = this.canvas.clientWidth;
    const scale = window.devicePixelRatio;
    if (this.canvas.width !== Math.round(width * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(this.height * scale);
    }
    const context = this.canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, this.height);
    const style = getComputedStyle(this.figure);
    const color = (name) => style.getPropertyValue(name);
    context.font = `11px ${style.fontFamily}`;
    const places = this.layout(width);
    if (places === null) {
      context.fillStyle = color('--faint');
      context.fillText('nothing yet', LEFT, this.height / 2);
      this.tell(null, null);
      return;
    }
    this.drawAxes(context, places, width, color);
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT - RIGHT + 4, this.height - BOTTOM + 1);
    context.clip();
    this.spec.layers.forEach((layer, index) => {
      drawLayer(context, layer.style, this.layers[index], places, color(`--layer${index}`));
    });
    context.restore();
    this.tell(places, context, color);
  }

  /** Ranges of both axes and the functions that place a value, null without any data. */
  layout(width) {
    const points = this.layers.flat();
    const { zero } = this.spec;
    // Without anything above 0 there is nothing to take a logarithm of.
    const log = this.spec.log && points.some((each) => each[1] > 0);
    const x = extent(points.map((each) => each[0]));
    const y = extent(
      points.flatMap(([, value, half]) => (half ? [value - half, value + half] : [value])),
      { log, zero },
    );
    if (x === null || y === null) return null;
    // Time and steps count from 0, which is shown unless it is far away.
    const ends = [x[0] < x[1] / 2 ? 0 : x[0], x[1]];
    const map = log ? Math.log10 : (value) => value;
    const [low, high] = y.map(map);
    return {
      x: ends,
      y,
      log,
      placeX: (value) =>
        LEFT + ((value - ends[0]) / (ends[1] - ends[0])) * (width - LEFT - RIGHT),
      placeY: (value) =>
        TOP + (1 - (map(value) - low) / (high - low)) * (this.height - TOP - BOTTOM),
    };
  }

  drawAxes(context, places, width, color) {
    context.strokeStyle = color('--line');
    context.fillStyle = color('--faint');
    context.lineWidth = 1;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const [value, text] of ticks(places.y, 5, { log: places.log })) {
      const y = Math.round(places.placeY(value)) + 0.5;
      context.beginPath();
      context.moveTo(LEFT, y);
      context.lineTo(width - RIGHT, y);
      context.stroke();
      context.fillText(text, LEFT - 6, y);
    }
    context.textAlign = 'center';
    const kind = this.spec.time ? 'time' : 'number';
    for (const [value, text] of ticks(places.x, Math.max(2, width / 110), { kind })) {
      const half = context.measureText(text).width / 2;
      const x = Math.min(places.placeX(value), width - half - 1);
      context.fillText(text, x, this.height - BOTTOM / 2);
    }
  }

  /** Write the figures under the pointer into the legend, or the latest ones. */
  tell(places, context, color) {
    let at = null;
    const chosen = this.layers.map((points) => {
      if (this.pointer === null || places === null) return latest(points);
      const near = nearest(points, this.pointer, places.placeX);
      if (near !== null) at = near[0];
      return near;
    });
    chosen.forEach((point, index) => {
      this.values[index].textContent = point === null ? UNKNOWN : figure(point[1]);
    });
    if (at !== null) {
      const x = places.placeX(at);
      context.strokeStyle = color('--faint');
      context.beginPath();
      context.moveTo(x, TOP);
      context.lineTo(x, this.height - BOTTOM);
      context.stroke();
    }
    const when = at === null ? 'now' : `at ${this.spec.time ? duration(at) : count(at)}`;
    const words = this.spec.layers.map(
      (layer, index) => `${layer.label} ${this.values[index].textContent}`,
    );
    this.canvas.setAttribute('aria-label', `${this.title}, ${when}: ${words.join(', ')}`);
  }
}

function drawLayer(context, style, points, { placeX, placeY }, color) {
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = 1.6;
  context.lineJoin = 'round';
  if (style === 'line') {
    context.beginPath();
    let isPen = false; // a gap where nothing is known
    for (const [x, y] of points) {
      const isKnown = x !== null && y !== null && Number.isFinite(placeY(y));
      if (isKnown && isPen) context.lineTo(placeX(x), placeY(y));
      else if (isKnown) context.moveTo(placeX(x), placeY(y));
      isPen = isKnown;
    }
    context.stroke();
    return;
  }
  for (const [x, y, half] of points) {
    if (x === null || y === null) continue;
    const [left, top] = [placeX(x), placeY(y)];
    context.beginPath();
    if (style === 'bars') {
      context.moveTo(left, placeY(y - half));
      context.lineTo(left, placeY(y + half));
      context.stroke();
      context.fillRect(left - 3.5, top - 3.5, 7, 7);
    } else {
      context.arc(left, top, 2.5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

function latest(points) {
  return points.findLast((point) => point[1] !== null && point[1] !== undefined) ?? null;
}

function nearest(points, pixel, placeX) {
  let best = null;
  let distance = NEAR;
  for (const point of points) {
    if (point[0] === null || point[1] === null) continue;
    const away = Math.abs(placeX(point[0]) - pixel);
    if (away < distance) [best, distance] = [point, away];
  }
  return best;
}
