// How long an auction still takes, or how it ended. Drawn at every tick.

import { formatRemaining, formatTime } from '../format/time.js';
import { shortened } from '../format/text.js';
import { isOpen } from '../state/auction.js';
import { element, setData, setText } from '../parts/element.js';

const SOON_SECONDS = 60;
const NOW_SECONDS = 10;
const REASON_SHOWN = 24;

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
