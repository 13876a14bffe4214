// Under which name the person at this page bids. Kept in the browser; other tabs
// learn of a change at once.

import { BIDDER_BYTES } from '../limits.js';
import { bytesOf } from '../format/text.js';
import { recall, remember } from './memory.js';

const KEY = 'gavel.name';

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
