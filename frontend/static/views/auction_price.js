// The price, whose it is, and how many bids made it.

import { formatMoney, formatWhole } from '../format/money.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';

export class AuctionPrice {
  #label = element('span', { className: 'label' });
  #price = element('span', { className: 'price' });
  #leader = element('span', { className: 'leader' });
  #who = element('span', { className: 'data' });
  #before = element('span');
  #count = element('span', { className: 'bid-count' });

  constructor() {
    this.#leader.append(this.#before, this.#who, this.#count);
    this.root = element('div', { className: 'figure' }, this.#label, this.#price, this.#leader);
  }

  draw(auction) {
    const open = isOpen(auction);
    const bids = hasBids(auction);
    if (bids) setText(this.#label, open ? 'Highest bid' : 'Sold for');
    else setText(this.#label, 'Starting bid');
    setText(this.#price, formatMoney(auction.current_bid));
    if (bids) setText(this.#before, open ? 'by ' : 'to ');
    else setText(this.#before, open ? 'Be the first to bid' : 'Nobody bid');
    setText(this.#who, bids ? shortened(auction.highest_bidder, TEXT_SHOWN) : '');
    setText(this.#count, bids ? ` · ${countOfBids(auction.bid_count)}` : '');
  }
}

export function countOfBids(count) {
  if (count === 0) return 'no bids';
  return count === 1 ? '1 bid' : `${formatWhole(count)} bids`;
}
