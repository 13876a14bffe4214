// What the reader must not miss: somebody bid more. On the page, and as a notice of
// the browser's when the page is not looked at and the reader allowed it.

import { formatMoney } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { NOTICE_MS, NOTICES_SHOWN, NOTIFICATION_MS } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';

const NAME_SHOWN = 80;

export class Notices {
  #root = document.getElementById('notices');
  #notices = new Map(); // by auction
  #notifiedAt = -Infinity;

  outbid(auction) {
    this.#show(auction);
    this.#notify(auction);
  }

  // It is not true any more.
  withdraw(auction) {
    this.#notices.get(auction.id)?.close();
  }

  // Of several notices about one auction the last stays.
  #show(auction) {
    this.#notices.get(auction.id)?.close();
    if (this.#notices.size >= NOTICES_SHOWN) this.#notices.values().next().value.close();
    const notice = new Notice(auction, () => this.#notices.delete(auction.id));
    this.#notices.set(auction.id, notice);
    this.#root.append(notice.root);
  }

  // Not one for each of a flood of bids.
  #notify(auction) {
    if (!document.hidden || globalThis.Notification?.permission !== 'granted') return;
    if (performance.now() - this.#notifiedAt < NOTIFICATION_MS) return;
    this.#notifiedAt = performance.now();
    // The same tag in several tabs of one browser is one notice.
    const notification = new Notification(`Outbid: ${shortened(auction.name, NAME_SHOWN)}`, {
      body: wordsFor(auction), tag: `outbid-${auction.id}`, icon: 'favicon.svg',
    });
    notification.addEventListener('click', () => {
      focus();
      location.hash = hashOf(['auctions', auction.id]);
      notification.close();
    });
  }
}

class Notice {
  #onClose;
  #timer;

  constructor(auction, onClose) {
    this.#onClose = onClose;
    const dismiss = element('button', { className: 'notice-dismiss', type: 'button' }, '×');
    dismiss.setAttribute('aria-label', 'Dismiss');
    dismiss.addEventListener('click', () => this.close());
    const link = element('a', {
      className: 'data',
      href: hashOf(['auctions', auction.id]),
      textContent: shortened(auction.name, NAME_SHOWN),
    });
    link.addEventListener('click', () => this.close());
    this.root = element('div', { className: 'notice' },
      element('p', {}, element('strong', { textContent: 'Outbid: ' }), link),
      element('p', { textContent: wordsFor(auction) }), dismiss);
    this.#wait();
    for (const type of ['pointerenter', 'focusin']) {
      this.root.addEventListener(type, () => clearTimeout(this.#timer));
    }
    for (const type of ['pointerleave', 'focusout']) {
      this.root.addEventListener(type, () => this.#wait());
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.root.remove();
    this.#onClose();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), NOTICE_MS);
  }
}

function wordsFor(auction) {
  const by = shortened(auction.highest_bidder, NAME_SHOWN);
  return `Now ${formatMoney(auction.current_bid, auction.currency)} by ${by}.`;
}

// The button that asks for the browser's permission; there only while it can be asked.
export class NotificationSwitch {
  #button = document.getElementById('notify');

  constructor() {
    this.#button.addEventListener('click', async () => {
      await Notification.requestPermission();
      this.draw();
    });
    this.draw();
  }

  draw() {
    // Browsers offer it on secure pages only.
    const state = isSecureContext ? globalThis.Notification?.permission : undefined;
    this.#button.hidden = state !== 'default';
    setText(this.#button, 'Notify me when I am outbid');
  }
}
