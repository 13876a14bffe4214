// The auctions as cards: all of them, or those in which the reader bids. What is
// searched, shown and sorted by stands in the address.

import { newId, element, setText } from '../parts/element.js';
import { hashOf, replaceHash } from '../parts/router.js';
import { VirtualGrid } from '../parts/virtual_grid.js';
import { formatWhole } from '../format/locale.js';
import { REORDER_MS } from '../limits.js';
import { auctionsInOrder, LIVE_SORTS, matcher, SORTS } from '../state/list_order.js';
import { isSeller } from '../state/rules.js';
import { STANDINGS } from '../state/standings.js';
import { AuctionCard } from './auction_card.js';

const CHOICES = {
  auctions: { all: 'All', open: 'Open', over: 'Finished' },
  mine: {
    all: 'All', leading: 'Leading', outbid: 'Outbid', waiting: 'Hidden', won: 'Won', lost: 'Lost',
    selling: 'Selling',
  },
};
const POINTED_AT_MS = 3_000;

export class AuctionList {
  #model;
  #requestDraw;
  #root = document.getElementById('view-auctions');
  #title = document.getElementById('auctions-title');
  #search = document.getElementById('search');
  #sort = document.getElementById('sort');
  #show = document.getElementById('show');
  #news = document.getElementById('news');
  #empty = document.getElementById('auctions-empty');
  #gridRoot = document.getElementById('auction-grid');
  #grid;
  #kind = null; // of CHOICES
  #counts = new Map(); // by choice, where its number stands
  #listed = []; // ids in their order
  #listedIds = new Set();
  #orderedAt = -Infinity;
  #outdated = true; // the order does not hold any more
  #pointedAt = -Infinity;
  #timer = null;

  // model: store, standings, identity, clock. requestDraw asks for a draw().
  constructor(model, requestDraw) {
    this.#model = model;
    this.#requestDraw = requestDraw;
    this.#grid = new VirtualGrid(
      this.#gridRoot, (id) => new AuctionCard(id, model), requestDraw);
    this.#search.addEventListener('input', () => this.#ask());
    this.#sort.addEventListener('change', () => this.#ask());
    this.#show.addEventListener('change', () => this.#ask());
    model.identity.listen(() => { if (this.#kind === 'mine') this.#findMine(); });
    this.#news.addEventListener('click', () => {
      scrollTo({ top: 0 });
      this.#reorder();
      this.#requestDraw();
    });
    this.#gridRoot.addEventListener('pointermove', () => { this.#pointedAt = performance.now(); });
    this.#gridRoot.addEventListener('pointerleave', () => { this.#pointedAt = -Infinity; });
  }

  get root() { return this.#root; }
  get title() { return this.#kind === 'mine' ? 'My auctions' : 'Auctions'; }

  open({ path, query }) {
    this.#offer(path[0] === 'mine' ? 'mine' : 'auctions');
    if (this.#kind === 'mine') this.#findMine();
    this.#search.value = query.get('q') ?? '';
    this.#sort.value = Object.hasOwn(SORTS, query.get('sort')) ? query.get('sort') : 'newest';
    this.#choose(Object.hasOwn(CHOICES[this.#kind], query.get('show')) ? query.get('show') : 'all');
    this.#reorder();
  }

  close() {
    clearTimeout(this.#timer);
  }

  // changes: as Store.takeChanges() returns them.
  draw(changes) {
    const { store } = this.#model;
    if (changes.all) this.#reorder();
    if (changes.arrived || changes.ended || this.#isLive) this.#outdated = true;
    // Whether it is one of mine may follow from any change.
    if (this.#kind === 'mine' && changes.ids.size > 0) this.#outdated = true;
    const wait = this.#orderedAt + REORDER_MS - performance.now();
    if (this.#outdated && (wait <= 0 || changes.arrived) && !this.#rests) this.#reorder();
    else if (this.#outdated) this.#drawAgainIn(Math.max(wait, REORDER_MS / 4));

    const items = this.#listed.map((id) => store.auction(id)).filter((item) => item !== undefined);
    this.#grid.draw(items, changes.all ? null : changes.ids);
    this.#empty.hidden = items.length > 0;
    if (items.length === 0) setText(this.#empty, this.#wordsForNone());
    this.#drawNews(store);
    if (this.#kind === 'mine') this.#drawCounts();
  }

  tick() {
    for (const card of this.#grid.cards) card.tick();
  }

  get #isLive() { return LIVE_SORTS.has(this.#sort.value); }

  // Nothing moves under who reads further down, points at a card or types in one.
  get #rests() {
    if (this.#gridRoot.getBoundingClientRect().top < 0) return true;
    if (performance.now() - this.#pointedAt < POINTED_AT_MS) return true;
    return this.#gridRoot.contains(document.activeElement);
  }

  #question() {
    return { search: this.#search.value, sort: this.#sort.value, show: this.#chosen };
  }

  // A change of the question is a change of the address.
  #ask() {
    const { search, sort, show } = this.#question();
    replaceHash(hashOf([this.#kind], {
      q: search.trim(), show: show === 'all' ? null : show, sort: sort === 'newest' ? null : sort,
    }));
    scrollTo({ top: 0 });
    this.#reorder();
    this.#requestDraw();
  }

  #reorder() {
    const { search, sort, show } = this.#question();
    const found = auctionsInOrder(this.#candidates(show), {
      search, sort, status: this.#kind === 'mine' ? 'all' : show,
    });
    this.#listed = found.map(({ id }) => id);
    this.#listedIds = new Set(this.#listed);
    this.#orderedAt = performance.now();
    this.#outdated = false;
  }

  #candidates(show) {
    const { store, standings } = this.#model;
    if (this.#kind !== 'mine') return [...store.auctions.values()];
    if (show === 'selling') return this.#sold;
    return standings.auctions.filter((auction) => (
      show === 'all' || standings.of(auction) === show));
  }

  get #sold() {
    const { store, identity } = this.#model;
    return [...store.auctions.values()].filter((auction) => isSeller(auction, identity.name));
  }

  // Those that this browser does not know of, since the bids came from elsewhere.
  #findMine() {
    const without = () => {}; // an answer the list has what the page knows
    import('../connection/own_bids.js').then(({ findMine }) => findMine(this.#model), without);
  }

  #drawAgainIn(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#requestDraw(), ms);
  }

  // How many are not in the list because it rests.
  #drawNews(store) {
    let count = 0;
    if (this.#outdated && store.loaded && this.#rests) {
      const { search, show } = this.#question();
      const matches = matcher(search);
      const known = this.#listedIds;
      for (const auction of this.#candidates(show)) {
        if (!known.has(auction.id) && matches(auction) && fits(auction, show)) count += 1;
      }
    }
    this.#news.hidden = count === 0;
    if (count > 0) setText(this.#news, count === 1 ? '1 new auction' : `${count} new auctions`);
  }

  #offer(kind) {
    if (this.#kind === kind) return;
    this.#kind = kind;
    setText(this.#title, this.title);
    this.#root.dataset.kind = kind;
    this.#counts.clear();
    this.#show.replaceChildren(
      element('legend', { className: 'visually-hidden', textContent: 'Show' }),
      ...Object.entries(CHOICES[kind]).map(([value, words]) => {
        const id = newId('show');
        const count = element('span', { className: 'choice-count' });
        if (kind === 'mine') this.#counts.set(value, count);
        return element('span', { className: 'choice' },
          element('input', { type: 'radio', name: 'show', id, value }),
          element('label', { htmlFor: id }, words, count));
      }));
  }

  #drawCounts() {
    const counts = this.#model.standings.count();
    const all = STANDINGS.reduce((sum, name) => sum + counts[name], 0);
    const shown = { ...counts, all, selling: this.#sold.length };
    for (const [value, node] of this.#counts) setText(node, ` ${formatWhole(shown[value])}`);
  }

  get #chosen() {
    return this.#show.querySelector(':checked')?.value ?? 'all';
  }

  #choose(value) {
    for (const input of this.#show.querySelectorAll('input')) input.checked = input.value === value;
  }

  #wordsForNone() {
    const { store, identity } = this.#model;
    if (!store.loaded) return 'Waiting for the server…';
    if (this.#kind === 'mine') {
      if (identity.name === '') return 'Say under which name you bid: press “Your name” above.';
      if (this.#chosen === 'selling') {
        return `${identity.name} sells nothing. Whoever fills in “Seller” when selling has the `
          + 'auction here.';
      }
      return this.#chosen === 'all'
        ? `${identity.name} has not bid yet. Auctions appear here with the first bid.`
        : 'None of your auctions.';
    }
    return store.auctions.size === 0
      ? 'No auctions yet. Sell something to begin.' : 'No auction matches.';
  }
}

function fits(auction, show) {
  if (show === 'open') return auction.status === 'OPEN';
  if (show === 'over') return auction.status !== 'OPEN';
  return true;
}
