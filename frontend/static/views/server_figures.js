// How the gateway is, as it tells itself.

import { formatDuration, formatWhole } from '../format/locale.js';
import { setData } from '../parts/element.js';
import { FigureList } from './figure_list.js';

const MEGABYTE = 1_000_000;

export class ServerFigures {
  #list = new FigureList('Gateway', {
    subscribers: 'Subscribers',
    most: 'At most',
    events: 'Events in the log’s history',
    index: 'Index of the log',
    delivered: 'Events delivered',
    bytes: 'Delivered, MB',
    coalesced: 'States coalesced',
    slow: 'Disconnected as slow',
    queued: 'Queued, MB',
    uptime: 'Up for',
  });

  constructor() {
    this.root.hidden = true;
  }

  get root() { return this.#list.root; }

  // undefined: this gateway tells nothing of itself. null: it gave no answer.
  draw(status) {
    if (status !== null) this.root.hidden = status === undefined;
    setData(this.root, 'state', status === null ? 'stale' : 'current');
    if (!status) return;
    const stream = status.stream ?? {};
    const { subscribers, max_subscribers: most } = stream;
    this.#list.set('subscribers', formatWhole(subscribers), subscribers >= most ? 'bad' : '');
    this.#list.set('most', formatWhole(most));
    this.#list.set('events', formatWhole(status.events_total));
    this.#list.set('index', formatWhole(status.index));
    this.#list.set('delivered', formatWhole(stream.delivered_events));
    this.#list.set('bytes', megabytes(stream.delivered_bytes));
    this.#list.set('coalesced', formatWhole(stream.coalesced));
    this.#list.set('slow', formatWhole(stream.disconnected_slow));
    this.#list.set('queued', megabytes(stream.queued_bytes));
    this.#list.set('uptime', Number.isFinite(status.uptime_seconds)
      ? formatDuration(Math.floor(status.uptime_seconds)) : '–');
  }
}

function megabytes(bytes) {
  return Number.isFinite(bytes) ? (bytes / MEGABYTE).toFixed(1) : '–';
}
