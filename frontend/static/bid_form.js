// The bid form of one card.

import { placeBid } from './api.js';
import { element } from './element.js';
import { FormStatus } from './form_status.js';
import { formatMoney, typedNumber } from './money.js';

export class BidForm {
  #auctionId;
  #bidder = element('input', { name: 'bidder', required: true, maxLength: 255 });
  #amount = element('input', { name: 'amount', required: true, inputMode: 'decimal' });
  #status;

  constructor(auctionId) {
    this.#auctionId = auctionId;
    this.root = element('form', { className: 'bid-form', autocomplete: 'off' },
      element('label', { className: 'field' },
        element('span', { textContent: 'Bidder' }), this.#bidder),
      element('label', { className: 'field' },
        element('span', { textContent: 'Amount' }), this.#amount),
      element('button', { className: 'button button-primary', type: 'submit', textContent: 'Bid' }),
      element('p', { className: 'form-status', role: 'status' }));
    this.#status = new FormStatus(this.root);
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  suggestAbove(amount) {
    this.#amount.placeholder = `> ${formatMoney(amount).slice(1)}`;
  }

  #submit() {
    const bid = { bidder: this.#bidder.value, amount: typedNumber(this.#amount.value) };
    this.#status.follow(() => placeBid(this.#auctionId, bid), () => {
      this.#amount.value = '';
      return `Bid of ${formatMoney(bid.amount)} accepted.`;
    });
  }
}
