// An auction's own page.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

async function sold(gavel, name, amounts) {
  const { id } = await gavel.createAuction({ name, description: 'With a past.', starting_bid: 10 });
  for (const [i, amount] of amounts.entries()) {
    await gavel.placeBid(id, ['ann', 'bo'][i % 2], amount);
  }
  return id;
}

scenario('its address can be shared: it opens with everything', async (dashboard, gavel) => {
  const id = await sold(gavel, 'Shared lamp', [11, 12.5, 15]);
  await dashboard.page.goto(`${gavel.dashboardUrl}#/auctions/${id}`);
  await dashboard.page.reload();
  await expectText(dashboard.page.getByRole('heading', { level: 2 }).first(), 'Shared lamp');
  await expectText(dashboard.sale, /Highest bid\s+\$15\.00\s+by ann · 3 bids/);
  await expectText(dashboard.sale, /With a past\./);
  await expectText(dashboard.bids, /^ann[\s\S]*\$15\.00\s+bo[\s\S]*\$12\.50\s+ann[\s\S]*\$11\.00$/);
  const history = dashboard.page.locator('.event-rows .event-text');
  await expectText(history, 'ann bid $15.00\nbo bid $12.50\nann bid $11.00\nAuction created');
  assert.match(await dashboard.page.title(), /^Shared lamp – Gavel$/);
});

scenario('it is live: price, bids, course and history', async (dashboard, gavel) => {
  const id = await sold(gavel, 'Live lamp', [11]);
  await dashboard.card('Live lamp').getByRole('link', { name: 'Live lamp' }).click();
  await expectCount(dashboard.bids, 1);
  const before = await dashboard.page.locator('.chart-line').getAttribute('d');
  await gavel.placeBid(id, 'cy', 20);
  await expectText(dashboard.sale.locator('.price'), '$20.00');
  await expectText(dashboard.bids.first(), /^cy[\s\S]*\$20\.00$/);
  await expectText(dashboard.page.locator('.event-rows .event-text').first(), 'cy bid $20.00');
  await eventually(async () => assert.notEqual(
    await dashboard.page.locator('.chart-line').getAttribute('d'), before));
  await dashboard.bid(dashboard.sale, 'dee', '25');
  await expectText(dashboard.bids.first(), /^dee[\s\S]*\$25\.00$/);
  await expectCount(dashboard.bids, 3);
});

scenario('the course can be read with the keyboard', async (dashboard, gavel) => {
  const id = await sold(gavel, 'Read lamp', [11, 12.5, 15]);
  await dashboard.go(`#/auctions/${id}`);
  const reader = dashboard.page.getByRole('slider', { name: 'Course of the price, bid by bid' });
  const says = async (words) => eventually(async () => assert.match(
    await reader.getAttribute('aria-valuetext') ?? '', words));
  await says(/^Bid 3 of 3: \$15\.00 by ann, /);
  await reader.focus();
  await dashboard.page.keyboard.press('ArrowLeft');
  await says(/^Bid 2 of 3: \$12\.50 by bo, /);
  await expectText(dashboard.page.locator('.chart-readout'), /^Bid 2 of 3: \$12\.50 by bo, /);
  await dashboard.page.keyboard.press('Home');
  await says(/^Start: \$10\.00$/);
  await dashboard.page.keyboard.press('ArrowLeft');
  await says(/^Start: \$10\.00$/);
  await dashboard.page.keyboard.press('End');
  await says(/^Bid 3 of 3: /);
  assert.equal(await reader.getAttribute('aria-valuenow'), '3');
  assert.equal(await reader.getAttribute('aria-valuemax'), '3');
});

scenario('the course can be read with the mouse', async (dashboard, gavel) => {
  const id = await sold(gavel, 'Pointed lamp', [11, 15]);
  await dashboard.go(`#/auctions/${id}`);
  const box = await eventually(async () => {
    const found = await dashboard.page.locator('.chart-line').boundingBox();
    assert.ok(found.width > 100);
    return found;
  });
  const readout = dashboard.page.locator('.chart-readout');
  await dashboard.page.mouse.move(box.x + box.width - 2, box.y + 20);
  await expectText(readout, /^Bid 2 of 2: \$15\.00 by bo, /);
  await dashboard.page.mouse.move(box.x - 20, box.y + 20);
  await expectText(readout, 'Start: $10.00');
});

scenario('every bid is there, a screenful of them in the page', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Popular lamp', starting_bid: 1 });
  const bids = Array.from({ length: 900 }, (_, i) => ({ bidder: `b${i + 1}`, amount: i + 2 }));
  await gavel.placeBids(id, bids);
  await dashboard.go(`#/auctions/${id}`);
  await expectText(dashboard.page.getByRole('heading', { name: '900 bids' }), '900 bids');
  await expectText(dashboard.bids.first(), /^b900\s/);
  assert.ok(await dashboard.bids.count() < 60);
  const box = dashboard.page.locator('.rows-box');
  await box.evaluate((found) => { found.scrollTop = found.scrollHeight; });
  await expectText(dashboard.bids.last(), /^b1\s[\s\S]*\$2\.00$/);
  assert.equal(await dashboard.bids.last().getAttribute('aria-posinset'), '900');
  await gavel.placeBid(id, 'late', 5_000);
  await expectText(dashboard.page.getByRole('heading', { name: '901 bids' }), '901 bids');
  await box.evaluate((found) => { found.scrollTop = 0; });
  await expectText(dashboard.bids.first(), /^late\s/);
});

scenario('closing is confirmed by a question that names auction and leader',
  async (dashboard, gavel) => {
    const id = await sold(gavel, 'Closed lamp', [11]);
    await dashboard.go(`#/auctions/${id}`);
    const button = dashboard.sale.getByRole('button', { name: 'Close auction' });
    await button.click();
    await expectText(dashboard.dialog, /Closed lamp\s+ann leads and gets it for \$11\.00\./);
    // What it says stays true.
    await gavel.placeBid(id, 'bo', 30);
    await expectText(dashboard.dialog, /bo leads and gets it for \$30\.00\./);
    await dashboard.page.keyboard.press('Escape');
    await expectCount(dashboard.dialog, 0);
    assert.equal((await gavel.auction(id)).status, 'OPEN');
    await dashboard.close();
    await expectText(dashboard.page.locator('.page-head .badge').last(), 'Closed');
    await expectText(dashboard.sale, /Sold for\s+\$30\.00\s+to bo · 2 bids[\s\S]*Closed manually/);
    await expectCount(button, 0);
    await expectCount(dashboard.sale.getByRole('button', { name: 'Bid', exact: true }), 0);
    await expectText(dashboard.page.locator('.event-rows .event-text').first(),
      'Closed, won by bo');
  });

scenario('an address that leads nowhere says so', async (dashboard) => {
  for (const id of ['123', '%00', '..%2Fx', '%E0%A4']) {
    await dashboard.go(`#/auctions/${id}`);
    await expectText(dashboard.page.locator('.auction-page .empty').first(),
      /^There is no such auction/);
  }
  await dashboard.go('#/nowhere');
  await expectText(dashboard.page.locator('#auctions-title'), 'Auctions');
});

scenario('its address is copied, or shown where the browser does not copy',
  async (dashboard, gavel) => {
    const id = await sold(gavel, 'Linked lamp', []);
    await dashboard.go(`#/auctions/${id}`);
    await dashboard.page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    await dashboard.page.getByRole('button', { name: 'Copy link' }).click();
    await expectText(dashboard.page.locator('.share-status'),
      `${gavel.dashboardUrl}#/auctions/${id}`);
  });

test('a step chart keeps the last of the bids that share a pixel, and round prices', async () => {
  const { priceTicks, scaleOf, stepPath } = await import(
    '../../frontend/static/views/chart_geometry.js');
  const points = Array.from({ length: 10_000 }, (_, i) => ({ time: i, price: i + 1 }));
  const scale = scaleOf(points, 9_999, 400, 200, { top: 0, right: 0, bottom: 0, left: 0 });
  const path = stepPath(points, scale);
  assert.ok(path.split('H').length <= 403, String(path.split('H').length));
  assert.ok(path.endsWith(`V${Math.round(scale.y(10_000) * 10) / 10}H400`));
  assert.ok(Math.abs(scale.timeAt(scale.x(1_234)) - 1_234) < 1e-6);
  for (const [low, high] of [[0.0001, 0.0002], [10, 10], [99, 1e11], [3, 3.5]]) {
    const one = scaleOf([{ time: 0, price: low }, { time: 1, price: high }], 2, 400, 200,
      { top: 0, right: 0, bottom: 0, left: 0 });
    const ticks = priceTicks(one);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${low} to ${high}: ${ticks}`);
  }
});
