// How much comes over the stream and how late, over the last seconds.

import { LATENCIES_KEPT, RATE_SECONDS } from '../limits.js';

export class Rates {
  #clock;
  #seconds = new Map(); // whole second of our clock to events in it
  #latencies = []; // in milliseconds, newest last
  #total = 0;

  constructor(clock, store) {
    this.#clock = clock;
    store.listen({ event: ({ timestamp }) => this.#count(timestamp) });
  }

  get total() { return this.#total; }

  // An event that the server stamped with `timestamp` came.
  #count(timestamp) {
    this.#total += 1;
    const second = Math.floor(performance.now() / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + 1);
    if (this.#seconds.size > RATE_SECONDS + 1) {
      this.#seconds.delete(this.#seconds.keys().next().value);
    }
    this.#latencies.push((this.#clock.now() - timestamp) * 1000);
    if (this.#latencies.length > 2 * LATENCIES_KEPT) {
      this.#latencies = this.#latencies.slice(-LATENCIES_KEPT);
    }
  }

  // Of the last whole seconds.
  get eventsPerSecond() {
    const current = Math.floor(performance.now() / 1000);
    let sum = 0;
    for (const [second, events] of this.#seconds) {
      if (second < current && second >= current - RATE_SECONDS) sum += events;
    }
    return sum / RATE_SECONDS;
  }

  // { median, slow } in milliseconds, slow being the 95th percentile; null before the
  // first event. Never below 0, since the clocks agree to some milliseconds only.
  get latency() {
    const sorted = this.#latencies.slice(-LATENCIES_KEPT).sort((a, b) => a - b);
    if (sorted.length === 0) return null;
    const at = (share) => Math.max(0, sorted[Math.floor((sorted.length - 1) * share)]);
    return { median: at(0.5), slow: at(0.95) };
  }
}
