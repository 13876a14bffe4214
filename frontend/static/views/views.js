// One view is open at a time. What the first look does not need is fetched when it is
// opened: each further view is a module and a style sheet of its own.

import { element } from '../parts/element.js';

const LATER = {
  auction: {
    load: async () => (await import('./auction_page.js')).AuctionPage, style: 'auction_page.css',
  },
  bids: { load: async () => (await import('./bids_page.js')).BidsPage, style: 'tables.css' },
  sell: { load: async () => (await import('./sell_page.js')).SellPage, style: 'forms.css' },
  verify: { load: async () => (await import('./verify_page.js')).VerifyPage, style: 'forms.css' },
  history: {
    load: async () => (await import('./history_page.js')).HistoryPage, style: 'tables.css',
  },
  operators: {
    load: async () => (await import('./operators_page.js')).OperatorsPage, style: 'tables.css',
  },
};

const SECTIONS = ['sell', 'history', 'operators', 'verify'];

export class Views {
  #model;
  #requestDraw;
  #list;
  #main = document.getElementById('main');
  #trouble = document.getElementById('view-trouble');
  #made = new Map(); // by name
  #open = null;
  #address = null;

  constructor(model, requestDraw, list) {
    this.#model = model;
    this.#requestDraw = requestDraw;
    this.#list = list;
  }

  get title() { return this.#open?.title ?? 'Auctions'; }

  // Of the auction whose page is open, else null.
  get auctionId() { return this.#open?.auctionId ?? null; }

  // Returns the section of the page that the address leads to.
  async open(address) {
    this.#address = address;
    const { section, name } = placeOf(address);
    const view = name === 'list' ? this.#list : await this.#make(name);
    if (this.#address !== address) return section; // the reader went on meanwhile
    this.#trouble.hidden = view !== null;
    if (view === null) return section;
    const another = view !== this.#open;
    if (another) {
      this.#open?.close();
      if (this.#open !== null) this.#open.root.hidden = true;
      view.root.hidden = false;
    }
    const first = this.#open === null;
    this.#open = view;
    view.open(address);
    if (another && !first) this.#begin(view);
    return section;
  }

  draw(changes) {
    this.#open?.draw(changes);
  }

  tick() {
    this.#open?.tick();
  }

  // As after following a link: at the top, and a screen reader reads on from there.
  #begin(view) {
    scrollTo({ top: 0 });
    const heading = view.root.querySelector('h2');
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  // Null when it could not be fetched.
  async #make(name) {
    if (!this.#made.has(name)) {
      const { load, style } = LATER[name];
      const [View] = await Promise.all([load().catch(() => null), loadStyle(style)]);
      if (View === null) return null;
      if (!this.#made.has(name)) {
        const view = new View(this.#model, this.#requestDraw);
        view.root.hidden = true;
        this.#main.append(view.root);
        this.#made.set(name, view);
      }
    }
    return this.#made.get(name);
  }
}

function placeOf({ path: [first, second] }) {
  if (first === 'auctions' && second !== undefined) return { section: 'auctions', name: 'auction' };
  if (first === 'mine' && second === 'bids') return { section: 'mine', name: 'bids' };
  if (SECTIONS.includes(first)) return { section: first, name: first };
  return { section: first === 'mine' ? 'mine' : 'auctions', name: 'list' };
}

const styles = new Map();

function loadStyle(file) {
  if (!styles.has(file)) {
    styles.set(file, new Promise((resolve) => {
      const link = element('link', { rel: 'stylesheet', href: `styles/${file}` });
      link.addEventListener('load', resolve, { once: true });
      // Without it the view is plain but there.
      link.addEventListener('error', resolve, { once: true });
      document.head.append(link);
    }));
  }
  return styles.get(file);
}
