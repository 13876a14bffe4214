// Top of the page: where the reader is, who they are, how many of their auctions
// others lead.

import { shortened } from '../format/text.js';
import { formatWhole } from '../format/money.js';
import { setText } from '../parts/element.js';

const NAME_SHOWN = 24;

export class Masthead {
  #links = document.querySelectorAll('.nav a');
  #name = document.getElementById('name');
  #outbid = document.getElementById('outbid-count');
  #model;

  constructor(model) {
    this.#model = model;
    this.#name.addEventListener('click', async () => {
      const { askName } = await import('./ask_name.js').catch(() => ({}));
      askName?.(model.identity);
    });
    model.identity.listen(() => this.#drawName());
    this.#drawName();
  }

  // section: the first part of the address.
  open(section) {
    for (const link of this.#links) {
      if (link.dataset.section === section) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  // Returns how many.
  draw() {
    const { outbid } = this.#model.standings.count();
    this.#outbid.parentElement.hidden = outbid === 0;
    setText(this.#outbid, outbid === 0 ? '' : formatWhole(outbid));
    return outbid;
  }

  #drawName() {
    const { name } = this.#model.identity;
    setText(this.#name, name === '' ? 'Your name' : shortened(name, NAME_SHOWN));
    this.#name.setAttribute('aria-label', name === ''
      ? 'Your name: not said yet' : `Your name: ${shortened(name, NAME_SHOWN)}`);
  }
}
