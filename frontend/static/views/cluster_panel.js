// The nodes that keep the auctions: who leads, how far each one is. Not there
// while the auctions are kept by a single service.

import { formatWhole, timeElement } from '../format/locale.js';
import { CLUSTER_NODES_SHOWN } from '../limits.js';
import { element, setText } from '../parts/element.js';
import { panelWithTable } from './table_panel.js';

const UNKNOWN = '–';

const ROLE_WORDS = {
  leader: 'Leader',
  follower: 'Follower',
  'pre-candidate': 'Electing',
  candidate: 'Electing',
  starting: 'Starting',
};

export class ClusterPanel {
  #panel;
  #leader = element('p', { className: 'summary', id: 'cluster-leader' });
  #term = element('span', { className: 'summary-note', id: 'cluster-term' });
  #body = element('tbody');
  #rows = new Map(); // by url

  constructor() {
    this.#leader.setAttribute('role', 'status');
    this.#panel = panelWithTable({
      id: 'cluster',
      title: 'Cluster',
      summary: [this.#term, this.#leader],
      tableLabel: 'Nodes',
      columns: ['Node', 'Role', '#Term', '#Commit index', '#Behind leader', '#Last election'],
      body: this.#body,
    });
  }

  get root() { return this.#panel; }

  // null: the gateway gave no answer, and what is shown may no longer be true.
  draw(cluster) {
    if (cluster === null) {
      this.#panel.dataset.state = 'stale';
      setText(this.#leader, 'The gateway does not answer');
      return;
    }
    const nodes = cluster.nodes.slice(0, CLUSTER_NODES_SHOWN);
    this.#panel.hidden = nodes.length === 0;
    const { state, words } = summary(nodes, cluster.leader_id);
    this.#panel.dataset.state = state;
    setText(this.#leader, words);
    setText(this.#term, Number.isFinite(cluster.term) ? `Term ${formatWhole(cluster.term)}` : '');
    this.#drawRows(nodes);
  }

  #drawRows(nodes) {
    const shown = new Set(nodes.map((node) => String(node.url)));
    for (const [url, row] of this.#rows) {
      if (shown.has(url)) continue;
      row.root.remove();
      this.#rows.delete(url);
    }
    for (const node of nodes) {
      const url = String(node.url);
      let row = this.#rows.get(url);
      if (row === undefined) {
        row = new Row(url);
        this.#rows.set(url, row);
        this.#body.append(row.root);
      }
      row.draw(node);
    }
  }
}

// What a person wants to know first. The words change only when it does, since
// a screen reader says them each time.
function summary(nodes, leaderId) {
  const answering = nodes.filter((node) => node.reachable === true).length;
  if (answering === 0) return { state: 'lost', words: 'No node answers' };
  if (answering * 2 <= nodes.length) {
    return {
      state: 'lost', words: `No majority: ${answering} of ${nodes.length} nodes answer, bids wait`,
    };
  }
  if (!Number.isFinite(leaderId)) return { state: 'electing', words: 'Election under way' };
  const leader = nodes.find((node) => node.node_id === leaderId);
  if (leader !== undefined && leader.reachable !== true) {
    return { state: 'electing', words: `Node ${leaderId}, the leader, does not answer` };
  }
  return { state: 'led', words: `Node ${leaderId} leads` };
}

class Row {
  #name = element('span', { className: 'node-name' });
  #role = element('span', { className: 'node-role' });
  #numbers = {
    term: numberCell(), commit_index: numberCell(), lag: numberCell(),
  };
  #election = element('td', { className: 'number' });
  #electionMs; // that is shown

  constructor(url) {
    this.root = element('tr', {},
      element('th', { scope: 'row' }, this.#name,
        element('span', { className: 'node-url data', textContent: url })),
      element('td', {}, this.#role),
      this.#numbers.term, this.#numbers.commit_index, this.#numbers.lag, this.#election);
  }

  draw(node) {
    const reachable = node.reachable === true;
    const role = Object.hasOwn(ROLE_WORDS, node.role) ? node.role : null;
    this.root.dataset.state = reachable ? role ?? 'unknown' : 'unreachable';
    setText(this.#name, Number.isFinite(node.node_id) ? `Node ${node.node_id}` : 'Node');
    setText(this.#role, reachable ? ROLE_WORDS[role] ?? UNKNOWN : 'Unreachable');
    for (const [field, cell] of Object.entries(this.#numbers)) {
      const value = node[field];
      setText(cell, formatWhole(value));
      cell.dataset.behind = field === 'lag' && value > 0;
    }
    this.#drawElection(node.last_election_ms);
  }

  #drawElection(unixMs) {
    if (this.#electionMs === unixMs) return;
    this.#electionMs = unixMs;
    this.#election.replaceChildren(
      Number.isFinite(unixMs) && unixMs > 0 ? timeElement(unixMs / 1000) : UNKNOWN);
  }
}

function numberCell() {
  return element('td', { className: 'number' });
}
