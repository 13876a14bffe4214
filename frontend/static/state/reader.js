// The person at this page: the name under which they bid, and what the browser keeps for them.

import { BIDDER_BYTES } from '../limits.js';
import { bytesOf } from '../format/text.js';

const KEY = 'gavel.name';

// Kept in the browser; other tabs learn of a change at once.
export class Identity {
  #name = recall(KEY) ?? '';
  #listeners = new Set();

  constructor() {
    addEventListener('storage', (event) => {
      if (event.key === KEY) this.#set(event.newValue ?? '');
    });
  }

  // '' until somebody said it.
  get name() { return this.#name; }

  listen(listener) {
    this.#listeners.add(listener);
  }

  // Returns what is wrong with the name in a sentence, or null once it is kept.
  choose(name) {
    if (name.trim() === '') return 'Write the name under which you bid.';
    if (bytesOf(name) > BIDDER_BYTES) return 'That name is too long.';
    remember(KEY, name);
    this.#set(name);
    return null;
  }

  #set(name) {
    if (name === this.#name) return;
    this.#name = name;
    for (const listener of this.#listeners) listener(name);
  }
}

// A browser may forbid it; then nothing is kept, and nothing else changes.
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Full or forbidden.
  }
}

// Null too when it is not what remember() was given.
export function recallObject(key) {
  try {
    return JSON.parse(recall(key));
  } catch {
    return null;
  }
}
