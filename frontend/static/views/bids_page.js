// What the reader has bid, newest first: how it stands, the receipt that this browser has for it,
// and the auction's proof.

import { ownBidsOf } from '../connection/own_bids.js';
import { Refusal } from '../connection/requests.js';
import { auctionPath } from '../connection/writes.js';
import { formatMoney, formatWhole, timeElement } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { OWN_BIDS_SHOWN, TEXT_SHOWN } from '../limits.js';
import { element, setData, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';
import { saveFile } from '../parts/save_file.js';
import { isOpen } from '../state/auction.js';
import { receiptFile, receipts } from '../state/receipts.js';
import { isSealed } from '../state/rules.js';
import { STANDING_WORDS } from './auction_facts.js';

export class BidsPage {
  title = 'My bids';
  #model;
  #requestDraw;
  #ownBids;
  #auctionId = null; // whose bids alone are shown
  #shown = OWN_BIDS_SHOWN;
  #status = element('p', { className: 'table-status' });
  #all = element('a', {
    className: 'all-events', href: '#/mine/bids', textContent: 'My bids on all auctions',
  });
  #list = element('ol', { className: 'own-bids' });
  #more = element('button', { className: 'button', type: 'button', textContent: 'Earlier ones' });
  #drawn = '';
  #trouble = '';
  #open = false;

  constructor(model, requestDraw) {
    this.#model = model;
    this.#ownBids = ownBidsOf(model);
    this.#requestDraw = requestDraw;
    this.#status.setAttribute('role', 'status');
    this.#list.setAttribute('aria-label', 'My bids');
    this.#more.addEventListener('click', () => {
      this.#shown += OWN_BIDS_SHOWN;
      requestDraw();
    });
    model.identity.listen(() => { if (this.#open) this.#read(); });
    this.root = element('div', { className: 'view' },
      element('a', { className: 'back', href: '#/mine', textContent: '← My auctions' }),
      element('h2', { className: 'page-title', textContent: 'My bids' }),
      element('section', { className: 'panel' },
        element('p', { className: 'note', textContent: 'A receipt is your proof of a bid: '
          + 'the auction’s own proof must contain it. Keep both files; anyone can check them on ' },
        element('a', { href: '#/verify', textContent: 'this page' }), '.'),
        this.#status, this.#list, this.#more, this.#all));
  }

  open({ query }) {
    this.#auctionId = query.get('auction');
    this.#shown = OWN_BIDS_SHOWN;
    this.#open = true;
    this.#drawn = '';
    this.#read();
  }

  close() {
    this.#open = false;
  }

  tick() {}

  draw() {
    const { identity } = this.#model;
    const entries = this.#entries();
    const rows = entries.slice(0, this.#shown).map((entry) => ({ ...entry, ...this.#now(entry) }));
    this.#more.hidden = entries.length <= rows.length;
    this.#all.hidden = this.#auctionId === null;
    setText(this.#status, this.#statusInWords(identity, entries.length));
    const drawn = JSON.stringify(rows);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#list.replaceChildren(...rows.map(rowOf));
  }

  async #read() {
    this.#trouble = '';
    try {
      await this.#ownBids.update(this.#requestDraw);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#trouble = ` ${error.message}`;
    }
    this.#requestDraw();
  }

  #statusInWords({ name }, count) {
    if (name === '') return 'Say under which name you bid: press “Your name” above.';
    if (this.#ownBids.isReading) {
      return `Looking for bids of ${name} in the history: ${formatWhole(this.#ownBids.read)} `
        + 'events so far.';
    }
    const words = count === 0 ? `${name} has not bid yet.`
      : `${formatWhole(count)} ${count === 1 ? 'entry' : 'entries'} of ${name}.`;
    return words + this.#trouble;
  }

  // What there are receipts for, and what else the history says: newest first.
  #entries() {
    const { name } = this.#model.identity;
    const kept = receipts().filter(({ act, bidder }) => act === 'bids' || bidder === name)
      .map((receipt) => ({ ...receipt, timestamp: receipt.time }));
    const known = new Set(kept.map(({ auction_id: id, index }) => placeOf(id, index)));
    const others = this.#ownBids.bids
      .filter(({ auction_id: id, id: eventId }) => !known.has(placeOf(id, indexIn(eventId))))
      .map((bid) => ({ act: 'bid', ...bid }));
    return [...kept, ...others]
      .filter(({ auction_id: id }) => this.#auctionId === null || id === this.#auctionId)
      .reverse().sort((a, b) => b.timestamp - a.timestamp);
  }

  // How the auction is by now.
  #now({ auction_id: id, name, currency }) {
    const auction = this.#model.store.auction(id);
    if (auction === undefined) return { auctionName: name || `#${id}`, standing: null };
    return {
      auctionName: auction.name,
      currency: auction.currency ?? currency,
      standing: this.#model.standings.of(auction),
      hasProof: !(isOpen(auction) && isSealed(auction)),
    };
  }
}

function placeOf(auctionId, index) {
  return `${auctionId} ${index}`;
}

// An event's id is `<log>-<index>.<n>`.
function indexIn(eventId) {
  return /-(\d+)\.\d+$/.exec(eventId)?.[1] ?? '';
}

function wordsOf({ act, amount, max_amount: most, count, currency = null }) {
  const money = (value) => formatMoney(value, currency);
  switch (act) {
    case 'bids': return `${formatWhole(count)} ${count === 1 ? 'bid' : 'bids'} at once`;
    case 'buy_now': return `Bought for ${money(amount)}`;
    case 'retract': return 'Took bids back';
    default: return most === undefined ? `Bid ${money(amount)}` : `Bid up to ${money(most)}`;
  }
}

function rowOf(entry) {
  const { auction_id: id, auctionName, standing, timestamp, header, hasProof } = entry;
  const words = wordsOf(entry);
  const name = shortened(auctionName, TEXT_SHOWN);
  const badge = element('span', {
    className: 'badge badge-standing', textContent: STANDING_WORDS[standing] ?? '',
    hidden: standing === null,
  });
  setData(badge, 'standing', standing ?? '');
  const files = element('div', { className: 'own-bid-files' });
  if (header !== undefined) files.append(receiptButton({ ...entry, name, words }));
  if (hasProof) {
    files.append(named(element('a', {
      href: `${auctionPath(id)}/proof`, download: `proof-${id}.jsonl`, textContent: 'Proof',
    }), `Proof of ${name}`));
  }
  return element('li', { className: 'own-bid' },
    element('div', { className: 'own-bid-what' },
      element('a', { className: 'data', href: hashOf(['auctions', id]), textContent: name }),
      badge),
    element('div', { className: 'own-bid-words' },
      element('span', { textContent: words }), timeElement(timestamp)),
    files);
}

function receiptButton(entry) {
  const button = element('button', {
    className: 'button button-quiet', type: 'button', textContent: 'Receipt',
  });
  button.addEventListener('click', () => saveFile(
    new Blob([receiptFile(entry)], { type: 'text/plain;charset=utf-8' }),
    `receipt-${entry.auction_id}-${entry.index}.txt`));
  return named(button, `Receipt of ${entry.words} on ${entry.name}`);
}

// What it is called where it is not seen among others.
function named(node, label) {
  node.setAttribute('aria-label', label);
  return node;
}
