// What is news to the reader, and not on the page before their eyes already: from how they stand,
// which also tells who was away, and from the server's notices, which also tell of auctions that
// this page does not know.

import { formatMoney, formatTime } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { NOTICES_REMEMBERED } from '../limits.js';

const NAME_SHOWN = 80;
const KINDS = ['outbid', 'extended', 'won', 'lost', 'unsold'];

export class OwnNews {
  #model;
  #notices;
  #openId;
  #seen = new Set(); // of the server's notices; a stream that is resumed may repeat them

  // model: gets its `backlog` before the first notice comes. openId(): of the auction whose page is
  // open.
  constructor(model, notices, openId) {
    this.#model = model;
    this.#notices = notices;
    this.#openId = openId;
    model.standings.listen((auction, before, after) => this.#stand(auction, before, after));
  }

  // text: the JSON of a notice, of which most are of other people.
  take(text) {
    const { identity, standings } = this.#model;
    const own = identity.name !== '' && text.includes(JSON.stringify(identity.name));
    if (!own && !text.includes('"recipient":""')) return;
    const notice = readNotice(text);
    if (notice === null || this.#isRepeated(notice)) return;
    const known = standings.has(notice.id);
    if (notice.recipient === '' ? !known : notice.recipient !== identity.name) return;
    if (notice.kind === 'extended') {
      this.#tellExtension(notice);
    } else if (!known) {
      this.#tellOfUnknown(notice);
    } // else the standing tells
  }

  // Bids were placed elsewhere under this name.
  async #tellOfUnknown({ id, kind }) {
    const { standings, backlog, store } = this.#model;
    standings.join(id);
    await backlog.readMine();
    const auction = store.auction(id);
    const standing = auction === undefined ? null : standings.of(auction);
    if (kind === 'outbid' && standing === 'outbid') this.#tellOutbid(auction);
    if (standing === 'won' || standing === 'lost') this.#tellEnd(auction, standing);
  }

  #stand(auction, before, after) {
    // Who has it with the first bid was told by what was pressed.
    const isOver = after === 'won' || after === 'lost';
    if (before === 'leading' && after === 'outbid') {
      this.#tellOutbid(auction);
    } else if (isOver && before !== undefined && this.#openId() !== auction.id) {
      this.#tellEnd(auction, after);
    } else {
      this.#notices.withdraw(auction);
    }
  }

  #tellOutbid(auction) {
    const who = nameOf(auction.highest_bidder);
    this.#notices.tell('outbid', auction, `Now ${priceOf(auction)} by ${who}.`);
  }

  #tellEnd(auction, after) {
    const { rules, cancelled, status_reason: reason } = auction;
    if (after === 'won') {
      this.#notices.tell('won', auction, `It is yours for ${priceOf(auction)}.`);
    } else if (cancelled || rules?.outcome === 'UNSOLD') {
      const why = rules?.reserve_met === false ? 'The reserve was not met' : reason;
      this.#notices.tell('unsold', auction, `Nobody has it: ${why}.`);
    } else {
      const winner = rules?.winner || auction.highest_bidder;
      this.#notices.tell('lost', auction, `${nameOf(winner)} has it for ${priceOf(auction)}.`);
    }
  }

  // Whoever sees the auction sees its new end, and whoever was just told of it may look.
  #tellExtension(notice) {
    const { id } = notice;
    if (this.#openId() === id || isInView(id) || this.#notices.tellOf(id)) return;
    const auction = this.#model.store.auction(id);
    if (auction === undefined) return;
    this.#notices.tell('extended', auction,
      `Bids are taken until ${formatTime(notice.closingTime)}.`);
  }

  #isRepeated({ eventId, kind, recipient }) {
    const key = JSON.stringify([eventId, kind, recipient]);
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    if (this.#seen.size > NOTICES_REMEMBERED) this.#seen.delete(this.#seen.values().next().value);
    return false;
  }
}

// Null when it is of another form.
function readNotice(text) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const whole = KINDS.includes(raw?.kind) && typeof raw.auction_id === 'string'
    && typeof raw.recipient === 'string';
  return whole ? {
    eventId: raw.event_id, kind: raw.kind, id: raw.auction_id, recipient: raw.recipient,
    closingTime: raw.closing_time,
  } : null;
}

function priceOf({ current_bid: price, rules, currency }) {
  return formatMoney(rules?.price ?? price, currency);
}

function nameOf(bidder) {
  return shortened(bidder, NAME_SHOWN);
}

function isInView(id) {
  const card = document.querySelector(`.card[data-auction-id="${CSS.escape(id)}"]`);
  if (card === null || document.hidden) return false;
  const { top, bottom } = card.getBoundingClientRect();
  return card.checkVisibility() && bottom > 0 && top < innerHeight;
}
