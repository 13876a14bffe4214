// What the page knows: auctions, newest first, and the latest events. Views read
// it and learn from takeChanges() what to redraw. Bids beyond the shown ones are
// counted, not kept.

import { BIDS_KEPT_PER_AUCTION, EVENTS_KEPT } from './limits.js';

export class Store {
  #auctions = new Map();
  #newestFirst = [];
  #events = [];
  #eventsReceived = 0;
  #changedIds = new Set();
  #historyRestarted = false;
  #loaded = false;
  #truncated = false;
  #onChange;

  constructor(onChange) {
    this.#onChange = onChange;
  }

  get loaded() { return this.#loaded; }
  get truncated() { return this.#truncated; }
  get newestFirst() { return this.#newestFirst; }
  // Oldest first; each { serial, event } with serials that rise by one.
  get events() { return this.#events; }

  auction(id) {
    return this.#auctions.get(String(id));
  }

  replaceAll({ auctions = [], events = [], truncated = false }) {
    this.#auctions.clear();
    for (const auction of auctions) {
      const entry = abridged(auction);
      this.#auctions.set(entry.id, entry);
      this.#changedIds.add(entry.id);
    }
    this.#newestFirst = [...this.#auctions.values()].sort(byNewest);
    this.#events = [];
    for (const event of events.slice(-EVENTS_KEPT)) this.#append(event);
    this.#historyRestarted = true;
    this.#truncated = truncated === true;
    this.#loaded = true;
    this.#onChange();
  }

  putAuction(auction) {
    const entry = abridged(auction);
    const known = this.#auctions.has(entry.id);
    const at = known
      ? this.#newestFirst.findIndex((other) => other.id === entry.id)
      : this.#newestFirst.findIndex((other) => byNewest(entry, other) < 0);
    if (known) this.#newestFirst[at] = entry;
    else this.#newestFirst.splice(at < 0 ? this.#newestFirst.length : at, 0, entry);
    this.#auctions.set(entry.id, entry);
    this.#changedIds.add(entry.id);
    this.#onChange();
  }

  addEvent(event) {
    this.#append(event);
    this.#onChange();
  }

  #append(event) {
    this.#eventsReceived += 1;
    this.#events.push({ serial: this.#eventsReceived, event });
    if (this.#events.length > EVENTS_KEPT) this.#events.shift();
  }

  takeChanges() {
    const changes = {
      auctionIds: this.#changedIds,
      historyRestarted: this.#historyRestarted,
    };
    this.#changedIds = new Set();
    this.#historyRestarted = false;
    return changes;
  }

  statistics() {
    let open = 0;
    let bids = 0;
    let highest = null;
    for (const auction of this.#newestFirst) {
      if (isOpen(auction)) open += 1;
      bids += auction.bidCount;
      if (auction.bidCount > 0 && (highest === null || auction.current_bid > highest)) {
        highest = auction.current_bid;
      }
    }
    return { auctions: this.#newestFirst.length, open, bids, highest };
  }
}

export function isOpen(auction) {
  return auction.status === 'OPEN';
}

function abridged(auction) {
  const bids = auction.bids ?? [];
  return {
    ...auction,
    id: String(auction.id),
    bids: bids.slice(-BIDS_KEPT_PER_AUCTION),
    bidCount: bids.length,
  };
}

// Ids are rising decimal numbers, as text and possibly longer than a double
// holds: the longer one is the greater one.
function byNewest(a, b) {
  if (a.id.length !== b.id.length) return b.id.length - a.id.length;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}
