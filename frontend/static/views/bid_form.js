// The bid form of one auction: an amount, the button, and beside them what became of
// the bid. What it says about the price is drawn from the auction's state, so it
// stays true when others bid more.

import { formatForField, readAmount, suggestedBid } from '../format/amounts.js';
import { formatFullTime, formatMoney } from '../format/locale.js';
import { element, newId, setText } from '../parts/element.js';
import { isOpen } from '../state/auction.js';
import { fallenPrice, isScheduled, isSealed, isSeller, needsToken } from '../state/rules.js';
import { leastBidInWords } from './auction_facts.js';

const WHY_A_TOKEN = 'Nobody else shall bid in your name where the amount stays hidden.';

export class BidForm {
  #auctionId;
  #model;
  #auction = null;
  #label = element('label', { className: 'visually-hidden', textContent: 'Amount' });
  #amount = element('input', {
    name: 'amount', inputMode: 'decimal', autocomplete: 'off', maxLength: 40, required: true,
  });
  #button = element('button', { className: 'button button-primary', textContent: 'Bid' });
  #hint = element('p', { className: 'form-hint' });
  #status = element('p', { className: 'form-status' });
  #typed = false; // by a person; otherwise it is our suggestion
  #suggested = null; // as a number
  #heldBy = 0; // the suggestion does not change under who points at the form
  // What became of the bid: wordsFor(auction, name) returns { words, outcome }. Null: nothing yet.
  #wordsFor = null;
  #waiting = false;

  constructor(auctionId, model) {
    this.#auctionId = auctionId;
    this.#model = model;
    const id = newId('amount');
    this.#amount.id = id;
    this.#label.htmlFor = id;
    this.#hint.id = `${id}-hint`;
    this.#status.id = `${id}-status`;
    this.#status.setAttribute('role', 'status');
    this.#amount.setAttribute('aria-describedby', `${this.#hint.id} ${this.#status.id}`);
    this.root = element('form', { className: 'bid-form', noValidate: true },
      this.#label, this.#amount, this.#button,
      element('div', { className: 'bid-words' }, this.#hint, this.#status));
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#amount.addEventListener('input', () => {
      this.#typed = this.#amount.value.trim() !== '';
      this.#wordsFor = null;
      this.draw(this.#auction);
    });
    this.#holdSuggestion();
  }

  get keepsSomething() { return this.#typed || this.#waiting; }

  draw(auction) {
    this.#auction = auction;
    const open = isOpen(auction);
    this.root.hidden = !open && this.#wordsFor === null;
    this.root.classList.toggle('is-over', !open);
    if (auction.rules !== null) this.#drawRules(auction);
    if (!this.#typed && this.#heldBy === 0) this.#suggest(auction);
    this.#say();
  }

  // A price that falls is on the button.
  tick() {
    if (this.#auction?.rules?.dutch && this.#heldBy === 0) this.#suggest(this.#auction);
  }

  #drawRules(auction) {
    const { rules } = auction;
    const barred = isScheduled(auction) || isSeller(auction, this.#model.identity.name);
    this.#amount.disabled = barred;
    this.#button.disabled = barred;
    this.root.classList.toggle('is-fixed', rules.dutch !== null);
    if (rules.proxy) setText(this.#label, 'Your maximum');
  }

  #suggest(auction) {
    const { rules, currency } = auction;
    this.#suggested = rules?.dutch
      ? fallenPrice(auction, this.#model.clock.now()).price : suggestedBid(auction);
    const value = this.#suggested === null ? '' : formatForField(this.#suggested, currency);
    if (this.#amount.value !== value) this.#amount.value = value;
    if (rules?.dutch) setText(this.#button, `Buy for ${formatMoney(this.#suggested, currency)}`);
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
    const { words, outcome } = this.#wordsFor?.(this.#auction, this.#model.identity.name)
      ?? { words: '', outcome: 'none' };
    this.#status.dataset.outcome = outcome;
    setText(this.#status, words);
    setText(this.#hint, words === '' ? this.#hintInWords() : '');
    const invalid = outcome === 'refused';
    if (invalid) this.#amount.setAttribute('aria-invalid', 'true');
    else this.#amount.removeAttribute('aria-invalid');
  }

  // Of a rule for which the reader has no token yet.
  get #lacksToken() {
    const { identity, clock } = this.#model;
    return identity.needsTokens && needsToken(this.#auction)
      && identity.proof(clock.now()) === null;
  }

  #hintInWords() {
    const auction = this.#auction;
    const { rules } = auction;
    if (isSeller(auction, this.#model.identity.name)) return 'You sell this, so you cannot bid.';
    if (isScheduled(auction)) return `Opens ${formatFullTime(rules.opens_at)}.`;
    if (rules?.dutch) return 'The first to accept the price wins.';
    if (this.#lacksToken && !this.#typed) return 'Bid, and you are asked for your token.';
    if (this.#amount.value.trim() === '') return '';
    const { amount, problem } = this.#typed
      ? readAmount(this.#amount.value, auction.currency) : { amount: this.#suggested };
    if (problem !== undefined) return problem;
    return rules?.min_next_bid ? this.#hintByRules(amount) : this.#hintByPrice(amount);
  }

  #hintByPrice(amount) {
    const price = formatMoney(this.#auction.current_bid);
    if (amount <= this.#auction.current_bid) return `Now at ${price}: bid more than that.`;
    return this.#typed ? `Bids ${formatMoney(amount)}.` : `More than ${price}.`;
  }

  #hintByRules(amount) {
    const auction = this.#auction;
    const { rules, currency } = auction;
    const leads = auction.highest_bidder !== ''
      && auction.highest_bidder === this.#model.identity.name;
    const least = leastBidInWords(auction);
    if (amount < rules.min_next_bid && !(leads && rules.proxy)) return `Bid ${least}.`;
    const written = formatMoney(amount, currency);
    if (rules.proxy) {
      return this.#typed ? `Bids up to ${written}, only as needed.`
        : `The most you would pay, ${least}.`;
    }
    if (!this.#typed) return `${least[0].toUpperCase()}${least.slice(1)}.`;
    return `Bids ${written}${isSealed(auction) ? ', unseen' : ''}.`;
  }

  async #submit() {
    if (this.#waiting) return;
    const { rules, currency } = this.#auction;
    const { amount, problem } = rules?.dutch
      ? { amount: this.#suggested } : readAmount(this.#amount.value, currency);
    if (problem !== undefined) {
      this.#become(refused(problem));
      this.#amount.focus();
      return;
    }
    const tools = await bidTools();
    if (tools === null) {
      this.#become(refused('Connection lost. Press again when it is back.'));
      return;
    }
    const need = needsToken(this.#auction) ? WHY_A_TOKEN : '';
    const who = await tools.whoActs(this.#model, need);
    if (who === null) return;
    const bid = { bidder: who.name, [rules?.proxy ? 'max_amount' : 'amount']: amount };
    await this.#send(tools.sendBid, bid, who.token);
  }

  async #send(sendBid, bid, token) {
    const wait = (words) => this.#become(() => ({ words, outcome: 'waiting' }));
    this.#waiting = true;
    this.root.ariaBusy = 'true';
    wait('Sending…');
    try {
      const { accepted, wordsFor } = await sendBid(
        this.#auctionId, bid, token, () => this.#auction, wait);
      this.#waiting = false;
      if (accepted) {
        this.#typed = false;
        if (isSealed(this.#auction)) this.#model.standings.join(this.#auctionId);
      }
      this.#become(wordsFor);
    } finally {
      this.#waiting = false;
      this.root.ariaBusy = 'false';
    }
  }

  #become(wordsFor) {
    this.#wordsFor = wordsFor;
    this.draw(this.#auction);
  }
}

function refused(words) {
  return () => ({ words, outcome: 'refused' });
}

// What only who bids needs; null when it could not be fetched.
async function bidTools() {
  try {
    const [{ whoActs }, { sendBid }] = await Promise.all([
      import('./ask_name.js'), import('./send_bid.js'),
    ]);
    return { whoActs, sendBid };
  } catch {
    return null;
  }
}
