// Many bids for one auction, one `bidder, amount` a line, and what became of
// each.

import { placeBids, reasonOfBulkResult } from './api.js';
import { element } from './element.js';
import { FormStatus } from './form_status.js';
import { BULK_CHOICES_SHOWN, BULK_RESULTS_SHOWN } from './limits.js';
import { formatMoney, typedNumber } from './money.js';
import { isOpen } from './store.js';

export class BulkForm {
  #form = document.getElementById('bulk-form');
  #choice = this.#form.elements.auction;
  #results = this.#form.querySelector('.bulk-results');
  #status = new FormStatus(this.#form);
  #offered = '';

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  // The list is rebuilt only when it differs: doing so under an open menu would
  // close it.
  draw(store) {
    const open = store.newestFirst.filter(isOpen).slice(0, BULK_CHOICES_SHOWN);
    const offered = JSON.stringify(open.map(({ id, name }) => [id, name]));
    if (offered === this.#offered) return;
    this.#offered = offered;
    const chosen = this.#choice.value;
    this.#choice.replaceChildren(...open.map(({ id, name }) => element('option', {
      value: id, textContent: String(name),
    })));
    if (open.length === 0) {
      this.#choice.append(element('option', { value: '', textContent: 'No open auction' }));
    }
    if (open.some(({ id }) => id === chosen)) this.#choice.value = chosen;
  }

  #submit() {
    const bids = bidsIn(this.#form.elements.lines.value);
    this.#results.hidden = true;
    if (bids.length === 0) {
      this.#status.refuse('Write at least one line: bidder, amount');
      return;
    }
    this.#status.follow(() => placeBids(this.#choice.value, bids), (answer) => {
      this.#drawResults(answer.results);
      return `${answer.accepted} of ${answer.submitted} bids accepted.`;
    });
  }

  #drawResults(results) {
    const rows = results.slice(0, BULK_RESULTS_SHOWN).map(resultRow);
    const left = results.length - rows.length;
    if (left > 0) rows.push(element('li', { textContent: `and ${left} more` }));
    this.#results.replaceChildren(...rows);
    this.#results.hidden = false;
  }
}

// Split at the first comma: `alice, 1,250` is then refused as not numeric,
// whereas the last comma would make it a bid of 250 by someone else.
function bidsIn(text) {
  return text.split('\n').filter((line) => line.trim() !== '').map((line) => {
    const comma = line.indexOf(',');
    if (comma < 0) return { bidder: line.trim(), amount: '' };
    return { bidder: line.slice(0, comma).trim(), amount: typedNumber(line.slice(comma + 1)) };
  });
}

function resultRow(result) {
  const accepted = result.status === 200;
  const amount = typeof result.amount === 'number'
    ? formatMoney(result.amount) : String(result.amount ?? '');
  const row = element('li', {},
    element('span', { className: 'bid-bidder data', textContent: String(result.bidder ?? '') }),
    element('span', { className: 'bid-amount', textContent: amount }),
    element('span', {
      className: 'bulk-outcome',
      textContent: accepted ? 'Accepted' : reasonOfBulkResult(result),
    }));
  row.dataset.outcome = accepted ? 'done' : 'refused';
  return row;
}
