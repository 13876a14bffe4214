// The latest events, newest on top.

import { timeElement } from './clock.js';
import { element } from './element.js';
import { EVENTS_KEPT } from './limits.js';
import { formatMoney } from './money.js';

export class HistoryList {
  #list = document.getElementById('history-list');
  #empty = document.getElementById('history-empty');
  #lastSerial = 0;

  draw(store, restarted) {
    if (restarted) {
      this.#list.replaceChildren();
      this.#lastSerial = 0;
    }
    const fresh = store.events.filter(({ serial }) => serial > this.#lastSerial);
    if (fresh.length > 0) {
      this.#lastSerial = fresh.at(-1).serial;
      this.#list.prepend(...fresh.reverse().map(({ event }) => row(event, store)));
      while (this.#list.childElementCount > EVENTS_KEPT) this.#list.lastElementChild.remove();
    }
    this.#empty.hidden = !store.loaded || store.events.length > 0;
  }
}

function row(event, store) {
  const type = String(event.event_type ?? '');
  const auction = store.auction(event.auction_id);
  const item = element('li', { className: 'event' },
    element('div', { className: 'event-body' },
      element('p', { className: 'event-text' }, ...sentence(type, String(event.payload ?? ''))),
      element('p', { className: 'event-where' },
        element('span', {
          className: 'data', textContent: auction?.name ?? `#${event.auction_id}`,
        }),
        ' · ',
        timeElement(event.timestamp))));
  item.dataset.type = type;
  return item;
}

const strong = (text) => element('strong', { className: 'data', textContent: text });

function sentence(type, payload) {
  if (type === 'created') return ['Auction created'];
  if (type === 'bid') return bidSentence(payload);
  if (type === 'closed' || type === 'ended') {
    const what = type === 'closed' ? 'Closed' : 'Time ended';
    return payload === '' ? [`${what} without a bid`] : [`${what}, won by `, strong(payload)];
  }
  return [type, ' ', strong(payload)];
}

// The payload is `alice bid $60.0`, written for a log. A bidder may be called
// anything, so only its end is relied on; if that differs, it is shown as it is.
function bidSentence(payload) {
  const match = /^(.*) bid \$(\S+)$/s.exec(payload);
  const amount = Number(match?.[2]);
  if (match === null || !Number.isFinite(amount)) return [payload];
  return [strong(match[1]), ' bid ', strong(formatMoney(amount))];
}
