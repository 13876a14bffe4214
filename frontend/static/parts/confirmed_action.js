// A button for what cannot be undone: it asks first. The question names what it is about, and
// stays true while it is open.

import { Refusal } from '../connection/requests.js';
import { confirm } from './confirmation.js';
import { element, setText } from './element.js';

export class ConfirmedAction {
  #action;
  #danger;
  #title;
  #busyWords;
  #perform;
  #name = element('strong', { className: 'data' });
  #outcome = element('p');
  #question = element('div', { className: 'question' });
  #button;
  #status = element('p', { className: 'form-status' });

  // action: the words on the button. title: of the question; warning: its last sentence.
  // perform(onTrouble) does it, and may throw a Refusal.
  constructor({ action, title, warning, busyWords, danger = false, perform }) {
    this.#action = action;
    this.#danger = danger;
    this.#title = title;
    this.#busyWords = busyWords;
    this.#perform = perform;
    this.#button = element('button', {
      className: `button ${danger ? 'button-quiet' : ''}`, type: 'button', textContent: action,
    });
    this.#status.setAttribute('role', 'status');
    this.#outcome.setAttribute('aria-live', 'polite');
    this.#question.append(
      element('p', {}, this.#name), this.#outcome, element('p', { textContent: warning }));
    this.root = element('div', { className: 'confirmed-action' }, this.#button, this.#status);
    this.#button.addEventListener('click', () => this.#press());
  }

  // outcome: what becomes of it, in a sentence.
  draw({ possible, name, outcome, action = this.#action }) {
    this.#button.hidden = !possible;
    this.#action = action;
    setText(this.#button, action);
    setText(this.#name, name);
    setText(this.#outcome, outcome);
  }

  async #press() {
    if (this.#button.ariaBusy === 'true') return;
    const sure = await confirm({
      title: this.#title, body: this.#question, action: this.#action, danger: this.#danger,
    });
    if (sure) await this.#do();
  }

  async #do() {
    this.#button.ariaBusy = 'true';
    this.#say(this.#busyWords, 'waiting');
    try {
      await this.#perform((trouble) => this.#say(trouble, 'waiting'));
      this.#say('', 'none');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message, 'refused');
    } finally {
      this.#button.ariaBusy = 'false';
    }
  }

  #say(words, outcome) {
    this.#status.dataset.outcome = outcome;
    setText(this.#status, words);
  }
}
