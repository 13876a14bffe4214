// The person at this page: the name under which they bid, the token that proves it where one is
// needed, and what the browser keeps for them.

import { BIDDER_BYTES } from '../limits.js';
import { bytesOf } from '../format/text.js';

const NAME = 'gavel.name';
const TOKEN = 'gavel.token';
const HEX_OF_NAME = `[0-9A-Fa-f]{2,${2 * BIDDER_BYTES}}`;
const TOKEN_FORM = new RegExp(`^(${HEX_OF_NAME})\\.(\\d{1,15})\\.[0-9A-Fa-f]{64}$`);

// Kept in the browser; other tabs learn of a change at once.
export class Identity {
  #name = recall(NAME) ?? '';
  #token = readToken(recall(TOKEN) ?? '');
  #needsTokens = false;
  #listeners = new Set();

  constructor() {
    addEventListener('storage', ({ key, newValue }) => {
      if (key === NAME) this.#set(newValue ?? '', this.#token);
      if (key === TOKEN) this.#set(this.#name, readToken(newValue ?? ''));
    });
  }

  // '' until somebody said it.
  get name() { return this.#name; }

  // The server lets some things be done only by who proves to be the bidder.
  get needsTokens() { return this.#needsTokens; }

  // The token that proves the name at a time of the server's: { text, name, expires }, or null.
  proof(now) {
    const token = this.#token;
    return token !== null && token.name === this.#name && token.expires > now ? token : null;
  }

  // The name, the token, or whether one is needed have changed.
  listen(listener) {
    this.#listeners.add(listener);
  }

  // Returns what is wrong with the name in a sentence, or null once it is kept.
  choose(name) {
    if (name.trim() === '') return 'Write the name under which you bid.';
    if (bytesOf(name) > BIDDER_BYTES) return 'That name is too long.';
    remember(NAME, name);
    this.#set(name, this.#token);
    return null;
  }

  // The same for a token, which also says the name.
  chooseToken(text, now) {
    const token = readToken(text);
    if (token === null) return 'That is no token. Paste all of it: three parts with dots between.';
    if (token.expires <= now) return 'That token has expired: ask for another one.';
    remember(NAME, token.name);
    remember(TOKEN, token.text);
    this.#set(token.name, token);
    return null;
  }

  forgetToken() {
    remember(TOKEN, '');
    this.#set(this.#name, null);
  }

  needTokens() {
    if (this.#needsTokens) return;
    this.#needsTokens = true;
    this.#tell();
  }

  #set(name, token) {
    if (name === this.#name && token?.text === this.#token?.text) return;
    this.#name = name;
    this.#token = token;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

// `HEX(name).EXPIRES.HEX(signature)`, as the operator mints them; only the server can check the
// signature. Null for other text.
function readToken(text) {
  const match = TOKEN_FORM.exec(text.trim());
  if (match === null || match[1].length % 2 === 1) return null;
  const bytes = Uint8Array.from(match[1].match(/../g), (hex) => parseInt(hex, 16));
  return { text: match[0], name: new TextDecoder().decode(bytes), expires: Number(match[2]) };
}

// A browser may forbid it; then nothing is kept, and nothing else changes.
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Full or forbidden.
  }
}

// Null too when it is not what remember() was given.
export function recallObject(key) {
  try {
    return JSON.parse(recall(key));
  } catch {
    return null;
  }
}
