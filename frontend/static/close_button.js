// Closing cannot be undone, so it takes a second press. No dialog: those stop
// the page, and its live updates, until they are answered.

import { closeAuction, Refusal } from './api.js';
import { element, setText } from './element.js';
import { CLOSE_CONFIRM_MS } from './limits.js';

export class CloseButton {
  #auctionId;
  #armedTimer = null;
  #button = element('button', {
    className: 'button button-quiet', type: 'button', textContent: 'Close auction',
  });
  #status = element('p', { className: 'form-status', role: 'status' });

  constructor(auctionId) {
    this.#auctionId = auctionId;
    this.root = element('div', { className: 'close-auction' }, this.#button, this.#status);
    this.#button.addEventListener('click', () => this.#press());
  }

  #press() {
    if (this.#button.ariaBusy === 'true') return;
    if (this.#armedTimer === null) {
      setText(this.#button, 'Really close?');
      this.#button.classList.add('is-armed');
      this.#armedTimer = setTimeout(() => this.#disarm(), CLOSE_CONFIRM_MS);
      return;
    }
    this.#disarm();
    this.#close();
  }

  #disarm() {
    clearTimeout(this.#armedTimer);
    this.#armedTimer = null;
    setText(this.#button, 'Close auction');
    this.#button.classList.remove('is-armed');
  }

  async #close() {
    this.#button.ariaBusy = 'true';
    setText(this.#status, '');
    try {
      await closeAuction(this.#auctionId);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#status.dataset.outcome = 'refused';
      setText(this.#status, error.message);
    } finally {
      this.#button.ariaBusy = 'false';
    }
  }
}
