// The latest events, newest on top.

import { shortened } from '../format/text.js';
import { timeElement } from '../format/locale.js';
import { FEED_SHOWN, TEXT_SHOWN } from '../limits.js';
import { element } from '../parts/element.js';
import { hashOf } from '../parts/router.js';
import { sentenceOf } from './event_words.js';

export class Activity {
  #list;
  #empty;
  #most;
  #lastSerial = 0;

  constructor(list, empty, most = FEED_SHOWN) {
    this.#list = list;
    this.#empty = empty;
    this.#most = most;
  }

  // all: what is shown may be from another snapshot.
  draw(store, all) {
    if (all) {
      this.#list.replaceChildren();
      this.#lastSerial = 0;
    }
    const { events } = store;
    const last = events.at(-1)?.serial ?? 0;
    if (last > this.#lastSerial) {
      const fresh = Math.min(this.#most, last - this.#lastSerial, events.length);
      this.#lastSerial = last;
      this.#list.prepend(...events.slice(-fresh).reverse().map(({ event }) => row(event, store)));
      while (this.#list.childElementCount > this.#most) this.#list.lastElementChild.remove();
    }
    this.#empty.hidden = !store.loaded || events.length > 0;
  }
}

function row(event, store) {
  const auction = store.auction(event.auction_id);
  const where = element('a', {
    className: 'data',
    href: hashOf(['auctions', event.auction_id]),
    textContent: shortened(auction?.name ?? `#${event.auction_id}`, TEXT_SHOWN),
  });
  const item = element('li', { className: 'event' },
    element('div', { className: 'event-body' },
      element('p', { className: 'event-text' }, ...sentenceOf(event, auction)),
      element('p', { className: 'event-where' }, where)),
    timeElement(event.timestamp));
  item.dataset.type = event.event_type;
  return item;
}
