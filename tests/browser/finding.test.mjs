// Finding: search, filter, order, thousands of auctions, and the address that keeps it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, expectCount, expectText } from './expect.mjs';
import { longestTask } from './main_thread.mjs';
import { leanAuction, replayed, scenarios, streamEvent } from './scenarios.mjs';

const { scenario, browser } = scenarios();

scenario('search and filter narrow the cards', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Amber ring', starting_bid: 5 });
  await gavel.createAuction({ name: 'Amber brooch', starting_bid: 5 });
  await gavel.closeAuction(id);
  await dashboard.page.getByLabel('Search auctions').fill('AMBER');
  await expectCount(dashboard.cards, 2);
  await dashboard.show('Open');
  await expectCount(dashboard.cards, 1);
  await expectCount(dashboard.card('Amber brooch'), 1);
  await dashboard.show('Finished');
  await expectCount(dashboard.card('Amber ring'), 1);
  await dashboard.page.getByLabel('Search auctions').fill('ring amb');
  await expectCount(dashboard.card('Amber ring'), 1);
  await dashboard.page.getByLabel('Search auctions').fill(`#${id}`);
  await expectCount(dashboard.card('Amber ring'), 1);
  await dashboard.page.getByLabel('Search auctions').fill('nothing is called this');
  await expectText(dashboard.page.locator('#auctions-empty'), 'No auction matches.');
});

scenario('the address keeps search, filter and order', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Kept & found #1', starting_bid: 5 });
  await dashboard.page.getByLabel('Search auctions').fill('kept &');
  await dashboard.show('Open');
  await dashboard.page.getByLabel('Sort by').selectOption('Highest price');
  await expectCount(dashboard.cards, 1);
  const address = dashboard.page.url();
  await dashboard.page.goto('about:blank');
  await dashboard.page.goto(address);
  await expectCount(dashboard.card('Kept & found #1'), 1);
  await expectCount(dashboard.cards, 1);
  assert.equal(await dashboard.page.getByLabel('Search auctions').inputValue(), 'kept &');
  assert.ok(await dashboard.page.getByRole('radio', { name: 'Open' }).isChecked());
  assert.equal(await dashboard.page.getByLabel('Sort by').inputValue(), 'price');
  // And the way back from an auction leads to the same list.
  await dashboard.card('Kept & found #1').getByRole('link').first().click();
  await expectCount(dashboard.sale, 1);
  await dashboard.page.goBack();
  await expectCount(dashboard.cards, 1);
  assert.equal(dashboard.page.url(), address);
});

scenario('they can be ordered by time left, price and bids', async (dashboard, gavel) => {
  const make = async (name, price, bids, seconds) => {
    const { id } = await gavel.createAuction({
      name: `Order ${name}`, starting_bid: 1, duration_seconds: seconds,
    });
    for (let i = 1; i <= bids; i += 1) {
      await gavel.placeBid(id, 'b', Math.round((price * i) / bids));
    }
    return id;
  };
  await make('A', 50, 3, 3_000);
  await make('B', 90, 1, 600);
  const c = await make('C', 20, 2, 0);
  await dashboard.page.getByLabel('Search auctions').fill('order');
  const order = async (sort, names) => {
    await dashboard.page.getByLabel('Sort by').selectOption(sort);
    await eventually(async () => assert.deepEqual(
      (await dashboard.cards.locator('h3').allInnerTexts()).map((name) => name.at(-1)).join(''),
      names));
  };
  await order('Newest first', 'CBA');
  await order('Ending soonest', 'BAC');
  await order('Highest price', 'BAC');
  await order('Most bids', 'ACB');
  // The order follows while nobody is in the way of it.
  await gavel.placeBid(c, 'b', 1_000);
  await gavel.placeBid(c, 'b', 1_001);
  await eventually(async () => assert.match(
    (await dashboard.cards.locator('h3').allInnerTexts())[0], /C$/));
});

{
  const COUNT = 5_000;
  const auctions = Array.from({ length: COUNT }, (_, i) => leanAuction({
    id: String(i + 1), name: `Lot ${i + 1}`, current_bid: i + 1, bid_count: 0,
  }));
  const many = replayed((answer) => (answer === 1
    ? streamEvent('a-log-9000.0', 'snapshot', { auctions, events: [] }) : ''));
  scenario('of thousands only those near the screen are in the page', async (dashboard) => {
    await expectText(dashboard.statistic('Auctions'), '5,000');
    await expectCount(dashboard.card('Lot 5000'), 1);
    const inPage = () => dashboard.page.locator('#auction-grid').evaluate(
      (grid) => grid.childElementCount);
    assert.ok(await inPage() < 60);
    const { processorMs } = await longestTask(browser(), dashboard.page, async () => {
      await dashboard.page.evaluate(async () => {
        const height = document.documentElement.scrollHeight;
        for (let i = 1; i <= 40; i += 1) {
          scrollTo(0, (height * i) / 40);
          await new Promise(requestAnimationFrame);
        }
      });
    });
    // Forty cards are made anew in a frame when the list is thrown by a screen.
    assert.ok(processorMs < 150, `a task of ${processorMs} ms while scrolling`);
    await expectCount(dashboard.card('Lot 1'), 1);
    assert.ok(await inPage() < 60);
    assert.equal(await dashboard.card('Lot 1').getAttribute('aria-posinset'), '5000');
    assert.equal(await dashboard.card('Lot 1').getAttribute('aria-setsize'), '5000');
    // What is typed is there again after a way through the list.
    await dashboard.card('Lot 1').getByLabel('Amount').fill('77');
    await dashboard.page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
    await expectCount(dashboard.card('Lot 5000'), 1);
    await dashboard.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await expectCount(dashboard.card('Lot 1'), 1);
    assert.equal(await dashboard.card('Lot 1').getByLabel('Amount').inputValue(), '77');
    await dashboard.page.getByLabel('Search auctions').fill('lot 4999');
    await expectCount(dashboard.cards, 1);
  }, { live: false, ...many });
}

scenario('what the snapshot leaves out is read behind it', async (dashboard) => {
  await expectText(dashboard.statistic('Auctions'), '3');
  await expectCount(dashboard.card('From page two'), 1);
  await expectCount(dashboard.page.locator('#truncated:visible'), 0);
  // What the stream said stays: the page that was read is older.
  await expectText(dashboard.card('Replayed').locator('.price'), '$3.00');
}, {
  live: false,
  beforeLoad: async (page) => {
    await replayed((answer) => (answer > 1 ? ''
      : streamEvent('a-log-9.1', 'snapshot', {
        auctions: [leanAuction({ current_bid: 3, bid_count: 2, highest_bidder: 'al' })],
        events: [],
        truncated: true,
      }))).beforeLoad(page);
    await page.route('**/api/auctions?*', (route) => {
      const query = new URL(route.request().url()).searchParams;
      const pages = {
        none: { auctions: [leanAuction({ id: '1', name: 'From page one' })], next: '1' },
        1: { auctions: [leanAuction({ id: '2', name: 'From page two' })], next: '2' },
        2: { auctions: [leanAuction({ current_bid: 2, bid_count: 1, highest_bidder: 'bo' })] },
      };
      assert.equal(query.get('bids'), '0');
      return route.fulfill({ json: pages[query.get('after') ?? 'none'] });
    });
  },
});

scenario('statistics: the four figures agree with the server', async (dashboard, gavel) => {
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

test('of two states of an auction the later one is told, whatever way they came', async () => {
  const { isLater } = await import('../../frontend/static/state/auction.js');
  const state = (status, count, price) => ({ status, bid_count: count, current_bid: price });
  assert.ok(isLater(state('OPEN', 2, 5), state('OPEN', 1, 4)));
  assert.ok(!isLater(state('OPEN', 1, 4), state('OPEN', 2, 5)));
  assert.ok(isLater(state('ENDED', 1, 4), state('OPEN', 1, 4)));
  assert.ok(!isLater(state('OPEN', 9, 4), state('CLOSED', 1, 4)));
  assert.ok(isLater(state('OPEN', 1, 4), state('OPEN', 1, 4)));
});
