// Closing cannot be undone, so it is confirmed. The question names the auction and who
// leads it, and stays true while it is open.

import { Refusal } from '../connection/requests.js';
import { closeAuction } from '../connection/writes.js';
import { formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { confirm } from '../parts/confirmation.js';
import { element, setText } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';

export class CloseAuction {
  #auctionId;
  #auction = null;
  #question = element('div', { className: 'close-question' });
  #name = element('strong', { className: 'data' });
  #outcome = element('p');
  #button = element('button', {
    className: 'button button-quiet', type: 'button', textContent: 'Close auction',
  });
  #status = element('p', { className: 'form-status' });

  constructor(auctionId) {
    this.#auctionId = auctionId;
    this.#status.setAttribute('role', 'status');
    this.#outcome.setAttribute('aria-live', 'polite');
    this.#question.append(element('p', {}, this.#name), this.#outcome,
      element('p', { textContent: 'No more bids are taken after that.' }));
    this.root = element('div', { className: 'close-auction' }, this.#button, this.#status);
    this.#button.addEventListener('click', () => this.#press());
  }

  draw(auction) {
    this.#auction = auction;
    this.#button.hidden = !isOpen(auction);
    setText(this.#name, shortened(auction.name, TEXT_SHOWN));
    setText(this.#outcome, outcomeOf(auction));
  }

  async #press() {
    if (this.#button.ariaBusy === 'true') return;
    const sure = await confirm({
      title: 'Close this auction?', body: this.#question, action: 'Close auction', danger: true,
    });
    if (sure) await this.#close();
  }

  async #close() {
    this.#button.ariaBusy = 'true';
    this.#say('Closing…', 'waiting');
    try {
      await closeAuction(this.#auctionId, (trouble) => this.#say(trouble, 'waiting'));
      this.#say('', 'none');
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message, 'refused');
    } finally {
      this.#button.ariaBusy = 'false';
    }
  }

  #say(words, outcome) {
    this.#status.dataset.outcome = outcome;
    setText(this.#status, words);
  }
}

function outcomeOf(auction) {
  if (!isOpen(auction)) return `It is over already: ${auction.status_reason}.`;
  if (!hasBids(auction)) return 'Nobody has bid: it ends without a sale.';
  const leader = shortened(auction.highest_bidder, TEXT_SHOWN);
  return `${leader} leads and gets it for ${formatMoney(auction.current_bid)}.`;
}
