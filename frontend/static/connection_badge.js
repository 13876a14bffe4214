// Says in words whether what the page shows is current.

import { setText } from './element.js';

const WORDS = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
};

export class ConnectionBadge {
  #root;

  constructor(root) {
    this.#root = root;
  }

  show(state) {
    this.#root.dataset.state = state;
    setText(this.#root, WORDS[state]);
  }
}
