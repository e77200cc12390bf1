// Keeps the stream of the server open: tells what came, and when nothing comes any more.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

const SILENT_AFTER = 3; // s without a message
const RETRY_AFTER = 4; // s until the next try
const CHECK_EVERY = 500; // ms

/**
 * @param handlers history(content), update(content), end(content) for what comes;
 *   connected(), lost(seconds) for how the connection is doing
 */
export function connect(handlers) {
  let source = null;
  let heard = null; // when, in ms of performance.now()
  let opened = 0;
  let ended = false;

  function open() {
    source?.close();
    opened = performance.now();
    source = new EventSource('events');
    for (const name of ['history', 'update', 'end']) {
      source.addEventListener(name, (event) => receive(name, JSON.parse(event.data)));
    }
  }

  function receive(name, content) {
    heard = performance.now();
    ended = name === 'end';
    handlers[name](content);
    if (ended) source.close();
    else handlers.connected();
  }

  // A browser reconnects by itself after some failures and gives up after others; a machine that
  // was switched off fails in no way at all. Hence one clock for all of them.
  setInterval(() => {
    const now = performance.now();
    const silence = (now - (heard ?? opened)) / 1000;
    const isOpen = source.readyState === EventSource.OPEN;
    if (silence < SILENT_AFTER && (isOpen || heard === null)) return;
    if (!ended) handlers.lost(silence);
    if ((now - opened) / 1000 > RETRY_AFTER) open();
  }, CHECK_EVERY);

  open();
  return { reopen: open };
}
