// What the reader must not miss: somebody bid more, and what became of their auctions. On the page,
// and as a notice of the browser's when the page is not looked at and the reader allowed it.

import { shortened } from '../format/text.js';
import { NOTICE_MS, NOTICES_SHOWN, NOTIFICATION_MS } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';

const NAME_SHOWN = 80;
// Who is outbid has to act now; the rest can be said when there is a pause.
const TITLES = {
  outbid: 'Outbid', extended: 'Extended', won: 'You won', lost: 'Lost', unsold: 'Not sold',
};

export class Notices {
  #root = document.getElementById('notices');
  #notices = new Map(); // by auction
  #notifiedAt = -Infinity;

  // kind: of TITLES. auction: { id, name }. words: a sentence.
  tell(kind, auction, words) {
    this.#show(kind, auction, words);
    this.#notify(kind, auction, words);
  }

  // Whether one of that auction stands there.
  tellOf(id) {
    return this.#notices.has(id);
  }

  // It is not true any more.
  withdraw({ id }) {
    this.#notices.get(id)?.close();
  }

  // Of several notices about one auction the last stays.
  #show(kind, auction, words) {
    this.withdraw(auction);
    if (this.#notices.size >= NOTICES_SHOWN) this.#notices.values().next().value.close();
    const notice = new Notice(kind, auction, words, () => this.#notices.delete(auction.id));
    this.#notices.set(auction.id, notice);
    this.#root.append(notice.root);
  }

  // Not one for each of a flood of bids.
  #notify(kind, { id, name }, words) {
    if (!document.hidden || globalThis.Notification?.permission !== 'granted') return;
    if (performance.now() - this.#notifiedAt < NOTIFICATION_MS) return;
    this.#notifiedAt = performance.now();
    // The same tag in several tabs of one browser is one notice.
    const notification = new Notification(`${TITLES[kind]}: ${shortened(name, NAME_SHOWN)}`, {
      body: words, tag: `${kind}-${id}`, icon: 'favicon.svg',
    });
    notification.addEventListener('click', () => {
      focus();
      location.hash = hashOf(['auctions', id]);
      notification.close();
    });
  }
}

class Notice {
  #onClose;
  #timer;

  constructor(kind, { id, name }, words, onClose) {
    this.#onClose = onClose;
    const dismiss = element('button', { className: 'notice-dismiss', type: 'button' }, '×');
    dismiss.setAttribute('aria-label', 'Dismiss');
    dismiss.addEventListener('click', () => this.close());
    const link = element('a', {
      className: 'data', href: hashOf(['auctions', id]), textContent: shortened(name, NAME_SHOWN),
    });
    link.addEventListener('click', () => this.close());
    this.root = element('div', { className: 'notice' },
      element('p', {}, element('strong', { textContent: `${TITLES[kind]}: ` }), link),
      element('p', { textContent: words }), dismiss);
    this.root.dataset.kind = kind;
    if (kind !== 'outbid') this.root.ariaLive = 'polite';
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
