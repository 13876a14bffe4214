// The bid form of one auction: an amount, the button, and beside them what became of
// the bid. What it says about the price is drawn from the auction's state, so it
// stays true when others bid more.

import { readLeanAuction } from '../connection/reads.js';
import { Refusal } from '../connection/requests.js';
import { placeBid } from '../connection/writes.js';
import { formatForField, formatMoney, nextSensibleAmount, readAmount } from '../format/money.js';
import { element, newId, setText } from '../parts/element.js';
import { isOpen } from '../state/auction.js';
import { askName } from './ask_name.js';

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
    const next = nextSensibleAmount(auction.current_bid);
    const value = next === null ? '' : formatForField(next);
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
    const { amount, problem } = readAmount(this.#amount.value);
    if (this.#amount.value.trim() === '') return '';
    if (problem !== undefined) return problem;
    const { current_bid: price } = this.#auction;
    if (amount <= price) return `Now at ${formatMoney(price)}: bid more than that.`;
    return this.#typed ? `Bids ${formatMoney(amount)}.` : `More than ${formatMoney(price)}.`;
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
    const bidder = this.#model.identity.name || await askName(this.#model.identity);
    if (bidder === null) return;
    this.#become({ kind: 'waiting', words: 'Sending…' });
    this.root.ariaBusy = 'true';
    try {
      await placeBid(this.#auctionId, { bidder, amount }, (words) => {
        this.#become({ kind: 'waiting', words });
      });
      this.#typed = false;
      this.#become({ kind: 'accepted', amount });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#become(await this.#refusal(error, amount));
    } finally {
      this.root.ariaBusy = 'false';
    }
  }

  // The server says that a bid must be higher, and the auction how high.
  async #refusal(error, amount) {
    if (error.status !== 409) return { kind: 'refused', words: error.message };
    const over = { kind: 'refused', words: `No more bids: ${error.message}.` };
    if (!isOpen(this.#auction)) return over;
    if (this.#auction.current_bid >= amount) return { kind: 'too low' };
    const now = await readLeanAuction(this.#auctionId).catch(() => null);
    if (now === null) return { kind: 'refused', words: error.message };
    if (now.status !== 'OPEN') return over;
    return { kind: 'too low', price: now.current_bid };
  }

  #become(outcome) {
    this.#outcome = outcome;
    this.draw(this.#auction);
  }
}
