// Tells a screen reader what changed, politely: at most one sentence in a while, and
// of what changed several times only the last.

import { ANNOUNCE_MS } from '../limits.js';

export class Announcer {
  #region = document.getElementById('announcer');
  #waiting = new Map(); // by what they are about, oldest first
  #timer = null;

  // say: returns the sentence when its time has come.
  announce(about, say) {
    this.#waiting.delete(about);
    this.#waiting.set(about, say);
    this.#timer ??= setTimeout(() => this.#tell(), ANNOUNCE_MS / 3);
  }

  #tell() {
    this.#timer = null;
    const [first] = this.#waiting;
    const [about, say] = first;
    this.#waiting.delete(about);
    const more = this.#waiting.size;
    // In a flood the others are news no longer once their turn would come.
    this.#waiting.clear();
    this.#region.textContent = more === 0 ? say() : `${say()} ${more} more auctions changed.`;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#waiting.size > 0) this.#tell();
    }, ANNOUNCE_MS);
  }
}
