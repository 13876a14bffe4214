// What the page keeps of an auction: everything but its bids. Whatever the server
// sends is checked here; the rest of the page relies on the types.

import { isScheduled, readRules } from './rules.js';

// What of an answer makes no sense. The message says what.
export class Unreadable extends Error {}

// How the server ends an auction without rules that an operator cancels.
const CANCELLED = 'Cancelled';

const text = (value) => (typeof value === 'string' ? value : String(value ?? ''));

// From a lean auction (with `bid_count`) or a full one (with `bids`).
export function readAuction(raw, before) {
  if (raw === null || typeof raw !== 'object') throw new Unreadable('an auction is no object');
  const id = text(raw.id);
  if (id === '' || !Number.isFinite(raw.current_bid) || typeof raw.status !== 'string') {
    throw new Unreadable('an auction without an id, a price or a status');
  }
  const count = Array.isArray(raw.bids) ? raw.bids.length : raw.bid_count;
  const name = text(raw.name);
  const rules = readRules(raw);
  return {
    id,
    name,
    description: text(raw.description),
    starting_bid: Number.isFinite(raw.starting_bid) ? raw.starting_bid : raw.current_bid,
    current_bid: raw.current_bid,
    highest_bidder: text(raw.highest_bidder),
    duration_seconds: Number.isFinite(raw.duration_seconds) ? raw.duration_seconds : 0,
    status: raw.status,
    status_reason: text(raw.status_reason),
    closing_time: Number.isFinite(raw.closing_time) ? raw.closing_time : 0,
    bid_count: Number.isSafeInteger(count) ? count : 0,
    rules,
    // Nobody has it, whoever led.
    cancelled: rules === null ? text(raw.status_reason) === CANCELLED
      : rules.outcome === 'CANCELLED',
    currency: rules?.currency ?? null, // null: the house's own
    // When it was closed by hand; only the stream's events tell.
    closed_at: before?.closed_at ?? null,
    // What a search looks through, made once.
    searched: before?.name === name ? before.searched : name.toLowerCase(),
  };
}

export function readBid(raw) {
  if (!Number.isFinite(raw?.amount)) throw new Unreadable('a bid without an amount');
  return {
    bidder: text(raw.bidder), amount: raw.amount, timestamp: Number(raw.timestamp) || 0,
    automatic: raw.automatic === true, retracted_by: text(raw.retracted_by),
  };
}

export function readEvent(raw) {
  if (raw === null || typeof raw !== 'object') throw new Unreadable('an event is no object');
  return {
    auction_id: text(raw.auction_id),
    event_type: text(raw.event_type),
    payload: text(raw.payload),
    timestamp: Number.isFinite(raw.timestamp) ? raw.timestamp : 0,
  };
}

export function isOpen(auction) {
  return auction.status === 'OPEN';
}

export function hasBids(auction) {
  return auction.highest_bidder !== '';
}

// An auction only goes forward: it opens, bids come (one that is taken back is one more), then
// it is over. So of two states that came by different ways the later one can be told.
export function isLater(auction, other) {
  if (isOpen(auction) !== isOpen(other)) return isOpen(other);
  if (auction.bid_count !== other.bid_count) return auction.bid_count > other.bid_count;
  if (isScheduled(auction) !== isScheduled(other)) return isScheduled(other);
  return auction.current_bid >= other.current_bid;
}

// Ids are rising decimal numbers, as text and possibly longer than a double
// holds: the longer one is the greater one.
export function byNewest(a, b) {
  if (a.id.length !== b.id.length) return b.id.length - a.id.length;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

// The payload of a bid's event is `alice bid $60.0`, written for a log. A bidder may
// be called anything, so only its end is relied on. Null if it is of another form.
export function bidInPayload(payload) {
  const match = /^(.*) bid \$(\S+)$/s.exec(payload);
  const amount = Number(match?.[2]);
  return match !== null && Number.isFinite(amount) ? { bidder: match[1], amount } : null;
}
