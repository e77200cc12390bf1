// Numbers, times and durations as a person reads them.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

export const UNKNOWN = '–';

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

/** A count with thousands separators. */
export function count(value) {
  return isNumber(value) ? Math.round(value).toLocaleString('en') : UNKNOWN;
}

/** A figure with as many digits as matter. */
export function figure(value, digits = 3) {
  if (!isNumber(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 1000) return count(value);
  if (size > 0 && size < 0.001) return value.toExponential(digits - 2);
  return String(Number(value.toPrecision(digits)));
}

/** A share in percent. */
export function percent(part, whole) {
  if (!isNumber(part) || !whole) return '';
  const share = (100 * part) / whole;
  return `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

/** A short time in the unit that suits it. */
export function seconds(value) {
  if (!isNumber(value)) return UNKNOWN;
  if (Math.abs(value) >= 1) return `${figure(value)} s`;
  if (Math.abs(value) >= 1e-3 || value === 0) return `${figure(1e3 * value)} ms`;
  return `${figure(1e6 * value)} µs`;
}

/** A long time as h:mm:ss. */
export function duration(value) {
  if (!isNumber(value)) return UNKNOWN;
  const whole = Math.max(0, Math.round(value));
  const two = (number) => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
