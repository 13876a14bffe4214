// Many bids for one auction, pasted or from a file: a preview of what was understood,
// then what became of each line.

import { placeBids, reasonOfBulkResult } from '../connection/writes.js';
import { readCsv } from '../format/csv.js';
import { readAmount } from '../format/amounts.js';
import { formatMoney, formatWhole } from '../format/locale.js';
import { bytesOf, shortened } from '../format/text.js';
import {
  BIDDER_BYTES, BULK_BIDS_A_REQUEST, BULK_FILE_BYTES, BULK_LINES, TEXT_SHOWN,
} from '../limits.js';
import { AuctionPicker } from '../parts/auction_picker.js';
import { element, setText } from '../parts/element.js';
import { Field } from '../parts/field.js';
import { FormStatus } from '../parts/form_status.js';
import { VirtualList } from '../parts/virtual_list.js';
import { isOpen } from '../state/auction.js';

export class BulkForm {
  #model;
  #picker;
  #lines = new Field('Bids', element('textarea', {
    className: 'bulk-lines', name: 'lines', rows: 6, spellcheck: false,
    placeholder: 'alice, 60\nbob, 72.50',
  }), 'A line each: bidder, amount. Or choose a file.');
  #file = new Field('CSV file', element('input', {
    type: 'file', name: 'file', accept: '.csv,.txt,.tsv,text/csv,text/plain',
  }));
  #button = element('button', { className: 'button button-primary' });
  #list = new VirtualList('Lines', rowOf);
  #status;
  #rows = []; // { line, bidder, amount, shown, problem, outcome }

  constructor(model) {
    const { store } = model;
    this.#model = model;
    this.#picker = new AuctionPicker(store, {
      label: 'Auction', hint: 'Its name, or # and its number.', accepts: isOpen,
    });
    const status = element('p', { className: 'form-status' });
    status.setAttribute('role', 'status');
    this.#list.root.classList.add('bulk-rows');
    this.root = element('form', { id: 'bulk-form', noValidate: true, autocomplete: 'off' },
      this.#picker.root, this.#lines.root, this.#file.root, this.#list.root, this.#button, status);
    this.#status = new FormStatus(this.root);
    this.#lines.control.addEventListener('input', () => this.#preview());
    this.#file.control.addEventListener('change', () => this.#takeFile());
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#preview();
  }

  choose(auctionId) {
    this.#picker.id = auctionId;
  }

  #preview() {
    if (this.#status.busy) return;
    const lines = readCsv(this.#lines.value);
    this.#lines.judge(lines.length <= BULK_LINES ? null
      : `${formatWhole(lines.length)} lines; at most ${formatWhole(BULK_LINES)} at once.`);
    this.#rows = lines.slice(0, BULK_LINES).map(readLine);
    this.#status.say('');
    this.#draw();
  }

  #draw() {
    const ready = this.#rows.filter(({ problem }) => problem === null).length;
    const left = this.#rows.length - ready;
    this.#list.root.hidden = this.#rows.length === 0;
    this.#list.draw([...this.#rows]);
    setText(this.#button, ready === 0 ? 'Place all bids' : `Place ${countOf(ready, 'bid')}`);
    const hint = left === 0 ? '' : `${countOf(left, 'line')} cannot be a bid and will not be sent.`;
    this.#lines.explain(hint === '' ? 'A line each: bidder, amount. Or choose a file.' : hint);
  }

  async #takeFile() {
    const [file] = this.#file.control.files;
    if (file === undefined || this.#status.busy) return;
    if (file.size > BULK_FILE_BYTES) {
      this.#file.judge(`That file is larger than ${formatWhole(BULK_FILE_BYTES)} bytes.`);
      return;
    }
    this.#lines.control.value = (await file.text()).replace(/^\ufeff/, '');
    this.#preview();
  }

  #submit() {
    const { id } = this.#picker;
    const ready = this.#rows.filter(({ problem }) => problem === null);
    const right = [
      this.#picker.judge(id ? null : 'Choose the auction that the bids are for.'),
      this.#lines.judge(ready.length > 0 ? null : 'Write at least one line: bidder, amount.'),
    ].every(Boolean);
    if (!right) return;
    this.#status.follow((onTrouble) => this.#place(id, ready, onTrouble), (accepted) => (
      `${formatWhole(accepted)} of ${countOf(ready.length, 'bid')} accepted.`));
  }

  // In order, as many at once as the server takes.
  async #place(id, ready, onTrouble) {
    let accepted = 0;
    for (const row of ready) row.outcome = null;
    for (let from = 0; from < ready.length; from += BULK_BIDS_A_REQUEST) {
      const rows = ready.slice(from, from + BULK_BIDS_A_REQUEST);
      const bids = rows.map(({ bidder, amount }) => ({ bidder, amount }));
      const answer = await placeBids(id, bids, onTrouble, this.#tokenFor(bids));
      accepted += answer.accepted;
      rows.forEach((row, i) => { row.outcome = outcomeOf(answer.results?.[i]); });
      this.#list.draw([...this.#rows]);
    }
    return accepted;
  }

  // A token speaks for its bidder alone.
  #tokenFor(bids) {
    const { identity, clock } = this.#model;
    const allMine = bids.every(({ bidder }) => bidder === identity.name);
    return allMine ? identity.proof(clock.now()) : null;
  }
}

// A line is read with what is wrong about it; an amount with a comma in it must stand
// in quotes, or it would be another cell.
function readLine({ number, cells }) {
  const [bidder = '', text = '', ...more] = cells;
  const { amount, problem } = readAmount(text);
  const row = {
    line: number, bidder, amount, outcome: null, problem: problem ?? null,
    shown: amount === undefined ? text : formatMoney(amount),
  };
  if (bidder === '') row.problem = 'No bidder.';
  else if (bytesOf(bidder) > BIDDER_BYTES) row.problem = 'The bidder’s name is too long.';
  else if (text === '') row.problem = 'No amount.';
  else if (more.some((cell) => cell !== '')) {
    row.problem = 'More than two values; an amount with a comma stands in quotes.';
  }
  return row;
}

function outcomeOf(result) {
  if (result === undefined) return { accepted: false, words: 'The server did not say.' };
  const accepted = result.status === 200;
  return { accepted, words: accepted ? 'Accepted' : reasonOfBulkResult(result) };
}

function rowOf({ line, bidder, shown, problem, outcome }) {
  const words = problem ?? outcome?.words ?? 'Ready';
  const item = element('li', {},
    element('span', { className: 'line-number', textContent: formatWhole(line) }),
    element('span', { className: 'bid-bidder data', textContent: shortened(bidder, TEXT_SHOWN) }),
    element('span', { className: 'bid-amount data', textContent: shortened(shown, 40) }),
    element('span', { className: 'bulk-outcome', textContent: words, title: words }));
  if (problem !== null) item.dataset.outcome = 'refused';
  else if (outcome !== null) item.dataset.outcome = outcome.accepted ? 'done' : 'refused';
  return item;
}

function countOf(count, noun) {
  return `${formatWhole(count)} ${noun}${count === 1 ? '' : 's'}`;
}
