// A real cluster: three Raft nodes and the services around them, each a process
// of its own, on free ports and in a data directory of its own. Elections are
// quick here.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { EXECUTABLE, freePorts } from './gavel_process.mjs';

const NODES = [1, 2, 3];
const SERVICES = ['history_service', 'bidding_service', 'gateway', 'frontend'];
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 10_000;
const POLL_MS = 50;
const OUTPUT_KEPT_CHARS = 20_000;

export class GavelCluster {
  #ports = {};
  #dataDirectory;
  #children = new Map();
  #killAtExit = () => { for (const child of this.#children.values()) child.kill('SIGKILL'); };
  output = '';

  static async launch() {
    const cluster = new GavelCluster();
    const names = [...NODES.map(nameOfNode), ...SERVICES];
    const ports = await freePorts(names.length);
    names.forEach((name, i) => { cluster.#ports[name] = ports[i]; });
    cluster.#dataDirectory = await mkdtemp(join(tmpdir(), 'gavel-browser-cluster-'));
    process.once('exit', cluster.#killAtExit);
    for (const id of NODES) cluster.start(id);
    for (const service of SERVICES) cluster.#spawn(service, { SERVICE: service });
    try {
      await cluster.#untilReady();
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    return cluster;
  }

  get dashboardUrl() { return `${this.#url('frontend')}/`; }

  // Also after kill(): same port, same data.
  start(id) {
    this.#spawn(nameOfNode(id), {
      SERVICE: 'raft_node',
      RAFT_NODE_ID: String(id),
      RAFT_NODE_PORT: String(this.#ports[nameOfNode(id)]),
      RAFT_PEERS: NODES.map((peer) => `${peer}=${this.#url(nameOfNode(peer))}`).join(),
      RAFT_HEARTBEAT_MS: '100',
      RAFT_ELECTION_TIMEOUT_MS: '400-800',
    });
  }

  kill(id) {
    return this.#end(nameOfNode(id), 'SIGKILL');
  }

  // As the gateway tells it.
  async status() {
    return (await fetch(`${this.#url('gateway')}/api/cluster`)).json();
  }

  async dispose() {
    process.removeListener('exit', this.#killAtExit);
    await Promise.all([...this.#children.keys()].map((name) => this.#end(name, 'SIGTERM')));
    await rm(this.#dataDirectory, { recursive: true, force: true });
  }

  #url(name) { return `http://127.0.0.1:${this.#ports[name]}`; }

  #spawn(name, environment) {
    const child = spawn(EXECUTABLE, [], {
      env: {
        ...process.env,
        BIND_ADDRESS: '127.0.0.1',
        DATA_DIR: join(this.#dataDirectory, name),
        LOG_LEVEL: 'warning',
        AUCTION_SERVICE_URL: NODES.map((id) => this.#url(nameOfNode(id))).join(),
        BIDDING_SERVICE_URL: this.#url('bidding_service'),
        HISTORY_SERVICE_URL: this.#url('history_service'),
        GATEWAY_URL: this.#url('gateway'),
        BIDDING_SERVICE_PORT: String(this.#ports.bidding_service),
        HISTORY_SERVICE_PORT: String(this.#ports.history_service),
        GATEWAY_PORT: String(this.#ports.gateway),
        FRONTEND_PORT: String(this.#ports.frontend),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk) => {
      this.output = (this.output + `${name}: ${chunk}`).slice(-OUTPUT_KEPT_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#children.set(name, child);
  }

  async #untilReady() {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (await fetch(`${this.dashboardUrl}readyz`).then((r) => r.ok, () => false)) return;
      await pause(POLL_MS);
    }
    throw new Error(`the cluster was not ready within ${READY_WITHIN_MS} ms:\n${this.output}`);
  }

  async #end(name, signal) {
    const child = this.#children.get(name);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const tooLong = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(tooLong);
  }
}

function nameOfNode(id) {
  return `node-${id}`;
}
