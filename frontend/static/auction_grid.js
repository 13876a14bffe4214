// The cards of the auctions that match the search, newest first.

import { AuctionCard } from './auction_card.js';
import { setText } from './element.js';
import { CARDS_A_PAGE } from './limits.js';
import { isOpen } from './store.js';

const FILTERS = {
  all: () => true,
  open: isOpen,
  over: (auction) => !isOpen(auction),
};

export class AuctionGrid {
  #grid = document.getElementById('auction-grid');
  #empty = document.getElementById('auctions-empty');
  #more = document.getElementById('show-more');
  #search = document.getElementById('search');
  #filter = document.getElementById('filter');
  #cards = new Map();
  #shownMost = CARDS_A_PAGE;

  constructor(onViewChange) {
    const fromTheTop = () => {
      this.#shownMost = CARDS_A_PAGE;
      onViewChange();
    };
    this.#search.addEventListener('input', fromTheTop);
    this.#filter.addEventListener('change', fromTheTop);
    this.#more.addEventListener('click', () => {
      this.#shownMost += CARDS_A_PAGE;
      onViewChange();
    });
  }

  draw(store, changedIds) {
    const matching = this.#matching(store.newestFirst);
    const shown = matching.slice(0, this.#shownMost);
    this.#removeOthers(shown);
    this.#place(shown, changedIds);

    const left = matching.length - shown.length;
    this.#more.hidden = left === 0;
    setText(this.#more, `Show more (${left} left)`);
    this.#empty.hidden = shown.length > 0;
    setText(this.#empty, this.#wordsForNone(store));
  }

  tick() {
    for (const card of this.#cards.values()) card.tick();
  }

  #matching(auctions) {
    const passes = FILTERS[this.#filter.value];
    const wanted = this.#search.value.trim().toLowerCase();
    return auctions.filter((auction) => passes(auction)
      && (wanted === '' || String(auction.name).toLowerCase().includes(wanted)));
  }

  #removeOthers(shown) {
    const ids = new Set(shown.map((auction) => auction.id));
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.root.remove();
      this.#cards.delete(id);
    }
  }

  // What remains is already in order, so new cards slip in between and no card
  // is moved: a moved card would lose the focus of whoever types in it.
  #place(shown, changedIds) {
    let next = this.#grid.firstElementChild;
    for (const auction of shown) {
      let card = this.#cards.get(auction.id);
      if (card === undefined) {
        card = new AuctionCard(auction.id);
        this.#cards.set(auction.id, card);
        card.draw(auction);
        this.#grid.insertBefore(card.root, next);
        continue;
      }
      next = card.root.nextElementSibling;
      if (changedIds.has(auction.id)) card.draw(auction);
    }
  }

  #wordsForNone(store) {
    if (!store.loaded) return 'Waiting for the server…';
    return store.newestFirst.length === 0
      ? 'No auctions yet. Create the first one.' : 'No auction matches.';
  }
}
