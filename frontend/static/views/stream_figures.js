// How this page hears of what happens.

import { formatMilliseconds, formatWhole } from '../format/locale.js';
import { FigureList } from './figure_list.js';

const WORDS = {
  connecting: 'Connecting', live: 'Live', reconnecting: 'Reconnecting', offline: 'Offline',
};

export class StreamFigures {
  #model;
  #list = new FigureList('This page', {
    state: 'Connection',
    heard: 'Last heard',
    rate: 'Events a second',
    latency: 'Latency, median',
    slow: 'Latency, 95 %',
    events: 'Events since it opened',
    clock: 'This computer’s clock',
    unreadable: 'Unreadable entries',
  });
  #drawnAt = -Infinity;

  constructor(model) {
    this.#model = model;
  }

  get root() { return this.#list.root; }

  // Once a second is as often as a figure can be read.
  draw() {
    if (performance.now() - this.#drawnAt < 1_000) return;
    this.#drawnAt = performance.now();
    // The rates come a moment after the first look.
    const { stream, rates, clock, store } = this.#model;
    const latency = rates?.latency;
    this.#list.set('state', WORDS[stream.state] ?? '–', stream.state === 'live' ? 'good' : 'warn');
    const silence = (Date.now() - stream.lastHeard) / 1000;
    this.#list.set('heard', silence < 2 ? 'now' : `${Math.floor(silence)} s ago`);
    this.#list.set('rate', rates?.eventsPerSecond.toFixed(1) ?? '–');
    this.#list.set('latency', formatMilliseconds(latency?.median));
    this.#list.set('slow', formatMilliseconds(latency?.slow));
    this.#list.set('events', formatWhole(rates?.total));
    this.#list.set('clock', wordsForOffset(clock));
    const { unreadable } = store;
    this.#list.set('unreadable', formatWhole(unreadable), unreadable > 0 ? 'warn' : '');
  }
}

function wordsForOffset({ measured, offset, uncertainty }) {
  if (!measured) return '–';
  const off = Math.abs(offset);
  if (off <= uncertainty + 0.05) return 'in step';
  const size = off < 1 ? formatMilliseconds(off * 1000) : `${off.toFixed(1)} s`;
  return `${size} ${offset > 0 ? 'behind' : 'ahead'}`;
}
