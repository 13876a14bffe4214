// The history: live, filtered, back to the first event, and as a file.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

async function download(dashboard, button) {
  const [file] = await Promise.all([
    dashboard.page.waitForEvent('download'),
    dashboard.page.getByRole('button', { name: button }).click(),
  ]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

scenario('events appear as they happen, newest first', async (dashboard, gavel) => {
  await dashboard.go('#/history');
  const { id } = await gavel.createAuction({ name: 'Chronicle', starting_bid: 5 });
  await gavel.placeBid(id, 'amy bid $9', 7);
  await gavel.closeAuction(id);
  const rows = dashboard.historyRows.filter({ hasText: 'Chronicle' });
  await expectCount(rows, 3);
  await expectText(rows.nth(0), /Chronicle\s+Closed, won by amy bid \$9$/);
  await expectText(rows.nth(1), /Chronicle\s+amy bid \$9 bid \$7\.00$/);
  await expectText(rows.nth(2), /Chronicle\s+Auction created$/);
  // Also beside the list, and once each.
  await dashboard.go('#/auctions');
  await expectCount(dashboard.events.filter({ hasText: 'Chronicle' }), 3);
  await expectText(dashboard.events.first(), /^Closed, won by amy bid \$9\s+Chronicle/);
});

scenario('what happened before the page was opened is there', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Earlier', starting_bid: 5 });
  await gavel.placeBid(id, 'zoe', 6);
  await dashboard.page.reload();
  await expectCount(dashboard.events.filter({ hasText: 'Earlier' }), 2);
  await dashboard.go('#/history');
  await expectCount(dashboard.historyRows.filter({ hasText: 'Earlier' }), 2);
});

scenario('pages lead back through everything, each event once', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Long story', starting_bid: 1 });
  const placed = Array.from({ length: 180 }, (_, i) => ({ bidder: 'b', amount: i + 2 }));
  await gavel.placeBids(id, placed);
  await dashboard.go('#/history');
  const seen = [];
  const older = dashboard.page.getByRole('link', { name: 'Older' });
  for (let pages = 1; ; pages += 1) {
    assert.ok(pages < 20);
    await expectText(dashboard.page.locator('.table-status'), /newest first\.$/);
    const rows = await eventually(async () => {
      const found = await dashboard.historyRows.allInnerTexts();
      assert.ok(found.length > 0 && found[0] !== seen.at(-1));
      return found;
    });
    seen.push(...rows);
    if (await older.count() === 0 || !await older.isVisible()) break;
    await older.click();
    await eventually(async () => assert.notEqual(
      (await dashboard.historyRows.allInnerTexts())[0], rows[0]));
  }
  const expected = (await gavel.history()).reverse();
  assert.equal(seen.length, expected.length);
  const amounts = seen.map((row) => /bid \$(\d+)\.00$/.exec(row)?.[1]).filter(Boolean);
  assert.deepEqual(amounts.slice(0, 180), placed.map(({ amount }) => String(amount)).reverse());
  await dashboard.page.getByRole('link', { name: 'Newest' }).click();
  await expectText(dashboard.page.locator('.table-status'), 'Live, newest first.');
});

scenario('it is filtered by auction and type, and the address keeps that',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Sifted', starting_bid: 5 });
    await gavel.createAuction({ name: 'Other', starting_bid: 5 });
    await gavel.placeBid(id, 'zoe', 6);
    await dashboard.go('#/history');
    await dashboard.page.getByLabel('Auction', { exact: true }).fill('Sifted');
    await dashboard.page.keyboard.press('Enter');
    await expectCount(dashboard.historyRows, 2);
    await dashboard.page.getByLabel('Type').selectOption('Bids');
    await expectCount(dashboard.historyRows, 1);
    await gavel.placeBid(id, 'yan', 7);
    await gavel.closeAuction(id);
    await expectCount(dashboard.historyRows, 2);
    await expectText(dashboard.historyRows.first(), /yan bid \$7\.00$/);
    await dashboard.page.reload();
    await expectCount(dashboard.historyRows, 2);
    assert.equal(await dashboard.page.getByLabel('Type').inputValue(), 'bid');
    await dashboard.page.getByLabel('Type').selectOption('Ended');
    await expectText(dashboard.page.locator('.table-status'), 'Nothing found.');
    await dashboard.page.getByLabel('Auction', { exact: true }).fill('no such name');
    await dashboard.page.keyboard.press('Enter');
    await expectText(dashboard.page.getByText('No auction has that name alone.'),
      'No auction has that name alone.');
  });

scenario('it can be kept as CSV and as JSON', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: '=HYPERLINK("x")', starting_bid: 5 });
  await gavel.placeBid(id, 'a "quoted", bidder', 6.25);
  await dashboard.go(`#/history?auction=${id}`);
  await expectCount(dashboard.historyRows, 2);

  const csv = await download(dashboard, 'Download CSV');
  assert.equal(csv.name, 'gavel-history.csv');
  const lines = csv.text.split('\r\n');
  assert.equal(lines[0], '\ufeffseq,id,time,auction_id,event_type,bidder,amount,payload');
  assert.match(lines[1], new RegExp(`^\\d+,[^,]+,20[^,]+Z,${id},created,,,"'=HYPERLINK`));
  assert.match(lines[2], /,bid,"a ""quoted"", bidder",6\.25,"a ""quoted"", bidder bid \$6\.25"$/);
  assert.equal(lines.length, 4);

  const json = await download(dashboard, 'Download JSON');
  assert.equal(json.name, 'gavel-history.json');
  const { events } = JSON.parse(json.text);
  assert.deepEqual(events.map(({ event_type }) => event_type), ['created', 'bid']);
  assert.equal(events[1].amount, 6.25);
  await expectText(dashboard.page.locator('.export-status'), '2 events.');

  await dashboard.go('#/history');
  await expectCount(dashboard.historyRows.filter({ hasText: 'HYPERLINK' }), 2);
  const whole = JSON.parse((await download(dashboard, 'Download JSON')).text);
  assert.equal(whole.events.length, (await gavel.history()).length);
});

scenario('a history that cannot be read is told in words', async (dashboard) => {
  await dashboard.page.route('**/api/history*', (route) => route.fulfill({
    status: 503, json: { error: 'history is catching up, try again' },
  }));
  await dashboard.go('#/history');
  await expectText(dashboard.page.locator('.table-status'), 'history is catching up, try again');
  await dashboard.page.getByRole('button', { name: 'Download CSV' }).click();
  await expectText(dashboard.page.locator('.export-status'), 'history is catching up, try again');
});
