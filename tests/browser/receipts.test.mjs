// A bid's receipt, from the bid to the check: kept by the page, downloaded from "My bids" with the
// auction's proof, and checked on the page that sends nothing.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { faultsOn } from './axe.mjs';
import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

// Presses it and returns the file that the browser is given: { name, text }.
async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const text = await readFile(await download.path(), 'utf8');
  return { name: download.suggestedFilename(), text };
}

async function check(dashboard, proof, receipt) {
  const { page } = dashboard;
  const file = (text) => (
    { name: 'file', mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
  await dashboard.go('#/verify');
  await page.getByLabel('Proof', { exact: true }).setInputFiles(file(proof));
  await page.getByLabel('Receipt’s file').setInputFiles(file(receipt));
  await eventually(async () => assert.match(
    await page.getByLabel('Receipt (optional)').inputValue(), /^index=\d+/));
  await page.getByRole('button', { name: 'Check' }).click();
}

scenario('a bid’s receipt and the proof are downloaded and hold; one altered byte is shown',
  async (dashboard, gavel) => {
    const { page } = dashboard;
    const { id } = await gavel.createAuction({ name: 'Receipted', starting_bid: 5 });
    await gavel.placeBid(id, 'bob', 6);
    await dashboard.bid(dashboard.card('Receipted'), 'ann', '7.5');
    await expectText(dashboard.statusOf(dashboard.card('Receipted').locator('form')),
      'Accepted: $7.50.');
    await gavel.placeBid(id, 'cy', 9);
    await dashboard.go(`#/auctions/${id}`);
    await page.getByRole('link', { name: 'My receipts' }).click();
    const row = dashboard.ownBids.filter({ hasText: 'Bid $7.50' });
    await expectText(row, /^Receipted\s+Outbid\s+Bid \$7\.50/);
    // Kept by the browser, whatever becomes of the page.
    await page.reload();
    const receipt = await downloaded(page, row.getByRole('button', { name: 'Receipt' }));
    assert.match(receipt.name, new RegExp(`^receipt-${id}-\\d+\\.txt$`));
    assert.match(receipt.text, /^Gavel-Receipt: index=\d+, time_us=\d+, hash="[0-9a-f]{64}"\n/);
    assert.match(receipt.text, /\nBidder: ann\nDone: Bid \$7\.50\n$/);

    await dashboard.go(`#/auctions/${id}`);
    await dashboard.close();
    await expectText(dashboard.sale, /Sold for\s+\$9\.00/);
    await dashboard.go('#/mine/bids');
    await expectText(row, /Lost/);
    assert.deepEqual(await faultsOn(page), []);
    const proof = await downloaded(page, row.getByRole('link', { name: 'Proof' }));
    assert.equal(proof.name, `proof-${id}.jsonl`);

    const status = page.locator('#verify-form .form-status');
    const acts = page.getByRole('list', { name: 'Acts' }).getByRole('listitem');
    await check(dashboard, proof.text, receipt.text);
    await expectText(status,
      /^The chain holds: auction \d+, 5 acts, head \w{64}\. The receipt is of one of them\.$/);
    await expectCount(acts, 5);
    await expectText(acts.nth(2), /^3\s+ann bid \$7\.50\s+[\s\S]*Your receipt$/);
    await expectCount(page.getByText('Broken here'), 0);

    await check(dashboard, proof.text.replace('"amount":7.5', '"amount":6.5'), receipt.text);
    await expectText(status, 'Act 3 was altered: it is not what the receipt was given for.');
    await expectText(acts.nth(1), /^2\s+bob bid \$6\.00(?![\s\S]*Broken)/);
    await expectText(acts.nth(2), /^3\s+ann bid \$6\.50\s+[\s\S]*Broken here$/);
    await expectText(acts.nth(3), /Not checked$/);
    await expectText(page.locator('.broken-line'), /"bidder":"ann","amount":6\.5/);
    assert.deepEqual(await faultsOn(page), []);

    // What is not the receipt of any act, and what is no receipt at all.
    await check(dashboard, proof.text, receipt.text.replace(/hash="./, (found) => (
      found.endsWith('0') ? 'hash="1' : 'hash="0')));
    await expectText(status, 'The receipt is of no act in this proof.');
    await page.getByLabel('Receipt’s file').setInputFiles(
      { name: 'file', mimeType: 'text/plain', buffer: Buffer.from('thanks') });
    await expectText(page.locator('#verify-form .field-problem'),
      'There is no receipt in that file.');
  });

scenario('a maximum bid has a receipt, too, and the proof of a hidden bid waits for the end',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: 'Hidden', starting_bid: 5, format: 'sealed_first_price',
    });
    await gavel.createAuction({ name: 'Secret', starting_bid: 5, proxy: true, increments: 1 });
    await expectCount(dashboard.card('Secret'), 1);
    await dashboard.bid(dashboard.card('Hidden'), 'dora', '70');
    await expectText(dashboard.card('Hidden').locator('.badge-standing'), 'Bid placed');
    const secret = dashboard.card('Secret');
    await secret.getByLabel('Your maximum').fill('60');
    await secret.getByRole('button', { name: 'Bid', exact: true }).click();
    await expectText(secret.locator('.badge-standing'), 'Leading');
    await dashboard.go('#/mine/bids');
    await expectText(dashboard.ownBids.first(), /^Secret\s+Leading\s+Bid up to \$60\.00/);
    await expectText(dashboard.ownBids.last(), /^Hidden\s+Bid placed\s+Bid \$70\.00/);
    await expectCount(dashboard.ownBids, 2);
    await expectCount(dashboard.ownBids.last().getByRole('link', { name: 'Proof' }), 0);
    await gavel.closeAuction(id);
    await expectText(dashboard.ownBids.last(), /^Hidden\s+Won/);
    await expectCount(dashboard.ownBids.last().getByRole('link', { name: 'Proof' }), 1);
    await expectCount(dashboard.ownBids.getByRole('button', { name: 'Receipt' }), 2);
  });
