// What is read beside the stream. Each throws a Refusal when there is no answer.

import { HISTORY_EXPORT_PAGE, REQUEST_TIMEOUT_MS } from '../limits.js';
import { read, Refusal } from './requests.js';
import { auctionPath } from './writes.js';

const PATIENT = { timeoutMs: REQUEST_TIMEOUT_MS };

// The auction as the server has it, with all its bids.
export async function readWholeAuction(id) {
  return expect((await read(auctionPath(id), PATIENT)).auction, 'object');
}

export async function readLeanAuction(id) {
  return expect((await read(`${auctionPath(id)}?bids=0`)).auction, 'object');
}

// How the gateway and the services behind it are.
export function readStatus() {
  return read('/api/status');
}

// { auctions, next }, in order of creation; next is null on the last page. status:
// OPEN, CLOSED or ENDED, or none for all.
export async function readAuctions({ after = null, limit, status = null }) {
  const query = new URLSearchParams({ limit, bids: 0 });
  if (after !== null) query.set('after', after);
  if (status !== null) query.set('status', status);
  const answer = await read(`/api/auctions?${query}`, PATIENT);
  expect(answer.auctions, 'object');
  return { auctions: answer.auctions, next: answer.next ?? null };
}

// { events, next }, oldest first; each event with its id, its place `seq`, and of a
// bid the bidder and the amount.
export async function readHistory({ after = 0, limit = HISTORY_EXPORT_PAGE, auctionId = null }) {
  const query = new URLSearchParams({ shape: 'full', after, limit });
  if (auctionId !== null) query.set('auction_id', auctionId);
  const answer = await read(`/api/history?${query}`, PATIENT);
  if (!Array.isArray(answer.events)) throw unexpected();
  return { events: answer.events, next: answer.next ?? null };
}

function expect(value, type) {
  if (value === null || typeof value !== type) throw unexpected();
  return value;
}

function unexpected() {
  return new Refusal('The server’s answer cannot be read.');
}
