// Checks a proof in the reader's own browser: nothing of it is sent anywhere.

import { PROOF_FILE_BYTES } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { Field } from '../parts/field.js';
import { Broken, checkChain, hashInReceipt } from '../state/proof_chain.js';

export class VerifyPage {
  title = 'Verify';
  #file = new Field('Proof', element('input', { type: 'file', name: 'proof' }),
    'The file that an auction’s page offers. It stays on this computer.');
  #receipt = new Field('Receipt (optional)', element('input', {
    name: 'receipt', autocomplete: 'off', spellcheck: false,
  }), 'What a bid was answered with in Gavel-Receipt.');
  #status = element('p', { className: 'form-status' });

  constructor() {
    this.#status.setAttribute('role', 'status');
    const form = element('form', { id: 'verify-form', noValidate: true },
      this.#file.root, this.#receipt.root,
      element('button', { className: 'button button-primary', textContent: 'Check' }),
      this.#status);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#check();
    });
    this.root = element('div', { className: 'view' },
      element('h2', { className: 'page-title', textContent: 'Verify a proof' }),
      element('div', { className: 'two-columns' },
        element('section', { className: 'panel' },
          element('p', { textContent: 'Each act on an auction holds the hash of the one before '
            + 'it. Here it is checked that none was altered, dropped or moved.' }), form),
        element('section', { className: 'panel' },
          element('h3', { textContent: 'And the winner?' }),
          element('p', { textContent: '“gavel verify FILE” checks the chain, too, and computes '
            + 'leader and price anew from the acts, by the rules.' }))));
  }

  open() {}
  close() {}
  tick() {}
  draw() {}

  async #check() {
    const [file] = this.#file.control.files;
    const receipt = hashInReceipt(this.#receipt.value);
    const right = [
      this.#file.judge(problemWith(file)),
      this.#receipt.judge(receipt === null ? 'That is no receipt: a hash has 64 digits.' : null),
    ].every(Boolean);
    if (!right) return;
    if (globalThis.crypto?.subtle === undefined) {
      this.#say('This browser checks on secure pages (https) only: use “gavel verify”.', 'refused');
      return;
    }
    this.#say('Checking…', 'waiting');
    try {
      const { auctionId, acts, head } = await checkChain(await file.text(), receipt);
      const theReceipt = receipt === '' ? '' : ' The receipt is of one of them.';
      this.#say(`The chain holds: auction ${auctionId}, ${acts} acts, head ${head}.${theReceipt}`,
        'done');
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#say(error.message, 'refused');
    }
  }

  #say(words, outcome) {
    this.#status.dataset.outcome = outcome;
    setText(this.#status, words);
  }
}

function problemWith(file) {
  if (file === undefined) return 'Choose a file.';
  return file.size > PROOF_FILE_BYTES ? 'The file is too large for a browser.' : null;
}
