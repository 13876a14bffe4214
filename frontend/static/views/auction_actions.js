// What can be done to an auction beside bidding: buy it, take bids back, close it.

import { buyNow, closeAuction, retractBids } from '../connection/writes.js';
import { formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { ConfirmedAction } from '../parts/confirmed_action.js';
import { element } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';
import { isScheduled } from '../state/rules.js';
import { askName } from './ask_name.js';

export class AuctionActions {
  #model;
  #buy;
  #retract;
  #close;

  constructor(id, model) {
    this.#model = model;
    this.#buy = new ConfirmedAction({
      action: 'Buy now', title: 'Buy it now?', busyWords: 'Buying…',
      warning: 'The auction is over then, and it is yours.',
      perform: (onTrouble) => this.#asBidder((name) => buyNow(id, name, onTrouble)),
    });
    this.#retract = new ConfirmedAction({
      action: 'Take my bids back', title: 'Take your bids back?', busyWords: 'Taking back…',
      danger: true,
      warning: 'With more than twelve hours left all of them, else only the latest, within an hour '
        + 'of when it was placed. Everyone sees that you did.',
      perform: (onTrouble) => this.#asBidder((name) => retractBids(id, name, onTrouble)),
    });
    this.#close = new ConfirmedAction({
      action: 'Close auction', title: 'Close this auction?', busyWords: 'Closing…', danger: true,
      warning: 'No more bids are taken after that.',
      perform: (onTrouble) => closeAuction(id, onTrouble),
    });
    this.root = element('div', { className: 'auction-actions' },
      this.#retract.root, this.#close.root);
  }

  // It stands with the bid form, the others apart.
  get buy() { return this.#buy.root; }

  draw(auction) {
    const { rules, currency } = auction;
    const name = shortened(auction.name, TEXT_SHOWN);
    const open = isOpen(auction) && !isScheduled(auction);
    const sells = rules !== null && rules.seller !== ''
      && rules.seller === this.#model.identity.name;
    const price = formatMoney(rules?.buy_now_price, currency);
    this.#buy.draw({
      possible: open && rules?.can_buy_now === true && !sells, name,
      action: `Buy now for ${price}`, outcome: `You pay ${price}.`,
    });
    const standing = this.#model.standings.of(auction);
    this.#retract.draw({
      possible: open && rules?.retractions === true && standing !== null, name,
      outcome: 'Leader and price become what they were without them.',
    });
    this.#close.draw({ possible: isOpen(auction), name, outcome: closingWords(auction) });
  }

  async #asBidder(act) {
    const { identity } = this.#model;
    const name = identity.name || await askName(identity);
    if (name !== null) await act(name);
  }
}

function closingWords(auction) {
  if (!isOpen(auction)) return `It is over already: ${auction.status_reason}.`;
  if (!hasBids(auction)) {
    return auction.rules === null
      ? 'Nobody has bid: it ends without a sale.' : 'It ends with the bids that there are.';
  }
  const leader = shortened(auction.highest_bidder, TEXT_SHOWN);
  if (auction.rules?.reserve_met === false) {
    return `${leader} leads, but the reserve is not met: it ends without a sale.`;
  }
  const price = formatMoney(auction.current_bid, auction.currency);
  return `${leader} leads and gets it for ${price}.`;
}
