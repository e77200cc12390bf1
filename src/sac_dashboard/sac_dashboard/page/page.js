// Puts the page together: what comes from the server goes to the parts that show it.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { connect } from './connection.js';
import { confirmThenSend, send } from './controls.js';
import { Curves } from './curves.js';
import { Diagnostics } from './diagnostics.js';
import { count, duration, seconds } from './format.js';
import { Processes, setText } from './processes.js';
import { Series } from './series.js';
import { Tiles } from './tiles.js';

const element = (id) => document.getElementById(id);

const tiles = new Tiles(element('tiles'));
const processes = new Processes(element('processes'));
const curves = new Curves(element('charts'));
const diagnostics = new Diagnostics(element('diagnostics'), element('diagnostics_summary'));
let metrics = null;
let episodes = null;
let now = null;
let connectionAlert = '';

const connection = connect({
  history(content) {
    metrics = new Series(content.metrics);
    episodes = new Series(content.episodes);
    curves.arrange(content.charts);
    diagnostics.clear();
    show(content.now, true);
  },
  update(content) {
    metrics.append(content.metrics);
    episodes.append(content.episodes);
    show(content.now, content.metrics.length + content.episodes.length > 0);
    if (metrics.isTooLong || episodes.isTooLong) connection.reopen();
  },
  end(content) {
    if (content.now) show(content.now, false);
    const reasons = new Set((now?.actors ?? []).map((each) => each.exit_reason).filter(Boolean));
    setConnection('ended', 'warn', `The run has ended${reasons.size ? `: ${[...reasons].join(', ')}` : ''}.`
      + ' What you see is its last state.');
  },
  connected() {
    setConnection('live', 'good', '');
  },
  lost(silence) {
    setConnection('no connection', 'bad', `Nothing from the dashboard for ${duration(silence)}: what you see`
      + ' is old, and the buttons do not work. Trying again.');
  },
});

function setConnection(text, kind, alert) {
  setText(element('connection'), text);
  element('connection').className = `pill ${kind}`;
  document.body.classList.toggle('stale', kind !== 'good');
  connectionAlert = alert;
  showAlerts();
}

function show(content, hasNewPoints) {
  now = content;
  setText(element('env'), now.env_id ?? 'no robot yet');
  document.title = `${now.env_id ?? 'Run'} ${count(now.env_steps)}`;
  setText(element('run'), now.run);
  setText(element('elapsed'), now.wall_s ? duration(now.wall_s) : '');
  const limit = now.max_env_steps;
  setText(element('progress_text'), limit
    ? `${count(now.env_steps)} of ${count(limit)} steps` : `${count(now.env_steps)} steps`);
  element('progress').hidden = !limit;
  element('progress').value = limit ? Math.min(1, now.env_steps / limit) : 0;
  setText(element('emergency'), now.emergency_stop ? 'Let go …' : 'Emergency stop');
  element('emergency').setAttribute('aria-label',
    now.emergency_stop ? 'Let the emergency stop go' : 'Emergency stop of all robots');
  element('emergency').classList.toggle('pressed', now.emergency_stop);
  tiles.show(now);
  processes.show(now);
  diagnostics.show(now.diagnostics);
  showAlerts();
  if (hasNewPoints) showCurves();
}

function showCurves() {
  curves.show(metrics, episodes, now.evaluations, element('range').value);
}

/** What needs a person's eye, worst first; written anew only when it changes, since it is read aloud. */
function showAlerts() {
  const alerts = [];
  if (connectionAlert) alerts.push(['bad', connectionAlert]);
  if (now?.emergency_stop) {
    alerts.push(['bad', 'The emergency stop is pressed. After it is let go, each robot waits for its release.']);
  }
  if (now?.waiting) alerts.push(['warn', now.waiting]);
  for (const trouble of now?.troubles ?? []) alerts.push(['warn', trouble.replace(/ for \d+ s$/, '')]);
  for (const line of now?.advice ?? []) alerts.push(['warn', line]);
  const lines = alerts.map(([kind, text]) => {
    const line = document.createElement('p');
    line.className = `alert ${kind}`;
    line.textContent = text;
    return line;
  });
  const box = element('alerts');
  const shown = [...box.children].map((each) => each.textContent);
  if (shown.join('\n') !== lines.map((each) => each.textContent).join('\n')) box.replaceChildren(...lines);
}

element('range').addEventListener('change', () => { if (metrics) showCurves(); });
document.addEventListener('visibilitychange', () => { if (metrics && !document.hidden) showCurves(); });
element('emergency').addEventListener('click', () => {
  if (!now?.emergency_stop) send('press_emergency_stop');
  else {
    confirmThenSend('Let the emergency stop go', 'Robots stay still until each is released by its own button.',
      'release_emergency_stop');
  }
});
