// Where a chart's axes begin, end and are labeled.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { count, duration } from './format.js';

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600];

/** Smallest and largest of the known values that an axis can show. */
export function extent(values, { log = false, zero = false } = {}) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || value === undefined || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return null;
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === 0 && high === 0) return [0, 1];
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.2, high * 1.2];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [zero && low === 0 ? 0 : low - margin, zero && high === 0 ? 0 : high + margin];
}

/** Labeled places on an axis: [value, text]. */
export function ticks([low, high], most, { log = false, kind = 'number' } = {}) {
  if (log) {
    const places = logarithmic(low, high, most);
    if (places.length > 2) return places;
  }
  const span = high - low;
  const step = kind === 'time' ? timeStep(span / most) : decimalStep(span / most);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const places = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) {
    const value = index * step || 0; // never -0
    const text = kind === 'time' ? duration(value) : short(value, digits);
    places.push([value, text]);
  }
  return places;
}

function logarithmic(low, high, most) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const factors = last - first <= most / 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((last - first) / most));
  const places = [];
  for (let power = first; power <= last; power += every) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) places.push([value, short(value, Math.max(0, -power))]);
    }
  }
  return places;
}

function decimalStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

function timeStep(rough) {
  return TIME_STEPS.find((step) => step >= rough) ?? Math.ceil(rough / 86400) * 86400;
}

function short(value, digits) {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (Math.abs(value) >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(0);
  return digits > 0 ? value.toFixed(Math.min(digits, 6)) : count(value);
}
