// Two-phase commit: which creates and closes are under way, how each service voted and
// what was decided. Not there without a coordinator.

import { timeElement } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { TRANSACTIONS_SHOWN, TEXT_SHOWN } from '../limits.js';
import { element, setData, setText } from '../parts/element.js';
import { hashOf } from '../parts/router.js';
import { panelWithTable } from './table_panel.js';

const STATE_WORDS = { PENDING: 'Pending', COMMIT: 'Committed', ABORT: 'Aborted' };
const STATE_TONES = { PENDING: 'warn', COMMIT: 'good', ABORT: 'bad' };
const KIND_WORDS = { create: 'Create', close: 'Close' };
const VOTE_WORDS = { commit: 'yes', abort: 'no' };

export class TransactionsPanel {
  #summary = element('p', { className: 'summary' });
  #body = element('tbody');
  #drawn = '';

  constructor() {
    this.#summary.setAttribute('role', 'status');
    this.root = panelWithTable({
      id: 'transactions',
      title: 'Transactions',
      summary: [this.#summary],
      tableLabel: 'Transactions, newest first',
      columns: ['Transaction', 'State', 'Votes', 'Confirmed', 'Reason', 'Started'],
      body: this.#body,
    });
  }

  // null: there was no answer, and what is shown may no longer be true.
  draw(answer) {
    if (answer === null) {
      setData(this.root, 'state', 'stale');
      setText(this.#summary, 'The gateway does not answer');
      return;
    }
    const transactions = answer.transactions.slice(0, TRANSACTIONS_SHOWN);
    this.root.hidden = transactions.length === 0;
    const pending = transactions.filter(({ state }) => state === 'PENDING').length;
    setData(this.root, 'state', pending === 0 ? 'good' : 'electing');
    setText(this.#summary, pending === 0 ? 'None pending' : `${pending} pending`);
    const drawn = JSON.stringify(transactions);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#body.replaceChildren(...transactions.map(row));
  }
}

function row(transaction) {
  const { kind, auction_id: auctionId, name, state, reason, started } = transaction;
  const acknowledged = Array.isArray(transaction.acknowledged) ? transaction.acknowledged : [];
  const what = `${KIND_WORDS[kind] ?? String(kind)} `;
  const shown = shortened(String(name || `#${auctionId}`), TEXT_SHOWN);
  const target = auctionId === null || auctionId === undefined
    ? element('span', { className: 'data', textContent: shown })
    : element('a', {
      className: 'data', href: hashOf(['auctions', String(auctionId)]), textContent: shown,
    });
  const root = element('tr', {},
    element('th', { scope: 'row' }, what, target),
    element('td', {}, element('span', {
      className: 'state', textContent: STATE_WORDS[state] ?? String(state),
    })),
    element('td', {}, ...votesOf(transaction.votes)),
    element('td', { className: 'data', textContent: acknowledged.join(', ') || '–' }),
    element('td', { className: 'data', textContent: shortened(String(reason ?? ''), TEXT_SHOWN) }),
    element('td', {}, Number.isFinite(started) ? timeElement(started) : '–'));
  root.dataset.state = STATE_TONES[state] ?? 'unknown';
  return root;
}

function votesOf(votes) {
  return Object.entries(votes ?? {}).map(([service, vote]) => {
    const node = element('span', {
      className: 'vote data', textContent: `${service} ${VOTE_WORDS[vote] ?? '…'}`,
    });
    node.dataset.vote = VOTE_WORDS[vote] ?? 'open';
    return node;
  });
}
