// What who sells an auction wants to know of it. Nobody else sees it.

import { formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';
import { isScheduled, isSealed, isSeller } from '../state/rules.js';
import { countOfBids } from './auction_facts.js';

export class SellerPanel {
  #words = element('p', { className: 'data' });

  constructor() {
    this.root = element('div', { className: 'seller-panel' },
      element('h4', { textContent: 'You sell this' }), this.#words);
  }

  draw(auction, name) {
    this.root.hidden = !isSeller(auction, name);
    if (!this.root.hidden) setText(this.#words, standingInWords(auction));
  }
}

function standingInWords(auction) {
  const { rules } = auction;
  if (!isOpen(auction)) return outcomeInWords(auction);
  if (isScheduled(auction)) return 'It is not open for bids yet.';
  if (isSealed(auction)) return 'You see the bids when it is over, like everyone.';
  if (rules.dutch) return 'Nobody has accepted the price yet.';
  if (!hasBids(auction)) return 'Nobody has bid yet: closed now, it would not be sold.';
  const leader = shortened(auction.highest_bidder, TEXT_SHOWN);
  const price = formatMoney(auction.current_bid, auction.currency);
  const bids = countOfBids(auction.bid_count);
  return rules.reserve_met === false
    ? `${leader} leads at ${price} after ${bids}. Your reserve is not met: closed now, it would `
      + 'not be sold.'
    : `${leader} leads after ${bids}: closed now, it would be sold for ${price}.`;
}

function outcomeInWords({ rules, currency, cancelled }) {
  if (rules.outcome === 'SOLD') {
    return `Sold to ${shortened(rules.winner, TEXT_SHOWN)} for `
      + `${formatMoney(rules.price, currency)}.`;
  }
  if (cancelled) return 'An operator has cancelled it.';
  return rules.reserve_met === false ? 'Not sold: your reserve was not met.' : 'Not sold.';
}
