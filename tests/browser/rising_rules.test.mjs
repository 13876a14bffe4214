// Each rule of auctions with rising bids, from the seller's form to the end, as those see it who
// bid: what the page says at each moment, and what has become of it. RULES.md has the rules.

import assert from 'node:assert/strict';

import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario, withAnother } = scenarios();

// As a browser on this machine writes it, of Unix seconds.
function localTime(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const stepsOf = (amount) => async (form) => {
  await form.getByLabel('Steps of bids').selectOption('of one amount');
  await form.getByLabel('Step', { exact: true }).fill(amount);
};

scenario('maximum bids: one browser is outbid by the other’s maximum, and answers',
  async (dashboard) => {
    await dashboard.sell({ name: 'Maximums', startingBid: '50', options: async (form) => {
      await form.getByLabel('Maximum bids').check();
      await stepsOf('5')(form);
    } });
    await expectText(dashboard.rules, /Say the most that you would pay/);
    await dashboard.bidMost(dashboard.sale, 'ann', '100');
    await expectText(dashboard.bidStatus, 'You lead at $50.00, up to $100.00.');
    await withAnother(dashboard, async (other) => {
      await expectText(other.leader, 'by ann · 1 bid');
      await other.bidMost(other.sale, 'bob', '60');
      await expectText(other.bidStatus, 'Outbid: now $65.00.');
      await expectText(other.standing, 'Outbid');
      await expectText(dashboard.price, '$65.00');
      await expectText(dashboard.standing, 'Leading');
      await expectText(dashboard.bids.first(), /^ann automatic/);
      assert.doesNotMatch(await other.page.content(), /\$?100\.00/);
      await other.bidMost(other.sale, 'bob', '120');
      await expectText(other.bidStatus, 'You lead at $105.00, up to $120.00.');
      await expectText(dashboard.notices, /Outbid: Maximums\s+Now \$105\.00 by bob\./);
      await expectText(dashboard.bidStatus, 'Outbid: now $105.00.');
      await dashboard.close();
      await expectText(other.standing, 'Won');
      await expectText(other.leader, /^to bob · \d bids$/);
      await expectText(dashboard.rules, /Sold to bob for \$105\.00\./);
      await expectText(dashboard.standing, 'Lost');
      // What no price has reached stays secret after the end, too.
      assert.doesNotMatch(await dashboard.page.content(), /120\.00/);
    });
  });

scenario('increments: eBay’s table says what the next bid must be', async (dashboard) => {
  await dashboard.sell({ name: 'By steps', startingBid: '24.5', options: (form) => (
    form.getByLabel('Steps of bids').selectOption('as eBay has')) });
  const field = dashboard.sale.getByLabel('Amount');
  await expectText(dashboard.rules, /Bids rise in steps that grow with the price/);
  await expectText(dashboard.sale.locator('.form-hint'), 'At least $24.50.');
  await dashboard.bid(dashboard.sale, 'ann', '24.5');
  await expectText(dashboard.bidStatus, 'Accepted: $24.50.');
  await dashboard.bid(dashboard.sale, 'bob', '24.9');
  await expectText(dashboard.bidStatus, 'Too low: bid at least $25.00.');
  await dashboard.bid(dashboard.sale, 'bob', '25');
  await expectText(dashboard.leader, 'by bob · 2 bids');
  await dashboard.bid(dashboard.sale, 'ann', '25.5'); // from 25 on the step is 1
  await expectText(dashboard.bidStatus, 'Too low: bid at least $26.00.');
  await dashboard.close();
  await expectText(dashboard.rules, /Sold to bob for \$25\.00\./);
  await expectCount(field.filter({ visible: true }), 0);
});

scenario('increments: a table of one’s own', async (dashboard, gavel) => {
  const written = async (form, text) => {
    await form.getByLabel('Steps of bids').selectOption('by a table of my own');
    await form.getByLabel('Steps, a line each').fill(text);
  };
  await dashboard.create({ name: 'Own table', startingBid: '9',
    options: (form) => written(form, '1 below 10\nmuch') });
  await expectText(dashboard.createForm.locator('.field-problem').filter({ hasText: 'below' }),
    'Write lines like “1 below 100”, and at last the step alone.');
  await written(dashboard.createForm, '1 below 10\n2.5 below 100\n\n10');
  await dashboard.createForm.getByRole('button', { name: 'Create auction' }).click();
  await dashboard.page.getByRole('link', { name: 'Open its page' }).click();
  await expectText(dashboard.rules,
    /Bids rise in steps: \$1\.00 below \$10\.00, \$2\.50 below \$100\.00, \$10\.00 above\./);
  await dashboard.bid(dashboard.sale, 'ann', '10');
  await expectText(dashboard.bidStatus, 'Accepted: $10.00.');
  await dashboard.bid(dashboard.sale, 'bob', '11');
  await expectText(dashboard.bidStatus, 'Too low: bid at least $12.50.');
  const { increments } = (await gavel.auctions()).find(({ name }) => name === 'Own table');
  assert.deepEqual(increments, [{ below: 10, step: 1 }, { below: 100, step: 2.5 }, { step: 10 }]);
});

scenario('reserve: not met, then met, and the amount is nowhere', async (dashboard) => {
  await dashboard.sell({ name: 'Reserved', startingBid: '5',
    options: (form) => form.getByLabel('Reserve').fill('77.31') });
  await dashboard.bid(dashboard.sale, 'ann', '20');
  await expectText(dashboard.rules, /reserve not met\. Below it nothing is sold\./);
  await withAnother(dashboard, async (other) => {
    assert.doesNotMatch(await other.page.content(), /77\.31/);
    await other.bid(other.sale, 'bob', '80');
    await expectText(dashboard.rules, /The reserve, the seller’s secret lowest price, is met\./);
    await other.close();
    await expectText(other.status, 'Sold');
    await expectText(other.standing, 'Won');
    await expectText(dashboard.notices.or(dashboard.standing).first(), /Lost/);
    await expectText(dashboard.price, '$80.00');
    await expectText(dashboard.leader, 'to bob · 2 bids');
  });
});

scenario('buy it now until the first bid: the offer is gone with it', async (dashboard) => {
  await dashboard.sell({ name: 'Before bids', startingBid: '5',
    options: (form) => form.getByLabel('Buy it now for').fill('300') });
  await expectText(dashboard.rules, /Who pays \$300\.00 has it at once, until the first bid\./);
  await withAnother(dashboard, async (other) => {
    const buy = other.sale.getByRole('button', { name: 'Buy now for $300.00' });
    await expectCount(buy, 1);
    await dashboard.bid(dashboard.sale, 'ann', '6');
    await expectCount(buy, 0);
    await expectText(other.rules.or(other.sale).first(), /^(?![\s\S]*\$300\.00)/);
    await dashboard.close();
    await expectText(other.rules, /Sold to ann for \$6\.00\./);
  });
});

scenario('buy it now at any time: it ends at the price, whoever leads', async (dashboard) => {
  await dashboard.sell({ name: 'Beside bids', startingBid: '5', options: async (form) => {
    await form.getByLabel('Buy it now for').fill('300');
    await form.getByLabel('Can be bought').selectOption('at any time');
  } });
  await dashboard.bid(dashboard.sale, 'ann', '60');
  await expectText(dashboard.standing, 'Leading');
  await withAnother(dashboard, async (other) => {
    await other.bidAs('bob');
    await other.sale.getByRole('button', { name: 'Buy now for $300.00' }).click();
    await expectText(other.dialog, /Beside bids\s+You pay \$300\.00\.\s+The auction is over then/);
    await other.dialog.getByRole('button', { name: 'Buy now for $300.00' }).click();
    await expectText(other.standing, 'Won');
    await expectText(other.price, '$300.00');
    await expectText(dashboard.rules, /Sold to bob for \$300\.00\./);
    await expectText(dashboard.standing, 'Lost');
    await expectCount(dashboard.sale.getByRole('button', { name: 'Bid', exact: true }), 0);
  });
});

scenario('soft close: a late bid moves the end, so often at most, and then it is over',
  async (dashboard) => {
    await dashboard.sell({ name: 'Softly', startingBid: '5', duration: '4', unit: 'seconds',
      options: async (form) => {
        await form.getByLabel('Minutes by which').fill('0.1');
        await form.getByLabel('At most so many times').fill('1');
      } });
    await expectText(dashboard.rules,
      /A bid in the last 6 seconds moves the end to 6 seconds after it, once at most\./);
    await dashboard.bid(dashboard.sale, 'ann', '6');
    await expectText(dashboard.sale.locator('.time'), /^Last extension: \d/);
    await expectText(dashboard.page.locator('.event-rows .event-text').first(), /^Extended until /);
    await dashboard.bid(dashboard.sale, 'bob', '7'); // moves nothing any more
    await expectText(dashboard.leader, 'by bob · 2 bids');
    await expectText(dashboard.rules, /Sold to bob for \$7\.00\./);
    await expectText(dashboard.sale.locator('.time'), /^Ended /);
    await expectCount(dashboard.page.locator('.event-rows [data-type="extended"]'), 1);
  });

scenario('hard end: a late bid moves the end as far as the seller allows, and no bid any farther',
  async (dashboard, gavel) => {
    const hardEnd = Math.ceil(Date.now() / 1000) + 8;
    await dashboard.sell({ name: 'Not past', startingBid: '5', duration: '4', unit: 'seconds',
      options: async (form) => {
        await form.getByLabel('Minutes by which').fill('1');
        await form.getByLabel('And never past').fill(localTime(hardEnd));
      } });
    const auction = async () => (await gavel.auctions()).find(({ name }) => name === 'Not past');
    await expectText(dashboard.rules,
      /A bid in the last 1 minute moves the end to 1 minute after it, and .+ at the latest\./);
    await expectText(dashboard.rules, /^(?![\s\S]*No bid moves the end)/);
    await dashboard.bid(dashboard.sale, 'ann', '6');
    await expectText(dashboard.sale.locator('.time'), /^Last extension: \d seconds?\s/);
    await expectText(dashboard.rules, /No bid moves the end any more: bids are taken until .+\./);
    assert.equal((await auction()).closing_time, hardEnd);
    await dashboard.bid(dashboard.sale, 'bob', '7');
    await expectText(dashboard.leader, 'by bob · 2 bids');
    await expectText(dashboard.rules, /Sold to bob for \$7\.00\./);
    await expectText(dashboard.sale.locator('.time'), /^Ended /);
    await expectText(dashboard.rules, /^(?![\s\S]*No bid moves the end)/);
    assert.equal((await auction()).closing_time, hardEnd);
    await expectCount(dashboard.page.locator('.event-rows [data-type="extended"]'), 1);
  });

scenario('retraction: the other leads again, at the price before, and both see why',
  async (dashboard) => {
    await dashboard.sell({ name: 'Taken back', startingBid: '5',
      options: (form) => form.getByLabel('Bidders can take bids back').check() });
    await dashboard.bid(dashboard.sale, 'ann', '60');
    await expectText(dashboard.standing, 'Leading');
    await withAnother(dashboard, async (other) => {
      const back = other.sale.getByRole('button', { name: 'Take my bids back' });
      await expectCount(back, 0);
      await other.bid(other.sale, 'bob', '70');
      await expectText(dashboard.standing, 'Outbid');
      await back.click();
      await expectText(other.dialog, /Everyone sees that you did\./);
      await other.dialog.getByRole('button', { name: 'Take my bids back' }).click();
      await expectText(other.price, '$60.00');
      await expectText(dashboard.standing, 'Leading');
      await expectText(dashboard.notices, '');
      await expectText(dashboard.bids.first(), /^bob took bids back; ann leads\s/);
      await expectText(dashboard.page.locator('.event-rows .event-text').first(),
        'bob took bids back, now $60.00');
      await dashboard.close();
      await expectText(other.rules, /Sold to ann for \$60\.00\./);
    });
  });

scenario('seller: who sells cannot bid, and sees how it stands', async (dashboard) => {
  await dashboard.bidAs('sue');
  await dashboard.sell({ name: 'Sold by sue', startingBid: '5',
    options: (form) => form.getByLabel('Seller').fill('sue') });
  await expectText(dashboard.sale.locator('.form-hint'), 'You sell this, so you cannot bid.');
  const button = dashboard.sale.getByRole('button', { name: 'Bid', exact: true });
  assert.equal(await button.isDisabled(), true);
  await withAnother(dashboard, async (other) => {
    await expectText(other.rules, /Sold by sue, who cannot bid\./);
    await other.bid(other.sale, 'ann', '9');
    await expectText(dashboard.sale.locator('.seller-panel'),
      /ann leads after 1 bid: closed now, it would be sold for \$9\.00\./);
    await dashboard.close();
    await expectText(other.standing, 'Won');
    await expectText(dashboard.sale.locator('.seller-panel'), /Sold to ann for \$9\.00\./);
  });
});

scenario('currency: amounts have its sign and its decimals, from the form to the end',
  async (dashboard) => {
    await dashboard.sell({ name: 'In yen', startingBid: '1000',
      options: (form) => form.getByLabel('Currency').fill('jpy') });
    await expectText(dashboard.price, '¥1,000');
    await eventually(async () => assert.equal(
      await dashboard.sale.getByLabel('Amount').inputValue(), '1025'));
    await dashboard.bid(dashboard.sale, 'ann', '1250.5');
    await expectText(dashboard.bidStatus, 'An amount in JPY has no decimals.');
    await dashboard.bid(dashboard.sale, 'ann', '1,250');
    await expectText(dashboard.bidStatus, 'Accepted: ¥1,250.');
    await dashboard.close();
    await expectText(dashboard.rules, /Sold to ann for ¥1,250\./);
  });

scenario('without a bid by its end nobody has it', async (dashboard) => {
  await dashboard.sell({ name: 'Left over', startingBid: '5', duration: '2', unit: 'seconds',
    options: (form) => form.getByLabel('Reserve').fill('7') });
  await expectText(dashboard.leader, 'Be the first to bid');
  await expectText(dashboard.status, 'Not sold');
  await expectText(dashboard.leader, 'Nobody bid');
  await expectText(dashboard.page.locator('.event-rows .event-text').first(),
    'Time ended without a sale');
});
