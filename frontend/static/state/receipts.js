// The receipts that this browser has got for what was done under its reader's names, newest last.
// The server's PROOFS.md says what they are good for.

import { RECEIPTS_KEPT } from '../limits.js';
import { recallObject, remember } from './reader.js';

const KEY = 'gavel.receipts';
const RECEIPT = /index=(\d+), time_us=(\d+), hash="([0-9a-f]{64})"/;

// { index, time, hash } of the header as the server sends it, with the time in Unix seconds; null
// of other text.
export function readReceipt(text) {
  const match = RECEIPT.exec(text);
  if (match === null) return null;
  return { index: match[1], time: Number(match[2]) / 1e6, hash: match[3] };
}

// done: { act, bidder, amount, max_amount, count }, as far as they apply. auction: as the answer
// has it. header: the answer's; null where there is no receipt.
export function keepReceipt(done, { id, name = '', currency = null }, header) {
  if (header === null || readReceipt(header) === null) return;
  const kept = receipts().filter((receipt) => receipt.header !== header);
  kept.push({ ...done, auction_id: String(id), name: String(name), currency, header });
  remember(KEY, JSON.stringify(kept.slice(-RECEIPTS_KEPT)));
}

// Each as keepReceipt() took it, with what readReceipt() says of it.
export function receipts() {
  const kept = recallObject(KEY);
  if (!Array.isArray(kept)) return [];
  return kept.map((receipt) => ({ ...receipt, ...readReceipt(String(receipt?.header)) }))
    .filter(({ hash, auction_id: id }) => hash !== undefined && typeof id === 'string');
}

// The file that is kept with a proof; its first line alone says everything that can be checked.
export function receiptFile({ header, auction_id: id, name, bidder, words }) {
  return `Gavel-Receipt: ${header}\nAuction: ${id} ${name}\nBidder: ${bidder}\nDone: ${words}\n`;
}
