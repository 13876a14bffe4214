// The operators' page: this page's stream, the gateway, its services, transactions and
// winner notices. The cluster has a file of its own.

import assert from 'node:assert/strict';

import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

// The page is answered by `answers[path]` instead of the gateway; null: not at all.
function answered(answers) {
  return {
    beforeLoad: async (page) => {
      for (const path of Object.keys(answers)) {
        await page.route(`**/api/${path}`, (route) => {
          const answer = answers[path];
          if (answer === null) return route.abort('connectionrefused');
          if (answer === 404) return route.fulfill({ status: 404, json: { error: 'not found' } });
          return route.fulfill({ json: answer });
        });
      }
    },
  };
}

scenario('the stream tells its state, rate and latency', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Rated', starting_bid: 1 });
  await dashboard.go('#/operators');
  await expectText(dashboard.figure('Connection'), 'Live');
  for (let amount = 2; amount < 22; amount += 1) await gavel.placeBid(id, 'b', amount);
  await eventually(async () => {
    assert.ok(Number(await dashboard.figure('Events a second').innerText()) > 1);
  });
  const latency = await eventually(async () => {
    const shown = /^([\d.]+)\s?ms$/.exec(await dashboard.figure('Latency, median').innerText());
    assert.ok(shown);
    return Number(shown[1]);
  });
  assert.ok(latency < 2_000, `${latency} ms`);
  await expectText(dashboard.figure('Unreadable entries'), '0');
});

scenario('the gateway tells how it is, and how its services are', async (dashboard) => {
  await dashboard.go('#/operators');
  await eventually(async () => {
    assert.ok(Number(await dashboard.figure('Subscribers').innerText()) >= 1);
  });
  await expectText(dashboard.figure('At most'), '15,000');
  const services = dashboard.page.getByRole('region', { name: 'Services' });
  await expectText(services.getByRole('status'), 'All can serve');
  for (const name of ['auction', 'bidding', 'history']) {
    await expectText(services.getByRole('row').filter({ hasText: name }),
      /Can serve\s+[\d.]+\s?ms/);
  }
});

{
  const status = { time: 1, uptime_seconds: 90_000, events_total: 5, index: 7,
    stream: { subscribers: 15_000, max_subscribers: 15_000 },
    services: [{ name: 'auction', healthy: true, latency_ms: 1.25 },
      { name: '<img src=x onerror=alert(1)>', healthy: false, latency_ms: null }] };
  const answers = { status };
  scenario('a service that cannot serve is named; a gateway that is silent is stale; one that '
    + 'tells nothing has no panel', async (dashboard) => {
    await dashboard.go('#/operators');
    const services = dashboard.page.locator('#services');
    await expectText(services.getByRole('status'), '<img src=x onerror=alert(1)> cannot serve');
    await expectText(services.getByRole('row').nth(2), /Cannot serve\s+–$/);
    await expectText(dashboard.figure('Up for'), '1d 01h');
    assert.equal(await dashboard.figure('Subscribers').getAttribute('data-tone'), 'bad');
    answers.status = null;
    await expectText(services.getByRole('status'), 'The gateway does not answer');
    answers.status = { ...status, services: [] };
    await expectCount(dashboard.page.locator('#services:visible'), 0);
  }, answered(answers));
}

scenario('a gateway without these routes has no such panels', async (dashboard) => {
  await dashboard.go('#/operators');
  await expectText(dashboard.figure('Connection'), 'Live');
  // How this page is connected, and who the operator is.
  await expectCount(dashboard.page.locator('.panel:visible'), 2);
}, answered({ status: 404, cluster: 404, transactions: 404, notifications: 404 }));

{
  const transaction = (fields) => ({
    id: 't-1', kind: 'close', auction_id: '12', name: 'Desk', state: 'PENDING',
    votes: { auction: 'commit', bidding: null, history: 'commit' }, acknowledged: [],
    reason: null, started: 1_700_000_000, decided: null, finished: null, ...fields,
  });
  const answers = { transactions: { transactions: [
    transaction({ id: 't-2' }),
    transaction({ id: 't-1', kind: 'create', auction_id: null, state: 'ABORT',
      votes: { auction: 'commit', history: 'abort' }, acknowledged: ['auction'],
      reason: '<b>history</b> voted no' }),
  ] } };
  scenario('transactions: votes, state and confirmations', async (dashboard) => {
    await dashboard.go('#/operators');
    const panel = dashboard.page.getByRole('region', { name: 'Transactions' });
    await expectText(panel.getByRole('status'), '1 pending');
    const rows = panel.locator('tbody tr');
    await expectText(rows.nth(0),
      /^Close Desk\s+Pending\s+auction yes\s*bidding …\s*history yes\s+–/);
    await expectText(rows.nth(1),
      /^Create Desk\s+Aborted\s+auction yes\s*history no\s+auction\s+<b>history<\/b> voted no/);
    answers.transactions = { transactions: [
      transaction({ id: 't-2', state: 'COMMIT', acknowledged: ['auction', 'history'] }),
    ] };
    await expectText(panel.getByRole('status'), 'None pending');
    await expectText(rows, /^Close Desk\s+Committed[\s\S]*auction, history/);
    answers.transactions = null;
    await expectText(panel.getByRole('status'), 'The gateway does not answer');
    answers.transactions = { transactions: [] };
    await expectCount(dashboard.page.locator('#transactions:visible'), 0);
  }, answered(answers));
}

scenario('winner notices: who won what', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Prize', starting_bid: 1 });
  await dashboard.page.route('**/api/notifications*', (route) => route.fulfill({
    json: { notifications: [
      { id: 1, auction_id: '7', winner: 'old', amount: 5, time: 1_700_000_000, reason: 'ended' },
      { id: 2, auction_id: id, winner: 'new', amount: 9.5, time: 1_700_000_001, reason: 'closed' },
    ] },
  }));
  await dashboard.go('#/operators');
  const rows = dashboard.page.getByRole('table', { name: 'Winner notices' }).locator('tbody tr');
  await expectText(rows.nth(0), /^Prize\s+new\s+\$9\.50\s+closed/);
  await expectText(rows.nth(1), /^#7\s+old\s+\$5\.00\s+ended/);
});

scenario('no questions are asked once the page is left', async (dashboard) => {
  const asked = [];
  dashboard.page.on('request', (request) => {
    if (request.url().endsWith('/api/cluster')) asked.push(request.url());
  });
  await dashboard.go('#/operators');
  await eventually(() => assert.ok(asked.length > 0));
  await dashboard.go('#/auctions');
  await expectText(dashboard.page.locator('#auctions-title'), 'Auctions');
  const count = asked.length;
  await dashboard.page.waitForResponse('**/api/status', { timeout: 5_000 }).catch(() => null);
  assert.ok(asked.length <= count + 1);
});
