// The dashboard as a person sees it: found by its labels and headings. Every
// page also records what must never happen on it.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
}

export class DashboardPage {
  #context;
  #origin;
  problems = [];

  static async open(browser, url, { contextOptions = {}, beforeLoad = async () => {} } = {}) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 }, ...contextOptions,
    });
    const dashboard = new DashboardPage();
    dashboard.#context = context;
    dashboard.#origin = new URL(url).origin;
    dashboard.page = await context.newPage();
    dashboard.page.setDefaultTimeout(10_000);
    dashboard.#watch();
    await beforeLoad(dashboard.page);
    dashboard.response = await dashboard.page.goto(url);
    return dashboard;
  }

  #watch() {
    const { page } = this;
    this.#context.on('request', (request) => {
      if (new URL(request.url()).origin !== this.#origin) {
        this.problems.push(`request to another host: ${request.url()}`);
      }
    });
    page.on('dialog', (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack}`));
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // Chromium logs every refusal and every lost connection of the API this
      // way; the page has to cope with those. A missing file is a fault.
      const { pathname } = new URL(message.location().url || this.#origin);
      const ofTheApi = pathname.startsWith('/api/')
        && message.text().startsWith('Failed to load resource');
      if (!ofTheApi) this.problems.push(`console: ${message.text()}`);
    });
  }

  get connection() { return this.page.locator('#connection'); }
  get createForm() { return this.page.locator('#create-form'); }
  get bulkForm() { return this.page.locator('#bulk-form'); }
  get bulkResults() { return this.page.getByRole('list', { name: 'Results of the bulk bids' }); }
  get events() { return this.page.getByRole('list', { name: 'History' }).getByRole('listitem'); }

  get cluster() { return this.page.getByRole('region', { name: 'Cluster' }); }

  // What a screen reader says of it.
  get clusterNews() { return this.cluster.getByRole('status'); }

  nodeRow(name) {
    return this.cluster.getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name }) });
  }

  card(name) {
    return this.page.getByRole('article')
      .filter({ has: this.page.getByRole('heading', { level: 3, name, exact: true }) });
  }

  bidsOn(card) {
    return card.getByRole('list', { name: 'Latest bids' }).getByRole('listitem');
  }

  statistic(name) {
    return this.page.locator('.statistic').filter({ hasText: name }).locator('dd');
  }

  statusOf(form) {
    return form.getByRole('status');
  }

  async create({ name, description = '', startingBid, seconds = '' }) {
    await this.createForm.getByLabel('Name').fill(name);
    await this.createForm.getByLabel('Description').fill(description);
    await this.createForm.getByLabel('Starting bid').fill(startingBid);
    await this.createForm.getByLabel('Duration in seconds').fill(seconds);
    await this.createForm.getByRole('button', { name: 'Create auction' }).click();
  }

  async bid(card, bidder, amount) {
    await card.getByLabel('Bidder').fill(bidder);
    await card.getByLabel('Amount').fill(amount);
    await card.getByRole('button', { name: 'Bid', exact: true }).click();
  }

  async bulkBid(auctionName, lines) {
    await this.bulkForm.getByLabel('Auction').selectOption({ label: auctionName });
    await this.bulkForm.getByRole('textbox').fill(lines);
    await this.bulkForm.getByRole('button', { name: 'Place all bids' }).click();
  }

  async close(card) {
    await card.getByRole('button', { name: 'Close auction' }).click();
    await card.getByRole('button', { name: 'Really close?' }).click();
  }

  async photograph(name) {
    const folder = await mkdtemp(join(tmpdir(), 'gavel-browser-failure-'));
    const path = join(folder, `${name.replace(/\W+/g, '_').slice(0, 80)}.png`);
    await this.page.screenshot({ path, fullPage: true });
    return path;
  }

  dispose() {
    return this.#context.close();
  }
}
