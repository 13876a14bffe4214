// One auction. The card is built once; draw() touches only what differs, so a
// bid that someone is typing survives every update.

import { BidForm } from './bid_form.js';
import { formatRemaining, secondsUntil, timeElement } from './clock.js';
import { CloseButton } from './close_button.js';
import { element, setText } from './element.js';
import { formatMoney } from './money.js';
import { isOpen } from './store.js';

const STATUS_WORDS = { OPEN: 'Open', CLOSED: 'Closed', ENDED: 'Ended' };

export class AuctionCard {
  #auction = null;
  #name = element('h3', { className: 'card-name data' });
  #status = element('span', { className: 'badge' });
  #description = element('p', { className: 'card-description data' });
  #priceLabel = element('span', { className: 'card-label' });
  #price = element('span', { className: 'card-price' });
  #leader = element('span', { className: 'card-leader data' });
  #timeLabel = element('span', { className: 'card-label' });
  #time = element('span', { className: 'card-time' });
  #progress = element('progress', { className: 'card-progress' });
  #bidsTitle = element('h4', { className: 'card-label' });
  #bids = element('ol', { className: 'bid-list' });
  #bidsBox = element('div', { className: 'card-bids' }, this.#bidsTitle, this.#bids);
  #bidForm;
  #closeButton;

  constructor(auctionId) {
    this.#bidForm = new BidForm(auctionId);
    this.#closeButton = new CloseButton(auctionId);
    this.#progress.setAttribute('aria-label', 'Time left');
    this.#bids.setAttribute('aria-label', 'Latest bids');
    this.root = element('article', { className: 'card' },
      element('div', { className: 'card-head' }, this.#name, this.#status),
      this.#description,
      element('div', { className: 'card-figures' },
        element('div', {}, this.#priceLabel, this.#price, this.#leader),
        element('div', { className: 'card-clock' }, this.#timeLabel, this.#time)),
      this.#progress,
      this.#bidsBox,
      this.#bidForm.root,
      this.#closeButton.root);
    this.root.dataset.auctionId = auctionId;
    this.root.addEventListener('animationend', () => this.root.classList.remove('is-raised'));
  }

  draw(auction) {
    const before = this.#auction;
    this.#auction = auction;
    const open = isOpen(auction);

    setText(this.#name, String(auction.name));
    this.#name.title = auction.name;
    setText(this.#status, STATUS_WORDS[auction.status] ?? String(auction.status));
    this.root.dataset.status = auction.status;
    setText(this.#description, auction.description ?? '');
    this.#description.title = auction.description ?? '';

    this.#drawPrice(auction, open);
    if (before?.bidCount !== auction.bidCount || before?.current_bid !== auction.current_bid) {
      this.#drawBids(auction);
      if (before && auction.bidCount > before.bidCount) this.root.classList.add('is-raised');
    }
    this.#bidForm.suggestAbove(auction.current_bid);
    this.#bidForm.root.hidden = !open;
    this.#closeButton.root.hidden = !open;
    this.tick();
  }

  // Once a second: the countdown.
  tick() {
    const auction = this.#auction;
    if (!isOpen(auction)) {
      setText(this.#timeLabel, 'Outcome');
      setText(this.#time, auction.status_reason);
      this.#progress.hidden = true;
      return;
    }
    setText(this.#timeLabel, 'Time left');
    if (!(auction.closing_time > 0)) {
      setText(this.#time, 'No limit');
      this.#progress.hidden = true;
      return;
    }
    const remaining = secondsUntil(auction.closing_time);
    setText(this.#time, formatRemaining(remaining));
    this.#progress.hidden = false;
    this.#progress.max = Math.max(1, auction.duration_seconds);
    this.#progress.value = Math.max(0, remaining);
    this.root.classList.toggle('is-urgent', remaining < 30);
  }

  #drawPrice(auction, open) {
    const hasBids = auction.highest_bidder !== '';
    if (!hasBids) setText(this.#priceLabel, 'Starting bid');
    else setText(this.#priceLabel, open ? 'Highest bid' : 'Sold for');
    setText(this.#price, formatMoney(auction.current_bid));
    if (hasBids) setText(this.#leader, `${open ? 'by' : 'to'} ${auction.highest_bidder}`);
    else setText(this.#leader, open ? 'Be the first to bid' : 'Nobody bid');
  }

  #drawBids(auction) {
    const { bids, bidCount } = auction;
    let title = `${bidCount} bids`;
    if (bidCount === 0) title = 'No bids';
    if (bidCount === 1) title = '1 bid';
    if (bidCount > bids.length) title += `, latest ${bids.length}`;
    setText(this.#bidsTitle, title);
    this.#bids.replaceChildren(...bids.map(bidRow).reverse());
    this.#bids.hidden = bidCount === 0;
    this.#bidsBox.classList.toggle('is-empty', bidCount === 0);
  }
}

function bidRow(bid) {
  return element('li', {},
    element('span', { className: 'bid-bidder data', textContent: bid.bidder }),
    timeElement(bid.timestamp),
    element('span', { className: 'bid-amount', textContent: formatMoney(bid.amount) }));
}
