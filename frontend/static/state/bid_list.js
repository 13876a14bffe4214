// All bids of one auction: read once from the server, then continued by what the
// stream tells. Bids only rise, so an amount names a bid: none is there twice, and a
// missing one shows in their number. Where an auction has rules of its own they may fall
// and be of one height: then they are read anew.

import { readWholeAuction } from '../connection/reads.js';
import { Refusal } from '../connection/requests.js';
import { BIDS_RELOAD_MS } from '../limits.js';
import { bidInPayload, readBid, Unreadable } from './auction.js';

export class BidList {
  #store;
  #id;
  #onChange;
  #bids = [];
  #loaded = false;
  #problem = null;
  #reading = false;
  #timer = null;
  #unlisten;

  // onChange() after each change of bids, loaded or problem.
  constructor(store, id, onChange) {
    this.#store = store;
    this.#id = id;
    this.#onChange = onChange;
    this.#unlisten = store.listen({
      event: (event) => this.#readEvent(event),
      auction: (before, after) => { if (after.id === id) this.#readLater(); },
      snapshot: () => this.#read(),
    });
    this.#read();
  }

  // Oldest first; { bidder, amount, timestamp }.
  get bids() { return this.#bids; }
  get loaded() { return this.#loaded; }
  // A Refusal, or null.
  get problem() { return this.#problem; }

  close() {
    this.#unlisten();
    clearTimeout(this.#timer);
    this.#onChange = () => {};
  }

  get #hasRules() { return Boolean(this.#store.auction(this.#id)?.rules); }

  #readEvent(event) {
    if (!this.#loaded || event.event_type !== 'bid' || event.auction_id !== this.#id) return;
    if (this.#hasRules) return; // its state came before, with their number
    const bid = bidInPayload(event.payload);
    if (bid === null || bid.amount <= (this.#bids.at(-1)?.amount ?? 0)) return;
    this.#bids.push(readBid({ ...bid, timestamp: event.timestamp }));
    this.#onChange();
  }

  // The auction's state comes just before the event; when its bids are not all here
  // some time later, some were missed.
  #readLater() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const count = this.#store.auction(this.#id)?.bid_count ?? 0;
      if (this.#bids.length < count) this.#read();
    }, BIDS_RELOAD_MS);
  }

  async #read() {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const whole = await readWholeAuction(this.#id);
      this.#take(whole);
      this.#store.addAuctions([whole]);
      this.#problem = null;
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof Unreadable)) throw error;
      this.#problem = error;
    } finally {
      this.#reading = false;
    }
    this.#onChange();
  }

  // What the stream told meanwhile stays.
  #take(whole) {
    const read = (Array.isArray(whole.bids) ? whole.bids : []).map(readBid);
    const last = read.at(-1)?.amount ?? 0;
    const continues = this.#loaded && !this.#hasRules;
    const later = continues ? this.#bids.filter(({ amount }) => amount > last) : [];
    this.#bids = [...read, ...later];
    this.#loaded = true;
  }
}
