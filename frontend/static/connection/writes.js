// The requests that change something. Each resolves with the server's answer or
// throws a Refusal. The same request goes out under the same key until it was
// answered, so that nothing is done twice.

import {
  LOST_ATTEMPTS, PATIENT_ATTEMPTS, REQUEST_RETRY_FIRST_MS, REQUEST_RETRY_MOST_MS,
  REQUEST_TIMEOUT_MS, UNANSWERED_KEPT,
} from '../limits.js';
import { newIdempotencyKey } from './idempotency_key.js';
import { jsonOf, reasonIn, Refusal, request, wordsForStatus } from './requests.js';

export function createAuction(fields, onTrouble) {
  return post('/api/auctions', fields, onTrouble);
}

export function placeBid(auctionId, bid, onTrouble) {
  return post(`${auctionPath(auctionId)}/bid`, bid, onTrouble);
}

// Resolves also when no bid was accepted (409): the results say why, bid by bid.
export function placeBids(auctionId, bids, onTrouble) {
  return post(`${auctionPath(auctionId)}/bids/bulk`, { bids }, onTrouble);
}

// Accepts the price at which the auction can be bought.
export function buyNow(auctionId, bidder, onTrouble) {
  return post(`${auctionPath(auctionId)}/buy_now`, { bidder }, onTrouble);
}

// Takes bids back, as far as the auction's rules allow.
export function retractBids(auctionId, bidder, onTrouble) {
  return post(`${auctionPath(auctionId)}/retract`, { bidder }, onTrouble);
}

export function closeAuction(auctionId, onTrouble) {
  return post(`${auctionPath(auctionId)}/close`, {}, onTrouble);
}

export function reasonOfBulkResult(result) {
  return reasonIn(result.response) ?? `status ${result.status}`;
}

export function auctionPath(auctionId) {
  return `/api/auctions/${encodeURIComponent(auctionId)}`;
}

// Requests whose fate is unknown, with the key they went out under. Whoever
// presses the button again after a lost answer repeats the same request.
const unansweredKeys = new Map();

async function post(path, fields, onTrouble = () => {}) {
  const body = JSON.stringify(fields);
  const name = `${path}\n${body}`;
  const key = unansweredKeys.get(name) ?? newIdempotencyKey();
  rememberUnanswered(name, key);

  const response = await sendUntilAnswered(path, body, key, onTrouble);
  const answer = await jsonOf(response);
  // An answer that cannot be read decides nothing either.
  if (answer === null) throw new Refusal(wordsForStatus(response.status), response.status);
  unansweredKeys.delete(name);
  if (response.ok || Array.isArray(answer.results)) return answer;
  throw new Refusal(
    reasonIn(answer) ?? wordsForStatus(response.status), response.status, answer);
}

function rememberUnanswered(name, key) {
  unansweredKeys.set(name, key);
  if (unansweredKeys.size > UNANSWERED_KEPT) {
    unansweredKeys.delete(unansweredKeys.keys().next().value);
  }
}

// onTrouble(words) is told before each further attempt.
async function sendUntilAnswered(path, body, key, onTrouble) {
  let delay = REQUEST_RETRY_FIRST_MS;
  let lost = 0;
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(path, body, key);
    if (response !== null && !mayPass(response.status)) return response;

    const reason = response === null ? null : reasonIn(await jsonOf(response));
    if (response === null) lost += 1;
    if (lost === LOST_ATTEMPTS || attempt === PATIENT_ATTEMPTS) {
      throw new Refusal(response === null
        ? 'Connection lost, and again when tried once more. Press again when it is back: '
          + 'nothing is done twice.'
        : `The server asks for patience${reason ? ` (${reason})` : ''}. Press again in a `
          + 'moment: nothing is done twice.');
    }
    onTrouble(response === null
      ? 'Connection lost. Trying once more…' : 'The server asks for patience. Trying again…');
    const asked = Number(response?.headers.get('Retry-After')) * 1_000 || 0;
    const wait = Math.max(delay * (0.5 + Math.random()), asked);
    await pause(Math.min(wait, REQUEST_RETRY_MOST_MS));
    delay *= 2;
  }
}

// Null when no answer came.
async function send(path, body, key) {
  try {
    return await request(path, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json', 'Idempotency-Key': key, Prefer: 'return=minimal',
      },
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch {
    return null;
  }
}

// Answers of a proxy or of a server that is starting, stopping or changing its
// leader: the same request may succeed in a moment.
function mayPass(status) {
  return status === 502 || status === 503 || status === 504;
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
