// In a word: how the auction is, or how the reader stands in it.

import { shortened } from '../format/text.js';
import { element, setData, setText } from '../parts/element.js';

const STATUS_WORDS = { OPEN: 'Open', CLOSED: 'Closed', ENDED: 'Ended' };
const STANDING_WORDS = { leading: 'Leading', outbid: 'Outbid', won: 'Won', lost: 'Lost' };

// What a newer server may call it.
const STATUS_SHOWN = 16;

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
