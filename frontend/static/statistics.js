// The four figures on top of the page.

import { setText } from './element.js';
import { formatMoney } from './money.js';

const whole = new Intl.NumberFormat('en-US');

export class Statistics {
  #auctions = document.getElementById('stat-auctions');
  #open = document.getElementById('stat-open');
  #bids = document.getElementById('stat-bids');
  #highest = document.getElementById('stat-highest');

  draw(store) {
    const { auctions, open, bids, highest } = store.statistics();
    setText(this.#auctions, whole.format(auctions));
    setText(this.#open, whole.format(open));
    setText(this.#bids, whole.format(bids));
    setText(this.#highest, highest === null ? '–' : formatMoney(highest));
  }
}
