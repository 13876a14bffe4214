// What the page knows of the auctions: what the server's stream said, nothing else.
// Views read it, and learn from takeChanges() what to redraw.

import { AUCTIONS_KEPT, EVENTS_KEPT } from '../limits.js';
import { byNewest, isLater, isOpen, readAuction, readEvent, Unreadable } from './auction.js';

export class Store {
  #auctions = new Map();
  #events = [];
  #eventsReceived = 0;
  #changes = noChanges();
  #listeners = new Set();
  #onChange;
  #loaded = false;
  #truncated = false;
  #unreadable = 0;
  #figures = { open: 0, bids: 0, highest: null };

  constructor(onChange) {
    this.#onChange = onChange;
  }

  // A snapshot came.
  get loaded() { return this.#loaded; }
  // There are auctions that are not here.
  get truncated() { return this.#truncated; }
  // How much the server sent that made no sense; it was left out.
  get unreadable() { return this.#unreadable; }
  get auctions() { return this.#auctions; }
  // Oldest first; each { serial, id, event } with serials that rise by one. Those
  // of a snapshot have no id.
  get events() { return this.#events; }

  auction(id) {
    return this.#auctions.get(id);
  }

  // A listener may have auction(before, after), event(event, id) and snapshot(). They
  // are told at once, also while the page is hidden and nothing is drawn.
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replaceAll({ auctions = [], events = [], truncated = false }) {
    this.#auctions.clear();
    this.#figures = { open: 0, bids: 0, highest: null };
    this.#events = [];
    this.#readEach(auctions, (raw) => this.#put(readAuction(raw), this.#auctions.get(raw.id)));
    this.#readEach(events, (raw) => {
      const event = readEvent(raw);
      this.#append(event, null);
      this.#noteClosing(event);
    });
    this.#truncated = truncated === true;
    this.#loaded = true;
    this.#changes.all = true;
    this.#tell('snapshot');
    this.#onChange();
  }

  // From the stream: later than what is here, unless the server is broken.
  putAuction(raw) {
    this.#readEach([raw], () => this.#merge(raw));
    this.#onChange();
  }

  // Auctions that were read beside the stream; they may be older than what it said.
  // Beyond AUCTIONS_KEPT, and so many `more`, they are left out.
  addAuctions(auctions, more = 0) {
    this.#readEach(auctions, (raw) => {
      if (this.#auctions.size < AUCTIONS_KEPT + more || this.#auctions.has(String(raw?.id))) {
        this.#merge(raw);
      }
    });
    this.#onChange();
  }

  // The reader has to do with it in another way, which its state does not tell.
  redraw(id) {
    this.#changes.ids.add(id);
    this.#onChange();
  }

  // Every auction of the server is here now.
  complete() {
    this.#truncated = false;
    this.#onChange();
  }

  addEvent(raw, id) {
    this.#readEach([raw], () => {
      const event = readEvent(raw);
      this.#append(event, id);
      this.#noteClosing(event);
      this.#tell('event', event, id);
    });
    this.#onChange();
  }

  // { all, ids, arrived, ended }: everything; which auctions; whether one is new, and
  // whether one is over now.
  takeChanges() {
    const changes = this.#changes;
    this.#changes = noChanges();
    return changes;
  }

  get figures() {
    return { auctions: this.#auctions.size, ...this.#figures };
  }

  newestOpen(count) {
    const found = [...this.#auctions.values()].filter(isOpen);
    return found.sort(byNewest).slice(0, count);
  }

  #merge(raw) {
    const before = this.#auctions.get(String(raw?.id));
    const after = readAuction(raw, before);
    if (before !== undefined && !isLater(after, before)) return;
    this.#put(after, before);
    this.#tell('auction', before, after);
  }

  #put(after, before) {
    this.#auctions.set(after.id, after);
    this.#changes.ids.add(after.id);
    if (before === undefined) this.#changes.arrived = true;
    if (before !== undefined && isOpen(before) && !isOpen(after)) this.#changes.ended = true;
    this.#figures.open += Number(isOpen(after)) - Number(before !== undefined && isOpen(before));
    this.#figures.bids += after.bid_count - (before?.bid_count ?? 0);
    const { highest } = this.#figures;
    // Only what is in the same currency can be compared.
    const comparable = after.bid_count > 0 && after.currency === null;
    if (comparable && (highest === null || after.current_bid > highest)) {
      this.#figures.highest = after.current_bid;
    }
  }

  #noteClosing(event) {
    const auction = this.#auctions.get(event.auction_id);
    if (event.event_type !== 'closed' || auction === undefined) return;
    this.#auctions.set(auction.id, { ...auction, closed_at: event.timestamp });
    this.#changes.ids.add(auction.id);
  }

  #append(event, id) {
    this.#eventsReceived += 1;
    this.#events.push({ serial: this.#eventsReceived, id, event });
    if (this.#events.length > EVENTS_KEPT) this.#events.shift();
  }

  #readEach(list, take) {
    for (const raw of Array.isArray(list) ? list : []) {
      try {
        take(raw);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        this.#unreadable += 1;
      }
    }
  }

  #tell(what, ...details) {
    for (const listener of this.#listeners) listener[what]?.(...details);
  }
}

function noChanges() {
  return { all: false, ids: new Set(), arrived: false, ended: false };
}
