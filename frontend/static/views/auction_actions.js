// What can be done to an auction beside bidding: buy it, take bids back, close it, and for who has
// an operator's token, cancel it.

import { buyNow, cancelAuction, closeAuction, retractBids } from '../connection/writes.js';
import { formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TEXT_SHOWN } from '../limits.js';
import { ConfirmedAction } from '../parts/confirmed_action.js';
import { element } from '../parts/element.js';
import { hasBids, isOpen } from '../state/auction.js';
import { operatorToken } from '../state/operator.js';
import { isScheduled, isSeller } from '../state/rules.js';
import { whoActs } from './ask_name.js';

export class AuctionActions {
  #model;
  #auction = null;
  #buy;
  #retract;
  #close;
  #cancel;

  constructor(id, model) {
    this.#model = model;
    this.#buy = new ConfirmedAction({
      action: 'Buy now', title: 'Buy it now?', busyWords: 'Buying…',
      warning: 'The auction is over then, and it is yours.',
      perform: (onTrouble) => this.#asBidder((who) => (
        buyNow(id, who.name, onTrouble, who.token))),
    });
    this.#retract = new ConfirmedAction({
      action: 'Take my bids back', title: 'Take your bids back?', busyWords: 'Taking back…',
      danger: true,
      warning: 'With more than twelve hours left all of them, else only the latest, within an hour '
        + 'of when it was placed. Everyone sees that you did.',
      perform: (onTrouble) => this.#asBidder((who) => (
        retractBids(id, who.name, onTrouble, who.token)),
      'Nobody else shall take your bids back.'),
    });
    this.#close = new ConfirmedAction({
      action: 'Close auction', title: 'Close this auction?', busyWords: 'Closing…', danger: true,
      warning: 'No more bids are taken after that.',
      perform: (onTrouble) => this.#asSeller((token) => closeAuction(id, onTrouble, token)),
    });
    this.#cancel = new ConfirmedAction({
      action: 'Cancel auction', title: 'Cancel this auction?', busyWords: 'Cancelling…',
      danger: true, warning: 'Nothing that is hidden is opened, and it cannot be undone.',
      perform: (onTrouble) => cancelAuction(id, onTrouble, operatorToken()),
    });
    this.root = element('div', { className: 'auction-actions' },
      this.#retract.root, this.#close.root, this.#cancel.root);
  }

  // It stands with the bid form, the others apart.
  get buy() { return this.#buy.root; }

  draw(auction) {
    const { rules, currency } = auction;
    const name = shortened(auction.name, TEXT_SHOWN);
    const open = isOpen(auction) && !isScheduled(auction);
    const sells = isSeller(auction, this.#model.identity.name);
    const ownedByOther = auction.rules?.seller && !sells && this.#model.identity.needsTokens;
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
    this.#close.draw({
      possible: isOpen(auction) && !ownedByOther, name, outcome: closingWords(auction),
    });
    this.#cancel.draw({
      possible: isOpen(auction) && operatorToken() !== null, name,
      outcome: 'It ends without a winner, whoever leads.',
    });
    this.#auction = auction;
  }

  // need: why a token is needed, where the server wants one.
  async #asBidder(act, need) {
    const who = await whoActs(this.#model, need);
    if (who !== null) await act(who);
  }

  async #asSeller(act) {
    if (!this.#auction.rules?.seller || !this.#model.identity.needsTokens) return act(null);
    const who = await whoActs(this.#model, 'Only its seller closes an auction.');
    return who === null ? null : act(who.token);
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
