// The requests that change something. Each resolves with the server's answer or
// throws a Refusal whose message a person can read.

import { newIdempotencyKey } from './idempotency_key.js';
import {
  REQUEST_ATTEMPTS, REQUEST_RETRY_FIRST_MS, REQUEST_TIMEOUT_MS, UNANSWERED_KEPT,
} from './limits.js';

export class Refusal extends Error {}

export function createAuction(fields) {
  return post('/api/auctions', fields);
}

export function placeBid(auctionId, bid) {
  return post(`${auctionPath(auctionId)}/bid`, bid);
}

// Resolves also when no bid was accepted (409): the results say why, bid by bid.
export function placeBids(auctionId, bids) {
  return post(`${auctionPath(auctionId)}/bids/bulk`, { bids });
}

export function closeAuction(auctionId) {
  return post(`${auctionPath(auctionId)}/close`, {});
}

function auctionPath(auctionId) {
  return `/api/auctions/${encodeURIComponent(auctionId)}`;
}

// Requests whose fate is unknown, with the key they went out under. Whoever
// presses the button again after a lost answer repeats the same request.
const unansweredKeys = new Map();

async function post(path, fields) {
  const body = JSON.stringify(fields);
  const request = `${path}\n${body}`;
  const key = unansweredKeys.get(request) ?? newIdempotencyKey();
  rememberUnanswered(request, key);

  const response = await sendUntilAnswered(path, body, key);
  unansweredKeys.delete(request);

  const answer = await response.json().catch(() => null);
  if (response.ok || Array.isArray(answer?.results)) return answer;
  throw new Refusal(reasonIn(answer) ?? `The server refused this (status ${response.status}).`);
}

function rememberUnanswered(request, key) {
  unansweredKeys.set(request, key);
  if (unansweredKeys.size > UNANSWERED_KEPT) {
    unansweredKeys.delete(unansweredKeys.keys().next().value);
  }
}

async function sendUntilAnswered(path, body, key) {
  let delay = REQUEST_RETRY_FIRST_MS;
  let reason = null;
  for (let attempt = 1; attempt <= REQUEST_ATTEMPTS; attempt += 1) {
    if (attempt > 1) {
      await pause(delay * (0.5 + Math.random()));
      delay *= 2;
    }
    try {
      const response = await fetch(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!mayPass(response.status)) return response;
      reason = reasonIn(await response.json().catch(() => null));
    } catch {
      reason = null;
    }
  }
  throw new Refusal(`The server could not be reached${reason ? ` (${reason})` : ''}. Try again: `
    + 'nothing is done twice.');
}

// Answers of a proxy or of a server that is starting, stopping or changing its
// leader: the same request may succeed in a moment.
function mayPass(status) {
  return status === 502 || status === 503 || status === 504;
}

function reasonIn(answer) {
  const reason = answer?.error ?? answer?.message;
  return typeof reason === 'string' && reason !== '' ? reason : null;
}

export function reasonOfBulkResult(result) {
  return reasonIn(result.response) ?? `status ${result.status}`;
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
