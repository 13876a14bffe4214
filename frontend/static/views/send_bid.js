// Sends a bid and tells what became of it. Fetched when the first bid is near, as the list is
// seen before anybody bids.

import { readLeanAuction } from '../connection/reads.js';
import { Refusal } from '../connection/requests.js';
import { placeBid } from '../connection/writes.js';
import { isOpen } from '../state/auction.js';

// Resolves with { kind: 'accepted', amount }, { kind: 'too low', price? } or
// { kind: 'refused', words }. current(): the auction as the page knows it by then.
export async function sendBid(auctionId, bid, current, onTrouble) {
  try {
    await placeBid(auctionId, bid, onTrouble);
    return { kind: 'accepted', amount: bid.amount };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refusal(error, auctionId, bid.amount, current());
  }
}

// The server says that a bid must be higher, and the auction how high.
async function refusal(error, auctionId, amount, auction) {
  if (error.status !== 409) return { kind: 'refused', words: error.message };
  const over = { kind: 'refused', words: `No more bids: ${error.message}.` };
  if (!isOpen(auction)) return over;
  if (auction.current_bid >= amount) return { kind: 'too low' };
  const now = await readLeanAuction(auctionId).catch(() => null);
  if (now === null) return { kind: 'refused', words: error.message };
  return isOpen(now) ? { kind: 'too low', price: now.current_bid } : over;
}
