// A card for each process: its state, its figures, and the buttons that concern it.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

import { button, confirmThenSend, send } from './controls.js';
import { count, figure, percent, seconds } from './format.js';

const SILENT_AFTER = 4; // s without a status, several times its period

export class Processes {
  constructor(parent) {
    this.parent = parent;
    this.cards = new Map();
  }

  show({ actors, learner, nodes, restarts }) {
    const present = new Set();
    const show = (key, make, ...content) => {
      if (!this.cards.has(key)) {
        const card = make();
        this.cards.set(key, card);
      }
      present.add(key);
      this.cards.get(key).update(...content);
    };
    for (const actor of actors) {
      show(`actor ${actor.actor}`, () => new ActorCard(actor), actor, restarts);
    }
    if (learner) show('learner', () => new LearnerCard(), learner, restarts);
    const shown = new Set([...actors.map((each) => each.actor.replace(/^\//, '')), 'learner']);
    for (const [name, silence] of Object.entries(nodes)) {
      const isLearner = learner && name.split('/').at(-1) === 'learner';
      if (!shown.has(name) && !isLearner) show(name, () => new Card(name), { silence }, restarts);
    }
    for (const [key, card] of this.cards) {
      if (present.has(key)) continue;
      card.root.remove();
      this.cards.delete(key);
    }
    // Robots first, whoever was heard first; nothing moves that is in its place and may have focus.
    [...present].forEach((key, index) => putAt(this.parent, this.cards.get(key).root, index));
  }
}

/** What all processes have: a name, a state, a reason, figures and buttons. */
class Card {
  constructor(name) {
    this.name = name;
    this.root = document.createElement('article');
    const heading = this.root.appendChild(document.createElement('div'));
    heading.className = 'heading';
    heading.append(Object.assign(document.createElement('h3'), { textContent: name }));
    this.pill = heading.appendChild(document.createElement('p'));
    this.reason = this.root.appendChild(document.createElement('p'));
    this.figures = this.root.appendChild(document.createElement('dl'));
    this.buttons = this.root.appendChild(document.createElement('div'));
    this.buttons.className = 'buttons';
  }

  update({ state = 'alive', tone = 'good', silence, reason = '', final = false }, restarts, figures = []) {
    const isSilent = !final && (silence === null || silence > SILENT_AFTER);
    setText(this.pill, isSilent ? `silent for ${seconds(silence)}` : state);
    this.pill.className = `pill ${isSilent ? 'bad' : tone}`;
    this.root.classList.toggle('stale', isSilent);
    const times = restarts[this.name];
    const again = times ? `started again ${times === 1 ? 'once' : `${times} times`}` : '';
    setText(this.reason, [reason, again].filter(Boolean).join('; '));
    this.reason.hidden = !this.reason.textContent;
    figures.forEach(([label, value], index) => {
      if (!this.figures.children[index]) {
        const pair = this.figures.appendChild(document.createElement('div'));
        pair.append(document.createElement('dt'), document.createElement('dd'));
      }
      const [term, description] = this.figures.children[index].children;
      setText(term, label);
      setText(description, value);
    });
  }
}

class ActorCard extends Card {
  constructor({ name, actor }) {
    super(name);
    this.status = {};
    this.hold = button('Hold', 'Stop the robot and keep it still', () => {
      if (!this.status.is_held) send('hold', actor);
      else {
        confirmThenSend(`Release ${name}`, 'The robot moves again at once, in a new episode.',
          'release', actor);
      }
    });
    this.pause = button('Pause', 'Act, and collect nothing', () => {
      send(this.status.is_paused ? 'resume_collecting' : 'pause_collecting', actor);
    });
    this.buttons.append(
      this.hold,
      this.pause,
      button('Evaluate', 'Measure the policy by its mean action', () => send('evaluate', actor)),
      button('Reset', 'End this episode and begin a new one', () => send('reset', actor)),
    );
    for (const each of this.buttons.children) label(each, each.textContent, name);
  }

  update(status, restarts) {
    this.status = status;
    label(this.hold, status.is_held ? 'Release …' : 'Hold', this.name);
    label(this.pause, status.is_paused ? 'Resume' : 'Pause', this.name);
    const reason = status.stop_reason || status.exit_reason
      || (status.waiting_for && `waits for ${status.waiting_for}`);
    super.update({ ...status, reason }, restarts, [
      ['steps', count(status.env_steps)],
      ['rate', `${figure(status.control_rate)} Hz`],
      ['period, longest', seconds(status.period_max)],
      ['late, 99 % / latest', `${seconds(status.lateness_p99)} / ${seconds(status.lateness_max)}`],
      ['missed ticks', count(status.overruns)],
      ['policy', `v${count(status.policy_version)}, ${age(status.weights_age)}`],
      ['queue', `${count(status.queue_length)} ${percentOf(status.queue_length, status.queue_capacity)}`],
      ['dropped', count(status.transitions_dropped)],
    ]);
  }
}

class LearnerCard extends Card {
  constructor() {
    super('learner');
    this.isPaused = false;
    this.pause = button('Pause', 'Store, and train not', () => {
      send(this.isPaused ? 'resume_training' : 'pause_training');
    });
    this.buttons.append(
      this.pause,
      button('Save checkpoint', 'Write a checkpoint now', () => send('save_checkpoint')),
    );
    label(this.buttons.lastChild, 'Save checkpoint', 'of the learner');
  }

  update(status, restarts) {
    this.isPaused = status.is_paused;
    label(this.pause, status.is_paused ? 'Resume' : 'Pause', 'training');
    const reason = status.exit_reason || (status.waiting_for && `waits for ${status.waiting_for}`);
    super.update({ ...status, reason }, restarts, [
      ['steps', count(status.learner_steps)],
      ['speed', `${figure(status.steps_per_second)} /s`],
      ['behind', `${figure(status.steps_owed)} steps`],
      ['policy', `v${count(status.policy_version)}`],
      ['lost', count(status.lost)],
      ['received twice', count(status.duplicates)],
      ['device', status.device || '–'],
    ]);
  }
}

/** Name a button; read alone, it must say whose it is. */
function label(made, text, name) {
  if (made.textContent === text && made.ariaLabel) return;
  made.textContent = text;
  made.ariaLabel = `${text.replace(' …', '')} ${name}`;
}

function age(value) {
  return value < 0 ? 'none yet' : `${seconds(value)} old`;
}

function percentOf(part, whole) {
  const share = percent(part, whole);
  return share && `(${share})`;
}

/** Make a node the child at a place, unless it is that already. */
export function putAt(parent, node, index) {
  if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
}

/** Change a text only where it differs: screen readers and selections stay as they are. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
