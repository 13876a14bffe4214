// A scrolled list of which only the rows near those that are seen are in the page.
// All rows have one height.

import { OVERSCAN_ROWS } from '../limits.js';
import { element } from './element.js';

const ROWS_UNTIL_MEASURED = 20;

export class VirtualList {
  #list = element('ol', { className: 'rows' });
  #makeRow;
  #items = [];
  #rowHeight = 0;
  #drawn = { from: -1, to: -1, items: null };

  // makeRow(item, index) returns an li.
  constructor(label, makeRow) {
    this.#makeRow = makeRow;
    this.root = element('div', { className: 'rows-box', tabIndex: 0 }, this.#list);
    this.root.setAttribute('role', 'group');
    this.root.setAttribute('aria-label', `${label}, scrollable`);
    this.#list.setAttribute('aria-label', label);
    this.root.addEventListener('scroll', () => this.#draw(), { passive: true });
    new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.#drawn = { from: -1, to: -1, items: null };
      this.#draw();
    }).observe(this.root);
  }

  // A new array when anything changed.
  draw(items) {
    this.#items = items;
    this.#draw();
  }

  #draw() {
    const { from, to } = this.#range();
    const drawn = this.#drawn;
    if (drawn.from === from && drawn.to === to && drawn.items === this.#items) return;
    this.#drawn = { from, to, items: this.#items };
    const rows = this.#items.slice(from, to).map((item, i) => {
      const row = this.#makeRow(item, from + i);
      row.setAttribute('aria-posinset', from + i + 1);
      row.setAttribute('aria-setsize', this.#items.length);
      return row;
    });
    this.#list.replaceChildren(...rows);
    this.#list.style.paddingTop = `${from * this.#rowHeight}px`;
    this.#list.style.paddingBottom = `${(this.#items.length - to) * this.#rowHeight}px`;
    if (this.#rowHeight === 0 && rows.length > 0) {
      this.#rowHeight = rows[0].getBoundingClientRect().height;
      if (this.#rowHeight > 0) this.#draw();
    }
  }

  #range() {
    const count = this.#items.length;
    if (this.#rowHeight === 0) return { from: 0, to: Math.min(count, ROWS_UNTIL_MEASURED) };
    const seen = Math.ceil(this.root.clientHeight / this.#rowHeight);
    const from = Math.max(0, Math.floor(this.root.scrollTop / this.#rowHeight) - OVERSCAN_ROWS);
    return { from, to: Math.min(count, from + seen + 2 * OVERSCAN_ROWS + 1) };
  }
}
