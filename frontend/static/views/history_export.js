// The history as a file: all of it that passes the filter, read page by page.

import { readHistory } from '../connection/reads.js';
import { Refusal } from '../connection/requests.js';
import { csvLine } from '../format/csv.js';
import { formatWhole } from '../format/locale.js';
import { HISTORY_EXPORT_MOST } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { saveFile } from '../parts/save_file.js';

const COLUMNS = [
  'seq', 'id', 'time', 'auction_id', 'event_type', 'bidder', 'amount', 'payload',
];

const FORMATS = {
  csv: {
    type: 'text/csv;charset=utf-8',
    // The mark tells spreadsheets that it is UTF-8.
    begin: `\ufeff${csvLine(COLUMNS)}`,
    row: (event) => csvLine(COLUMNS.map((name) => event[name])),
    between: '',
    end: '',
  },
  json: {
    type: 'application/json',
    begin: '{"events":[\n',
    row: (event) => JSON.stringify(event),
    between: ',\n',
    end: '\n]}\n',
  },
};

export class HistoryExport {
  #filter;
  #passing;
  #status = element('span', { className: 'export-status' });
  #stop = element('button', {
    className: 'button button-quiet', type: 'button', textContent: 'Stop', hidden: true,
  });
  #stopped = false;
  #running = false;

  // filter(): { auction, type }; passing(filter) gives the test of an event.
  constructor(filter, passing) {
    this.#filter = filter;
    this.#passing = passing;
    this.#status.setAttribute('role', 'status');
    this.#stop.addEventListener('click', () => { this.#stopped = true; });
    this.root = element('div', { className: 'export' },
      this.#button('csv', 'Download CSV'), this.#button('json', 'Download JSON'),
      this.#status, this.#stop);
  }

  #button(format, textContent) {
    const button = element('button', { className: 'button', type: 'button', textContent });
    button.addEventListener('click', () => this.#export(format));
    return button;
  }

  async #export(format) {
    if (this.#running) return;
    this.#running = true;
    this.#stopped = false;
    this.#stop.hidden = false;
    try {
      const { parts, count, complete } = await this.#read(FORMATS[format]);
      if (this.#stopped) {
        setText(this.#status, 'Stopped; nothing was kept.');
        return;
      }
      saveFile(new Blob(parts, { type: FORMATS[format].type }), `gavel-history.${format}`);
      setText(this.#status, complete ? `${formatWhole(count)} events.`
        : `The first ${formatWhole(count)} events; a file holds no more.`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setText(this.#status, error.message);
    } finally {
      this.#running = false;
      this.#stop.hidden = true;
    }
  }

  async #read({ begin, row, between, end }) {
    const filter = this.#filter();
    const passes = this.#passing(filter);
    const parts = [begin];
    let count = 0;
    let after = 0;
    while (!this.#stopped && after !== null && count < HISTORY_EXPORT_MOST) {
      const page = await readHistory({
        after, auctionId: filter.auction === '' ? null : filter.auction,
      });
      const rows = page.events.filter(passes).map((event) => row(columnsOf(event)));
      if (rows.length > 0) parts.push(count > 0 ? between : '', rows.join(between));
      count += rows.length;
      after = page.next;
      setText(this.#status, `${formatWhole(count)} events…`);
    }
    parts.push(end);
    return { parts, count, complete: after === null };
  }
}

function columnsOf(event) {
  const { seq, id, auction_id, event_type, bidder, amount, payload, timestamp } = event;
  const time = Number.isFinite(timestamp) ? new Date(timestamp * 1000).toISOString() : null;
  return { seq, id, time, auction_id, event_type, bidder, amount, payload };
}
