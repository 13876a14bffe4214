// Auctions with rules of their own: what a bidder sees of each rule, and what a seller offers.

import assert from 'node:assert/strict';

import { faultsOn } from './axe.mjs';
import { DashboardPage } from './dashboard_page.mjs';
import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario, browser } = scenarios();

const now = () => Date.now() / 1_000;

function formStatus(dashboard, place) {
  return dashboard.statusOf(place.locator('form'));
}

async function bidMost(dashboard, place, bidder, most) {
  await dashboard.bidAs(bidder);
  await place.getByLabel('Your maximum').fill(most);
  await place.getByRole('button', { name: 'Bid', exact: true }).click();
}

scenario('a maximum bid is explained, bids only as needed, and stays secret',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: 'Maximum', starting_bid: 50, proxy: true, increments: 5,
    });
    const card = dashboard.card('Maximum');
    await expectText(card.locator('.form-hint'), 'The most you would pay, at least $50.00.');
    await bidMost(dashboard, card, 'ann', '137.37');
    await expectText(formStatus(dashboard, card), 'You lead at $50.00, up to $137.37.');
    await dashboard.go(`#/auctions/${id}`);
    await expectText(dashboard.sale.locator('.rules'), /Say the most that you would pay/);
    await expectText(dashboard.sale.locator('.rules'), /Each bid is \$5\.00 higher, or more/);
    const other = await DashboardPage.open(browser(), `${gavel.dashboardUrl}#/auctions/${id}`);
    try {
      await gavel.placeBid(id, 'bob', 60);
      for (const page of [dashboard, other]) {
        await expectText(page.sale.locator('.price'), '$65.00');
        await expectText(page.sale.locator('.leader'), 'by ann · 3 bids');
        await expectText(page.bids.first(), /^ann automatic/);
      }
      assert.doesNotMatch(await other.page.content(), /137\.37/);
    } finally {
      await other.dispose();
    }
  });

scenario('a bid below the next step is answered with what it must be', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Steps', starting_bid: 50, increments: 5 });
  await gavel.placeBid(id, 'bob', 50);
  const card = dashboard.card('Steps');
  const field = card.getByLabel('Amount');
  await eventually(async () => assert.equal(await field.inputValue(), '55.00'));
  await expectText(card.locator('.form-hint'), 'At least $55.00.');
  await dashboard.bid(card, 'ann', '52');
  await expectText(formStatus(dashboard, card), 'Too low: bid at least $55.00.');
});

scenario('a reserve that is not met is told, its amount is not, and nothing is sold',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Reserve', starting_bid: 5, reserve: 77.31 });
    const card = dashboard.card('Reserve');
    await expectText(card.locator('.card-rules'), 'Reserve not met');
    await dashboard.bid(card, 'ann', '10');
    await expectText(formStatus(dashboard, card), 'Accepted: $10.00.');
    await dashboard.go(`#/auctions/${id}`);
    await expectText(dashboard.sale.locator('.rules'), /reserve not met/);
    assert.doesNotMatch(await dashboard.page.content(), /77\.31/);
    await dashboard.close();
    await expectText(dashboard.sale.locator('.leader'), 'Reserve not met · 1 bid');
    await dashboard.go('#/auctions');
    await expectText(card.locator('.badge-standing'), 'Lost');
  });

scenario('buy it now: the price is confirmed, and it is over', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({
    name: 'At once', starting_bid: 5, buy_now_price: 300,
  });
  await expectText(dashboard.card('At once').locator('.card-rules'), 'Buy now $300.00');
  await dashboard.bidAs('ann');
  await dashboard.go(`#/auctions/${id}`);
  await dashboard.sale.getByRole('button', { name: 'Buy now for $300.00' }).click();
  await expectText(dashboard.dialog, /At once\s+You pay \$300\.00/);
  await dashboard.dialog.getByRole('button', { name: 'Buy now for $300.00' }).click();
  await expectText(dashboard.sale.locator('.price'), '$300.00');
  await expectText(dashboard.sale.locator('.leader'), 'to ann · 1 bid');
  await expectText(dashboard.page.locator('.page-head .badge-standing'), 'Won');
});

scenario('a late bid extends the auction, and says by how much', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({
    name: 'Late', starting_bid: 5, duration_seconds: 60,
    soft_close: { window_seconds: 120, extension_seconds: 180 },
  });
  const card = dashboard.card('Late');
  await expectText(card.locator('.time'), /^Time left|^Ending soon/);
  await gavel.placeBid(id, 'bob', 6);
  await expectText(card.locator('.time'), /^Extended by (2 minutes|2m \d\ds)\s+(3m 00s|2m \d\ds)$/);
  await expectText(card.locator('.card-rules'), 'Extended once');
  await expectText(dashboard.events.filter({ hasText: 'Extended until' }), /Late/);
  await dashboard.go(`#/auctions/${id}`);
  await expectText(dashboard.sale.locator('.rules'),
    /A bid in the last 2 minutes moves the end to 3 minutes after it/);
});

scenario('a scheduled auction takes bids once it opens', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Soon', starting_bid: 5, opens_at: now() + 4 });
  const card = dashboard.card('Soon');
  const button = card.getByRole('button', { name: 'Bid', exact: true });
  await expectText(card.locator('.badges'), 'Scheduled');
  await expectText(card.locator('.time'), /^Opens in\s+\d/);
  assert.equal(await button.isDisabled(), true);
  await expectText(card.locator('.badges'), 'Open');
  await dashboard.bid(card, 'ann', '6');
  await expectText(formStatus(dashboard, card), 'Accepted: $6.00.');
  await expectText(dashboard.events.filter({ hasText: 'Bidding opened' }), /Soon/);
});

scenario('a sealed auction shows no bid before its end', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Sealed', starting_bid: 10, format: 'vickrey' });
  const card = dashboard.card('Sealed');
  await expectText(card.locator('.card-rules'), 'Sealed bids');
  await dashboard.bid(card, 'quill', '91.73');
  await expectText(formStatus(dashboard, card), '$91.73 is in, hidden. You can raise it.');
  await expectText(card.locator('.badge-standing'), 'Bid placed');
  await gavel.placeBid(id, 'rook', 44.19);
  const other = await DashboardPage.open(browser(), `${gavel.dashboardUrl}#/auctions/${id}`);
  try {
    await expectText(other.sale.locator('.leader'), 'Bids are hidden until the end');
    await expectText(other.page.locator('.panel').filter({ hasText: 'how many there are' }),
      /^Bids\s+Hidden until the end, and how many there are\.$/);
    assert.doesNotMatch(await other.page.content(), /91\.73|44\.19|quill|rook/);
    await gavel.closeAuction(id);
    await expectText(other.sale.locator('.price'), '$44.19');
    await expectText(other.sale.locator('.leader'), /^to quill/);
  } finally {
    await other.dispose();
  }
  await expectText(card.locator('.badge-standing'), 'Won');
});

scenario('a falling price falls by itself, and who accepts it has it', async (dashboard, gavel) => {
  await gavel.createAuction({
    name: 'Tulips', starting_bid: 50, format: 'dutch',
    dutch: { floor: 20, step: 10, interval_seconds: 2 },
  });
  const card = dashboard.card('Tulips');
  await expectText(card.locator('.label').first(), 'Price now');
  await expectText(card.locator('.price'), '$40.00');
  await expectText(card.locator('.price'), '$20.00');
  await expectText(card.locator('.time'), /No lower/);
  await dashboard.bidAs('ann');
  await card.getByRole('button', { name: 'Buy for $20.00' }).click();
  await expectText(card.locator('.price'), '$20.00');
  await expectText(card.locator('.badge-standing'), 'Won');
  await expectText(formStatus(dashboard, card), 'Yours for $20.00.');
});

scenario('a bid can be taken back where that is allowed, and everyone sees it',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: 'Second thoughts', starting_bid: 5, retractions: true,
    });
    await gavel.placeBid(id, 'bob', 60);
    await dashboard.go(`#/auctions/${id}`);
    await dashboard.bid(dashboard.sale, 'ann', '70');
    await expectText(dashboard.sale.locator('.price'), '$70.00');
    await dashboard.sale.getByRole('button', { name: 'Take my bids back' }).click();
    await dashboard.dialog.getByRole('button', { name: 'Take my bids back' }).click();
    await expectText(dashboard.sale.locator('.price'), '$60.00');
    await expectText(dashboard.bids.first(), /^ann took bids back; bob leads\s+[\s\S]*\$60\.00$/);
    await dashboard.go('#/auctions');
    await expectText(dashboard.events.filter({ hasText: 'took bids back' }),
      /^ann took bids back, now \$60\.00\s+Second thoughts/);
  });

scenario('a seller sees the own auction without a way to bid', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'My own', starting_bid: 5, seller: 'sue' });
  const card = dashboard.card('My own');
  const button = card.getByRole('button', { name: 'Bid', exact: true });
  await expectText(card.locator('.form-hint'), 'More than $5.00.');
  await dashboard.bidAs('sue');
  await expectText(card.locator('.form-hint'), 'You sell this, so you cannot bid.');
  assert.equal(await button.isDisabled(), true);
});

scenario('amounts are in the currency of the auction', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'In yen', starting_bid: 1_000, currency: 'JPY' });
  const card = dashboard.card('In yen');
  await expectText(card.locator('.price'), '¥1,000');
  await dashboard.bid(card, 'ann', '¥1,250');
  await expectText(formStatus(dashboard, card), 'Accepted: ¥1,250.');
});

scenario('more options give an auction its rules, checked before they are sent',
  async (dashboard, gavel) => {
    const form = dashboard.createForm;
    await dashboard.create({ name: 'Plain', startingBid: '5' });
    await expectText(dashboard.statusOf(form), '“Plain” is open for bids.');
    await form.getByText('More options').click();
    await form.getByLabel('Maximum bids').check();
    await form.getByLabel('Reserve').fill('many');
    await dashboard.create({ name: 'Ruled', startingBid: '5', duration: '10', unit: 'minutes' });
    await expectText(form.locator('.field-problem').filter({ hasText: 'Maximum' }),
      'Maximum bids need steps, or a currency.');
    await expectText(form.locator('.field-problem').filter({ hasText: 'digits' }), /^Write the/);
    await form.getByLabel('Steps of bids').selectOption('of one amount');
    await form.getByLabel('Step', { exact: true }).fill('2.5');
    await form.getByLabel('Reserve').fill('80');
    await form.getByLabel('Buy it now for').fill('300');
    await form.getByLabel('Can be bought').selectOption('at any time');
    await form.getByLabel('Minutes by which').fill('2');
    assert.deepEqual(await faultsOn(dashboard.page), []);
    await form.getByRole('button', { name: 'Create auction' }).click();
    await expectText(dashboard.statusOf(form), '“Ruled” is open for bids.');
    const { proxy, increments, reserve_met: met, buy_now_price: price, buy_now_policy: policy,
      soft_close: soft } = (await gavel.auctions()).find(({ name }) => name === 'Ruled');
    assert.deepEqual({ proxy, increments, met, price, policy }, {
      proxy: true, increments: 2.5, met: false, price: 300, policy: 'always',
    });
    assert.deepEqual([soft.window_seconds, soft.extension_seconds], [120, 120]);
    await form.getByLabel('Format').selectOption('Falling price, the first to accept wins');
    await form.getByLabel('Lowest price').fill('2');
    await form.getByLabel('Falls by').fill('1');
    await expectCount(form.locator('.field:visible').filter({ hasText: 'Reserve' }), 0);
    await dashboard.create({ name: 'Falling', startingBid: '5' });
    await expectText(dashboard.statusOf(form), '“Falling” is open for bids.');
    const dutch = (await gavel.auctions()).find(({ name }) => name === 'Falling');
    assert.deepEqual(dutch.dutch, { floor: 2, step: 1, interval_seconds: 60 });
  });

scenario('axe finds nothing serious where rules are shown', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({
    name: 'Everything', starting_bid: 5, proxy: true, increments: 'ebay', reserve: 80,
    buy_now_price: 300, buy_now_policy: 'always', duration_seconds: 600, seller: 'sue',
    retractions: true, soft_close: { window_seconds: 120, extension_seconds: 120 },
  });
  await bidMost(dashboard, dashboard.card('Everything'), 'ann', '20');
  await expectText(dashboard.card('Everything').locator('.badge-standing'), 'Leading');
  assert.deepEqual(await faultsOn(dashboard.page), []);
  await dashboard.go(`#/auctions/${id}`);
  await expectCount(dashboard.bids, 1);
  assert.deepEqual(await faultsOn(dashboard.page), []);
});
