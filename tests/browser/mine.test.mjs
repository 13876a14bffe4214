// What is the reader's: all of their bids, wins and sales, wherever they were made.

import assert from 'node:assert/strict';

import { faultsOn } from './axe.mjs';
import { expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

const MANY = 1_050; // more than a snapshot or a page of auctions holds

scenario('bids and wins that another browser made are found, over pages and after a reload',
  async (dashboard, gavel) => {
    const made = {};
    for (const name of ['Outbid long ago', 'Won long ago', 'Lost long ago', 'Led', 'Not mine']) {
      made[name] = (await gavel.createAuction({ name, starting_bid: 5 })).id;
    }
    for (const name of ['Outbid long ago', 'Won long ago', 'Lost long ago', 'Led']) {
      await gavel.placeBid(made[name], 'mira', 10);
    }
    await gavel.placeBid(made['Outbid long ago'], 'rob', 12);
    await gavel.placeBid(made['Lost long ago'], 'rob', 12);
    for (const name of ['Won long ago', 'Lost long ago']) await gavel.closeAuction(made[name]);
    for (let i = 0; i < MANY; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => (
        gavel.createAuction({ name: `Later ${i + n}`, starting_bid: 1 }))));
    }
    await dashboard.page.reload();
    await expectText(dashboard.connection, 'Live');
    await dashboard.bidAs('mira');
    await dashboard.go('#/mine');
    const standings = async () => {
      for (const [name, word] of [['Outbid long ago', 'Outbid'], ['Won long ago', 'Won'],
        ['Lost long ago', 'Lost'], ['Led', 'Leading']]) {
        await expectText(dashboard.card(name).locator('.badge-standing'), word);
      }
      await expectCount(dashboard.cards, 4);
    };
    await standings();
    await dashboard.show(/^Won/);
    await expectCount(dashboard.cards, 1);
    await dashboard.page.reload();
    await expectText(dashboard.card('Won long ago').locator('.badge-standing'), 'Won');
    await dashboard.show(/^All/);
    await standings();
    await dashboard.page.getByRole('link', { name: 'My bids', exact: true }).click();
    await expectCount(dashboard.ownBids, 4);
    await expectText(dashboard.ownBids.first(), /^Led\s+Leading\s+Bid \$10\.00/);
    // A bid of another browser comes while the page is open, and is there after a reload.
    await gavel.placeBid(made['Not mine'], 'mira', 20);
    await expectText(dashboard.ownBids.first(), /^Not mine\s+Leading\s+Bid \$20\.00/);
    await dashboard.page.reload();
    await expectCount(dashboard.ownBids, 5);
    await expectText(dashboard.page.locator('.table-status'), '5 entries of mira.');
    await dashboard.bidAs('nobody');
    await expectText(dashboard.page.locator('.table-status'), 'nobody has not bid yet.');
    await expectCount(dashboard.ownBids, 0);
  }, { timeout: 90_000 });

scenario('a long list of bids is shown a part at a time', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Fought for', starting_bid: 1 });
  await gavel.placeBids(id, Array.from({ length: 120 }, (_, i) => (
    { bidder: i % 2 === 0 ? 'long' : 'other', amount: i + 2 })));
  await dashboard.bidAs('long');
  await dashboard.go('#/mine/bids');
  await expectCount(dashboard.ownBids, 50);
  await expectText(dashboard.ownBids.first(), /^Fought for\s+Outbid\s+Bid \$120\.00/);
  await dashboard.page.getByRole('button', { name: 'Earlier ones' }).click();
  await expectCount(dashboard.ownBids, 60);
  await expectText(dashboard.ownBids.last(), /Bid \$2\.00/);
});

scenario('a seller sees the own auctions: bids, the reserve, and what closing would do',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: 'For sale', starting_bid: 5, reserve: 50, seller: 'sue',
    });
    await gavel.createAuction({ name: 'Of another', starting_bid: 5, seller: 'tom' });
    await dashboard.bidAs('sue');
    await dashboard.go('#/mine');
    await dashboard.show(/^Selling/);
    await expectCount(dashboard.cards, 1);
    await expectText(dashboard.card('For sale').locator('.card-rules'), 'Reserve not met');
    await dashboard.card('For sale').getByRole('link', { name: 'For sale' }).click();
    const panel = dashboard.sale.locator('.seller-panel');
    await expectText(panel, /Nobody has bid yet: closed now, it would not be sold\./);
    await gavel.placeBid(id, 'ann', 20);
    await expectText(panel,
      /ann leads at \$20\.00 after 1 bid\. Your reserve is not met: closed now, it would not be/);
    await gavel.placeBid(id, 'bob', 60);
    await expectText(panel, /bob leads after 2 bids: closed now, it would be sold for \$60\.00\./);
    assert.deepEqual(await faultsOn(dashboard.page), []);
    await dashboard.close();
    await expectText(panel, /Sold to bob for \$60\.00\./);
    await dashboard.bidAs('ann');
    await expectCount(dashboard.sale.locator('.seller-panel:visible'), 0);
  });
