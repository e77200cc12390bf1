// The table of what each part of each node says of itself.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { seconds } from './format.js';
import { putAt, setText } from './processes.js';

const STALE_AFTER = 10; // s
const CLASS = { OK: 'good', WARN: 'warn', ERROR: 'bad', STALE: 'bad' };

export class Diagnostics {
  constructor(body, summary) {
    this.body = body;
    this.summary = summary;
    this.rows = new Map();
  }

  show(statuses) {
    const counts = { WARN: 0, ERROR: 0, STALE: 0 };
    statuses.forEach((status, index) => {
      const level = status.silence > STALE_AFTER ? 'STALE' : status.level;
      if (level in counts) counts[level] += 1;
      if (!this.rows.has(status.name)) this.rows.set(status.name, makeRow(this.body, status.name));
      updateRow(this.rows.get(status.name), status, level);
      putAt(this.body, this.rows.get(status.name).row, index);
    });
    const words = Object.entries(counts).filter(([, number]) => number);
    setText(this.summary, words.length
      ? words.map(([level, number]) => `${number} ${level}`).join(', ')
      : `all ${statuses.length} OK`);
  }

  clear() {
    this.rows.clear();
    this.body.replaceChildren();
  }
}

function withRole(node, role) {
  node.setAttribute('role', role);
  return node;
}

function makeRow(body, name) {
  // Roles, since the style makes the table something else on a narrow page.
  const row = withRole(body.insertRow(), 'row');
  const cell = () => withRole(row.insertCell(), 'cell');
  const pill = cell().appendChild(document.createElement('span'));
  const details = cell().appendChild(document.createElement('details'));
  details.append(Object.assign(document.createElement('summary'), { textContent: name }));
  const values = details.appendChild(document.createElement('pre'));
  const message = cell();
  return { row, pill, details, values, message };
}

function updateRow({ pill, details, values, message }, status, level) {
  setText(pill, level);
  pill.className = `pill ${CLASS[level]}`;
  setText(message, level === 'STALE' ? `nothing for ${seconds(status.silence)}: ${status.message}`
    : status.message);
  const show = () => {
    if (details.open) setText(values, status.values.map((pair) => pair.join(': ')).join('\n'));
  };
  details.ontoggle = show;
  show();
}
