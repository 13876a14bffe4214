// The services behind the gateway: which of them can serve.

import { formatMilliseconds } from '../format/locale.js';
import { element, setData, setText } from '../parts/element.js';
import { panelWithTable } from './table_panel.js';

const SERVICES_SHOWN = 20;

export class ServicesPanel {
  #summary = element('p', { className: 'summary' });
  #body = element('tbody');

  constructor() {
    this.#summary.setAttribute('role', 'status');
    this.root = panelWithTable({
      id: 'services',
      title: 'Services',
      summary: [this.#summary],
      tableLabel: 'Services',
      columns: ['Service', 'State', '#Answered in'],
      body: this.#body,
    });
  }

  draw(status) {
    if (status === null) {
      setData(this.root, 'state', 'stale');
      setText(this.#summary, 'The gateway does not answer');
      return;
    }
    const services = Array.isArray(status?.services)
      ? status.services.slice(0, SERVICES_SHOWN) : [];
    this.root.hidden = services.length === 0;
    const ill = services.filter(({ healthy }) => healthy !== true);
    setData(this.root, 'state', ill.length === 0 ? 'good' : 'lost');
    setText(this.#summary, ill.length === 0 ? 'All can serve'
      : `${ill.map(({ name }) => name).join(', ')} cannot serve`);
    this.#body.replaceChildren(...services.map(row));
  }
}

function row({ name, healthy, latency_ms: latency }) {
  const well = healthy === true;
  const root = element('tr', {},
    element('th', { scope: 'row', className: 'data', textContent: String(name) }),
    element('td', {}, element('span', {
      className: 'state', textContent: well ? 'Can serve' : 'Cannot serve',
    })),
    element('td', { className: 'number', textContent: formatMilliseconds(latency ?? NaN) }));
  root.dataset.state = well ? 'good' : 'bad';
  return root;
}
