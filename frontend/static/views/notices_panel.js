// What the notifier told the winners. Not there without one.

import { formatMoney, timeElement } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { NOTICES_LISTED, TEXT_SHOWN } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';
import { panelWithTable } from './table_panel.js';

export class NoticesPanel {
  #store;
  #summary = element('p', { className: 'summary-note' });
  #body = element('tbody');
  #drawn = '';

  constructor(store) {
    this.#store = store;
    this.root = panelWithTable({
      id: 'winners',
      title: 'Winner notices',
      summary: [this.#summary],
      tableLabel: 'Winner notices',
      columns: ['Auction', 'Winner', '#Amount', 'Why', 'Time'],
      body: this.#body,
    });
  }

  draw(answer) {
    if (answer === null) return;
    const notices = answer.notifications.slice(-NOTICES_LISTED).reverse();
    this.root.hidden = notices.length === 0;
    const drawn = JSON.stringify(notices);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    setText(this.#summary, 'Newest first');
    this.#body.replaceChildren(...notices.map((notice) => this.#row(notice)));
  }

  #row({ auction_id: id, winner, amount, reason, time }) {
    const auction = this.#store.auction(String(id));
    const name = auction?.name ?? `#${id}`;
    const text = (value) => shortened(String(value ?? ''), TEXT_SHOWN);
    return element('tr', {},
      element('th', { scope: 'row' }, element('a', {
        className: 'data', href: hashOf(['auctions', String(id)]), textContent: text(name),
      })),
      element('td', { className: 'data', textContent: text(winner) }),
      element('td', { className: 'number', textContent: formatMoney(amount, auction?.currency) }),
      element('td', { className: 'data', textContent: text(reason) }),
      element('td', {}, Number.isFinite(time) ? timeElement(time) : '–'));
  }
}
