// The requests that change something. Each resolves with the server's answer or
// throws a Refusal. The same request goes out under the same key until it was
// answered, so that nothing is done twice. A token, as Identity gives it, proves who asks.

import {
  LOST_ATTEMPTS, PATIENT_ATTEMPTS, REQUEST_RETRY_FIRST_MS, REQUEST_RETRY_MOST_MS,
  REQUEST_TIMEOUT_MS, UNANSWERED_KEPT,
} from '../limits.js';
import { keepReceipt } from '../state/receipts.js';
import { jsonOf, reasonIn, Refusal, request, wordsForStatus } from './requests.js';

export async function createAuction(fields, onTrouble, token = null) {
  return (await post('/api/auctions', fields, onTrouble, token)).answer;
}

export function placeBid(auctionId, bid, onTrouble, token = null) {
  return act(auctionId, 'bid', bid, onTrouble, token);
}

// Accepts the price at which the auction can be bought.
export function buyNow(auctionId, bidder, onTrouble, token = null) {
  return act(auctionId, 'buy_now', { bidder }, onTrouble, token);
}

// Takes bids back, as far as the auction's rules allow.
export function retractBids(auctionId, bidder, onTrouble, token = null) {
  return act(auctionId, 'retract', { bidder }, onTrouble, token);
}

// What a bidder does to an auction, and the receipt that there is for it.
async function act(auctionId, name, fields, onTrouble, token) {
  const { answer, receipt } = await post(
    `${auctionPath(auctionId)}/${name}`, fields, onTrouble, token);
  const auction = answer.auction ?? {};
  const paid = name === 'buy_now' ? { amount: auction.price ?? auction.current_bid } : {};
  keepReceipt({ act: name, ...fields, ...paid }, { ...auction, id: auctionId }, receipt);
  return answer;
}

// Resolves also when no bid was accepted (409): the results say why, bid by bid.
export async function placeBids(auctionId, bids, onTrouble, token = null) {
  const { answer, receipt } = await post(
    `${auctionPath(auctionId)}/bids/bulk`, { bids }, onTrouble, token);
  keepReceipt({ act: 'bids', count: answer.accepted }, { id: auctionId }, receipt);
  return answer;
}

export async function closeAuction(auctionId, onTrouble, token = null) {
  return (await post(`${auctionPath(auctionId)}/close`, {}, onTrouble, token)).answer;
}

// An operator's, who has a token of another kind.
export async function cancelAuction(auctionId, onTrouble, token) {
  return (await post(`${auctionPath(auctionId)}/cancel`, {}, onTrouble, token)).answer;
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

// Called when the server wants a token that was not sent.
let tellNeedOfToken = () => {};

export function whenTokenIsNeeded(listener) {
  tellNeedOfToken = listener;
}

// { answer, receipt }, the latter null where there is none.
async function post(path, fields, onTrouble = () => {}, token = null) {
  const body = JSON.stringify(fields);
  const name = `${path}\n${body}`;
  const key = unansweredKeys.get(name) ?? newIdempotencyKey();
  rememberUnanswered(name, key);

  const response = await sendUntilAnswered(path, body, headersFor(key, token), onTrouble);
  const answer = await jsonOf(response);
  // An answer that cannot be read decides nothing either.
  if (answer === null) throw new Refusal(wordsForStatus(response.status), response.status);
  unansweredKeys.delete(name);
  if (response.ok || Array.isArray(answer.results)) {
    return { answer, receipt: response.headers.get('Gavel-Receipt') };
  }
  if (response.status === UNAUTHORIZED) throw new Refusal(wordsForToken(token), UNAUTHORIZED);
  throw new Refusal(
    reasonIn(answer) ?? wordsForStatus(response.status), response.status, answer);
}

const UNAUTHORIZED = 401;

// What the server says of tokens is meant for who writes requests.
function wordsForToken(token) {
  if (token !== null) return 'The server does not take your token: it is wrong or has expired.';
  tellNeedOfToken();
  return 'This needs your token. Press again to paste it.';
}

// A key that the server remembers: the same request sent twice under one key is done once. It
// needs to be unique, not secret.
function newIdempotencyKey() {
  // randomUUID exists only in secure contexts, and a dashboard on a plain-http
  // host of the local network is not one.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function headersFor(key, token) {
  const headers = {
    'Content-Type': 'application/json', 'Idempotency-Key': key, Prefer: 'return=minimal',
  };
  if (token !== null) headers.Authorization = `Bearer ${token.text}`;
  return headers;
}

function rememberUnanswered(name, key) {
  unansweredKeys.set(name, key);
  if (unansweredKeys.size > UNANSWERED_KEPT) {
    unansweredKeys.delete(unansweredKeys.keys().next().value);
  }
}

// onTrouble(words) is told before each further attempt.
async function sendUntilAnswered(path, body, headers, onTrouble) {
  let delay = REQUEST_RETRY_FIRST_MS;
  let lost = 0;
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(path, body, headers);
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
async function send(path, body, headers) {
  try {
    return await request(path, {
      method: 'POST', headers, body, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
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
