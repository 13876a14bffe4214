// The four figures on top of the list.

import { formatMoney, formatWhole } from '../format/locale.js';
import { setText } from '../parts/element.js';

export class Figures {
  #auctions = document.getElementById('stat-auctions');
  #open = document.getElementById('stat-open');
  #bids = document.getElementById('stat-bids');
  #highest = document.getElementById('stat-highest');

  draw(store) {
    const { auctions, open, bids, highest } = store.figures;
    setText(this.#auctions, formatWhole(auctions));
    setText(this.#open, formatWhole(open));
    setText(this.#bids, formatWhole(bids));
    setText(this.#highest, highest === null ? '–' : formatMoney(highest));
  }
}
