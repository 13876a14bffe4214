// How the person at this page stands in the auctions in which they bid, as the
// stream tells it: a bid under their name, wherever it was placed, makes an auction
// one of theirs. Kept in the browser, so that who comes back learns that somebody
// else bid more meanwhile.

import { MINE_KEPT } from '../limits.js';
import { bidInPayload, isOpen } from './auction.js';
import { recallObject, remember } from './reader.js';
import { isSealed } from './rules.js';

const KEY = 'gavel.standings';
const SAVE_MS = 500;
// Of an auction that is the reader's but is not here yet.
const UNKNOWN = 'unknown';

// Whose bids are hidden tells nobody until the end: 'waiting'.
export const STANDINGS = ['leading', 'outbid', 'waiting', 'won', 'lost'];

export class Standings {
  #store;
  #identity;
  #name;
  #unheard = []; // changes, until somebody listens
  #listener = (...change) => this.#unheard.push(change);
  #log = null; // the ids mean something in this log alone
  #mine = new Map(); // id to standing, as last seen; oldest first
  #saveTimer = null;

  constructor(store, identity) {
    this.#store = store;
    this.#identity = identity;
    this.#name = identity.name;
    this.#load();
    store.listen({
      snapshot: () => this.#readAll(),
      auction: (before, after) => this.#update(after),
      event: (event) => this.#readEvent(event),
    });
    addEventListener('pagehide', () => this.#saveNow());
    identity.listen(() => {
      if (identity.name === this.#name) return;
      this.#name = identity.name;
      this.#mine.clear();
      this.#readAll();
      this.#saveLater();
    });
  }

  // listener(auction, before, after): the person stands differently in it; before is
  // undefined with their first bid. It is also told what changed before it came.
  listen(listener) {
    this.#listener = listener;
    for (const change of this.#unheard) listener(...change);
    this.#unheard = [];
  }

  // Before a snapshot of that log is taken in.
  enterLog(log) {
    if (this.#log !== null && this.#log !== log) this.#mine.clear();
    this.#log = log;
  }

  // The person has bid in it, which hidden bids and auctions that are not here do not tell.
  join(id) {
    if (this.#mine.has(id)) return;
    const auction = this.#store.auction(id);
    this.#keep(id, auction === undefined ? UNKNOWN : this.#standing(auction));
    this.#store.redraw(id);
  }

  has(id) {
    return this.#mine.has(id);
  }

  // One of STANDINGS, or null where they did not bid.
  of(auction) {
    return this.#mine.has(auction.id) ? this.#standing(auction) : null;
  }

  // The auctions that are here, newest interest last.
  get auctions() {
    return [...this.#mine.keys()].map((id) => this.#store.auction(id))
      .filter((auction) => auction !== undefined);
  }

  get ids() { return [...this.#mine.keys()]; }

  count() {
    const counts = Object.fromEntries(STANDINGS.map((name) => [name, 0]));
    for (const auction of this.auctions) counts[this.#standing(auction)] += 1;
    return counts;
  }

  #standing(auction) {
    const { name } = this.#identity;
    const first = auction.highest_bidder === name;
    if (isOpen(auction)) {
      if (isSealed(auction)) return 'waiting';
      return first ? 'leading' : 'outbid';
    }
    if (auction.cancelled) return 'lost';
    const won = auction.rules === null ? first : auction.rules.winner === name;
    return won ? 'won' : 'lost';
  }

  #readAll() {
    for (const { event } of this.#store.events) this.#readEvent(event);
    for (const auction of this.#store.auctions.values()) this.#update(auction);
  }

  #update(auction) {
    const { name } = this.#identity;
    if (name === '') return;
    const before = this.#mine.get(auction.id);
    if (before === undefined && auction.highest_bidder !== name) return;
    const after = this.#standing(auction);
    if (before === after) return;
    this.#keep(auction.id, after);
    if (before !== UNKNOWN) this.#listener(auction, before, after);
  }

  // A bid that others topped before the auction's state came here.
  #readEvent(event) {
    if (event.event_type !== 'bid' || this.#identity.name === '') return;
    if (bidInPayload(event.payload)?.bidder !== this.#identity.name) return;
    const auction = this.#store.auction(event.auction_id);
    if (auction === undefined || this.#mine.has(auction.id)) return;
    const standing = this.#standing(auction);
    this.#keep(auction.id, standing);
  }

  #keep(id, standing) {
    this.#mine.delete(id);
    this.#mine.set(id, standing);
    if (this.#mine.size > MINE_KEPT) this.#mine.delete(this.#mine.keys().next().value);
    this.#saveLater();
  }

  #load() {
    const kept = recallObject(KEY);
    if (kept?.name !== this.#identity.name || !Array.isArray(kept?.mine)) return;
    this.#log = String(kept.log);
    for (const [id, standing] of kept.mine.slice(-MINE_KEPT)) {
      const known = STANDINGS.includes(standing) || standing === UNKNOWN;
      if (known) this.#mine.set(String(id), standing);
    }
  }

  #saveLater() {
    if (this.#saveTimer !== null) return;
    this.#saveTimer = setTimeout(() => this.#saveNow(), SAVE_MS);
  }

  #saveNow() {
    if (this.#saveTimer === null) return;
    clearTimeout(this.#saveTimer);
    this.#saveTimer = null;
    remember(KEY, JSON.stringify({
      log: this.#log, name: this.#identity.name, mine: [...this.#mine],
    }));
  }
}
