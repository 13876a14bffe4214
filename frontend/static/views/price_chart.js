// The price's course as a step chart. Each bid can be read with the mouse, with a
// finger, and with the arrow keys.

import {
  formatFullTime, formatMoney, formatMoneyShortly, formatTick, formatWhole,
} from '../format/locale.js';
import { shortened } from '../format/text.js';
import { CHART_DRAW_MS, CHART_EXTEND_MS } from '../limits.js';
import { element, setText, svgElement } from '../parts/element.js';
import { priceTicks, stepPath, timeTicks, scaleOf } from './chart_geometry.js';

const HEIGHT = 260;
const MARGIN = { top: 16, right: 16, bottom: 28, left: 64 };
const BIDDER_SHOWN = 60;
const PAGE_OF_BIDS = 10;

export class PriceChart {
  #svg = svgElement('svg', { class: 'chart', height: HEIGHT, 'aria-hidden': 'true' });
  #grid = svgElement('g', { class: 'chart-grid' });
  #area = svgElement('path', { class: 'chart-area' });
  #line = svgElement('path', { class: 'chart-line' });
  #marker = svgElement('g', { class: 'chart-marker' },
    svgElement('line', {}), svgElement('circle', { r: 5 }));
  #readout = element('p', { className: 'chart-readout' });
  #slider = element('div', { className: 'chart-reader', tabIndex: 0 });
  #clock;
  #points = []; // { price, time, bidder }; the first is the start
  #open = true;
  #currency = null;
  #chosen = null; // index of the point that is read; null: the last one
  #scale = null;
  #timer = null;
  #width = 0;
  #drawnAt = -Infinity;

  constructor(clock) {
    this.#clock = clock;
    this.#svg.append(this.#grid, this.#area, this.#line, this.#marker);
    this.#slider.append(this.#svg);
    this.#slider.setAttribute('role', 'slider');
    this.#slider.setAttribute('aria-label', 'Course of the price, bid by bid');
    for (const name of ['min', 'max', 'now']) this.#slider.setAttribute(`aria-value${name}`, 0);
    this.root = element('div', { className: 'chart-box' }, this.#readout, this.#slider);
    this.#slider.addEventListener('pointermove', (event) => this.#point(event));
    this.#slider.addEventListener('pointerleave', () => this.#choose(null));
    this.#slider.addEventListener('blur', () => this.#choose(null));
    this.#slider.addEventListener('keydown', (event) => this.#press(event));
    new ResizeObserver(() => this.#drawNow()).observe(this.root);
  }

  // created: when the auction began, if it is known. Drawn a few times a second at most.
  draw(auction, bids, created) {
    const begin = created ?? bids[0]?.timestamp ?? this.#clock.now();
    this.#points = [
      { price: auction.starting_bid, time: Math.min(begin, bids[0]?.timestamp ?? begin) },
      ...bids.map(({ amount, timestamp, bidder }) => ({ price: amount, time: timestamp, bidder })),
    ];
    this.#open = auction.status === 'OPEN';
    this.#currency = auction.currency;
    this.#timer ??= setTimeout(() => this.#drawNow(), this.#width === 0 ? 0 : CHART_DRAW_MS);
  }

  // Time goes on also without bids.
  tick() {
    const moves = this.#open && performance.now() - this.#drawnAt > CHART_EXTEND_MS;
    if (moves && this.#scale !== null) this.#drawNow();
  }

  close() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#chosen = null;
  }

  #drawNow() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#drawnAt = performance.now();
    this.#width = this.#slider.clientWidth;
    if (this.#width === 0 || this.#points.length === 0) return;
    const last = this.#points.at(-1);
    const end = this.#open ? Math.max(this.#clock.now(), last.time) : last.time;
    this.#scale = scaleOf(this.#points, end, this.#width, HEIGHT, MARGIN);
    this.#svg.setAttribute('width', this.#width);
    this.#svg.setAttribute('viewBox', `0 0 ${this.#width} ${HEIGHT}`);
    const path = stepPath(this.#points, this.#scale);
    const { left, right, bottom } = this.#scale;
    this.#line.setAttribute('d', path);
    this.#area.setAttribute('d', `${path}V${bottom}H${left}Z`);
    this.#drawGrid(left, right, bottom);
    this.#read();
  }

  #drawGrid(left, right, bottom) {
    const scale = this.#scale;
    const prices = priceTicks(scale).flatMap((price) => [
      svgElement('line', { x1: left, x2: right, y1: scale.y(price), y2: scale.y(price) }),
      svgElement('text', { x: left - 8, y: scale.y(price) + 4, 'text-anchor': 'end' },
        formatMoneyShortly(price, this.#currency)),
    ]);
    const times = timeTicks(scale).map(({ time, anchor }) => (
      svgElement('text', { x: scale.x(time), y: bottom + 20, 'text-anchor': anchor },
        formatTick(time, scale.end - scale.begin))));
    this.#grid.replaceChildren(...prices, ...times);
  }

  #point(event) {
    if (this.#scale === null) return;
    const x = event.clientX - this.#svg.getBoundingClientRect().left;
    this.#choose(this.#lastPointBefore(this.#scale.timeAt(x)));
  }

  // Points are in order of time.
  #lastPointBefore(time) {
    let low = 0;
    let high = this.#points.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#points[middle].time <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #press(event) {
    const last = this.#points.length - 1;
    const at = Math.min(this.#chosen ?? last, last);
    const to = {
      ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1,
      PageDown: at - PAGE_OF_BIDS, PageUp: at + PAGE_OF_BIDS, Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(Math.min(last, Math.max(0, to)));
  }

  #choose(index) {
    this.#chosen = index;
    this.#read();
  }

  #read() {
    if (this.#scale === null) return;
    const last = this.#points.length - 1;
    const at = Math.min(this.#chosen ?? last, last);
    const point = this.#points[at];
    const words = at === 0
      ? `Start: ${formatMoney(point.price, this.#currency)}`
      : `Bid ${formatWhole(at)} of ${formatWhole(last)}: `
        + `${formatMoney(point.price, this.#currency)} by `
        + `${shortened(point.bidder, BIDDER_SHOWN)}, ${formatFullTime(point.time)}`;
    setText(this.#readout, words);
    this.#slider.setAttribute('aria-valuemax', last);
    this.#slider.setAttribute('aria-valuenow', at);
    this.#slider.setAttribute('aria-valuetext', words);
    const [line, circle] = this.#marker.children;
    const x = this.#scale.x(point.time);
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    line.setAttribute('y1', this.#scale.top);
    line.setAttribute('y2', this.#scale.bottom);
    line.classList.toggle('is-shown', this.#chosen !== null);
    circle.setAttribute('cx', x);
    circle.setAttribute('cy', this.#scale.y(point.price));
  }
}
