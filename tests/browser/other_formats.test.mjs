// Auctions that open later, hide their bids or let the price fall: each from the seller's form to
// the end, as two people see it who are at it. RULES.md has the rules.

import assert from 'node:assert/strict';

import { expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario, withAnother } = scenarios();

scenario('scheduled: no bid before it opens, and the page opens by itself', async (dashboard) => {
  await dashboard.sell({ name: 'Tomorrow', startingBid: '5', options: async (form) => {
    // In the reader's own time.
    const soon = await dashboard.page.evaluate(() => {
      const at = new Date(Date.now() + 4_000);
      return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    });
    await form.getByLabel('Opens').fill(soon);
  } });
  await expectText(dashboard.status, 'Scheduled');
  await expectText(dashboard.leader, 'Not open yet');
  await expectText(dashboard.rules, /Bidding opens /);
  await expectText(dashboard.sale.locator('.time'), /^Opens in\s+\d/);
  const button = dashboard.sale.getByRole('button', { name: 'Bid', exact: true });
  assert.equal(await button.isDisabled(), true);
  await expectText(dashboard.status, 'Open');
  await expectText(dashboard.page.locator('.event-rows .event-text').first(), 'Bidding opened');
  await dashboard.bid(dashboard.sale, 'ann', '6');
  await expectText(dashboard.bidStatus, 'Accepted: $6.00.');
  await dashboard.close();
  await expectText(dashboard.rules, /Sold to ann for \$6\.00\./);
});

// What the winner pays, by the format's words in the form. No two of them share what is secret.
for (const { name, format, explained, high, raised, low, paid } of [
  { name: 'first price', format: 'Hidden bids, the winner pays the own bid',
    explained: /The highest one wins and is paid/,
    high: ['quill', '71.73'], raised: '91.73', low: ['rook', '44.19'], paid: '$91.73' },
  { name: 'Vickrey', format: 'Hidden bids, the winner pays the second highest',
    explained: /the second highest is paid: bid what it is worth to you/,
    high: ['swift', '62.37'], raised: '82.37', low: ['tern', '35.48'], paid: '$35.48' },
]) {
  scenario(`hidden bids, ${name}: neither sees the other’s before the end`, async (dashboard) => {
    await dashboard.sell({ name: `Sealed, ${name}`, startingBid: '10',
      options: (form) => form.getByLabel('Format').selectOption(format) });
    await expectText(dashboard.rules, explained);
    await dashboard.bid(dashboard.sale, ...high);
    await expectText(dashboard.bidStatus, `$${high[1]} is in, hidden. You can raise it.`);
    await withAnother(dashboard, async (other) => {
      const says = async (page, ...secrets) => {
        const content = await page.page.content();
        return secrets.filter((secret) => content.includes(secret));
      };
      await expectText(other.leader, 'Bids are hidden until the end');
      await expectCount(other.bids, 0);
      await other.bid(other.sale, ...low);
      await expectText(other.bidStatus, `$${low[1]} is in, hidden. You can raise it.`);
      await dashboard.bid(dashboard.sale, high[0], raised);
      await expectText(dashboard.bidStatus, `$${raised} is in, hidden. You can raise it.`);
      await expectText(dashboard.standing, 'Bid placed');
      assert.deepEqual(await says(other, ...high, raised), []);
      assert.deepEqual(await says(dashboard, ...low), []);
      await expectCount(other.sale.getByRole('link', { name: 'Download its proof' }), 0);

      await other.close();
      for (const page of [dashboard, other]) {
        await expectText(page.price, paid);
        await expectText(page.leader, `to ${high[0]} · 2 bids`);
        await expectText(page.bids.first(), new RegExp(`^${high[0]}\\s[\\s\\S]*\\${paid}$`));
        await expectText(page.bids.last(), new RegExp(`^${low[0]}\\s[\\s\\S]*\\$${low[1]}$`));
        await expectCount(page.sale.getByRole('link', { name: 'Download its proof' }), 1);
      }
      await expectText(dashboard.standing, 'Won');
      await expectText(other.standing, 'Lost');
      // The highest bid of a Vickrey auction is nobody's business but its bidder's.
      if (name === 'Vickrey') assert.deepEqual(await says(other, high[1], raised), []);
    });
  });
}

scenario('falling price: both see it fall, and the first to accept has it', async (dashboard) => {
  await dashboard.sell({ name: 'Falling', startingBid: '50', options: async (form) => {
    await form.getByLabel('Format').selectOption('Falling price, the first to accept wins');
    await form.getByLabel('Lowest price').fill('20');
    await form.getByLabel('Falls by').fill('15');
    await form.getByLabel('Every … seconds').fill('2');
  } });
  await expectText(dashboard.rules, /The price falls by \$15\.00 at a time, after 2 seconds each/);
  await withAnother(dashboard, async (other) => {
    await other.bidAs('ann');
    for (const page of [dashboard, other]) {
      await expectText(page.price, /^\$(35|20)\.00$/);
      await expectText(page.price, '$20.00');
      await expectText(page.sale.locator('.time'), /No lower/);
    }
    await other.sale.getByRole('button', { name: 'Buy for $20.00' }).click();
    await expectText(other.bidStatus, 'Yours for $20.00.');
    await expectText(other.standing, 'Won');
    await expectText(dashboard.status, 'Sold');
    await expectText(dashboard.leader, 'to ann · 1 bid');
    await expectCount(dashboard.sale.getByRole('button', { name: /^Buy/ }), 0);
  });
});
