// The bid form of one auction: an amount, the button, and beside them what became of
// the bid. What it says about the price is drawn from the auction's state, so it
// stays true when others bid more.

import { formatForField, nextSensibleAmount, readAmount } from '../format/amounts.js';
import { formatMoney } from '../format/locale.js';
import { element, newId, setText } from '../parts/element.js';
import { isOpen } from '../state/auction.js';

export class BidForm {
  #auctionId;
  #model;
  #auction = null;
  #amount = element('input', {
    name: 'amount', inputMode: 'decimal', autocomplete: 'off', maxLength: 40, required: true,
  });
  #hint = element('p', { className: 'form-hint' });
  #status = element('p', { className: 'form-status' });
  #typed = false; // by a person; otherwise it is our suggestion
  #suggested = null; // as a number
  #heldBy = 0; // the suggestion does not change under who points at the form
  #outcome = { kind: 'none' };

  constructor(auctionId, model) {
    this.#auctionId = auctionId;
    this.#model = model;
    const id = newId('amount');
    this.#amount.id = id;
    this.#hint.id = `${id}-hint`;
    this.#status.id = `${id}-status`;
    this.#status.setAttribute('role', 'status');
    this.#amount.setAttribute('aria-describedby', `${this.#hint.id} ${this.#status.id}`);
    this.root = element('form', { className: 'bid-form', noValidate: true },
      element('label', { className: 'visually-hidden', htmlFor: id, textContent: 'Amount' }),
      this.#amount,
      element('button', { className: 'button button-primary', textContent: 'Bid' }),
      element('div', { className: 'bid-words' }, this.#hint, this.#status));
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#amount.addEventListener('input', () => {
      this.#typed = this.#amount.value.trim() !== '';
      this.#outcome = { kind: 'none' };
      this.draw(this.#auction);
    });
    this.#holdSuggestion();
  }

  get keepsSomething() { return this.#typed || this.#outcome.kind === 'waiting'; }

  draw(auction) {
    this.#auction = auction;
    const open = isOpen(auction);
    this.root.hidden = !open && this.#outcome.kind === 'none';
    this.root.classList.toggle('is-over', !open);
    if (!this.#typed && this.#heldBy === 0) this.#suggest(auction);
    this.#say();
  }

  #suggest(auction) {
    this.#suggested = nextSensibleAmount(auction.current_bid);
    const value = this.#suggested === null ? '' : formatForField(this.#suggested);
    if (this.#amount.value !== value) this.#amount.value = value;
  }

  // A suggestion that rose between a look and a press would be a bid that nobody meant.
  #holdSuggestion() {
    const hold = () => { this.#heldBy += 1; };
    const release = () => {
      this.#heldBy = Math.max(0, this.#heldBy - 1);
      if (this.#auction !== null) this.draw(this.#auction);
    };
    this.root.addEventListener('pointerenter', hold);
    this.root.addEventListener('pointerleave', release);
    this.root.addEventListener('focusin', (event) => {
      if (!this.root.contains(event.relatedTarget)) hold();
    });
    this.root.addEventListener('focusout', (event) => {
      if (!this.root.contains(event.relatedTarget)) release();
    });
  }

  #say() {
    const { words, outcome } = this.#outcomeInWords();
    this.#status.dataset.outcome = outcome;
    setText(this.#status, words);
    setText(this.#hint, words === '' ? this.#hintInWords() : '');
    const invalid = outcome === 'refused';
    if (invalid) this.#amount.setAttribute('aria-invalid', 'true');
    else this.#amount.removeAttribute('aria-invalid');
  }

  #hintInWords() {
    if (this.#amount.value.trim() === '') return '';
    const { amount, problem } = this.#typed
      ? readAmount(this.#amount.value) : { amount: this.#suggested };
    if (problem !== undefined) return problem;
    const price = formatMoney(this.#auction.current_bid);
    if (amount <= this.#auction.current_bid) return `Now at ${price}: bid more than that.`;
    return this.#typed ? `Bids ${formatMoney(amount)}.` : `More than ${price}.`;
  }

  #outcomeInWords() {
    const { kind, amount, words } = this.#outcome;
    const auction = this.#auction;
    const price = auction.current_bid;
    switch (kind) {
      case 'accepted':
        if (price <= amount) return { words: `Accepted: ${formatMoney(amount)}.`, outcome: 'done' };
        if (auction.highest_bidder === this.#model.identity.name) {
          return { words: `Accepted; you lead with ${formatMoney(price)}.`, outcome: 'done' };
        }
        return { words: `Outbid: now ${formatMoney(price)}.`, outcome: 'refused' };
      case 'too low': {
        const needed = formatMoney(Math.max(price, this.#outcome.price ?? 0));
        return { words: `Too low: bid more than ${needed}.`, outcome: 'refused' };
      }
      case 'waiting': return { words, outcome: 'waiting' };
      case 'refused': return { words, outcome: 'refused' };
      default: return { words: '', outcome: 'none' };
    }
  }

  async #submit() {
    if (this.#outcome.kind === 'waiting') return;
    const { amount, problem } = readAmount(this.#amount.value);
    if (problem !== undefined) {
      this.#become({ kind: 'refused', words: problem });
      this.#amount.focus();
      return;
    }
    const tools = await bidTools();
    if (tools === null) {
      this.#become({ kind: 'refused', words: 'Connection lost. Press again when it is back.' });
      return;
    }
    const { identity } = this.#model;
    const bidder = identity.name || await tools.askName(identity);
    if (bidder === null) return;
    await this.#send(tools.sendBid, { bidder, amount });
  }

  async #send(sendBid, bid) {
    this.#become({ kind: 'waiting', words: 'Sending…' });
    this.root.ariaBusy = 'true';
    try {
      const outcome = await sendBid(this.#auctionId, bid, () => this.#auction, (words) => {
        this.#become({ kind: 'waiting', words });
      });
      if (outcome.kind === 'accepted') this.#typed = false;
      this.#become(outcome);
    } finally {
      this.root.ariaBusy = 'false';
    }
  }

  #become(outcome) {
    this.#outcome = outcome;
    this.draw(this.#auction);
  }
}

// What only who bids needs; null when it could not be fetched.
async function bidTools() {
  try {
    const [{ askName }, { sendBid }] = await Promise.all([
      import('./ask_name.js'), import('./send_bid.js'),
    ]);
    return { askName, sendBid };
  } catch {
    return null;
  }
}
