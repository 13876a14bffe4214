// The dashboard as a person sees it: found by its labels and headings. Every
// page also records what must never happen on it.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

import { SLOWNESS } from './expect.mjs';

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
    dashboard.page.setDefaultTimeout(10_000 * SLOWNESS);
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
      const ofTheApi = message.text().startsWith("EventSource's response has a MIME type")
        || (pathname.startsWith('/api/') && message.text().startsWith('Failed to load resource'));
      if (!ofTheApi) this.problems.push(`console: ${message.text()}`);
    });
  }

  setOffline(offline) {
    return this.#context.setOffline(offline);
  }

  // The part of the address after the #, as a reader would follow it.
  async go(hash) {
    await this.page.evaluate((to) => { location.hash = to; }, hash);
  }

  get connection() { return this.page.locator('#connection'); }
  get stale() { return this.page.locator('#stale'); }
  get notices() { return this.page.getByRole('log', { name: 'Notices' }); }
  get createForm() { return this.page.locator('#create-form'); }
  get bulkForm() { return this.page.locator('#bulk-form'); }
  get bulkLines() { return this.bulkForm.getByRole('listitem'); }
  get events() { return this.page.getByRole('list', { name: 'Just now' }).getByRole('listitem'); }
  get dialog() { return this.page.getByRole('dialog'); }

  // Rows of the history's table.
  get historyRows() {
    return this.page.getByRole('table', { name: 'History' }).locator('tbody tr');
  }

  // On an auction's own page.
  get bids() { return this.page.getByRole('list', { name: 'Bids' }).getByRole('listitem'); }
  get ownBids() {
    return this.page.getByRole('list', { name: 'My bids' }).getByRole('listitem');
  }

  get sale() { return this.page.locator('.sale'); }

  get cluster() { return this.page.getByRole('region', { name: 'Cluster' }); }

  // What a screen reader says of it.
  get clusterNews() { return this.cluster.getByRole('status'); }

  nodeRow(name) {
    return this.cluster.getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name }) });
  }

  get cards() { return this.page.getByRole('article'); }

  card(name) {
    return this.cards.filter({
      has: this.page.getByRole('heading', { level: 3, name, exact: true }),
    });
  }

  statistic(name) {
    return this.page.locator('.figures > div').filter({ hasText: name }).locator('dd');
  }

  // Of the operators' page.
  figure(name) {
    return this.page.locator('.figure-list > div')
      .filter({ has: this.page.getByText(name, { exact: true }) }).locator('dd');
  }

  statusOf(form) {
    return form.getByRole('status');
  }

  async show(words) {
    await this.page.getByRole('radio', { name: words }).check({ force: true });
  }

  // Says who bids, unless it is said.
  async bidAs(name) {
    const button = this.page.locator('#name');
    if (await button.textContent() === name) return;
    await button.click();
    await this.dialog.getByLabel('Your name').fill(name);
    await this.dialog.getByRole('button', { name: 'Keep' }).click();
  }

  // form: a card, or the panel of an auction's page.
  async bid(form, bidder, amount) {
    await this.bidAs(bidder);
    await form.getByLabel('Amount').fill(amount);
    await form.getByRole('button', { name: 'Bid', exact: true }).click();
  }

  // options(form): gives the auction rules, behind "More options".
  async create({
    name, description = '', startingBid, duration = '', unit = 'no end', options = null,
  }) {
    await this.go('#/sell');
    if (options !== null) {
      await this.createForm.getByText('More options').click();
      await options(this.createForm);
    }
    await this.createForm.getByLabel('Name').fill(name);
    await this.createForm.getByLabel('Description').fill(description);
    await this.createForm.getByLabel('Starting bid').fill(startingBid);
    await this.createForm.getByLabel('Unit of the duration').selectOption(unit);
    if (unit !== 'no end') {
      await this.createForm.getByLabel('Duration', { exact: true }).fill(duration);
    }
    await this.createForm.getByRole('button', { name: 'Create auction' }).click();
  }

  // Creates it and goes to its page.
  async sell(auction) {
    await this.create(auction);
    await this.page.getByRole('link', { name: 'Open its page' }).click();
    await this.page.getByRole('heading', { level: 2, name: auction.name }).waitFor();
  }

  // The most that the bidder would pay.
  async bidMost(form, bidder, most) {
    await this.bidAs(bidder);
    await form.getByLabel('Your maximum').fill(most);
    await form.getByRole('button', { name: 'Bid', exact: true }).click();
  }

  get bidStatus() { return this.statusOf(this.sale.locator('form')); }
  get rules() { return this.sale.locator('.rules'); }
  get price() { return this.sale.locator('.price'); }
  get leader() { return this.sale.locator('.leader'); }
  get standing() { return this.page.locator('.page-head .badge-standing'); }
  get status() { return this.page.locator('.page-head .badge').last(); }

  async bulkBid(auctionName, lines) {
    await this.go('#/sell');
    await this.bulkForm.getByLabel('Auction').fill(auctionName);
    await this.bulkForm.getByLabel('Bids', { exact: true }).fill(lines);
    await this.bulkForm.getByRole('button', { name: /^Place/ }).click();
  }

  // On the auction's own page.
  async close() {
    await this.sale.getByRole('button', { name: 'Close auction' }).click();
    await this.dialog.getByRole('button', { name: 'Close auction' }).click();
  }

  async photograph(name) {
    const folder = await mkdtemp(join(tmpdir(), 'gavel-browser-failure-'));
    const path = join(folder, `${name.replace(/\W+/g, '_').slice(0, 80)}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  dispose() {
    return this.#context.close();
  }
}
