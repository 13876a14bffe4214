// Checks the chain of an auction's proof: lines of JSON, each with the SHA-256 of the one before
// it. That the rules make of them the winner and the price is checked by `gavel verify`.

const FIRST_BEFORE = '0'.repeat(64);
const HASH = /^[0-9a-f]{64}$/;

// What is wrong with a proof, in a sentence that names the place.
export class Broken extends Error {}

// text: the file. receipt: the hash that a bid was answered with, or ''. Resolves with
// { auctionId, acts, head }, or throws Broken.
export async function checkChain(text, receipt = '') {
  const lines = text.split('\n').filter((line) => line !== '');
  const header = parse(lines[0] ?? '', 1);
  if (header.gavel !== 'proof' || header.version !== 1) {
    throw new Broken('This file is no proof of version 1.');
  }
  let before = FIRST_BEFORE;
  let acts = 0;
  const hashes = new Set();
  for (let i = 1; i < lines.length; i += 1) {
    const act = parse(lines[i], i + 1);
    if (Object.hasOwn(act, 'opens')) continue; // what opens a secret is no act
    acts += 1;
    if (act.n !== acts) {
      throw new Broken(`Act ${acts} was dropped or moved: act ${String(act.n)} is in its place.`);
    }
    if (act.before !== before) throw new Broken(wordsForAltered(acts));
    before = await sha256(lines[i]);
    hashes.add(before);
  }
  if (acts !== header.acts) {
    throw new Broken(`Act ${acts + 1} and what follows was dropped: there are to be `
      + `${String(header.acts)}.`);
  }
  if (acts === 0 || before !== header.head) {
    throw new Broken(`Act ${acts} was altered: it is not the one that the head stands for.`);
  }
  if (receipt !== '' && !hashes.has(receipt)) {
    throw new Broken('The receipt is of no act in this proof.');
  }
  return { auctionId: String(header.auction_id), acts, head: before };
}

// The hash in a receipt as the server answers it, or the hash alone; '' of ''. Null of other text.
export function hashInReceipt(text) {
  const written = text.trim();
  if (written === '') return '';
  const hash = /hash="([0-9a-f]{64})"/.exec(written)?.[1] ?? written;
  return HASH.test(hash) ? hash : null;
}

function wordsForAltered(n) {
  return n === 1 ? 'Act 1 was altered: something is to stand before it.'
    : `Act ${n - 1} was altered, or what act ${n} says of it.`;
}

function parse(line, number) {
  try {
    const object = JSON.parse(line);
    if (object !== null && typeof object === 'object') return object;
  } catch {
    // As of any other text.
  }
  throw new Broken(`Line ${number} is not an object of JSON.`);
}

async function sha256(line) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(line));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
