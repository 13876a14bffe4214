// The real executable, all services in one process, on free ports and a data
// directory of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
export const EXECUTABLE = process.env.GAVEL_BIN ?? join(REPOSITORY, 'build/release/gavel');
const PORT_VARIABLES = [
  'GATEWAY_PORT', 'AUCTION_SERVICE_PORT', 'BIDDING_SERVICE_PORT', 'HISTORY_SERVICE_PORT',
  'NOTIFIER_SERVICE_PORT', 'FRONTEND_PORT',
];
const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 10_000;
const POLL_MS = 25;
const OUTPUT_KEPT_CHARS = 20_000;

export class GavelProcess {
  #child = null;
  #others = [];
  #environment;
  #dataDirectory;
  #output = '';
  #killAtExit = () => this.#child?.kill('SIGKILL');

  // environment: variables that are set beside those of every test.
  static async launch({ environment = {} } = {}) {
    await access(EXECUTABLE).catch(() => {
      throw new Error(`no executable at ${EXECUTABLE}; build it or set GAVEL_BIN`);
    });
    const gavel = new GavelProcess();
    await gavel.#prepare(environment);
    await gavel.start();
    return gavel;
  }

  get dashboardUrl() { return `http://127.0.0.1:${this.#environment.FRONTEND_PORT}/`; }
  get gatewayUrl() { return `http://127.0.0.1:${this.#environment.GATEWAY_PORT}`; }
  get output() { return this.#output; }

  async #prepare(environment) {
    this.#dataDirectory = await mkdtemp(join(tmpdir(), 'gavel-browser-data-'));
    const ports = await freePorts(PORT_VARIABLES.length);
    this.#environment = { ...process.env, DATA_DIR: this.#dataDirectory };
    // Without SERVICE all services run in one process; without keys everyone is believed.
    for (const name of ['SERVICE', 'BIDDER_TOKEN_KEY', 'ADMIN_TOKEN']) {
      delete this.#environment[name];
    }
    Object.assign(this.#environment, environment);
    PORT_VARIABLES.forEach((name, i) => { this.#environment[name] = String(ports[i]); });
  }

  // Also after kill() or stop(): same ports, same data.
  async start() {
    this.#child = this.#spawn(this.#environment);
    process.once('exit', this.#killAtExit);
    await this.#untilReady();
  }

  // A second gateway with a frontend of its own beside these services. They end with this.
  async startSecondGateway() {
    const [gateway, frontend] = await freePorts(2);
    const url = (name) => `http://127.0.0.1:${this.#environment[name]}`;
    const environment = {
      ...this.#environment,
      BIND_ADDRESS: '127.0.0.1',
      GATEWAY_PORT: String(gateway),
      FRONTEND_PORT: String(frontend),
      AUCTION_SERVICE_URL: url('AUCTION_SERVICE_PORT'),
      BIDDING_SERVICE_URL: url('BIDDING_SERVICE_PORT'),
      HISTORY_SERVICE_URL: url('HISTORY_SERVICE_PORT'),
      GATEWAY_URL: `http://127.0.0.1:${gateway}`,
    };
    for (const SERVICE of ['gateway', 'frontend']) {
      const child = this.#spawn({ ...environment, SERVICE });
      this.#others.push(child);
      process.once('exit', () => child.kill('SIGKILL'));
    }
    const dashboardUrl = `http://127.0.0.1:${frontend}/`;
    await this.#untilReady(dashboardUrl);
    return dashboardUrl;
  }

  #spawn(env) {
    const child = spawn(EXECUTABLE, [], {
      cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk) => { this.#output = (this.#output + chunk).slice(-OUTPUT_KEPT_CHARS); };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return child;
  }

  async #untilReady(dashboardUrl = this.dashboardUrl) {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (this.#ended) throw new Error(`gavel ended at start:\n${this.#output}`);
      const ready = await fetch(`${dashboardUrl}readyz`).then((r) => r.ok, () => false);
      if (ready) return;
      await pause(POLL_MS);
    }
    throw new Error(`gavel was not ready within ${READY_WITHIN_MS} ms:\n${this.#output}`);
  }

  get #ended() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  // SIGTERM asks it to finish its work, SIGKILL is a crash.
  async end(signal) {
    process.removeListener('exit', this.#killAtExit);
    if (this.#ended) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const tooLong = setTimeout(() => this.#child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(tooLong);
    if (signal === 'SIGTERM' && this.#child.signalCode === 'SIGKILL') {
      throw new Error(`gavel did not stop within ${STOPPED_WITHIN_MS} ms:\n${this.#output}`);
    }
  }

  async dispose() {
    try {
      for (const child of this.#others) child.kill('SIGTERM');
      await this.end('SIGTERM');
    } finally {
      await rm(this.#dataDirectory, { recursive: true, force: true });
    }
  }

  // Plain HTTP, as another client would do it.

  async createAuction(fields) {
    return (await this.#post('/api/auctions', fields)).auction;
  }

  async placeBid(auctionId, bidder, amount) {
    return (await this.#post(`/api/auctions/${auctionId}/bid`, { bidder, amount })).auction;
  }

  // Returns the answer, with a result for each.
  async placeBids(auctionId, bids) {
    return this.#post(`/api/auctions/${auctionId}/bids/bulk`, { bids });
  }

  async closeAuction(auctionId) {
    return (await this.#post(`/api/auctions/${auctionId}/close`, {})).auction;
  }

  async auction(id) {
    return (await (await fetch(`${this.gatewayUrl}/api/auctions/${id}`)).json()).auction;
  }

  async auctions() {
    return (await (await fetch(`${this.gatewayUrl}/api/auctions`)).json()).auctions;
  }

  async status() {
    return (await fetch(`${this.gatewayUrl}/api/status`)).json();
  }

  async history() {
    return (await (await fetch(`${this.gatewayUrl}/api/history`)).json()).events;
  }

  async #post(path, body) {
    const response = await fetch(this.gatewayUrl + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }
}

// All are held open until all are known, so that no port is given out twice.
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => { server.close(); return once(server, 'close'); }));
  return ports;
}
