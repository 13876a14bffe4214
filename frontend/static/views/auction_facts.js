// What a card and an auction's own page both tell of an auction: how it is, its price, its time.

import { formatMoney, formatRemaining, formatTime, formatWhole } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { element, setData, setText } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';

const STATUS_WORDS = { OPEN: 'Open', CLOSED: 'Closed', ENDED: 'Ended' };
const STANDING_WORDS = { leading: 'Leading', outbid: 'Outbid', won: 'Won', lost: 'Lost' };

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
    setText(this.#status, STATUS_WORDS[auction.status] ?? shortened(auction.status, STATUS_SHOWN));
    setData(this.#status, 'status', auction.status);
    const standing = this.#standings.of(auction);
    this.#standing.hidden = standing === null;
    if (standing === null) return;
    setText(this.#standing, STANDING_WORDS[standing]);
    setData(this.#standing, 'standing', standing);
  }
}

// The price, whose it is, and how many bids made it.
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

const SOON_SECONDS = 60;
const NOW_SECONDS = 10;
const REASON_SHOWN = 24;

// How long an auction still takes, or how it ended. Drawn at every tick.
export class AuctionTime {
  #clock;
  #auction = null;
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
    this.#auction = auction;
    this.tick();
  }

  tick() {
    const auction = this.#auction;
    if (auction === null) return;
    if (!isOpen(auction)) {
      this.#show(endLabel(auction), shortened(auction.status_reason, REASON_SHOWN), 'over');
    } else if (auction.closing_time > 0) {
      this.#count(auction);
    } else {
      this.#show('Time left', 'No limit', 'endless');
    }
  }

  #count(auction) {
    const remaining = auction.closing_time - this.#clock.now();
    let phase = 'running';
    if (remaining < SOON_SECONDS) phase = 'soon';
    if (remaining < NOW_SECONDS) phase = 'now';
    const label = phase === 'running' ? 'Time left' : 'Ending soon';
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
