// The dashboard in a real browser against the real executable.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { DashboardPage, launchBrowser } from './dashboard_page.mjs';
import { eventually, expectCount, expectText } from './expect.mjs';
import { GavelProcess } from './gavel_process.mjs';

const STREAM = '**/api/updates/stream*';

let browser;
let gavel;

before(async () => {
  browser = await launchBrowser();
  gavel = await GavelProcess.launch();
});

after(async () => {
  await browser?.close();
  await gavel?.dispose();
});

// Each scenario has a page of its own; unless it says otherwise the page is live
// when it begins. What must never happen is checked after every one.
function scenario(name, run, { server = () => gavel, live = true, ...options } = {}) {
  test(name, { timeout: 60_000 }, async () => {
    const dashboard = await DashboardPage.open(browser, server().dashboardUrl, options);
    try {
      if (live) await expectText(dashboard.connection, 'Live');
      await run(dashboard);
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

scenario('create: a new auction appears as a card', async (dashboard) => {
  await dashboard.create({
    name: 'Walnut desk', description: 'Some scratches', startingBid: '50.5', seconds: '600',
  });
  await expectText(dashboard.statusOf(dashboard.createForm), '“Walnut desk” is open for bids.');
  const card = dashboard.card('Walnut desk');
  await expectCount(card, 1);
  await expectText(card, /Open[\s\S]*Some scratches[\s\S]*Starting bid\s+\$50\.50/);
  await expectText(card.locator('.card-time'), /^9m \d\ds$|^10m 00s$/);
  assert.equal(await dashboard.createForm.getByLabel('Name').inputValue(), '');
});

scenario('create: an auction without a duration has no limit', async (dashboard) => {
  await dashboard.create({ name: 'Endless vase', startingBid: '10' });
  await expectText(dashboard.card('Endless vase').locator('.card-time'), 'No limit');
});

scenario('create: a refusal is shown in words and keeps what was typed', async (dashboard) => {
  const status = dashboard.statusOf(dashboard.createForm);
  await dashboard.create({ name: 'Refused', startingBid: '0' });
  await expectText(status, 'starting_bid must be positive');
  await dashboard.create({ name: 'Refused', startingBid: '5', seconds: 'soon' });
  await expectText(status, 'duration_seconds must be an integer');
  await dashboard.create({ name: 'Refused', startingBid: '5', seconds: '-1' });
  await expectText(status, 'duration_seconds cannot be negative');
  assert.equal(await dashboard.createForm.getByLabel('Name').inputValue(), 'Refused');
  await expectCount(dashboard.card('Refused'), 0);
});

scenario('create: an answer that got lost does not create twice', async (dashboard) => {
  const keys = [];
  await dashboard.page.route('**/api/auctions', async (route) => {
    keys.push(await route.request().headerValue('idempotency-key'));
    if (keys.length > 1) return route.continue();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await dashboard.create({ name: 'Once only', startingBid: '5' });
  await expectText(dashboard.statusOf(dashboard.createForm), '“Once only” is open for bids.');
  assert.equal(keys.length, 2);
  assert.ok(keys[0]);
  assert.equal(keys[0], keys[1]);
  assert.equal((await gavel.auctions()).filter(({ name }) => name === 'Once only').length, 1);
  await expectCount(dashboard.card('Once only'), 1);
});

scenario('bid: the card shows the new leader', async (dashboard) => {
  await gavel.createAuction({ name: 'Globe', starting_bid: 20 });
  const card = dashboard.card('Globe');
  await dashboard.bid(card, 'alice', '25.1234');
  await expectText(dashboard.statusOf(card.locator('form')), 'Bid of $25.1234 accepted.');
  await expectText(card.locator('.card-price'), '$25.1234');
  await expectText(card.locator('.card-leader'), 'by alice');
  await expectCount(dashboard.bidsOn(card), 1);
  await dashboard.bid(card, 'bob', '30');
  await expectText(dashboard.bidsOn(card).first(), /bob[\s\S]*\$30\.00/);
});

scenario('bid: a refusal is shown on the card it belongs to', async (dashboard) => {
  await gavel.createAuction({ name: 'Mirror', starting_bid: 20 });
  await gavel.createAuction({ name: 'Other mirror', starting_bid: 20 });
  const card = dashboard.card('Mirror');
  const status = dashboard.statusOf(card.locator('form'));
  await dashboard.bid(card, 'alice', '20');
  await expectText(status, 'Bid must exceed current value');
  await dashboard.bid(card, 'alice', 'plenty');
  await expectText(status, 'amount must be numeric');
  await dashboard.bid(card, 'alice', '-3');
  await expectText(status, 'amount must be positive');
  assert.equal(await card.getByLabel('Amount').inputValue(), '-3');
  await expectText(dashboard.statusOf(dashboard.card('Other mirror').locator('form')), '');
});

scenario('bid: what is being typed survives updates of the card', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Busy clock', starting_bid: 1 });
  const card = dashboard.card('Busy clock');
  await card.getByLabel('Bidder').fill('slow typist');
  await card.getByLabel('Amount').pressSequentially('9');
  await gavel.placeBid(id, 'fast', 2);
  await gavel.createAuction({ name: 'Inserted above', starting_bid: 1 });
  await expectText(card.locator('.card-leader'), 'by fast');
  await expectCount(dashboard.card('Inserted above'), 1);
  await dashboard.page.keyboard.type('9');
  assert.equal(await card.getByLabel('Amount').inputValue(), '99');
  assert.equal(await card.getByLabel('Bidder').inputValue(), 'slow typist');
});

scenario('bid: one placed by another client shows within a second', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Telescope', starting_bid: 100 });
  const card = dashboard.card('Telescope');
  await expectCount(card, 1);
  const sent = Date.now();
  await gavel.placeBid(id, 'carol', 110);
  const left = () => 1_000 - (Date.now() - sent);
  await expectText(card.locator('.card-price'), '$110.00', left());
  await expectText(dashboard.events.first(), /carol bid \$110\.00/, left());
});

scenario('bid: of many, the card shows the latest twenty and their count', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Popular lamp', starting_bid: 1 });
  for (let amount = 2; amount <= 26; amount += 1) await gavel.placeBid(id, `b${amount}`, amount);
  const card = dashboard.card('Popular lamp');
  await expectText(card.locator('h4'), '25 bids, latest 20');
  await expectCount(dashboard.bidsOn(card), 20);
  await expectText(dashboard.bidsOn(card).first(), /^b26/);
});

scenario('bulk bids: each line gets its result', async (dashboard) => {
  await gavel.createAuction({ name: 'Stamp album', starting_bid: 50 });
  await dashboard.bulkBid('Stamp album', 'alice, 60\nbob, 55\n\n carol ,72.5\ndave, lots\nerin');
  await expectText(dashboard.statusOf(dashboard.bulkForm), '2 of 5 bids accepted.');
  const results = dashboard.bulkResults.getByRole('listitem');
  await expectCount(results, 5);
  await expectText(results.nth(0), /alice\s+\$60\.00\s+Accepted/);
  await expectText(results.nth(1), /bob\s+\$55\.00\s+Bid must exceed current value/);
  await expectText(results.nth(2), /carol\s+\$72\.50\s+Accepted/);
  await expectText(results.nth(3), /dave\s+lots\s+amount must be numeric/);
  await expectText(results.nth(4), /erin\s+amount must be numeric/);
  await expectText(dashboard.card('Stamp album').locator('.card-leader'), 'by carol');
});

scenario('bulk bids: the reasons are shown also when none is accepted', async (dashboard) => {
  await gavel.createAuction({ name: 'Coin', starting_bid: 50 });
  await dashboard.bulkBid('Coin', 'alice, 1\nbob, 1,250');
  await expectText(dashboard.statusOf(dashboard.bulkForm), '0 of 2 bids accepted.');
  const results = dashboard.bulkResults.getByRole('listitem');
  await expectText(results.nth(0), /Bid must exceed current value/);
  await expectText(results.nth(1), /amount must be numeric/);
});

scenario('close: the auction takes no more bids', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Cello', starting_bid: 500 });
  await gavel.placeBid(id, 'yo', 900);
  const card = dashboard.card('Cello');
  await dashboard.close(card);
  await expectText(card.locator('.badge'), 'Closed');
  await expectText(card, /Sold for\s+\$900\.00\s+to yo[\s\S]*Closed manually/);
  await expectCount(card.getByRole('button'), 0);
  await expectText(dashboard.events.first(), /Closed, won by yo/);
});

scenario('close: one press alone closes nothing', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Kept open', starting_bid: 5 });
  await dashboard.card('Kept open').getByRole('button', { name: 'Close auction' }).click();
  await dashboard.card('Kept open').getByRole('button', { name: 'Really close?' }).waitFor();
  const auction = (await gavel.auctions()).find((other) => other.id === id);
  assert.equal(auction.status, 'OPEN');
});

scenario('end: an auction whose time runs out is shown as ended', async (dashboard) => {
  await dashboard.create({ name: 'Short sale', startingBid: '5', seconds: '1' });
  const card = dashboard.card('Short sale');
  await expectText(card.locator('.badge'), 'Ended');
  await expectText(card, /Bid time ended/);
  await expectText(dashboard.events.first(), /Time ended without a bid\s+Short sale/);
});

scenario('history: events appear as they happen, newest first', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Chronicle', starting_bid: 5 });
  await gavel.placeBid(id, 'amy bid $9', 7);
  await gavel.closeAuction(id);
  const rows = dashboard.events.filter({ hasText: 'Chronicle' });
  await expectCount(rows, 3);
  await expectText(rows.nth(0), /^Closed, won by amy bid \$9\s+Chronicle/);
  await expectText(rows.nth(1), /^amy bid \$9 bid \$7\.00\s+Chronicle/);
  await expectText(rows.nth(2), /^Auction created\s+Chronicle/);
});

scenario('history: what happened before the page was opened is there', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Earlier', starting_bid: 5 });
  await gavel.placeBid(id, 'zoe', 6);
  await dashboard.page.reload();
  await expectCount(dashboard.events.filter({ hasText: 'Earlier' }), 2);
});

scenario('statistics: the four figures agree with the server', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Counted', starting_bid: 5 });
  await gavel.placeBid(id, 'zoe', 123_456.5);
  const auctions = await gavel.auctions();
  const open = auctions.filter(({ status }) => status === 'OPEN').length;
  const bids = auctions.reduce((sum, auction) => sum + auction.bids.length, 0);
  await expectText(dashboard.statistic('Auctions'), String(auctions.length));
  await expectText(dashboard.statistic('Open now'), String(open));
  await expectText(dashboard.statistic('Bids placed'), String(bids));
  await expectText(dashboard.statistic('Highest bid'), '$123,456.50');
  await gavel.closeAuction(id);
  await expectText(dashboard.statistic('Open now'), String(open - 1));
});

scenario('search and filter narrow the cards', async (dashboard) => {
  const { id } = await gavel.createAuction({ name: 'Amber ring', starting_bid: 5 });
  await gavel.createAuction({ name: 'Amber brooch', starting_bid: 5 });
  await gavel.closeAuction(id);
  const cards = dashboard.page.getByRole('article');
  await dashboard.page.getByLabel('Search auctions').fill('AMBER');
  await expectCount(cards, 2);
  await dashboard.page.getByLabel('Show').selectOption('Open');
  await expectCount(cards, 1);
  await expectCount(dashboard.card('Amber brooch'), 1);
  await dashboard.page.getByLabel('Show').selectOption('Finished');
  await expectCount(dashboard.card('Amber ring'), 1);
  await dashboard.page.getByLabel('Search auctions').fill('nothing is called this');
  await expectText(dashboard.page.locator('#auctions-empty'), 'No auction matches.');
});

{
  let letThrough;
  const held = new Promise((resolve) => { letThrough = resolve; });
  scenario('connection: connecting until the stream is there, then live', async (dashboard) => {
    await expectText(dashboard.connection, 'Connecting…');
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
  scenario('connection: refused streams are tried again until one is given', async (dashboard) => {
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

scenario('connection: a stream that fell silent is replaced and resumed', async (dashboard) => {
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
  const event = (id, type, data) => `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  const auction = {
    id: '9', name: 'Replayed', description: '', starting_bid: 1, current_bid: 1,
    highest_bidder: '', duration_seconds: 0, status: 'OPEN', status_reason: 'Open for bids',
    closing_time: 0, bids: [],
  };
  const happened = (type, payload) => (
    { auction_id: '9', event_type: type, payload, timestamp: 1_700_000_000 });
  const first = 'retry: 10\n\n'
    + event('a-log-9.1', 'snapshot', {
      auctions: [auction], events: [happened('created', 'Replayed')], truncated: true,
    })
    + event('a-log-10.0', 'auction', { ...auction, current_bid: 3 })
    + event('a-log-10.1', 'history', happened('bid', 'al bid $3.0'));
  const again = 'retry: 10\n\n'
    + event('a-log-9.0', 'auction', auction)
    + event('a-log-9.1', 'history', happened('created', 'Replayed'))
    + event('a-log-10.1', 'history', happened('bid', 'al bid $3.0'))
    + event('a-log-10.2', 'history', happened('bid', 'bo bid $4.0'));
  let answers = 0;
  scenario('connection: what a resumed stream repeats is not shown again', async (dashboard) => {
    await eventually(() => assert.ok(answers > 3));
    const rows = dashboard.events.locator('.event-text');
    await expectText(rows, 'bo bid $4.00\nal bid $3.00\nAuction created');
    await expectText(dashboard.card('Replayed').locator('.card-price'), '$3.00');
    await expectText(dashboard.page.locator('#truncated'), /^Only the most recent auctions/);
  }, {
    live: false,
    // Each answer ends at once, so the browser comes back for more by itself.
    beforeLoad: (page) => page.route(STREAM, (route) => {
      answers += 1;
      const body = answers === 1 ? first : again;
      return route.fulfill({ status: 200, contentType: 'text/event-stream', body });
    }),
  });
}

for (const signal of ['SIGTERM', 'SIGKILL']) {
  let own;
  test(`restart after ${signal}: set up`, async () => { own = await GavelProcess.launch(); });

  const name = `restart after ${signal}: the page lives on, each event shown once`;
  scenario(name, async (dashboard) => {
    const { id } = await own.createAuction({ name: 'Survivor', starting_bid: 1 });
    for (let amount = 2; amount <= 6; amount += 1) await own.placeBid(id, 'before', amount);
    const card = dashboard.card('Survivor');
    await expectText(card.locator('.card-price'), '$6.00');
    await dashboard.page.evaluate(() => { window.loadedOnce = true; });

    await own.end(signal);
    await expectText(dashboard.connection, 'Reconnecting…');
    await own.start();
    // Placed while the page may not be back yet: it has to catch up.
    for (let amount = 7; amount <= 9; amount += 1) await own.placeBid(id, 'after', amount);
    await expectText(dashboard.connection, 'Live', 20_000);
    await own.placeBid(id, 'live', 10);
    await expectText(card.locator('.card-price'), '$10.00');

    const expected = (await own.history()).map(({ event_type: type, payload }) => (
      type === 'bid' ? payload.replace(/\.0$/, '.00') : 'Auction created'));
    assert.equal(expected.length, 10);
    await eventually(async () => {
      const shown = await dashboard.events.locator('.event-text').allInnerTexts();
      assert.deepEqual(shown.reverse(), expected);
    });
    await expectCount(dashboard.page.getByRole('article'), 1);
    await expectCount(dashboard.bidsOn(card), 9);
    assert.equal(await dashboard.page.evaluate(() => window.loadedOnce), true);
    await dashboard.bid(card, 'person', '11');
    await expectText(card.locator('.card-leader'), 'by person');
  }, { server: () => own });

  test(`restart after ${signal}: clean up`, () => own.dispose());
}

scenario('hostile names and bidders are text', async (dashboard) => {
  const name = '<img src=x onerror="alert(1); window.pwned = 1">';
  const description = '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>';
  const bidder = '"><script>alert(2); window.pwned = 1</script>';
  await dashboard.create({ name, description, startingBid: '5' });
  const card = dashboard.card(name);
  await expectText(card.locator('.card-description'), description);
  await dashboard.bid(card, bidder, '6');
  await expectText(card.locator('.card-leader'), `by ${bidder}`);
  await dashboard.bulkBid(name, `${bidder}, 7\n${bidder}, 1`);
  await expectText(dashboard.bulkResults, /<script>[\s\S]*Accepted[\s\S]*must exceed/);
  await expectText(dashboard.events.first(), /"><script>[\s\S]*<img src=x/);
  // Once more from the snapshot instead of from single events.
  await dashboard.page.reload();
  await expectText(card.locator('.card-price'), '$7.00');
  const intruders = await dashboard.page.evaluate(() => ({
    pwned: window.pwned ?? null,
    elements: document.querySelectorAll(
      'main img, main iframe, body script, [onerror], [style]').length,
  }));
  assert.deepEqual(intruders, { pwned: null, elements: 0 });
});

scenario('the page forbids what it does not need', async (dashboard) => {
  const policy = dashboard.response.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
});

scenario('a phone shows all of it without scrolling sideways', async (dashboard) => {
  await gavel.createAuction({
    name: `Unbroken${'x'.repeat(400)}`, description: 'y'.repeat(900), starting_bid: 1e11,
  });
  await expectCount(dashboard.page.getByRole('heading', { name: /^Unbrokenx/ }), 1);
  const { content, screen } = await dashboard.page.evaluate(() => ({
    content: document.documentElement.scrollWidth, screen: document.documentElement.clientWidth,
  }));
  assert.ok(content <= screen, `${content} px on a screen of ${screen} px`);
}, { contextOptions: { viewport: { width: 360, height: 740 } } });

scenario('every field has a label', async (dashboard) => {
  await gavel.createAuction({ name: 'Labelled', starting_bid: 1 });
  await expectCount(dashboard.card('Labelled'), 1);
  const unlabelled = await dashboard.page.evaluate(() => (
    [...document.querySelectorAll('input, select, textarea')]
      .filter((field) => field.labels.length === 0).map((field) => field.outerHTML)));
  assert.deepEqual(unlabelled, []);
});
