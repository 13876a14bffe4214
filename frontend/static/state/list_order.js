// Which auctions a list shows and in which order. Pure.

import { byNewest, isOpen } from './auction.js';

export const SORTS = {
  newest: byNewest,
  // Those without an end come after those with one, and what is over comes last.
  ending: (a, b) => endOf(a) - endOf(b) || byNewest(a, b),
  price: (a, b) => b.current_bid - a.current_bid || byNewest(a, b),
  bids: (a, b) => b.bid_count - a.bid_count || byNewest(a, b),
};

// Whose order changes while nobody comes or goes.
export const LIVE_SORTS = new Set(['price', 'bids']);

const STATUSES = {
  all: () => true,
  open: isOpen,
  over: (auction) => !isOpen(auction),
};

// search: words that the name has, or `#` and the id.
export function auctionsInOrder(auctions, { search, status, sort }) {
  const passes = STATUSES[status];
  const matches = matcher(search);
  return auctions.filter((auction) => passes(auction) && matches(auction)).sort(SORTS[sort]);
}

export function matcher(search) {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return () => true;
  if (/^#\d+$/.test(wanted)) return ({ id }) => id === wanted.slice(1);
  const words = wanted.split(/\s+/);
  return ({ searched }) => words.every((word) => searched.includes(word));
}

const OVER = Number.MAX_VALUE;
const ENDLESS = OVER / 2;

function endOf(auction) {
  if (!isOpen(auction)) return OVER;
  return auction.closing_time > 0 ? auction.closing_time : ENDLESS;
}
