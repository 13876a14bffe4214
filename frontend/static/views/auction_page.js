// An auction's own page: price and course, the bid form, every bid, its history.

import { Refusal } from '../connection/requests.js';
import { readHistoryEnd } from '../connection/history_pages.js';
import { auctionPath } from '../connection/writes.js';
import { formatFullTime, formatMoney, timeElement } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { PAGE_EVENTS_SHOWN, TEXT_SHOWN } from '../limits.js';
import { element, setData, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';
import { VirtualList } from '../parts/virtual_list.js';
import { isOpen, readEvent } from '../state/auction.js';
import { isSealed } from '../state/rules.js';
import { BidList } from '../state/bid_list.js';
import { AuctionActions } from './auction_actions.js';
import { AuctionPrice, AuctionTime, Badge, countOfBids } from './auction_facts.js';
import { BidForm } from './bid_form.js';
import { sentenceOf } from './event_words.js';
import { PriceChart } from './price_chart.js';
import { RulesPanel } from './rules_panel.js';
import { SellerPanel } from './seller_panel.js';
import { ShareLink } from './share_link.js';

export class AuctionPage {
  #model;
  #requestDraw;
  #id = null;
  #parts = null; // of the auction that is open
  #heading = element('h2', { className: 'page-title data' });
  #trouble = element('p', { className: 'empty' });
  #body = element('div', { className: 'auction-body' });
  #badges = element('div');

  constructor(model, requestDraw) {
    this.#model = model;
    this.#requestDraw = requestDraw;
    const back = element('a', {
      className: 'back', href: '#/auctions', textContent: '← All auctions',
    });
    this.root = element('div', { className: 'view auction-page' },
      back, element('div', { className: 'page-head' }, this.#heading, this.#badges),
      this.#trouble, this.#body);
  }

  get title() { return shortened(this.#heading.textContent || 'Auction', 60); }
  get auctionId() { return this.#id; }

  open({ path: [, id] }) {
    if (this.#id === id) return;
    this.#leave();
    this.#id = id;
    this.#parts = new Parts(id, this.#model, this.#requestDraw);
    this.#badges.replaceChildren(this.#parts.badge.root);
    this.#body.replaceChildren(...this.#parts.nodes);
    setText(this.#heading, '');
  }

  close() {
    this.#leave();
  }

  draw(changes) {
    const auction = this.#model.store.auction(this.#id);
    const missing = auction === undefined;
    this.#body.hidden = missing;
    this.#badges.hidden = missing;
    this.#trouble.hidden = !missing;
    if (missing) {
      setText(this.#heading, `Auction ${shortened(this.#id, TEXT_SHOWN)}`);
      setText(this.#trouble, this.#parts.wordsForNone());
      return;
    }
    setText(this.#heading, auction.name);
    setData(this.root, 'status', auction.status);
    setData(this.root, 'standing', this.#model.standings.of(auction) ?? '');
    this.#parts.draw(auction, changes);
  }

  tick() {
    this.#parts?.tick();
  }

  #leave() {
    this.#parts?.close();
    this.#parts = null;
    this.#id = null;
  }
}

class Parts {
  #id;
  #model;
  #bids;
  #drawnBids = -1;
  #price;
  #time;
  #bidForm;
  #rules;
  #seller = new SellerPanel();
  #actions;
  #proof;
  #chart;
  #course;
  #description = element('p', { className: 'auction-description data' });
  #bidsTitle = element('h3', { textContent: 'Bids' });
  #bidsNone = element('p', { className: 'empty' });
  #bidRows;
  #history;

  constructor(id, model, requestDraw) {
    this.#id = id;
    this.#model = model;
    this.badge = new Badge(model.standings);
    this.#price = new AuctionPrice(model.clock);
    this.#time = new AuctionTime(model.clock);
    this.#bidForm = new BidForm(id, model);
    this.#rules = new RulesPanel(model);
    this.#actions = new AuctionActions(id, model);
    this.#proof = element('span', {}, element('a', {
      href: `${auctionPath(id)}/proof`, download: `proof-${id}.jsonl`,
      textContent: 'Download its proof',
    }), ' · ');
    this.#chart = new PriceChart(model.clock);
    this.#bids = new BidList(model.store, id, requestDraw);
    this.#bidRows = new VirtualList('Bids, newest first', bidRow);
    this.#history = new AuctionHistory(id, model, requestDraw);
    this.#course = element('section', { className: 'panel course' },
      element('h3', { textContent: 'Course of the price' }), this.#chart.root);
    this.nodes = [
      element('section', { className: 'panel sale' },
        element('h3', { className: 'visually-hidden', textContent: 'Bid' }),
        element('div', { className: 'card-figures' }, this.#price.root, this.#time.words),
        this.#time.bar, this.#bidForm.root, this.#actions.buy, this.#seller.root,
        this.#description, this.#rules.root,
        element('div', { className: 'sale-actions' },
          new ShareLink().root, this.#actions.root),
        element('p', { className: 'proof' }, this.#proof,
          element('a', {
            href: hashOf(['mine', 'bids'], { auction: id }), textContent: 'My receipts',
          }), ' · ', element('a', { href: '#/verify', textContent: 'Verify one' }))),
      this.#course,
      element('section', { className: 'panel' },
        this.#bidsTitle, this.#bidsNone, this.#bidRows.root),
      element('section', { className: 'panel' },
        element('h3', { textContent: 'History' }), ...this.#history.nodes),
    ];
  }

  wordsForNone() {
    if (!this.#model.store.loaded) return 'Waiting for the server…';
    const { problem } = this.#bids;
    if (problem === null) return 'Asking the server…';
    return problem.status === 404
      ? 'There is no such auction. Look whether the address is complete.' : problem.message;
  }

  draw(auction, changes) {
    this.badge.draw(auction);
    this.#price.draw(auction);
    this.#time.draw(auction);
    this.#bidForm.draw(auction);
    this.#seller.draw(auction, this.#model.identity.name);
    this.#rules.draw(auction);
    this.#actions.draw(auction);
    this.#course.hidden = hasNoCourse(auction);
    // It would tell how many have bid.
    this.#proof.hidden = isOpen(auction) && isSealed(auction);
    setText(this.#description, auction.description);
    this.#drawBids(auction, changes);
    this.#history.draw();
  }

  tick() {
    this.#price.tick();
    this.#time.tick();
    this.#bidForm.tick();
    this.#chart.tick();
  }

  close() {
    this.#bids.close();
    this.#chart.close();
    this.#history.close();
  }

  #drawBids(auction, changes) {
    const { bids, loaded, problem } = this.#bids;
    const { currency } = auction;
    const hidden = isOpen(auction) && isSealed(auction);
    const words = hidden ? 'bids' : countOfBids(auction.bid_count);
    setText(this.#bidsTitle, words[0].toUpperCase() + words.slice(1));
    this.#bidsNone.hidden = bids.length > 0;
    const none = hidden ? 'Hidden until the end, and how many there are.' : '';
    setText(this.#bidsNone, loaded || problem === null ? none : problem.message);
    if (!loaded) return;
    if (bids.length !== this.#drawnBids || changes.all || changes.ids.has(this.#id)) {
      this.#drawnBids = bids.length;
      this.#bidRows.draw([...bids].reverse().map((bid) => ({ ...bid, currency })));
      this.#chart.draw(auction, bids, this.#history.created);
    }
  }
}

// Hidden bids make no price, and one that falls is bid upon once.
function hasNoCourse(auction) {
  return isSealed(auction) || Boolean(auction.rules?.dutch);
}

function bidRow(bid) {
  return element('li', {},
    element('span', { className: 'bid-bidder data' }, ...whoBid(bid)),
    timeElement(bid.timestamp),
    element('span', { className: 'bid-amount',
      textContent: formatMoney(bid.amount, bid.currency) }));
}

function whoBid({ bidder, automatic, retracted_by: retractedBy }) {
  if (retractedBy !== '') {
    const now = bidder === '' ? 'nobody leads' : `${shortened(bidder, TEXT_SHOWN)} leads`;
    return [`${shortened(retractedBy, TEXT_SHOWN)} took bids back; ${now}`];
  }
  const name = shortened(bidder, TEXT_SHOWN);
  const mark = element('span', { className: 'bid-mark', textContent: 'automatic' });
  return automatic ? [name, ' ', mark] : [name];
}

// The newest events of one auction: those before the page was opened, and live ones.
class AuctionHistory {
  #id;
  #store;
  #requestDraw;
  #rows = []; // { id, event, order }, newest first
  #added = 0;
  #list = element('ol', { className: 'event-rows' });
  #note = element('p', { className: 'empty', textContent: 'Asking the server…' });
  #all = element('a', { className: 'all-events', textContent: 'All events, to filter and keep' });
  #unlisten;
  #changed = true;
  #closed = false;

  constructor(id, { store }, requestDraw) {
    this.#id = id;
    this.#store = store;
    this.#requestDraw = requestDraw;
    this.#all.href = hashOf(['history'], { auction: id });
    this.nodes = [this.#note, this.#list, this.#all];
    this.#unlisten = store.listen({
      event: (event, eventId) => {
        if (event.auction_id === id) this.#add([{ id: eventId, event }]);
      },
      snapshot: () => this.#read(),
    });
    this.#read();
  }

  // When the auction began, once its history is here.
  get created() {
    return this.#rows.find(({ event }) => event.event_type === 'created')?.event.timestamp;
  }

  close() {
    this.#closed = true;
    this.#unlisten();
  }

  draw() {
    if (!this.#changed) return;
    this.#changed = false;
    this.#list.replaceChildren(...this.#rows.slice(0, PAGE_EVENTS_SHOWN).map(({ event }) => (
      eventRow(event, this.#store.auction(this.#id)))));
    this.#all.hidden = this.#rows.length === 0;
  }

  async #read() {
    try {
      const events = await readHistoryEnd(this.#id, PAGE_EVENTS_SHOWN);
      if (this.#closed) return;
      this.#note.hidden = true;
      this.#add(events.map((raw) => ({ id: raw.id, event: readEvent(raw) })));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setText(this.#note, error.message);
    }
  }

  // Each once; the time of the server's log orders them, and of one time the later one is newer.
  #add(rows) {
    const known = new Set(this.#rows.map(({ id }) => id));
    this.#rows.push(...rows.filter(({ id }) => id === null || !known.has(id)));
    for (const row of rows) row.order ??= this.#added += 1;
    this.#rows.sort((a, b) => (
      b.event.timestamp - a.event.timestamp || b.order - a.order));
    this.#rows.length = Math.min(this.#rows.length, 2 * PAGE_EVENTS_SHOWN);
    this.#changed = true;
    this.#requestDraw();
  }
}

function eventRow(event, auction) {
  const time = timeElement(event.timestamp);
  time.title = formatFullTime(event.timestamp);
  const item = element('li', { className: 'event' },
    element('p', { className: 'event-text' }, ...sentenceOf(event, auction)), time);
  item.dataset.type = event.event_type;
  return item;
}
