// What is said aloud of changing prices: of the auction whose page is open and of
// those in which the reader bids, and not in a flood.

import { formatMoney, formatTime } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { hasBids, isOpen } from '../state/auction.js';

const NAME_SAID = 60;

export class PriceNews {
  constructor({ store, standings }, announcer, openId) {
    store.listen({
      auction: (before, after) => {
        if (before === undefined) return;
        if (after.id !== openId() && standings.of(after) === null) return;
        announcer.announce(after.id, () => sentence(store.auction(after.id) ?? after));
      },
    });
  }
}

function sentence(auction) {
  const name = shortened(auction.name, NAME_SAID);
  if (!isOpen(auction)) return `${name}: ${auction.status_reason}.`;
  const price = formatMoney(auction.current_bid, auction.currency);
  if (!hasBids(auction)) return `${name}: open for bids, from ${price}.`;
  const leader = shortened(auction.highest_bidder, NAME_SAID);
  const extended = auction.rules?.extensions > 0
    ? ` Extended until ${formatTime(auction.closing_time)}.` : '';
  return `${name}: ${price} by ${leader}.${extended}`;
}
