// Asks the gateway how the nodes of the cluster are, again and again while the
// page can be seen. One question at a time.

import { CLUSTER_ABSENT_POLL_MS, CLUSTER_POLL_MS, CLUSTER_TIMEOUT_MS } from './limits.js';

const PATH = '/api/cluster';

export class ClusterPoll {
  #show;
  #timer = null;
  #asking = false;

  // show(cluster) gets every answer, and null when there was none.
  constructor(show) {
    this.#show = show;
  }

  start() {
    document.addEventListener('visibilitychange', () => this.#ask());
    this.#ask();
  }

  async #ask() {
    if (document.hidden || this.#asking) return;
    clearTimeout(this.#timer);
    this.#asking = true;
    const cluster = await answer();
    this.#asking = false;
    this.#show(cluster);
    const absent = cluster?.nodes.length === 0;
    this.#timer = setTimeout(() => this.#ask(), absent ? CLUSTER_ABSENT_POLL_MS : CLUSTER_POLL_MS);
  }
}

async function answer() {
  try {
    const response = await fetch(PATH, {
      cache: 'no-store', signal: AbortSignal.timeout(CLUSTER_TIMEOUT_MS),
    });
    // A gateway that does not know the path has no cluster.
    if (response.status === 404) return { nodes: [] };
    const cluster = response.ok ? await response.json() : null;
    return Array.isArray(cluster?.nodes) ? cluster : null;
  } catch {
    return null;
  }
}
