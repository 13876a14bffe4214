// The line below a form that says what became of it. The form cannot be sent
// again while a request is under way.

import { Refusal } from './api.js';
import { setText } from './element.js';

export class FormStatus {
  #form;
  #line;

  constructor(form) {
    this.#form = form;
    this.#line = form.querySelector('.form-status');
  }

  // Runs the request and shows its outcome. onAnswer returns the words for a
  // success.
  async follow(request, onAnswer) {
    if (this.#form.ariaBusy === 'true') return;
    this.#setBusy(true);
    this.#say('', 'waiting');
    try {
      this.#say(onAnswer(await request()), 'done');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message, 'refused');
    } finally {
      this.#setBusy(false);
    }
  }

  refuse(words) {
    this.#say(words, 'refused');
  }

  #say(words, outcome) {
    this.#line.dataset.outcome = outcome;
    setText(this.#line, words);
  }

  #setBusy(busy) {
    this.#form.ariaBusy = String(busy);
  }
}
