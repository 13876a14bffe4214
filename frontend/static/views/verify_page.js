// Checks a proof in the reader's own browser: nothing of it is sent anywhere.

import { formatFullTime, formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { PROOF_FILE_BYTES, RECEIPT_FILE_BYTES, TEXT_SHOWN } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { Field } from '../parts/field.js';
import { VirtualList } from '../parts/virtual_list.js';
import { Broken, checkChain, readProof } from '../state/proof_chain.js';
import { readReceipt } from '../state/receipts.js';

export class VerifyPage {
  title = 'Verify';
  #file = new Field('Proof', element('input', { type: 'file', name: 'proof' }),
    'The file that an auction’s page offers. It stays on this computer.');
  #receipt = new Field('Receipt (optional)', element('input', {
    name: 'receipt', autocomplete: 'off', spellcheck: false,
  }), 'What a bid was answered with in Gavel-Receipt, or choose its file.');
  #receiptFile = new Field('Receipt’s file (optional)', element('input', {
    type: 'file', name: 'receipt_file',
  }));
  #status = element('p', { className: 'form-status' });
  #acts = new VirtualList('Acts', actRow);
  #line = element('pre', { className: 'broken-line' });
  #found = element('section', { className: 'panel', hidden: true });

  constructor() {
    this.#status.setAttribute('role', 'status');
    const form = element('form', { id: 'verify-form', noValidate: true },
      this.#file.root, this.#receipt.root, this.#receiptFile.root,
      element('button', { className: 'button button-primary', textContent: 'Check' }),
      this.#status);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#check();
    });
    form.addEventListener('input', () => this.#show('', 'none'));
    this.#receiptFile.control.addEventListener('change', () => this.#takeReceipt());
    this.#acts.root.classList.add('bulk-rows', 'proof-acts');
    this.#found.append(
      element('h3', { textContent: 'What it says' }), this.#acts.root, this.#line);
    this.root = element('div', { className: 'view' },
      element('h2', { className: 'page-title', textContent: 'Verify a proof' }),
      element('div', { className: 'two-columns' },
        element('section', { className: 'panel' },
          element('p', { textContent: 'Each act on an auction holds the hash of the one before '
            + 'it. Here it is checked that none was altered, dropped or moved.' }), form),
        this.#found,
        element('section', { className: 'panel' },
          element('h3', { textContent: 'And the winner?' }),
          element('p', { textContent: '“gavel verify FILE” checks the chain, too, and computes '
            + 'leader and price anew from the acts, by the rules.' }))));
  }

  open() {}
  close() {}
  tick() {}
  draw() {}

  async #takeReceipt() {
    const [file] = this.#receiptFile.control.files;
    if (file === undefined) return;
    const text = file.size > RECEIPT_FILE_BYTES ? '' : await file.text();
    const receipt = readReceipt(text);
    if (!this.#receiptFile.judge(receipt === null ? 'There is no receipt in that file.' : null)) {
      return;
    }
    this.#receipt.control.value = /index=.*/.exec(text)[0];
    this.#receipt.clear();
  }

  async #check() {
    const [file] = this.#file.control.files;
    const written = this.#receipt.value.trim();
    const receipt = written === '' ? null : readReceipt(written);
    const right = [
      this.#file.judge(problemWith(file)),
      this.#receipt.judge(written === '' || receipt !== null
        ? null : 'That is no receipt: it has an index, a time and a hash of 64 digits.'),
    ].every(Boolean);
    if (!right) return;
    if (globalThis.crypto?.subtle === undefined) {
      this.#show('This browser checks on secure pages (https) only: use “gavel verify”.',
        'refused');
      return;
    }
    this.#show('Checking…', 'waiting');
    const text = await file.text();
    try {
      const { auctionId, acts, head } = await checkChain(text, receipt);
      const theReceipt = receipt === null ? '' : ' The receipt is of one of them.';
      this.#show(`The chain holds: auction ${auctionId}, ${acts} acts, head ${head}.${theReceipt}`,
        'done');
      this.#showActs(text, 0, receipt);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#show(error.message, 'refused');
      if (error.act > 0) this.#showActs(text, error.act, receipt);
    }
  }

  #show(words, outcome) {
    this.#status.dataset.outcome = outcome;
    setText(this.#status, words);
    this.#found.hidden = true;
  }

  // broken: the act that cannot be trusted, or 0.
  #showActs(text, broken, receipt) {
    const { acts } = readProof(text);
    const currency = /^[A-Z]{3}$/.test(acts[0].object.currency) ? acts[0].object.currency : null;
    this.#found.hidden = false;
    this.#acts.draw(acts.map(({ object }, i) => ({
      n: i + 1, object, currency, broken,
      isReceipts: receipt !== null && String(object.index) === receipt.index,
    })));
    const line = acts[broken - 1]?.line;
    this.#line.hidden = line === undefined;
    setText(this.#line, shortened(line ?? '', 2 * TEXT_SHOWN));
    // The broken one in the middle, with some of what holds above it.
    const box = this.#acts.root;
    const height = box.querySelector('li')?.offsetHeight ?? 0;
    box.scrollTop = Math.max(0, broken * height - box.clientHeight / 2);
  }
}

function problemWith(file) {
  if (file === undefined) return 'Choose a file.';
  return file.size > PROOF_FILE_BYTES ? 'The file is too large for a browser.' : null;
}

function actRow({ n, object, currency, broken, isReceipts }) {
  let mark = isReceipts ? 'Your receipt' : '';
  if (broken > 0 && n === broken) mark = 'Broken here';
  if (broken > 0 && n > broken) mark = 'Not checked';
  const time = Number.isFinite(object.time_us) ? formatFullTime(object.time_us / 1e6) : '';
  const item = element('li', {},
    element('span', { className: 'line-number', textContent: String(n) }),
    element('span', { className: 'bid-bidder data', textContent: wordsOf(object, currency) }),
    element('span', { className: 'proof-time', textContent: time }),
    element('span', { className: 'bulk-outcome', textContent: mark }));
  if (broken > 0 && n >= broken) item.dataset.outcome = 'refused';
  else if (isReceipts) item.dataset.outcome = 'done';
  return item;
}

const DONE = {
  create: 'Created', bids: 'Several bids', close: 'Closed', expire: 'Opened or ended by itself',
  cancel: 'Cancelled',
};

function wordsOf({ act, bidder, amount, max_amount: most }, currency) {
  const who = typeof bidder === 'string' ? shortened(bidder, TEXT_SHOWN) : 'Somebody';
  const much = (value) => (
    Number.isFinite(value) ? formatMoney(value, currency) : 'a hidden amount');
  switch (act) {
    case 'bid': return `${who} bid ${most === undefined ? much(amount) : `up to ${much(most)}`}`;
    case 'buy_now': return `${who} bought it`;
    case 'retract': return `${who} took bids back`;
    default: return DONE[act] ?? shortened(String(act ?? 'Nothing'), TEXT_SHOWN);
  }
}
