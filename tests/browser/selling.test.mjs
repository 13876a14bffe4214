// Selling: a new auction, and many bids for one at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

scenario('create: a new auction is open for bids, and a card', async (dashboard) => {
  await dashboard.create({
    name: 'Walnut desk', description: 'Some scratches', startingBid: '50.5', duration: '10',
    unit: 'minutes',
  });
  await expectText(dashboard.statusOf(dashboard.createForm), '“Walnut desk” is open for bids.');
  assert.equal(await dashboard.createForm.getByLabel('Name').inputValue(), '');
  await dashboard.page.getByRole('link', { name: 'Open its page' }).click();
  await expectText(dashboard.page.locator('.sale .price'), '$50.50');
  await dashboard.go('#/auctions');
  const card = dashboard.card('Walnut desk');
  await expectCount(card, 1);
  await expectText(card, /Open[\s\S]*Some scratches[\s\S]*Starting bid\s+\$50\.50/);
  await expectText(card.locator('.time-left'), /^9m \d\ds$|^10m 00s$/);
});

scenario('create: durations are said as people say them', async (dashboard, gavel) => {
  for (const [duration, unit, seconds, words] of [
    ['90', 'seconds', 90, /^1m 30s, until /],
    ['1.5', 'minutes', 90, /^1m 30s, until /],
    ['36', 'hours', 129_600, /^1d 12h, until /],
    ['2', 'days', 172_800, /^2d 00h, until /],
    ['none', 'no end', 0, /^Until you close it\.$/],
  ]) {
    const name = `Takes ${duration} ${unit}`;
    await dashboard.create({ name, startingBid: '5', duration, unit });
    await expectText(dashboard.statusOf(dashboard.createForm), `“${name}” is open for bids.`);
    await expectText(dashboard.createForm.locator('.field-row .field-hint').first(), words);
    const made = (await gavel.auctions()).find((auction) => auction.name === name);
    assert.equal(made.duration_seconds, seconds);
  }
});

scenario('create: what is wrong is said next to the field before anything is sent',
  async (dashboard, gavel) => {
    const sent = [];
    dashboard.page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    const before = (await gavel.auctions()).length;
    const right = { name: 'Refused', startingBid: '5', duration: '10', unit: 'minutes' };
    for (const [wrong, label, sentence] of [
      [{ name: ' ' }, 'Name', 'Give it a name.'],
      [{ name: 'ä'.repeat(600) }, 'Name', 'Too long: 1200 bytes, at most 1000.'],
      [{ description: 'x'.repeat(10_001) }, 'Description (optional)',
        'Too long: 10001 bytes, at most 10000.'],
      [{ startingBid: '0' }, 'Starting bid', 'The amount must be above zero.'],
      [{ startingBid: '' }, 'Starting bid', 'Write an amount.'],
      [{ startingBid: '1.23456' }, 'Starting bid', 'An amount has four decimals at most.'],
      [{ startingBid: '1e12' }, 'Starting bid',
        'Write the amount in digits, like 1250.50.'],
      [{ duration: 'soon' }, 'Duration',
        'Write how long it takes as a number, or choose “no end”.'],
      [{ duration: '-1' }, 'Duration',
        'Write how long it takes as a number, or choose “no end”.'],
      [{ duration: '0.2', unit: 'seconds' }, 'Duration', 'That is less than a second.'],
      [{ duration: '40000', unit: 'days' }, 'Duration', 'That is more than a century.'],
    ]) {
      await dashboard.create({ ...right, ...wrong });
      const field = dashboard.createForm.getByLabel(label, { exact: true });
      await eventually(async () => assert.equal(
        await field.getAttribute('aria-invalid'), 'true', sentence));
      const problem = (await field.getAttribute('aria-describedby')).split(' ')[1];
      await expectText(dashboard.page.locator(`#${problem}`), sentence);
      assert.ok(await field.evaluate((node) => node === document.activeElement), sentence);
    }
    assert.deepEqual(sent, []);
    assert.equal((await gavel.auctions()).length, before);
  });

scenario('create: what the server refuses is shown in its words and keeps what was typed',
  async (dashboard) => {
    await dashboard.page.route('**/api/auctions', (route) => route.fulfill({
      status: 400, json: { error: 'name is required' },
    }));
    await dashboard.create({ name: 'Odd', startingBid: '5' });
    await expectText(dashboard.statusOf(dashboard.createForm), 'name is required');
    assert.equal(await dashboard.createForm.getByLabel('Name').inputValue(), 'Odd');
  });

scenario('create: an answer that got lost does not create twice', async (dashboard, gavel) => {
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
});

scenario('bulk bids: a preview first, then a result for each line', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Stamp album', starting_bid: 50 });
  await dashboard.go('#/sell');
  await dashboard.bulkForm.getByLabel('Bids', { exact: true })
    .fill('alice, 60\nbob, 55\n\n carol ,72.5\ndave, lots\nerin\nfay, 1,250');
  await expectCount(dashboard.bulkLines, 6);
  await expectText(dashboard.bulkLines.nth(0), /^1\s+alice\s+\$60\.00\s+Ready$/);
  await expectText(dashboard.bulkLines.nth(2), /^4\s+carol\s+\$72\.50\s+Ready$/);
  await expectText(dashboard.bulkLines.nth(3), /^5\s+dave\s+lots\s+Write the amount in digits/);
  await expectText(dashboard.bulkLines.nth(4), /^6\s+erin\s+No amount\.$/);
  await expectText(dashboard.bulkLines.nth(5), /^7\s+fay\s+\$1\.00\s+More than two values/);
  await expectText(dashboard.bulkForm.getByText('cannot be a bid'),
    '3 lines cannot be a bid and will not be sent.');
  assert.equal((await gavel.auction(id)).bids.length, 0);
  await dashboard.bulkForm.getByLabel('Auction').fill('Stamp album');
  await dashboard.bulkForm.getByRole('button', { name: 'Place 3 bids' }).click();
  await expectText(dashboard.statusOf(dashboard.bulkForm), '2 of 3 bids accepted.');
  await expectText(dashboard.bulkLines.nth(0), /alice\s+\$60\.00\s+Accepted$/);
  await expectText(dashboard.bulkLines.nth(1), /bob\s+\$55\.00\s+Bid must exceed current value$/);
  await expectText(dashboard.bulkLines.nth(2), /carol\s+\$72\.50\s+Accepted$/);
  await expectText(dashboard.bulkLines.nth(4), /erin\s+No amount\.$/);
  assert.equal((await gavel.auction(id)).highest_bidder, 'carol');
});

scenario('bulk bids: the reasons are shown also when none is accepted',
  async (dashboard, gavel) => {
    await gavel.createAuction({ name: 'Coin', starting_bid: 50 });
    await dashboard.bulkBid('Coin', 'alice, 1\nbob, 2');
    await expectText(dashboard.statusOf(dashboard.bulkForm), '0 of 2 bids accepted.');
    await expectText(dashboard.bulkLines.nth(0), /Bid must exceed current value$/);
  });

scenario('bulk bids: a CSV file, larger than one request', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Filed', starting_bid: 1 });
  const lines = Array.from({ length: 1_500 }, (_, i) => `"Smith, ${i}",${i + 2}`);
  await dashboard.go(`#/sell?auction=${id}`);
  await dashboard.bulkForm.getByLabel('CSV file').setInputFiles({
    name: 'bids.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`),
  });
  await dashboard.bulkForm.getByRole('button', { name: 'Place 1,500 bids' }).click();
  await expectText(dashboard.statusOf(dashboard.bulkForm), '1,500 of 1,500 bids accepted.');
  const auction = await gavel.auction(id);
  assert.equal(auction.bids.length, 1_500);
  assert.equal(auction.highest_bidder, 'Smith, 1499');
});

scenario('bulk bids: what cannot be sent is refused with a sentence', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Twin', starting_bid: 1 });
  await gavel.createAuction({ name: 'Twin', starting_bid: 1 });
  await dashboard.go('#/sell');
  const place = dashboard.bulkForm.getByRole('button', { name: /^Place/ });
  await place.click();
  await expectText(dashboard.bulkForm.locator('.field-problem').first(),
    'Choose the auction that the bids are for.');
  await expectText(dashboard.bulkForm.locator('.field-problem').nth(1),
    'Write at least one line: bidder, amount.');
  await dashboard.bulkBid('Twin', 'a, 2'); // two have that name
  await expectText(dashboard.bulkForm.locator('.field-problem').first(),
    'Choose the auction that the bids are for.');
  await dashboard.bulkBid(`#${id}`, 'a, 2');
  await expectText(dashboard.statusOf(dashboard.bulkForm), '1 of 1 bid accepted.');
  await dashboard.bulkForm.getByLabel('CSV file').setInputFiles({
    name: 'big.csv', mimeType: 'text/csv', buffer: Buffer.alloc(2 * 1024 * 1024 + 1, 'x'),
  });
  await expectText(dashboard.bulkForm.locator('.field-problem').last(),
    'That file is larger than 2,097,152 bytes.');
});

test('CSV: quotes, separators and line ends, as spreadsheets write them', async () => {
  const { csvLine, readCsv } = await import('../../frontend/static/format/csv.js');
  const cells = (text) => readCsv(text).map((line) => line.cells);
  assert.deepEqual(cells('a,1\nb,2'), [['a', '1'], ['b', '2']]);
  assert.deepEqual(cells('a;1,5\r\nb;2,5\r\n'), [['a', '1,5'], ['b', '2,5']]);
  assert.deepEqual(cells('a\t1,5'), [['a', '1,5']]);
  assert.deepEqual(cells('"a, ""b""\nc", 1'), [['a, "b"\nc', '1']]);
  assert.deepEqual(cells('\n \n'), []);
  assert.deepEqual(cells('"open, 1'), [['open, 1']]);
  assert.deepEqual(readCsv('a\n\n"b\nc"\nd').map(({ number }) => number), [1, 3, 5]);
  assert.equal(csvLine(['=1+1', 'a"b', null, 2.5, '-x', 'é, ü']),
    '\'=1+1,"a""b",,2.5,\'-x,"é, ü"\r\n');
});
