// One request to the server. Every answer also sets the clock. What went wrong is a
// Refusal, whose message a person can read.

import { POLL_TIMEOUT_MS } from '../limits.js';
import { localSeconds, serverClock } from './server_clock.js';

export class Refusal extends Error {
  // status: the answer's, or 0 when none came. answer: its JSON, where it says more.
  constructor(message, status = 0, answer = null) {
    super(message);
    this.status = status;
    this.answer = answer;
  }
}

export async function request(path, options) {
  const sentAt = localSeconds();
  const response = await fetch(path, { cache: 'no-store', ...options });
  serverClock.observeAnswer(response.headers, sentAt);
  return response;
}

// The answer's JSON, or null when it is none: a proxy's page, half an answer.
export async function jsonOf(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

export function reasonIn(answer) {
  const reason = answer?.error ?? answer?.message;
  return typeof reason === 'string' && reason !== '' ? reason : null;
}

export function wordsForStatus(status) {
  return `The server’s answer cannot be read (status ${status}).`;
}

// Throws a Refusal; its status is 404 for what is not there.
export async function read(path, { timeoutMs = POLL_TIMEOUT_MS, signal } = {}) {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response;
  try {
    response = await request(path, {
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
  } catch {
    throw new Refusal('The server cannot be reached.');
  }
  const answer = await jsonOf(response);
  if (response.ok && answer !== null) return answer;
  throw new Refusal(reasonIn(answer) ?? wordsForStatus(response.status), response.status);
}
