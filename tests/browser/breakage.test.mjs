// When things break: restarts, another gateway, silence, sleep, no network, a server that
// sends what makes no sense.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, expectCount, expectText } from './expect.mjs';
import { GavelProcess } from './gavel_process.mjs';
import {
  happened, leanAuction, replayed, scenarios, STREAM, streamEvent,
} from './scenarios.mjs';
import { SwitchingProxy } from './switching_proxy.mjs';

const { scenario, server } = scenarios();

{
  let letThrough;
  const held = new Promise((resolve) => { letThrough = resolve; });
  scenario('connecting until the stream is there, then live', async (dashboard) => {
    await expectText(dashboard.connection, 'Connecting…');
    await expectText(dashboard.page.locator('#auctions-empty'), 'Waiting for the server…');
    letThrough();
    await expectText(dashboard.connection, 'Live');
  }, {
    live: false,
    beforeLoad: (page) => page.route(STREAM, async (route) => {
      await held;
      await route.continue();
    }),
  });
}

{
  let refusals = 0;
  scenario('refused streams are tried again until one is given', async (dashboard) => {
    await expectText(dashboard.connection, 'Live');
    assert.equal(refusals, 3);
  }, {
    live: false,
    // After such an answer the browser's own EventSource gives up.
    beforeLoad: (page) => page.route(STREAM, (route) => {
      if (refusals === 3) return route.continue();
      refusals += 1;
      return route.fulfill({ status: 502 + (refusals % 2), body: '{"error": "starting"}' });
    }),
  });
}

scenario('a stream that fell silent is replaced and resumed', async (dashboard, gavel) => {
  const again = dashboard.page.waitForRequest(STREAM);
  await dashboard.page.clock.fastForward(50_000);
  const resumed = new URL((await again).url());
  assert.match(resumed.searchParams.get('last_event_id'), /^.+-\d+\.\d+$/);
  await expectText(dashboard.connection, 'Live');
  const { id } = await gavel.createAuction({ name: 'After the silence', starting_bid: 5 });
  await expectCount(dashboard.card('After the silence'), 1);
  await expectCount(dashboard.events.filter({ hasText: 'After the silence' }), 1);
  await gavel.closeAuction(id);
}, {
  // Only the page's clock is moved; the server's pings keep to real time.
  beforeLoad: (page) => page.clock.install(),
});

{
  const { id: auctionId } = leanAuction();
  const first = streamEvent('a-log-9.1', 'snapshot', {
    auctions: [leanAuction()], events: [happened('created', 'Replayed')],
  }) + streamEvent('a-log-10.0', 'auction', leanAuction({ current_bid: 3, bid_count: 1 }))
    + streamEvent('a-log-10.1', 'history', happened('bid', 'al bid $3.0'));
  const again = streamEvent('a-log-9.0', 'auction', leanAuction())
    + streamEvent('a-log-9.1', 'history', happened('created', 'Replayed'))
    + streamEvent('a-log-10.1', 'history', happened('bid', 'al bid $3.0'))
    + streamEvent('a-log-10.2', 'history', happened('bid', 'bo bid $4.0'));
  const told = replayed((answer) => (answer === 1 ? first : again));
  scenario('what a resumed stream repeats is not shown again', async (dashboard) => {
    await eventually(() => assert.ok(told.answers > 3));
    const rows = dashboard.events.locator('.event-text');
    await expectText(rows, 'bo bid $4.00\nal bid $3.00\nAuction created');
    await expectText(dashboard.card('Replayed').locator('.price'), '$3.00');
    assert.equal(auctionId, '9');
  }, { live: false, ...told });
}

for (const signal of ['SIGTERM', 'SIGKILL']) {
  let own;
  test(`restart after ${signal}: set up`, async () => { own = await GavelProcess.launch(); });

  const name = `restart after ${signal}: what is shown is stale, then current, each event once`;
  scenario(name, async (dashboard) => {
    const { id } = await own.createAuction({ name: 'Survivor', starting_bid: 1 });
    for (let amount = 2; amount <= 6; amount += 1) await own.placeBid(id, 'before', amount);
    const card = dashboard.card('Survivor');
    await expectText(card.locator('.price'), '$6.00');
    await dashboard.page.evaluate(() => { window.loadedOnce = true; });

    await own.end(signal);
    await expectText(dashboard.connection, 'Reconnecting…');
    await expectText(dashboard.stale,
      /^The connection is interrupted\. Prices and times are as of \d+:\d\d:\d\d [AP]M\./);
    await expectText(card.locator('.price'), '$6.00');
    await own.start();
    // Placed while the page may not be back yet: it has to catch up.
    for (let amount = 7; amount <= 9; amount += 1) await own.placeBid(id, 'after', amount);
    await expectText(dashboard.connection, 'Live', 20_000);
    await expectCount(dashboard.page.locator('#stale:visible'), 0);
    await own.placeBid(id, 'live', 10);
    await expectText(card.locator('.price'), '$10.00');

    const expected = (await own.history()).map(({ event_type: type, payload }) => (
      type === 'bid' ? payload.replace(/\.0$/, '.00') : 'Auction created'));
    assert.equal(expected.length, 10);
    await eventually(async () => {
      const shown = await dashboard.events.locator('.event-text').allInnerTexts();
      assert.deepEqual(shown.reverse(), expected);
    });
    await expectCount(dashboard.cards, 1);
    await expectText(card.locator('.bid-count'), '· 9 bids');
    assert.equal(await dashboard.page.evaluate(() => window.loadedOnce), true);
    await dashboard.bid(card, 'person', '11');
    await expectText(card.locator('.leader'), 'by person · 10 bids');
  }, { server: () => own });

  test(`restart after ${signal}: clean up`, () => own.dispose());
}

{
  let proxy;
  test('another gateway: set up', async () => {
    proxy = await SwitchingProxy.to(server().dashboardUrl);
    proxy.other = await server().startSecondGateway();
  });

  scenario('another gateway goes on where the first one ended, without a gap or a double',
    async (dashboard, gavel) => {
      const { id } = await gavel.createAuction({ name: 'Handed over', starting_bid: 1 });
      for (let amount = 2; amount <= 4; amount += 1) await gavel.placeBid(id, 'one', amount);
      await dashboard.go(`#/auctions/${id}`);
      await expectCount(dashboard.bids, 3);
      await dashboard.page.evaluate(() => { window.loadedOnce = true; });
      const resumed = dashboard.page.waitForRequest(STREAM);
      proxy.switchTo(proxy.other);
      for (let amount = 5; amount <= 7; amount += 1) await gavel.placeBid(id, 'two', amount);
      await resumed;
      await expectText(dashboard.connection, 'Live');
      await expectText(dashboard.bids.locator('.bid-amount'),
        '$7.00\n$6.00\n$5.00\n$4.00\n$3.00\n$2.00');
      await expectText(dashboard.page.locator('.event-rows .event-text'),
        'two bid $7.00\ntwo bid $6.00\ntwo bid $5.00\none bid $4.00\none bid $3.00\n'
        + 'one bid $2.00\nAuction created');
      await dashboard.bid(dashboard.sale, 'three', '8');
      await expectText(dashboard.bids.first(), /^three/);
      assert.equal(await dashboard.page.evaluate(() => window.loadedOnce), true);
    }, { url: () => proxy.url });

  test('another gateway: clean up', () => proxy.dispose());
}

{
  let proxy;
  test('offline: set up', async () => { proxy = await SwitchingProxy.to(server().dashboardUrl); });

  scenario('offline it says so, and catches up when the network is back',
    async (dashboard, gavel) => {
      const { id } = await gavel.createAuction({ name: 'Under the tunnel', starting_bid: 1 });
      const card = dashboard.card('Under the tunnel');
      await expectCount(card, 1);
      await dashboard.setOffline(true);
      proxy.cut(); // the emulation spares what is connected
      await expectText(dashboard.connection, 'Offline');
      await expectText(dashboard.stale, /^You are offline\. Prices and times are as of /);
      await gavel.placeBid(id, 'outside', 50);
      await dashboard.bidAs('inside');
      await card.getByLabel('Amount').fill('60');
      await card.getByRole('button', { name: 'Bid', exact: true }).click();
      await expectText(dashboard.statusOf(card.locator('form')), /^Connection lost, and again/);
      // What the server did not confirm is not shown.
      await expectText(card.locator('.price'), '$1.00');
      await dashboard.setOffline(false);
      await expectText(dashboard.connection, 'Live');
      await expectText(card.locator('.price'), '$50.00');
      await expectCount(dashboard.events.filter({ hasText: 'Under the tunnel' }), 2);
    }, { url: () => proxy.url });

  test('offline: clean up', () => proxy.dispose());
}

scenario('after an hour of sleep it reconnects at once and shows what is true now',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: 'Slept on', starting_bid: 1, duration_seconds: 7_200,
    });
    const shown = dashboard.card('Slept on').locator('.time-left');
    await expectText(shown, /^(1h 59m|2h 00m)$/);
    const again = dashboard.page.waitForRequest(STREAM);
    // The page's timers stood still and its clock went on; the server's did not, here.
    await dashboard.page.clock.fastForward('01:00:00');
    assert.match(new URL((await again).url()).searchParams.get('last_event_id'), /-\d+\.\d+$/);
    await expectText(dashboard.connection, 'Live');
    await gavel.placeBid(id, 'awake', 70);
    await expectText(dashboard.card('Slept on').locator('.price'), '$70.00');
    // By the server, whose clock did not move an hour.
    await expectText(shown, /^1h 59m$/);
  }, { beforeLoad: (page) => page.clock.install() });

{
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  scenario('a page that slept before all of it was there shows what is true now',
    async (dashboard, gavel) => {
      await gavel.createAuction({ name: 'Slept early', starting_bid: 1, duration_seconds: 7_200 });
      const shown = dashboard.card('Slept early').locator('.time-left');
      await expectText(shown, /^(1h 59m|2h 00m)$/);
      await dashboard.page.clock.fastForward('01:00:00');
      await expectText(shown, /^(0h )?59m/);
      release();
      await expectText(shown, /^1h 59m$/);
    }, {
      beforeLoad: async (page) => {
        await page.clock.install();
        await page.route('**/companions.js', async (route) => {
          await released;
          await route.continue();
        });
      },
    });
}

{
  const snapshot = streamEvent('a-log-9.1', 'snapshot', {
    auctions: [leanAuction()], events: [happened('created', 'Replayed')],
  });
  const good = streamEvent('a-log-10.0', 'auction',
    leanAuction({ current_bid: 2, bid_count: 1, highest_bidder: 'al' }));
  for (const [what, odd] of [
    ['half an event', 'id: a-log-10.0\nevent: auction\ndata: {"id": "9", "curr'],
    ['half the data of an event', streamEvent('a-log-10.0', 'auction', '{"id": "9", "curr')],
    ['HTML in an event', streamEvent('a-log-10.0', 'auction', '<script>alert(1)</script>')],
    ['null', streamEvent('a-log-10.0', 'auction', 'null')],
    ['a number', streamEvent('a-log-10.0', 'auction', '5')],
    ['an auction without a price', streamEvent('a-log-9.5', 'auction',
      { id: '9', status: 'OPEN' })],
    ['an auction that is a list', streamEvent('a-log-9.5', 'auction', [])],
    ['a price that is text', streamEvent('a-log-9.5', 'auction',
      leanAuction({ current_bid: '9' }))],
    ['an event of an older state', streamEvent('a-log-8.0', 'auction',
      leanAuction({ current_bid: 700, bid_count: 7 }))],
    ['an unknown kind of event', streamEvent('a-log-9.5', 'surprise', { id: '9' })],
  ]) {
    const told = replayed((answer) => {
      if (answer === 1) return snapshot + odd;
      return answer === 2 ? odd : snapshot + good;
    });
    scenario(`${what} on the stream breaks nothing`, async (dashboard) => {
      await expectText(dashboard.card('Replayed').locator('.price'), '$2.00');
      await expectCount(dashboard.cards, 1);
    }, { live: false, ...told });
  }
}

{
  const told = replayed((answer) => (answer === 1 ? streamEvent('a-log-9.1', 'snapshot', {
    auctions: [leanAuction(), null, 7, 'text', {}, leanAuction({ id: '10', name: 'Second' })],
    events: [null, 'x', happened('bid', 'no amount'), {}],
  }) : ''));
  scenario('what makes no sense in a snapshot is left out and counted', async (dashboard) => {
    await expectCount(dashboard.cards, 2);
    await dashboard.go('#/operators');
    await expectText(dashboard.figure('Unreadable entries'), /^[4-6]$/);
  }, { live: false, ...told });
}

scenario('a server that answers HTML is refused with a sentence', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Proxied', starting_bid: 1 });
  const html = {
    status: 200, contentType: 'text/html', body: '<h1>Welcome</h1><script>x()</script>',
  };
  await dashboard.page.route('**/bid', (route) => route.fulfill(html));
  const card = dashboard.card('Proxied');
  await dashboard.bid(card, 'al', '5');
  await expectText(dashboard.statusOf(card.locator('form')),
    'The server’s answer cannot be read (status 200).');
  await dashboard.page.route('**/api/history*', (route) => route.fulfill(html));
  await dashboard.go('#/history');
  await expectText(dashboard.page.locator('.table-status'),
    'The server’s answer cannot be read (status 200).');
});

scenario('a stream that is HTML is tried again', async (dashboard) => {
  await expectText(dashboard.connection, 'Live');
}, {
  live: false,
  beforeLoad: (page) => {
    let answers = 0;
    return page.route(STREAM, (route) => {
      answers += 1;
      if (answers > 2) return route.continue();
      return route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Welcome</h1>' });
    });
  },
});

scenario('a view that cannot be fetched says so and can be chosen again', async (dashboard) => {
  let broken = true;
  await dashboard.page.route('**/styles/forms.css', (route) => (
    broken ? route.abort('failed') : route.continue()));
  await dashboard.page.route('**/views/sell_page.js', (route) => (
    broken ? route.abort('failed') : route.continue()));
  await dashboard.go('#/sell');
  await expectText(dashboard.page.getByRole('alert'), /^This view could not be fetched/);
  broken = false;
  await dashboard.go('#/auctions');
  await dashboard.go('#/sell');
  await expectCount(dashboard.createForm, 1);
  dashboard.problems.length = 0; // Chromium logs what was made to fail
});
