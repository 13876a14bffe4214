// The rules that an auction may have beside a starting bid and a duration, and how it stands
// by them. Pure.

import { AMOUNT_DECIMALS } from '../limits.js';

const UNITS_IN_ONE = 10 ** AMOUNT_DECIMALS;

// From what the server says of an auction, under its names. Null for one without such rules.
export function readRules(raw) {
  if (typeof raw.state !== 'string') return null;
  const number = (value) => (Number.isFinite(value) ? value : null);
  const flag = (value) => (typeof value === 'boolean' ? value : null);
  const text = (value) => (typeof value === 'string' ? value : '');
  return {
    state: raw.state,
    format: text(raw.format),
    seller: text(raw.seller),
    currency: /^[A-Z]{3}$/.test(raw.currency) ? raw.currency : null,
    increments: raw.increments ?? null,
    proxy: raw.proxy === true,
    retractions: raw.retractions === true,
    buy_now_price: number(raw.buy_now_price),
    buy_now_policy: text(raw.buy_now_policy),
    soft_close: raw.soft_close ?? null,
    opens_at: number(raw.opens_at) ?? 0,
    dutch: isDutch(raw) && Number.isFinite(raw.dutch?.interval_seconds) ? raw.dutch : null,
    min_next_bid: number(raw.min_next_bid),
    reserve_met: flag(raw.reserve_met), // null: there is no reserve
    can_buy_now: raw.can_buy_now === true,
    extensions: number(raw.extensions) ?? 0,
    outcome: text(raw.outcome), // '' until it is over
    winner: text(raw.winner),
    price: number(raw.price),
  };
}

function isDutch({ format }) {
  return format === 'dutch';
}

// Not open yet.
export function isScheduled({ rules }) {
  return rules?.state === 'SCHEDULED';
}

// Its bids are hidden until the end.
export function isSealed({ rules }) {
  return rules?.format === 'sealed_first_price' || rules?.format === 'vickrey';
}

// Bids could move its end, and cannot any more: it has moved as often, or as far, as the seller
// allows.
export function isAtItsLastEnd({ closing_time: end, rules }) {
  const soft = rules?.soft_close ?? null;
  if (soft === null) return false;
  return rules.extensions >= soft.max_times
    || (Number.isFinite(soft.hard_end) && end >= soft.hard_end);
}

// name: of the reader, or ''.
export function isSeller({ rules }, name) {
  return name !== '' && rules?.seller === name;
}

// Its bids are taken only from who proves to be the bidder, where the server has tokens.
export function needsToken(auction) {
  return auction.rules?.proxy === true || isSealed(auction);
}

// The price of an auction whose price falls, at a time of the server's, and when it falls
// next: { price, fallsAt }, the latter null at the floor.
export function fallenPrice({ starting_bid: start, rules }, now) {
  const { floor, step, interval_seconds: interval } = rules.dutch;
  const falls = Math.max(0, Math.floor((now - rules.opens_at) / interval));
  const price = Math.max(floor, Math.round((start - falls * step) * UNITS_IN_ONE) / UNITS_IN_ONE);
  return { price, fallsAt: price > floor ? rules.opens_at + (falls + 1) * interval : null };
}
