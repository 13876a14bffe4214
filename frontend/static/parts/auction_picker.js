// A field in which one of thousands of auctions is chosen, by name or by `#id`. What
// is typed narrows the list that the browser offers.

import { shortened } from '../format/text.js';
import { PICKER_CHOICES } from '../limits.js';
import { byNewest } from '../state/auction.js';
import { matcher } from '../state/list_order.js';
import { element, newId } from './element.js';
import { Field } from './field.js';

const NAME_SHOWN = 80;

export class AuctionPicker {
  #store;
  #accepts;
  #choices = element('datalist', { id: newId('auctions') });
  #field;

  // accepts(auction): which ones are offered.
  constructor(store, { label, hint, accepts = () => true }) {
    this.#store = store;
    this.#accepts = accepts;
    const input = element('input', { name: 'auction', autocomplete: 'off', spellcheck: false });
    input.setAttribute('list', this.#choices.id);
    this.#field = new Field(label, input, hint);
    this.root = element('div', {}, this.#field.root, this.#choices);
    input.addEventListener('focus', () => this.#offer());
    input.addEventListener('input', () => this.#offer());
  }

  get input() { return this.#field.control; }

  // The id that was chosen; '' for none, null for something that is no auction.
  get id() {
    const text = this.input.value.trim();
    if (text === '') return '';
    const written = /(?:^|\(|\s)#(\d+)\)?$/.exec(text) ?? /^(\d{6,})$/.exec(text);
    if (written !== null) return written[1];
    const named = [...this.#store.auctions.values()].filter(({ name }) => name.trim() === text);
    return named.length === 1 ? named[0].id : null;
  }

  set id(id) {
    const auction = this.#store.auction(id);
    if (id === '') this.input.value = '';
    else this.input.value = auction === undefined ? `#${id}` : labelOf(auction);
  }

  judge(problem) {
    return this.#field.judge(problem);
  }

  #offer() {
    const matches = matcher(this.input.value.replace(/\s*\(#\d+\)$/, ''));
    const found = [...this.#store.auctions.values()]
      .filter((auction) => this.#accepts(auction) && matches(auction))
      .sort(byNewest).slice(0, PICKER_CHOICES);
    const labels = found.map(labelOf);
    const offered = [...this.#choices.children].map(({ value }) => value);
    if (labels.join('\n') === offered.join('\n')) return;
    this.#choices.replaceChildren(...labels.map((value) => element('option', { value })));
  }
}

function labelOf({ id, name }) {
  return `${shortened(name, NAME_SHOWN)} (#${id})`;
}
