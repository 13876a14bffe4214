// What the browser tests share: one browser and one server a file, and for each
// scenario a page of its own, on which some things must never happen.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { DashboardPage, launchBrowser } from './dashboard_page.mjs';
import { expectText, SLOWNESS } from './expect.mjs';
import { GavelProcess } from './gavel_process.mjs';

export const STREAM = '**/api/updates/stream*';

// Returns { scenario, withAnother, server(), browser() }. launch: starts what has dashboardUrl,
// output and dispose().
export function scenarios({ launch = () => GavelProcess.launch() } = {}) {
  let browser;
  let gavel;

  before(async () => {
    browser = await launchBrowser();
    gavel = await launch();
  });

  after(async () => {
    await browser?.close();
    await gavel?.dispose();
  });

  // run(dashboard, server). Unless it says otherwise the page is live when it begins. url(server):
  // what is opened instead of the dashboard's own address.
  function scenario(name, run, {
    server = () => gavel, live = true, url = (from) => from.dashboardUrl, timeout = 60_000,
    ...options
  } = {}) {
    test(name, { timeout: timeout * SLOWNESS }, async () => {
      const dashboard = await DashboardPage.open(browser, url(server()), options);
      try {
        if (live) await expectText(dashboard.connection, 'Live');
        await run(dashboard, server());
        assert.deepEqual(dashboard.problems, []);
      } catch (error) {
        console.error(`screenshot: ${await dashboard.photograph(name)}`);
        console.error(`last output of the server:\n${server().output}`);
        throw error;
      } finally {
        await dashboard.dispose();
      }
    });
  }

  // Another person looks at what this page shows; their page ends with run(other).
  async function withAnother(dashboard, run) {
    const other = await DashboardPage.open(browser, dashboard.page.url());
    try {
      await expectText(other.connection, 'Live');
      await run(other);
      assert.deepEqual(other.problems, []);
    } catch (error) {
      console.error(`screenshot of the other page: ${await other.photograph('other')}`);
      throw error;
    } finally {
      await other.dispose();
    }
  }

  return { scenario, withAnother, server: () => gavel, browser: () => browser };
}

// ---- A server that says what a test wants ---------------------------------------

export function streamEvent(id, type, data) {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `id: ${id}\nevent: ${type}\ndata: ${text}\n\n`;
}

export function leanAuction(fields = {}) {
  return {
    id: '9', name: 'Replayed', description: '', starting_bid: 1, current_bid: 1,
    highest_bidder: '', duration_seconds: 0, status: 'OPEN', status_reason: 'Open for bids',
    closing_time: 0, bid_count: 0, ...fields,
  };
}

export function happened(type, payload, auctionId = '9') {
  return { auction_id: auctionId, event_type: type, payload, timestamp: 1_700_000_000 };
}

// Answers the page's n-th stream with what answer(n) returns, from 1; each ends at once, so
// the browser comes back for more by itself.
export function replayed(answer) {
  const told = { answers: 0 };
  told.beforeLoad = (page) => page.route(STREAM, (route) => {
    told.answers += 1;
    return route.fulfill({
      status: 200, contentType: 'text/event-stream', body: `retry: 10\n\n${answer(told.answers)}`,
    });
  });
  return told;
}
