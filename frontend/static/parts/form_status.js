// The line below a form that says what became of it. The form cannot be sent
// again while a request is under way.

import { Refusal } from '../connection/requests.js';
import { setText } from './element.js';

export class FormStatus {
  #form;
  #line;

  constructor(form) {
    this.#form = form;
    this.#line = form.querySelector('.form-status');
  }

  get busy() { return this.#form.ariaBusy === 'true'; }

  // Runs request(onTrouble) and shows its outcome. onAnswer returns the words for a
  // success.
  async follow(request, onAnswer) {
    if (this.busy) return;
    this.#form.ariaBusy = 'true';
    this.say('Sending…', 'waiting');
    try {
      this.say(onAnswer(await request((trouble) => this.say(trouble, 'waiting'))), 'done');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.say(error.message, 'refused');
    } finally {
      this.#form.ariaBusy = 'false';
    }
  }

  refuse(words) {
    this.say(words, 'refused');
  }

  // outcome: waiting, done, refused or none.
  say(words, outcome = 'none') {
    this.#line.dataset.outcome = outcome;
    setText(this.#line, words);
  }
}
