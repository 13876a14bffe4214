// Puts the address of the page into the clipboard. Where the browser has none for us,
// as on a page without TLS, the address itself is shown to be copied.

import { element, setText } from '../parts/element.js';

export class ShareLink {
  #button = element('button', {
    className: 'button button-quiet', type: 'button', textContent: 'Copy link',
  });
  #status = element('span', { className: 'share-status data' });

  constructor() {
    this.#status.setAttribute('role', 'status');
    this.root = element('div', { className: 'share' }, this.#button, this.#status);
    this.#button.addEventListener('click', () => this.#copy());
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      setText(this.#status, 'Copied.');
    } catch {
      setText(this.#status, location.href);
    }
  }
}
