// Buttons: each asks the server for one thing and says what came of it.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

const element = (id) => document.getElementById(id);
const SHOWN_FOR = 8000; // ms that an answer stays
let hiding = 0;

/** Say in words, aloud for screen readers, what happened. */
export function say(text, isBad = false) {
  const said = element('said');
  said.hidden = false;
  said.className = isBad ? 'bad' : 'good';
  said.textContent = text;
  clearTimeout(hiding);
  hiding = setTimeout(() => { said.hidden = true; }, SHOWN_FOR);
}

/** Send a command; a failure is said, never passed over. */
export async function send(command, actor = '', confirmed = false) {
  const label = command.replaceAll('_', ' ');
  try {
    const response = await fetch('command', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ command, actor, confirmed }),
      signal: AbortSignal.timeout(8000),
    });
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
    const answer = isJson ? await response.json() : { message: await response.text() };
    say(`${label}: ${answer.message}`, !answer.success);
  } catch {
    say(`${label}: FAILED, the dashboard cannot be reached`, true);
  }
}

/** Ask a person before a robot may move; by default, and by Escape, nothing happens. */
export function confirmThenSend(title, text, command, actor = '') {
  const [dialog, seen, yes] = ['confirm', 'confirm_seen', 'confirm_yes'].map(element);
  element('confirm_title').textContent = title;
  element('confirm_text').textContent = text;
  yes.textContent = title;
  seen.checked = false;
  yes.disabled = true;
  seen.onchange = () => { yes.disabled = !seen.checked; };
  element('confirm_no').onclick = () => dialog.close();
  yes.onclick = () => {
    dialog.close();
    send(command, actor, true);
  };
  dialog.showModal();
  element('confirm_no').focus();
}

/** A button with an action. */
export function button(text, title, action) {
  const made = document.createElement('button');
  Object.assign(made, { type: 'button', textContent: text, title });
  made.addEventListener('click', action);
  return made;
}
