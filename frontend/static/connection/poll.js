// Asks for something again and again while the page can be seen. One question at a
// time.

import { ABSENT_POLL_MS, POLL_MS } from '../limits.js';
import { read, Refusal } from './requests.js';

export class Poll {
  #path;
  #isAnswer;
  #isAbsent;
  #show;
  #timer = null;
  #asking = false;
  #running = false;
  #onVisible = () => this.#ask();

  // show(answer) gets every answer for which isAnswer holds, undefined when the server
  // has no such path, and null when there was no answer. What it does not have, by
  // that or by isAbsent(answer), is asked for now and then only.
  constructor(path, { isAnswer, isAbsent = () => false, show }) {
    this.#path = path;
    this.#isAnswer = isAnswer;
    this.#isAbsent = isAbsent;
    this.#show = show;
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    document.addEventListener('visibilitychange', this.#onVisible);
    this.#ask();
  }

  stop() {
    this.#running = false;
    document.removeEventListener('visibilitychange', this.#onVisible);
    clearTimeout(this.#timer);
  }

  async #ask() {
    if (document.hidden || this.#asking || !this.#running) return;
    clearTimeout(this.#timer);
    this.#asking = true;
    const answer = await this.#answer();
    this.#asking = false;
    if (!this.#running) return;
    this.#show(answer);
    const absent = answer === undefined || (answer !== null && this.#isAbsent(answer));
    this.#timer = setTimeout(() => this.#ask(), absent ? ABSENT_POLL_MS : POLL_MS);
  }

  async #answer() {
    try {
      const answer = await read(this.#path);
      return this.#isAnswer(answer) ? answer : null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.status === 404 ? undefined : null;
    }
  }
}
