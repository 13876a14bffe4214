// What time it is at the server, whatever this computer's clock says. Every answer
// that tells the server's time bounds the difference of the two clocks: it was told
// between the request and the answer. The bounds of all answers together hold.

import { CLOCK_DRIFT, CLOCK_JUMP_MS } from '../limits.js';

export const localSeconds = () => Date.now() / 1000;

export class ServerClock {
  // Server's time minus ours, in seconds, lies between these.
  #least = -Infinity;
  #most = Infinity;
  #widenedAt = localSeconds();
  #wallMinusMonotonic = Date.now() - performance.now();

  // The server said `told`, cut off to `resolution`, at some time after `sentAt` and
  // before `receivedAt`. All in seconds; the latter two by this computer's clock.
  observe(told, resolution, sentAt, receivedAt) {
    if (!Number.isFinite(told)) return;
    this.#widen(receivedAt);
    const least = told - receivedAt;
    const most = told + resolution - sentAt;
    if (least > this.#most || most < this.#least) {
      // No difference fits both what was known and this: a clock was set.
      this.#least = least;
      this.#most = most;
      return;
    }
    this.#least = Math.max(this.#least, least);
    this.#most = Math.min(this.#most, most);
  }

  // What an answer's headers tell: Gavel-Time to the millisecond, Date to the second.
  observeAnswer(headers, sentAt) {
    const exact = headers.get('Gavel-Time');
    if (exact !== null) {
      this.observe(Number(exact), 0.001, sentAt, localSeconds());
    } else if (headers.has('Date')) {
      this.observe(Date.parse(headers.get('Date')) / 1000, 1, sentAt, localSeconds());
    }
  }

  get measured() {
    return this.#least > -Infinity && this.#most < Infinity;
  }

  // Until an answer came, our own clock has to do.
  get offset() {
    return this.measured ? (this.#least + this.#most) / 2 : 0;
  }

  // Half the distance of the bounds: the offset is off by this at most.
  get uncertainty() {
    return (this.#most - this.#least) / 2;
  }

  now() {
    return localSeconds() + this.offset;
  }

  // True once after this computer slept or its clock was set. What was measured is
  // then worth nothing, though it is used until the next answer.
  jumped() {
    const now = Date.now() - performance.now();
    const far = Math.abs(now - this.#wallMinusMonotonic) > CLOCK_JUMP_MS;
    this.#wallMinusMonotonic = now;
    return far;
  }

  #widen(at) {
    const drift = Math.abs(at - this.#widenedAt) * CLOCK_DRIFT;
    this.#widenedAt = at;
    this.#least -= drift;
    this.#most += drift;
  }
}

// The one of this page.
export const serverClock = new ServerClock();
