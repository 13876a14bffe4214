// Checks the chain of an auction's proof: lines of JSON, each with the SHA-256 of the one before
// it, and what is opened of their secrets. That the rules make of them the winner and the price
// is checked by `gavel verify`.

const FIRST_BEFORE = '0'.repeat(64);
const OPENING = new RegExp('^\\{"opens":(\\d+),"field":"(\\w+)","offer":(\\d+),'
  + '"salt":"([0-9a-f]{32})","value":(.+)\\}$');

// What is wrong with a proof, in a sentence that names the place.
export class Broken extends Error {
  // act: the number of the first act that cannot be trusted; 0 where it is none of them.
  constructor(message, act = 0) {
    super(message);
    this.act = act;
  }
}

// text: the file. receipt: { index, hash } of one that a bid was answered with, or null. Resolves
// with { auctionId, acts, head }, or throws Broken.
export async function checkChain(text, receipt = null) {
  const { header, acts, openings } = readProof(text);
  checkHeader(header);
  let last = { hash: FIRST_BEFORE, index: 0, time: 0 };
  const hashes = [];
  for (const [i, act] of acts.entries()) {
    const n = i + 1;
    if (act.object.n !== n) {
      throw new Broken(
        `Act ${n} was dropped or moved: act ${String(act.object.n)} is in its place.`, n);
    }
    if (act.object.before !== last.hash) throw altered(n, last, receipt);
    const { index, time_us: time } = act.object;
    if (!(index > last.index && time >= last.time)) {
      throw new Broken(`Act ${n} has an index or a time that is not above the one before it.`, n);
    }
    last = { hash: await sha256(bytesOf(act.line)), index, time };
    hashes.push(last.hash);
  }
  checkEnd(header.object, acts.length, last, receipt);
  if (receipt !== null && !hashes.includes(receipt.hash)) {
    throw new Broken('The receipt is of no act in this proof.');
  }
  const { auction_id: auctionId } = acts[0].object;
  if (auctionId !== undefined && auctionId !== header.object.auction_id) {
    throw new Broken('Line 1 was altered: its auction is another one than that of act 1.');
  }
  for (const opening of openings) await checkOpening(opening, acts);
  return { auctionId: String(header.object.auction_id), acts: acts.length, head: last.hash };
}

// Each line with what it says: { header, acts, openings }, of { line, number, object }.
export function readProof(text) {
  const [header = { line: '', number: 1, object: {} }, ...rest] = text.split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => ({ line, number, object: parse(line, number) }));
  const opens = ({ object }) => Object.hasOwn(object, 'opens'); // no act, but a secret
  return { header, acts: rest.filter((line) => !opens(line)), openings: rest.filter(opens) };
}

function checkHeader({ line, object }) {
  const { gavel, version, log_id, auction_id, acts, head } = object;
  if (gavel !== 'proof' || version !== 1) throw new Broken('This file is no proof of version 1.');
  const written = JSON.stringify({ gavel, version, log_id, auction_id, acts, head });
  if (line !== written) throw new Broken('Line 1 was altered.');
}

// Act n does not say of the act before what that one is. A receipt tells which of them it was.
function altered(n, before, receipt) {
  if (n === 1) return new Broken('Act 1 was altered: something is to stand before it.', 1);
  if (receipt?.hash === before.hash) {
    return new Broken(`Act ${n} was altered: act ${n - 1} is as the receipt has it.`, n);
  }
  if (receipt !== null && receipt.index === String(before.index)) {
    return new Broken(`Act ${n - 1} was altered: it is not what the receipt was given for.`, n - 1);
  }
  return new Broken(`Act ${n - 1} was altered, or what act ${n} says of it.`, n - 1);
}

function checkEnd(header, count, last, receipt) {
  if (count !== header.acts) {
    throw new Broken(`Act ${count + 1} and what follows was dropped: there are to be `
      + `${String(header.acts)}.`, count + 1);
  }
  if (count > 0 && last.hash === header.head) return;
  const which = receipt !== null && receipt.index === String(last.index)
    && receipt.hash !== last.hash ? 'it is not what the receipt was given for'
    : 'it is not the one that the head stands for';
  throw new Broken(`Act ${count} was altered: ${which}.`, count);
}

async function checkOpening({ line, number }, acts) {
  const [, n, field, offer, salt, value] = OPENING.exec(line) ?? [];
  const act = acts[Number(n) - 1]?.object;
  const offered = Array.isArray(act?.offers) ? act.offers : [act];
  const committed = offered[Number(offer)]?.[field]?.commitment;
  if (committed === undefined) {
    throw new Broken(`Line ${number} was altered: it opens nothing that an act has hidden.`);
  }
  const salted = new Uint8Array([...salt.match(/../g).map((hex) => parseInt(hex, 16)),
    ...bytesOf(value)]);
  if (await sha256(salted) !== committed) {
    throw new Broken(`Line ${number} was altered: it opens something else than act ${n} has `
      + 'hidden.', Number(n));
  }
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

function bytesOf(text) {
  return new TextEncoder().encode(text);
}

async function sha256(bytes) {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
