// Selling: a new auction, and many bids for one at once.

import { element } from '../parts/element.js';
import { BulkForm } from './bulk_form.js';
import { CreateForm } from './create_form.js';

export class SellPage {
  title = 'Sell';
  #bulk;

  constructor(model) {
    const create = new CreateForm(model);
    this.#bulk = new BulkForm(model);
    this.root = element('div', { className: 'view' },
      element('h2', { className: 'page-title', textContent: 'Sell' }),
      element('div', { className: 'two-columns' },
        element('section', { className: 'panel' },
          element('h3', { textContent: 'New auction' }), create.root),
        element('section', { className: 'panel' },
          element('h3', { textContent: 'Many bids at once' }), this.#bulk.root)));
  }

  open({ query }) {
    if (query.has('auction')) this.#bulk.choose(query.get('auction'));
  }

  close() {}
  tick() {}
  draw() {}
}
