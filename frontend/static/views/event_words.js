// An event of the history as a sentence.

import { formatMoney, formatTime } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { element } from '../parts/element.js';
import { bidInPayload } from '../state/auction.js';

// Nodes and strings, for append(). auction: as far as it is known.
export function sentenceOf({ event_type: type, payload }, auction) {
  switch (type) {
    case 'created': return ['Auction created'];
    case 'opened': return ['Bidding opened'];
    case 'bid': return bidSentence(payload, auction);
    case 'extended': return ['Extended until ', strong(formatTime(Number(payload)))];
    case 'retracted': return retractionSentence(payload, auction);
    case 'closed': return endSentence('Closed', payload, auction);
    case 'ended': return endSentence('Time ended', payload, auction);
    default: return [shortened(type, TEXT_SHOWN), ' ', strong(payload)];
  }
}

function endSentence(what, winner, auction) {
  if (winner !== '') return [`${what}, won by `, strong(winner)];
  if (auction?.cancelled) return ['Cancelled'];
  return [`${what} without a ${auction?.rules ? 'sale' : 'bid'}`];
}

function bidSentence(payload, auction) {
  const bid = bidInPayload(payload);
  if (bid === null) return [shortened(payload, TEXT_SHOWN)];
  return [strong(bid.bidder), ' bid ', strong(formatMoney(bid.amount, auction?.currency))];
}

// `bob retracted, now $50.0`: of who may be called anything only the end is relied on.
function retractionSentence(payload, auction) {
  const match = /^(.*) retracted, now \$(\S+)$/s.exec(payload);
  if (match === null) return [shortened(payload, TEXT_SHOWN)];
  return [strong(match[1]), ' took bids back, now ',
    strong(formatMoney(Number(match[2]), auction?.currency))];
}

function strong(text) {
  return element('strong', { className: 'data', textContent: shortened(text, TEXT_SHOWN) });
}
