// An event of the history as a sentence.

import { formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { element } from '../parts/element.js';
import { bidInPayload } from '../state/auction.js';

// Nodes and strings, for append().
export function sentenceOf({ event_type: type, payload }) {
  if (type === 'created') return ['Auction created'];
  if (type === 'bid') return bidSentence(payload);
  if (type === 'closed' || type === 'ended') {
    const what = type === 'closed' ? 'Closed' : 'Time ended';
    return payload === '' ? [`${what} without a bid`] : [`${what}, won by `, strong(payload)];
  }
  return [shortened(type, TEXT_SHOWN), ' ', strong(payload)];
}

function bidSentence(payload) {
  const bid = bidInPayload(payload);
  if (bid === null) return [shortened(payload, TEXT_SHOWN)];
  return [strong(bid.bidder), ' bid ', strong(formatMoney(bid.amount))];
}

function strong(text) {
  return element('strong', { className: 'data', textContent: shortened(text, TEXT_SHOWN) });
}
