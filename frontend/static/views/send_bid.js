// Sends a bid and tells what became of it, which stays true when others bid more. Fetched when
// the first bid is near, as the list is seen before anybody bids.

import { readLeanAuction } from '../connection/reads.js';
import { Refusal } from '../connection/requests.js';
import { placeBid } from '../connection/writes.js';
import { formatMoney } from '../format/locale.js';
import { isOpen } from '../state/auction.js';
import { isSealed } from '../state/rules.js';
import { leastBidInWords } from './auction_facts.js';

// bid: { bidder, amount } or { bidder, max_amount }. token: as Identity gives it. current(): the
// auction as the page knows it by then. Resolves with { accepted, wordsFor(auction, name) }, the
// latter returning { words, outcome }.
export async function sendBid(auctionId, bid, token, current, onTrouble) {
  try {
    await placeBid(auctionId, bid, onTrouble, token);
    return { accepted: true, wordsFor: (auction, name) => acceptedWords(auction, name, bid) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const wordsFor = await refusal(error, auctionId, bid.amount ?? bid.max_amount, current());
    return { accepted: false, wordsFor };
  }
}

function acceptedWords(auction, name, { amount, max_amount: most }) {
  const { current_bid: price, currency, rules } = auction;
  const money = (value) => formatMoney(value, currency);
  const leads = auction.highest_bidder === name;
  const done = (words) => ({ words, outcome: 'done' });
  if (rules?.outcome === 'SOLD' && rules.winner === name) {
    return done(`Yours for ${money(rules.price ?? price)}.`);
  }
  if (isOpen(auction) && isSealed(auction)) {
    return done(`${money(amount)} is in, hidden. You can raise it.`);
  }
  if (most !== undefined) {
    if (leads) return done(`You lead at ${money(price)}, up to ${money(most)}.`);
    if (price < most) return done(`Accepted, up to ${money(most)}.`);
  } else {
    if (price <= amount) return done(`Accepted: ${money(amount)}.`);
    if (leads) return done(`Accepted; you lead with ${money(price)}.`);
  }
  return { words: `Outbid: now ${money(price)}.`, outcome: 'refused' };
}

// The server says that a bid must be higher, and the auction how high.
async function refusal(error, auctionId, amount, auction) {
  const say = (words) => () => ({ words, outcome: 'refused' });
  if (error.status !== 409) return say(error.message);
  const over = say(`No more bids: ${error.message}.`);
  if (!isOpen(auction)) return over;
  if (auction.rules !== null) return refusalByRules(error, auction.rules, say);
  if (auction.current_bid >= amount) return tooLow(0);
  const now = await readLeanAuction(auctionId).catch(() => null);
  if (now === null) return say(error.message);
  return isOpen(now) ? tooLow(now.current_bid) : over;
}

// known: a price that was told beside the stream.
function tooLow(known) {
  return ({ current_bid: price, currency }) => ({
    words: `Too low: bid more than ${formatMoney(Math.max(price, known), currency)}.`,
    outcome: 'refused',
  });
}

// Where an auction has rules of its own, the answer tells what the bid must be.
function refusalByRules({ message, answer }, { dutch }, say) {
  if (answer?.ok !== false) return say(`${message}.`);
  if (dutch) return say('The price has not fallen so far yet. Press again.');
  const told = Number(answer.min_next_bid) || 0;
  return (auction) => ({
    words: `Too low: bid ${leastBidInWords(auction, told)}.`, outcome: 'refused',
  });
}
