// Bidding: the form on a card, its answers, the reader's name and their auctions.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

scenario('the card shows the new leader', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Globe', starting_bid: 20 });
  const card = dashboard.card('Globe');
  await dashboard.bid(card, 'alice', '25.1234');
  await expectText(dashboard.statusOf(card.locator('form')), 'Accepted: $25.1234.');
  await expectText(card.locator('.price'), '$25.1234');
  await expectText(card.locator('.leader'), 'by alice · 1 bid');
  await dashboard.bid(card, 'bob', '30');
  await expectText(card.locator('.leader'), 'by bob · 2 bids');
});

scenario('the next sensible amount is filled in and follows the price',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Suggestion', starting_bid: 0.5 });
    const field = dashboard.card('Suggestion').getByLabel('Amount');
    const suggested = async (price) => {
      if (price !== null) await gavel.placeBid(id, 'other', price);
      return eventually(async () => {
        const value = Number(await field.inputValue());
        assert.ok(value > (price ?? 0.5), `${value} after ${price}`);
        return value;
      });
    };
    assert.equal(await suggested(null), 0.55);
    assert.equal(await suggested(7.03), 7.1);
    assert.equal(await suggested(412.5), 415);
    assert.equal(await suggested(1_000.0001), 1_025);
    assert.equal(await suggested(99_999_999_999), 100_000_000_000);
    await gavel.placeBid(id, 'other', 100_000_000_000);
    await eventually(async () => assert.equal(await field.inputValue(), ''));
  });

scenario('a suggestion does not change under who is about to bid', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Steady', starting_bid: 10 });
  const card = dashboard.card('Steady');
  await card.getByLabel('Amount').focus();
  assert.equal(await card.getByLabel('Amount').inputValue(), '10.25');
  await gavel.placeBid(id, 'other', 50);
  await expectText(card.locator('.form-hint'), 'Now at $50.00: bid more than that.');
  assert.equal(await card.getByLabel('Amount').inputValue(), '10.25');
  await dashboard.page.locator('#search').focus();
  await eventually(async () => assert.equal(await card.getByLabel('Amount').inputValue(), '51.00'));
});

scenario('a bid that is too low is told the amount needed', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Mirror', starting_bid: 20 });
  await gavel.createAuction({ name: 'Other mirror', starting_bid: 20 });
  const card = dashboard.card('Mirror');
  const status = dashboard.statusOf(card.locator('form'));
  await dashboard.bid(card, 'alice', '20');
  await expectText(status, 'Too low: bid more than $20.00.');
  // It stays true when the price rises.
  await gavel.placeBid(id, 'bob', 31);
  await expectText(status, 'Too low: bid more than $31.00.');
  assert.equal(await card.getByLabel('Amount').inputValue(), '20');
  await expectText(dashboard.statusOf(dashboard.card('Other mirror').locator('form')), '');
});

scenario('an amount that is none is refused next to the field, unsent',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Vague', starting_bid: 20 });
    const card = dashboard.card('Vague');
    const status = dashboard.statusOf(card.locator('form'));
    for (const [typed, sentence] of [
      ['plenty', 'Write the amount in digits, like 1250.50.'],
      ['-30', 'The amount must be above zero.'],
      ['0', 'The amount must be above zero.'],
      ['', 'Write an amount.'],
      ['25.12345', 'An amount has four decimals at most.'],
      ['1,25', 'Write the amount in digits, like 1250.50.'],
      ['1e3', 'Write the amount in digits, like 1250.50.'],
      ['12345678901234567890', 'That is more than $100,000,000,000.00.'],
    ]) {
      await dashboard.bid(card, 'alice', typed);
      await expectText(status, sentence);
      assert.equal(await card.getByLabel('Amount').getAttribute('aria-invalid'), 'true', typed);
    }
    assert.equal((await gavel.auction(id)).bids.length, 0);
  });

scenario('how an amount is understood is shown before it is sent', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Spelled', starting_bid: 20 });
  const card = dashboard.card('Spelled');
  await card.getByLabel('Amount').fill('$ 1,250.5');
  await expectText(card.locator('.form-hint'), 'Bids $1,250.50.');
});

scenario('amounts are read and written as in the reader’s country', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Krug', starting_bid: 1200.5 });
  const card = dashboard.card('Krug');
  await expectText(card.locator('.price'), /^1\.200,50\s\$$/);
  assert.equal(await card.getByLabel('Amount').inputValue(), '1225,00');
  await dashboard.bid(card, 'alice', '1.250,75');
  await expectText(card.locator('.price'), /^1\.250,75\s\$$/);
}, { contextOptions: { locale: 'de-DE' } });

scenario('a bid on what was closed meanwhile says so', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Late', starting_bid: 20 });
  const card = dashboard.card('Late');
  await expectCount(card, 1);
  await dashboard.bidAs('alice');
  // The page does not hear of it: only the server knows.
  await dashboard.page.route('**/bid', async (route) => {
    await gavel.closeAuction(id);
    await route.continue();
  });
  await card.getByLabel('Amount').fill('30');
  await card.getByRole('button', { name: 'Bid', exact: true }).click();
  await expectText(dashboard.statusOf(card.locator('form')), 'No more bids: Closed manually.');
});

scenario('a lost connection is tried once more under the same key', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Once only', starting_bid: 5 });
  const card = dashboard.card('Once only');
  const keys = [];
  await dashboard.page.route('**/bid', async (route) => {
    keys.push(await route.request().headerValue('idempotency-key'));
    if (keys.length > 1) return route.continue();
    await route.fetch(); // it arrives; its answer does not
    return route.abort('connectionreset');
  });
  await dashboard.bid(card, 'alice', '9');
  await expectText(dashboard.statusOf(card.locator('form')), 'Accepted: $9.00.');
  assert.equal(keys.length, 2);
  assert.ok(keys[0]);
  assert.equal(keys[0], keys[1]);
  assert.equal((await gavel.auction(id)).bids.length, 1);
});

scenario('lost twice, it says so; pressed again, the same bid counts once',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Twice lost', starting_bid: 5 });
    const card = dashboard.card('Twice lost');
    const keys = [];
    await dashboard.page.route('**/bid', async (route) => {
      keys.push(await route.request().headerValue('idempotency-key'));
      if (keys.length > 2) return route.continue();
      await route.fetch();
      return route.abort('connectionreset');
    });
    await dashboard.bid(card, 'alice', '9');
    await expectText(dashboard.statusOf(card.locator('form')), /^Connection lost, and again/);
    assert.equal(keys.length, 2);
    await card.getByLabel('Amount').fill('9');
    await card.getByRole('button', { name: 'Bid', exact: true }).click();
    await expectText(dashboard.statusOf(card.locator('form')), 'Accepted: $9.00.');
    assert.equal(new Set(keys).size, 1);
    assert.equal((await gavel.auction(id)).bids.length, 1);
  });

scenario('who presses Bid unnamed is asked for a name, once', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Anonymous', starting_bid: 5 });
  await gavel.createAuction({ name: 'Named', starting_bid: 5 });
  const card = dashboard.card('Anonymous');
  await card.getByRole('button', { name: 'Bid', exact: true }).click();
  await dashboard.dialog.getByRole('button', { name: 'Keep' }).click();
  await expectText(dashboard.dialog.locator('.field-problem'),
    'Write the name under which you bid.');
  await dashboard.dialog.getByLabel('Your name').fill('zoë');
  await dashboard.page.keyboard.press('Enter');
  await expectText(card.locator('.leader'), 'by zoë · 1 bid');
  await dashboard.card('Named').getByRole('button', { name: 'Bid', exact: true }).click();
  await expectText(dashboard.card('Named').locator('.leader'), 'by zoë · 1 bid');
  await dashboard.page.reload();
  await expectText(dashboard.page.locator('#name'), 'zoë');
});

scenario('Escape leaves the question for the name, and nothing is sent',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Shy', starting_bid: 5 });
    await dashboard.card('Shy').getByRole('button', { name: 'Bid', exact: true }).click();
    await dashboard.dialog.getByLabel('Your name').fill('nobody');
    await dashboard.page.keyboard.press('Escape');
    await expectCount(dashboard.dialog, 0);
    assert.equal((await gavel.auction(id)).bids.length, 0);
  });

scenario('what is being typed survives updates of the card', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Busy clock', starting_bid: 1 });
  const card = dashboard.card('Busy clock');
  await card.getByLabel('Amount').fill('9');
  await gavel.placeBid(id, 'fast', 2);
  await gavel.createAuction({ name: 'Not inserted above', starting_bid: 1 });
  await expectText(card.locator('.leader'), 'by fast · 1 bid');
  // Nothing moves under who types; that there is something new is said.
  await expectText(dashboard.page.locator('#news'), '1 new auction');
  await dashboard.page.keyboard.type('9');
  assert.equal(await card.getByLabel('Amount').inputValue(), '99');
  await dashboard.page.locator('#news').click();
  await expectCount(dashboard.card('Not inserted above'), 1);
  assert.equal(await card.getByLabel('Amount').inputValue(), '99');
});

scenario('one placed by another client shows within a second', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Telescope', starting_bid: 100 });
  const card = dashboard.card('Telescope');
  await expectCount(card, 1);
  const sent = Date.now();
  await gavel.placeBid(id, 'carol', 110);
  const left = () => 1_000 - (Date.now() - sent);
  await expectText(card.locator('.price'), '$110.00', left());
  await expectText(dashboard.events.first(), /carol bid \$110\.00/, left());
});

scenario('leading, outbid, won and lost are told apart', async (dashboard, gavel) => {
  const names = ['Will lead', 'Will be outbid', 'Will win', 'Will lose', 'Not mine'];
  const ids = {};
  for (const name of names) ids[name] = (await gavel.createAuction({ name, starting_bid: 5 })).id;
  await dashboard.bidAs('mira');
  for (const name of names.slice(0, 4)) await gavel.placeBid(ids[name], 'mira', 10);
  await gavel.placeBid(ids['Will be outbid'], 'rob', 11);
  await gavel.placeBid(ids['Will lose'], 'rob', 11);
  await gavel.closeAuction(ids['Will win']);
  await gavel.closeAuction(ids['Will lose']);
  await dashboard.go('#/mine');
  for (const [name, word] of [['Will lead', 'Leading'], ['Will be outbid', 'Outbid'],
    ['Will win', 'Won'], ['Will lose', 'Lost']]) {
    await expectText(dashboard.card(name).locator('.badge-standing'), word);
  }
  await expectCount(dashboard.cards, 4);
  await dashboard.show(/^Outbid/);
  await expectCount(dashboard.cards, 1);
  await expectCount(dashboard.card('Will be outbid'), 1);
  await expectText(dashboard.page.locator('#outbid-count'), '1');
  await eventually(async () => assert.match(await dashboard.page.title(), /^\(1\) /));
  // The browser knows it after a reload, too.
  await dashboard.page.reload();
  await expectCount(dashboard.cards, 1);
  await dashboard.show(/^All/);
  await expectCount(dashboard.cards, 4);
});

scenario('whoever is outbid sees a notice', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Contested', starting_bid: 5 });
  await dashboard.bid(dashboard.card('Contested'), 'mira', '10');
  await expectText(dashboard.card('Contested').locator('.badge-standing'), 'Leading');
  await gavel.placeBid(id, 'rob', 12);
  await expectText(dashboard.notices, /Outbid: Contested\s+Now \$12\.00 by rob\./);
  await expectText(dashboard.statusOf(dashboard.card('Contested').locator('form')),
    'Outbid: now $12.00.');
  await dashboard.notices.getByRole('link', { name: 'Contested' }).click();
  await expectText(dashboard.page.getByRole('heading', { level: 2, name: 'Contested' }),
    'Contested');
  await expectText(dashboard.notices, '');
});

scenario('a notice goes when the reader leads again', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Regained', starting_bid: 5 });
  await dashboard.bid(dashboard.card('Regained'), 'mira', '10');
  await expectText(dashboard.card('Regained').locator('.badge-standing'), 'Leading');
  await gavel.placeBid(id, 'rob', 12);
  await expectText(dashboard.notices, /Outbid: Regained/);
  await dashboard.bid(dashboard.card('Regained'), 'mira', '15');
  await expectText(dashboard.notices, '');
});

scenario('who was away is told upon return', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Left alone', starting_bid: 5 });
  await dashboard.bid(dashboard.card('Left alone'), 'mira', '10');
  await expectText(dashboard.card('Left alone').locator('.badge-standing'), 'Leading');
  // What the browser keeps is written a moment later.
  await eventually(async () => assert.match(
    await dashboard.page.evaluate(() => localStorage.getItem('gavel.standings')),
    new RegExp(`"${id}","leading"`)));
  await dashboard.page.goto('about:blank');
  await gavel.placeBid(id, 'rob', 12);
  await dashboard.page.goto(gavel.dashboardUrl);
  await expectText(dashboard.notices, /Outbid: Left alone/);
});

scenario('a notice of the browser’s is shown when the page is hidden', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Unseen', starting_bid: 5 });
  await dashboard.bid(dashboard.card('Unseen'), 'mira', '10');
  await expectText(dashboard.card('Unseen').locator('.badge-standing'), 'Leading');
  await dashboard.page.evaluate(() => { window.isHidden = true; });
  await gavel.placeBid(id, 'rob', 12);
  await eventually(async () => assert.deepEqual(
    await dashboard.page.evaluate(() => window.notified),
    [['Outbid: Unseen', 'Now $12.00 by rob.']]));
}, {
  // Chromium without a screen shows none, so what is asked of it is noted.
  beforeLoad: (page) => page.addInitScript(() => {
    window.notified = [];
    window.Notification = class extends EventTarget {
      static permission = 'granted';
      constructor(title, { body }) { super(); window.notified.push([title, body]); }
    };
    Object.defineProperty(document, 'hidden', { get: () => window.isHidden === true });
  }),
});

test('the next sensible amount is above the price, whatever that is', async () => {
  const { nextSensibleAmount } = await import('../../frontend/static/format/amounts.js');
  for (let exponent = -4; exponent < 11; exponent += 0.01) {
    const price = Math.round(10 ** exponent * 10_000) / 10_000;
    const next = nextSensibleAmount(price);
    assert.ok(next > price, `${next} after ${price}`);
    assert.ok(next <= price * 1.11 + 0.05, `${next} after ${price}`);
    assert.equal(Math.round(next * 10_000) / 10_000, next);
  }
});
