// What a card and an auction's own page both tell of an auction: how it is, its price, its time,
// and in short what its rules have come to.

import {
  formatMoney, formatRemaining, formatSpan, formatTime, formatWhole,
} from '../format/locale.js';
import { shortened } from '../format/text.js';
import { EXTENDED_SHOWN_SECONDS, TEXT_SHOWN } from '../limits.js';
import { element, setData, setText } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';
import { fallenPrice, isAtItsLastEnd, isScheduled, isSealed } from '../state/rules.js';

const STATUS_WORDS = {
  SCHEDULED: 'Scheduled', OPEN: 'Open', CLOSED: 'Closed', ENDED: 'Ended',
  SOLD: 'Sold', UNSOLD: 'Not sold', CANCELLED: 'Cancelled',
};
export const STANDING_WORDS = {
  leading: 'Leading', outbid: 'Outbid', waiting: 'Bid placed', won: 'Won', lost: 'Lost',
};

// What a newer server may call it.
const STATUS_SHOWN = 16;

// In a word: how the auction is, or how the reader stands in it.
export class Badge {
  #standings;
  #status = element('span', { className: 'badge' });
  #standing = element('span', { className: 'badge badge-standing' });

  constructor(standings) {
    this.#standings = standings;
    this.root = element('div', { className: 'badges' }, this.#standing, this.#status);
  }

  draw(auction) {
    let status = auction.rules?.outcome || auction.status;
    if (isScheduled(auction)) status = 'SCHEDULED';
    if (auction.cancelled) status = 'CANCELLED';
    setText(this.#status, STATUS_WORDS[status] ?? shortened(status, STATUS_SHOWN));
    setData(this.#status, 'status', status);
    const standing = this.#standings.of(auction);
    this.#standing.hidden = standing === null;
    if (standing === null) return;
    setText(this.#standing, STANDING_WORDS[standing]);
    setData(this.#standing, 'standing', standing);
  }
}

// The price, whose it is, and how many bids made it.
export class AuctionPrice {
  #clock;
  #auction = null;
  #label = element('span', { className: 'label' });
  #price = element('span', { className: 'price' });
  #leader = element('span', { className: 'leader' });
  #who = element('span', { className: 'data' });
  #before = element('span');
  #count = element('span', { className: 'bid-count' });

  constructor(clock) {
    this.#clock = clock;
    this.#leader.append(this.#before, this.#who, this.#count);
    this.root = element('div', { className: 'figure' }, this.#label, this.#price, this.#leader);
  }

  draw(auction) {
    this.#auction = auction;
    const { label, price, before, who, count } = factsOf(auction);
    setText(this.#label, label);
    setText(this.#before, before);
    setText(this.#who, who === undefined ? '' : shortened(who, TEXT_SHOWN));
    setText(this.#count, count ? ` · ${countOfBids(count)}` : '');
    setText(this.#price, formatMoney(price, auction.currency));
    this.tick();
  }

  // Of a price that falls.
  tick() {
    const auction = this.#auction;
    if (!auction?.rules?.dutch || !isOpen(auction)) return;
    const { price } = fallenPrice(auction, this.#clock.now());
    setText(this.#price, formatMoney(price, auction.currency));
  }
}

function factsOf(auction) {
  const {
    current_bid: price, starting_bid: start, highest_bidder: who, bid_count: count, rules,
  } = auction;
  if (!isOpen(auction)) return resultOf(auction);
  if (rules?.dutch) {
    const floor = formatMoney(rules.dutch.floor, auction.currency);
    return { label: 'Price now', price: start, before: `Falls to ${floor} at the lowest` };
  }
  if (isSealed(auction)) {
    return { label: 'Lowest bid', price: start, before: 'Bids are hidden until the end' };
  }
  if (hasBids(auction)) return { label: 'Highest bid', price, before: 'by ', who, count };
  const before = isScheduled(auction) ? 'Not open yet' : 'Be the first to bid';
  return { label: 'Starting bid', price, before };
}

// What it has come to.
function resultOf(auction) {
  const { current_bid: price, highest_bidder: who, bid_count: count, rules } = auction;
  if (rules?.outcome === 'SOLD') {
    return { label: 'Sold for', price: rules.price ?? price, before: 'to ', who: rules.winner,
      count };
  }
  const bids = hasBids(auction);
  if (auction.cancelled) {
    return { label: bids ? 'Highest bid' : 'Starting bid', price, before: 'Nobody has it', count };
  }
  if (bids && !rules?.outcome) return { label: 'Sold for', price, before: 'to ', who, count };
  let before = 'Nobody bid';
  if (bids) before = rules.reserve_met === false ? 'Reserve not met' : 'Not sold';
  return { label: bids ? 'Highest bid' : 'Starting bid', price, before, count };
}

// What the next bid must be, where an auction has rules: 'at least $5.00', 'more than $5.00'.
export function leastBidInWords({ current_bid: price, currency, rules }, told = 0) {
  const least = Math.max(told, rules.min_next_bid);
  const stepless = rules.increments === null && least > price;
  return stepless
    ? `more than ${formatMoney(price, currency)}` : `at least ${formatMoney(least, currency)}`;
}

export function countOfBids(count) {
  if (count === 0) return 'no bids';
  return count === 1 ? '1 bid' : `${formatWhole(count)} bids`;
}

const SOON_SECONDS = 60;
const NOW_SECONDS = 10;
const REASON_SHOWN = 24;

// How long an auction still takes, or how it ended. Drawn at every tick.
export class AuctionTime {
  #clock;
  #auction = null;
  #extension = null; // { seconds, until }, just after the end has moved
  #label = element('span', { className: 'label' });
  #time = element('span', { className: 'time-left' });
  #bar = element('progress', { className: 'time-bar' });
  #shownRatio = -1;

  constructor(clock) {
    this.#clock = clock;
    this.#bar.setAttribute('aria-label', 'Time left');
    this.words = element('div', { className: 'time' }, this.#label, this.#time);
  }

  get bar() { return this.#bar; }

  draw(auction) {
    const before = this.#auction;
    if (before?.rules && before.rules.extensions < (auction.rules?.extensions ?? 0)) {
      this.#extension = {
        seconds: Math.round(auction.closing_time - before.closing_time),
        until: this.#clock.now() + EXTENDED_SHOWN_SECONDS,
      };
    }
    this.#auction = auction;
    this.tick();
  }

  tick() {
    const auction = this.#auction;
    if (auction === null) return;
    if (!isOpen(auction)) {
      this.#show(endLabel(auction), shortened(auction.status_reason, REASON_SHOWN), 'over');
    } else if (isScheduled(auction)) {
      const remaining = auction.rules.opens_at - this.#clock.now();
      this.#show('Opens in', formatRemaining(remaining, 'Opening…'), 'endless');
    } else if (auction.rules?.dutch) {
      this.#countFall(auction);
    } else if (auction.closing_time > 0) {
      this.#count(auction);
    } else {
      this.#show('Time left', 'No limit', 'endless');
    }
  }

  #countFall(auction) {
    const now = this.#clock.now();
    const { fallsAt } = fallenPrice(auction, now);
    if (fallsAt === null) this.#show('Falls', 'No lower', 'endless');
    else this.#show('Falls in', formatRemaining(fallsAt - now), 'endless');
  }

  #count(auction) {
    const now = this.#clock.now();
    const remaining = auction.closing_time - now;
    let phase = 'running';
    if (remaining < SOON_SECONDS) phase = 'soon';
    if (remaining < NOW_SECONDS) phase = 'now';
    let label = phase === 'running' ? 'Time left' : 'Ending soon';
    if (now < this.#extension?.until) {
      const extended = isAtItsLastEnd(auction) ? 'Last extension:' : 'Extended by';
      label = `${extended} ${formatSpan(this.#extension.seconds)}`;
    }
    this.#show(label, formatRemaining(remaining), phase);
    const ratio = Math.min(1, Math.max(0, remaining / Math.max(1, auction.duration_seconds)));
    // A change that nobody can see is not worth a paint.
    if (Math.abs(ratio - this.#shownRatio) < 0.001) return;
    this.#shownRatio = ratio;
    this.#bar.value = ratio;
  }

  #show(label, words, phase) {
    setText(this.#label, label);
    setText(this.#time, words);
    setData(this.words, 'phase', phase);
    setData(this.#bar, 'phase', phase);
    const idle = phase === 'over' || phase === 'endless';
    if (idle && this.#bar.value !== 0) this.#bar.value = 0;
  }
}

function endLabel(auction) {
  const ended = auction.status === 'ENDED';
  const at = ended ? auction.closing_time : auction.closed_at;
  const what = ended ? 'Ended' : 'Closed';
  return at > 0 ? `${what} ${formatTime(at)}` : what;
}

// What of its rules who looks at many auctions wants to know; '' of most.
export function rulesInShort(auction) {
  const { rules } = auction;
  if (rules === null) return '';
  const words = [];
  if (isOpen(auction)) {
    if (isSealed(auction)) words.push('Sealed bids');
    if (rules.dutch) words.push('Falling price');
    if (rules.reserve_met !== null) {
      words.push(rules.reserve_met ? 'Reserve met' : 'Reserve not met');
    }
    if (rules.can_buy_now) {
      words.push(`Buy now ${formatMoney(rules.buy_now_price, auction.currency)}`);
    }
  }
  if (rules.extensions > 0) {
    words.push(`Extended ${rules.extensions === 1 ? 'once' : `${rules.extensions} times`}`);
  }
  return words.join(' · ');
}
