// What happened: live at its newest page, back to the first event, filtered, and to be
// kept as a file. What is looked at stands in the address.

import { historyEnd, readHistoryBefore } from '../connection/history_pages.js';
import { Refusal } from '../connection/requests.js';
import { shortened } from '../format/text.js';
import { timeElement } from '../format/locale.js';
import { HISTORY_ROWS, TEXT_SHOWN } from '../limits.js';
import { AuctionPicker } from '../parts/auction_picker.js';
import { element, setText } from '../parts/element.js';
import { Field } from '../parts/field.js';
import { hashOf } from '../parts/router.js';
import { readEvent } from '../state/auction.js';
import { sentenceOf } from './event_words.js';
import { HistoryExport } from './history_export.js';

const TYPES = {
  '': 'Everything', created: 'Created', opened: 'Opened', bid: 'Bids',
  extended: 'Extended', retracted: 'Taken back', closed: 'Closed', ended: 'Ended',
};
const LIVE_ROWS_MOST = 4 * HISTORY_ROWS;
const DRAW_MS = 250;

export class HistoryPage {
  title = 'History';
  #store;
  #requestDraw;
  #picker;
  #type = element('select', { name: 'type' }, ...Object.entries(TYPES).map(
    ([value, textContent]) => element('option', { value, textContent })));
  #status = element('p', { className: 'table-status' });
  #body = element('tbody');
  #newest = element('a', { className: 'button', textContent: 'Newest' });
  #older = element('a', { className: 'button', textContent: 'Older' });
  #filter = { auction: '', type: '', before: null };
  #page = null; // { events, before, complete } as readHistoryBefore() gives it
  #live = []; // { id, event }, newest first, since the page was read
  #overflowed = false; // some live ones were let go
  #round = 0;
  #unlisten = null;
  #changed = false;
  #drawnAt = -Infinity;

  constructor({ store }, requestDraw) {
    this.#store = store;
    this.#requestDraw = requestDraw;
    this.#picker = new AuctionPicker(store, {
      label: 'Auction', hint: 'A name, or # and the number. Empty: all auctions.',
    });
    this.#status.setAttribute('role', 'status');
    const filters = element('form', { className: 'filters', noValidate: true },
      this.#picker.root, new Field('Type', this.#type).root);
    filters.addEventListener('change', () => this.#ask());
    filters.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#ask();
    });
    const pager = element('nav', { className: 'pager' }, this.#newest, this.#older);
    pager.setAttribute('aria-label', 'Pages of the history');
    this.root = element('div', { className: 'view' },
      element('h2', { className: 'page-title', textContent: 'History' }),
      element('section', { className: 'panel' }, filters,
        new HistoryExport(() => this.#filter, passing).root),
      element('section', { className: 'panel' }, this.#status, table(this.#body), pager));
  }

  open({ query }) {
    const before = Number(query.get('before'));
    const type = query.get('type') ?? '';
    this.#filter = {
      auction: query.get('auction') ?? '',
      type: Object.hasOwn(TYPES, type) ? type : '',
      before: Number.isSafeInteger(before) && before > 1 ? before : null,
    };
    this.#picker.id = this.#filter.auction;
    this.#type.value = this.#filter.type;
    this.#unlisten?.();
    this.#unlisten = this.#store.listen({
      event: (event, id) => this.#addLive(event, id),
      snapshot: () => { if (this.#isNewest) this.#read(); },
    });
    this.#page = null;
    this.#body.replaceChildren();
    this.#read();
  }

  close() {
    this.#unlisten?.();
    this.#unlisten = null;
    this.#round += 1;
  }

  tick() {}

  draw() {
    if (!this.#changed || this.#page === null) return;
    if (performance.now() - this.#drawnAt < DRAW_MS) {
      setTimeout(this.#requestDraw, DRAW_MS);
      return;
    }
    this.#changed = false;
    this.#drawnAt = performance.now();
    const rows = [...this.#live];
    const known = new Set(rows.map(({ id }) => id));
    if (!this.#overflowed) {
      for (const raw of [...this.#page.events].reverse()) {
        if (!known.has(raw.id)) rows.push({ id: raw.id, event: readEvent(raw) });
      }
    }
    this.#body.replaceChildren(...rows.map(({ event }) => this.#row(event)));
    this.#say(rows.length);
    this.#newest.hidden = this.#isNewest;
    this.#newest.href = this.#address({ before: null });
    this.#older.hidden = this.#page.complete && !this.#overflowed;
    this.#older.href = this.#address({ before: this.#olderThan(rows.length) });
  }

  get #isNewest() { return this.#filter.before === null; }

  #say(count) {
    const looked = this.#page.complete ? '' : ' yet; look at older ones';
    let words = this.#isNewest ? 'Live, newest first.' : 'Older events, newest first.';
    if (count === 0) words = `Nothing found${looked}.`;
    setText(this.#status, words);
  }

  // Where live rows were let go, the next page may show some twice, but leaves none out.
  #olderThan(count) {
    return this.#overflowed ? this.#page.end - count : this.#page.before;
  }

  #address(changed) {
    return hashOf(['history'], { ...this.#filter, ...changed });
  }

  #ask() {
    const { id } = this.#picker;
    if (!this.#picker.judge(id === null ? 'No auction has that name alone.' : null)) return;
    location.hash = this.#address({ auction: id, type: this.#type.value, before: null });
  }

  async #read() {
    this.#round += 1;
    const round = this.#round;
    const { auction, before } = this.#filter;
    // Live ones that come while the page is read are in it or follow it.
    this.#live = [];
    this.#overflowed = false;
    setText(this.#status, 'Asking the server…');
    try {
      const end = before ?? await historyEnd();
      const page = await readHistoryBefore(end, HISTORY_ROWS, {
        auctionId: auction === '' ? null : auction, passes: passing(this.#filter),
      });
      if (round !== this.#round) return;
      this.#page = { ...page, end };
      this.#changed = true;
      this.#requestDraw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (round === this.#round) setText(this.#status, error.message);
    }
  }

  #addLive(event, id) {
    if (!this.#isNewest || !passing(this.#filter)(event)) return;
    this.#live.unshift({ id, event });
    if (this.#page !== null) this.#page.end += 1;
    if (this.#live.length > LIVE_ROWS_MOST) {
      this.#live.length = LIVE_ROWS_MOST;
      this.#overflowed = true;
    }
    this.#changed = true;
    this.#requestDraw();
  }

  #row(event) {
    const auction = this.#store.auction(event.auction_id);
    const name = auction?.name ?? `#${event.auction_id}`;
    const row = element('tr', {},
      element('td', {}, timeElement(event.timestamp)),
      element('td', {}, element('a', {
        className: 'data clipped',
        href: hashOf(['auctions', event.auction_id]),
        textContent: shortened(name, TEXT_SHOWN),
      })),
      element('td', { className: 'event-text' }, ...sentenceOf(event, auction)));
    row.dataset.type = event.event_type;
    return row;
  }
}

function passing({ auction, type }) {
  return (event) => (type === '' || event.event_type === type)
    && (auction === '' || String(event.auction_id) === auction);
}

function table(body) {
  const root = element('table', { className: 'table history-table' },
    element('thead', {}, element('tr', {}, ...['Time', 'Auction', 'What'].map((textContent) => (
      element('th', { scope: 'col', textContent }))))),
    body);
  root.setAttribute('aria-label', 'History');
  return element('div', { className: 'table-scroll' }, root);
}
