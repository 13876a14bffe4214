// A grid of thousands of cards of which only those near the screen are in the page.
// All cards have one height; the room of the others is kept by padding.

import { FOCUS_REACH_CARDS, KEPT_CARDS, OVERSCAN_ROWS } from '../limits.js';

const FIRST_CARDS = 6; // until a card could be measured

export class VirtualGrid {
  #root;
  #makeCard;
  #cards = new Map(); // by id; also some that are out of the page, see #keep
  #shown = new Set(); // ids in the page
  #columns = 1;
  #rowHeight = 0; // gap included; 0: not measured yet
  #gap = 0;
  #onMove;

  // makeCard(id) returns { root, draw(item), keepsSomething }. onMove is called when
  // other cards may have come into view.
  constructor(root, makeCard, onMove) {
    this.#root = root;
    this.#makeCard = makeCard;
    this.#onMove = onMove;
    addEventListener('scroll', onMove, { passive: true });
    new ResizeObserver(() => {
      this.#measure();
      onMove();
    }).observe(root);
  }

  get cards() {
    return [...this.#shown].map((id) => this.#cards.get(id));
  }

  // items: all, in order, each with an id; changed: ids to be drawn anew, null for all.
  draw(items, changed) {
    const { from, to } = this.#range(items);
    const wanted = items.slice(from, to);
    const ids = new Set(wanted.map(({ id }) => id));
    for (const id of this.#shown) if (!ids.has(id)) this.#remove(id);

    wanted.forEach((item, i) => {
      const known = this.#shown.has(item.id);
      const card = this.#cards.get(item.id) ?? this.#makeCard(item.id);
      this.#cards.set(item.id, card);
      if (!known || changed === null || changed.has(item.id)) card.draw(item);
      this.#place(card.root, from + i, items.length);
    });
    this.#shown = ids;
    this.#arrange(wanted);
    this.#pad(from, to, items.length);
    if (this.#rowHeight === 0 && wanted.length > 0) {
      this.#measure();
      if (this.#rowHeight > 0) this.#onMove(); // there is room for more
    }
  }

  // What a screen reader says of a list that is not there as a whole.
  #place(root, index, count) {
    if (root.ariaPosInSet !== String(index + 1)) root.ariaPosInSet = index + 1;
    if (root.ariaSetSize !== String(count)) root.ariaSetSize = count;
  }

  #range(items) {
    if (this.#rowHeight === 0) return { from: 0, to: Math.min(FIRST_CARDS, items.length) };
    const top = -this.#root.getBoundingClientRect().top;
    const firstRow = Math.floor(top / this.#rowHeight) - OVERSCAN_ROWS;
    const rows = Math.ceil(innerHeight / this.#rowHeight) + 1 + 2 * OVERSCAN_ROWS;
    let from = Math.max(0, firstRow * this.#columns);
    let to = Math.min(items.length, (firstRow + rows) * this.#columns);
    if (to <= from) {
      // The list became shorter than where the reader was.
      to = items.length;
      from = Math.max(0, to - rows * this.#columns);
    }
    const focused = this.#focusedIndex(items);
    if (focused >= 0 && from - focused < FOCUS_REACH_CARDS && focused - to < FOCUS_REACH_CARDS) {
      from = Math.min(from, focused);
      to = Math.max(to, focused + 1);
    }
    from -= from % this.#columns;
    return { from, to };
  }

  #focusedIndex(items) {
    if (!this.#root.contains(document.activeElement)) return -1;
    for (const id of this.#shown) {
      if (this.#cards.get(id).root.contains(document.activeElement)) {
        return items.findIndex((item) => item.id === id);
      }
    }
    return -1;
  }

  #remove(id) {
    const card = this.#cards.get(id);
    card.root.remove();
    this.#shown.delete(id);
    // Half a bid, or an answer that is awaited, is there when the reader comes back.
    if (card.keepsSomething) this.#keep(id, card);
    else this.#cards.delete(id);
  }

  #keep(id, card) {
    this.#cards.delete(id);
    this.#cards.set(id, card);
    for (const other of this.#cards.keys()) {
      if (this.#cards.size - this.#shown.size <= KEPT_CARDS) break;
      if (!this.#shown.has(other)) this.#cards.delete(other);
    }
  }

  // The page's order is the visible order. A moved node loses the focus, so the one
  // that has it stays and the others go around it.
  #arrange(wanted) {
    const roots = wanted.map(({ id }) => this.#cards.get(id).root);
    const pivot = roots.findIndex((root) => root.contains(document.activeElement));
    let next = this.#root.firstElementChild;
    roots.forEach((root, i) => {
      if (root === next) {
        next = root.nextElementSibling;
      } else if (i === pivot) {
        while (next !== null && next !== root) {
          const passed = next;
          next = next.nextElementSibling;
          this.#root.append(passed);
        }
        next = root.nextElementSibling;
      } else {
        this.#root.insertBefore(root, next);
      }
    });
  }

  #pad(from, to, count) {
    const rowsBefore = Math.floor(from / this.#columns);
    const rowsAfter = Math.ceil(count / this.#columns) - Math.ceil(to / this.#columns);
    this.#setPadding('paddingTop', rowsBefore * this.#rowHeight);
    this.#setPadding('paddingBottom', Math.max(0, rowsAfter) * this.#rowHeight);
  }

  #setPadding(name, pixels) {
    const value = pixels === 0 ? '' : `${pixels}px`;
    if (this.#root.style[name] !== value) this.#root.style[name] = value;
  }

  #measure() {
    const card = this.#root.firstElementChild;
    if (card === null || this.#root.offsetParent === null) return;
    const style = getComputedStyle(this.#root);
    this.#gap = parseFloat(style.rowGap) || 0;
    this.#columns = Math.max(1, style.gridTemplateColumns.split(' ').length);
    this.#rowHeight = card.getBoundingClientRect().height + this.#gap;
  }
}
