// One auction among others. The card is built once; draw() touches only what differs,
// so a bid that someone is typing survives every update.

import { element, newId, setData, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { isOpen } from '../state/auction.js';
import { AuctionPrice, AuctionTime, Badge, rulesInShort } from './auction_facts.js';
import { BidForm } from './bid_form.js';

export class AuctionCard {
  #model;
  #auction = null;
  #link = element('a', { className: 'data' });
  #badge;
  #description = element('p', { className: 'card-description data' });
  #rules = element('p', { className: 'card-rules' });
  #price;
  #time;
  #bidForm;
  #more = element('a', { className: 'card-more', textContent: 'How it went' });

  constructor(auctionId, model) {
    this.#model = model;
    this.#badge = new Badge(model.standings);
    this.#price = new AuctionPrice(model.clock);
    this.#time = new AuctionTime(model.clock);
    this.#bidForm = new BidForm(auctionId, model);
    const name = element('h3', { className: 'card-name', id: newId('auction') }, this.#link);
    this.#link.href = hashOf(['auctions', auctionId]);
    this.#more.href = this.#link.href;
    this.#more.setAttribute('aria-describedby', name.id);
    this.root = element('article', { className: 'card' },
      element('div', { className: 'card-head' }, name, this.#badge.root),
      element('div', { className: 'card-line' }, this.#rules, this.#description),
      element('div', { className: 'card-figures' }, this.#price.root, this.#time.words),
      this.#time.bar,
      this.#bidForm.root, this.#more);
    this.root.setAttribute('aria-labelledby', name.id);
    this.root.dataset.auctionId = auctionId;
    this.root.addEventListener('animationend', () => this.root.classList.remove('is-raised'));
  }

  // Something that must not be lost when the card leaves the page.
  get keepsSomething() { return this.#bidForm.keepsSomething; }

  draw(auction) {
    const before = this.#auction;
    this.#auction = auction;
    if (before?.name !== auction.name) {
      setText(this.#link, shortened(auction.name, TEXT_SHOWN));
      this.#link.title = shortened(auction.name, TEXT_SHOWN);
    }
    if (before?.description !== auction.description) {
      setText(this.#description, shortened(auction.description, TEXT_SHOWN));
    }
    setData(this.root, 'status', auction.status);
    setData(this.root, 'standing', this.#model.standings.of(auction) ?? '');
    this.#badge.draw(auction);
    this.#price.draw(auction);
    this.#time.draw(auction);
    setText(this.#rules, rulesInShort(auction));
    this.#bidForm.draw(auction);
    this.#more.hidden = !this.#bidForm.root.hidden;
    if (before !== null && isOpen(auction) && auction.bid_count > before.bid_count) {
      this.root.classList.add('is-raised');
    }
  }

  tick() {
    this.#price.tick();
    this.#time.tick();
    this.#bidForm.tick();
  }
}
