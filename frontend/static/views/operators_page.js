// For those who keep the platform running: how this page is connected, how the server,
// its services, its cluster and its transactions are.

import { Poll } from '../connection/poll.js';
import { element } from '../parts/element.js';
import { ClusterPanel } from './cluster_panel.js';
import { NoticesPanel } from './notices_panel.js';
import { OperatorToken } from './operator_token.js';
import { ServerFigures } from './server_figures.js';
import { ServicesPanel } from './services_panel.js';
import { StreamFigures } from './stream_figures.js';
import { TransactionsPanel } from './transactions_panel.js';

const hasList = (name) => (answer) => Array.isArray(answer?.[name]);
const isEmpty = (name) => (answer) => answer[name].length === 0;

export class OperatorsPage {
  title = 'Operators';
  #stream;
  #polls;

  constructor(model) {
    this.#stream = new StreamFigures(model);
    const server = new ServerFigures();
    const services = new ServicesPanel();
    const cluster = new ClusterPanel();
    const transactions = new TransactionsPanel();
    const notices = new NoticesPanel(model.store);
    this.root = element('div', { className: 'view' },
      element('h2', { className: 'page-title', textContent: 'Operators' }),
      this.#stream.root, server.root, services.root, cluster.root, transactions.root,
      notices.root, new OperatorToken().root);
    this.#polls = [
      new Poll('/api/status', {
        isAnswer: (answer) => typeof answer === 'object',
        show: (status) => {
          server.draw(status);
          services.draw(status);
        },
      }),
      listPoll('/api/cluster', 'nodes', (answer) => cluster.draw(answer)),
      listPoll('/api/transactions', 'transactions', (answer) => transactions.draw(answer)),
      listPoll('/api/notifications', 'notifications', (answer) => notices.draw(answer)),
    ];
  }

  open() {
    for (const poll of this.#polls) poll.start();
  }

  close() {
    for (const poll of this.#polls) poll.stop();
  }

  draw() {
    this.#stream.draw();
  }

  tick() {
    this.#stream.draw();
  }
}

// A server that does not know the path has none of it.
function listPoll(path, name, show) {
  return new Poll(path, {
    isAnswer: hasList(name),
    isAbsent: isEmpty(name),
    show: (answer) => show(answer === undefined ? { [name]: [] } : answer),
  });
}
