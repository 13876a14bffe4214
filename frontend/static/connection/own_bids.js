// The reader's bids and wins as the history has them, wherever they were made: read from its
// beginning once, and later from where that reading ended.

import { HISTORY_EXPORT_MOST, HISTORY_EXPORT_PAGE, OWN_BIDS_KEPT } from '../limits.js';
import { bidInPayload } from '../state/auction.js';
import { recallObject, remember } from '../state/reader.js';
import { readHistory } from './reads.js';
import { Refusal } from './requests.js';

const KEY = 'gavel.bids';
const OUTCOMES = new Set(['closed', 'ended']);

class OwnBids {
  #model;
  #kept; // { name, seq, id, bids }: seq and id of the last event that was read
  #reading = null;
  #read = 0;

  constructor(model) {
    this.#model = model;
    this.#kept = keptFor(model.identity.name);
    model.store.listen({ event: (event, id) => this.#addLive(event, id) });
  }

  // Oldest first; { id, auction_id, amount, timestamp }, the newest OWN_BIDS_KEPT of them.
  get bids() { return this.#kept.bids; }
  get isReading() { return this.#reading !== null; }
  // Events that the reading has been through.
  get read() { return this.#read; }

  // Reads what is not read yet; onProgress() now and then. Throws a Refusal.
  async update(onProgress = () => {}) {
    const { name } = this.#model.identity;
    if (name !== this.#kept.name) this.#kept = keptFor(name);
    if (name === '') return;
    this.#reading ??= this.#readOn(onProgress).finally(() => { this.#reading = null; });
    await this.#reading;
  }

  async #readOn(onProgress) {
    const kept = this.#kept;
    if (!await continues(kept)) Object.assign(kept, { seq: 0, id: '', bids: [] });
    this.#read = 0;
    for (let after = kept.seq; after !== null && this.#read < HISTORY_EXPORT_MOST;) {
      const page = await readHistory({ after, limit: HISTORY_EXPORT_PAGE });
      if (kept !== this.#kept) return; // the reader is another one by now
      this.#take(page.events);
      after = page.next;
      onProgress();
    }
    remember(KEY, JSON.stringify(kept));
    await this.#model.backlog?.readMine();
  }

  #take(events) {
    const kept = this.#kept;
    for (const event of events) {
      const mine = event.bidder === kept.name;
      if (mine && event.event_type === 'bid') this.#add(event);
      if (mine && (event.event_type === 'bid' || OUTCOMES.has(event.event_type))) {
        this.#model.standings.join(String(event.auction_id));
      }
    }
    this.#read += events.length;
    const last = events.at(-1);
    if (last !== undefined) Object.assign(kept, { seq: last.seq, id: last.id });
  }

  // Between two readings; the next one finds it again.
  #addLive({ event_type: type, payload, ...event }, id) {
    const bid = type === 'bid' ? bidInPayload(payload) : null;
    if (bid?.bidder !== this.#kept.name || id === null) return;
    this.#add({ ...event, ...bid, id });
  }

  #add({ id, auction_id: auctionId, amount, timestamp }) {
    const { bids } = this.#kept;
    if (bids.some((bid) => bid.id === id)) return;
    bids.push({ id, auction_id: String(auctionId), amount, timestamp });
    bids.splice(0, bids.length - OWN_BIDS_KEPT);
  }
}

// One for the page.
export function ownBidsOf(model) {
  model.ownBids ??= new OwnBids(model);
  return model.ownBids;
}

// Makes what the history has of them the reader's auctions. Without an answer they stay what the
// page knows.
export async function findMine(model) {
  try {
    await ownBidsOf(model).update();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

function keptFor(name) {
  const kept = recallObject(KEY);
  const fits = kept?.name === name && Number.isSafeInteger(kept.seq) && Array.isArray(kept.bids);
  return fits ? kept : { name, seq: 0, id: '', bids: [] };
}

// A history that was made anew has its events at other places.
async function continues({ seq, id }) {
  if (seq === 0) return true;
  const { events: [last] } = await readHistory({ after: seq - 1, limit: 1 });
  return last?.id === id;
}
