// Names and texts are hostile input: shown as what they are, or refused with a sentence.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectCount, expectText } from './expect.mjs';
import { leanAuction, replayed, scenarios, streamEvent } from './scenarios.mjs';

const { scenario } = scenarios();

scenario('names, descriptions and bidders with markup are text', async (dashboard) => {
  const name = '<img src=x onerror="alert(1); window.pwned = 1">';
  const description = '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>';
  const bidder = '"><script>alert(2); window.pwned = 1</script>';
  await dashboard.create({ name, description, startingBid: '5' });
  await expectText(dashboard.statusOf(dashboard.createForm), `“${name}” is open for bids.`);
  await dashboard.go('#/auctions');
  const card = dashboard.card(name);
  await expectText(card.locator('.card-description'), description);
  await dashboard.bid(card, bidder, '6');
  await expectText(card.locator('.leader .data'), bidder);
  const quoted = `"${bidder.replaceAll('"', '""')}"`;
  await dashboard.bulkBid(name, `${quoted}, 7\n${quoted}, 1`);
  await expectText(dashboard.statusOf(dashboard.bulkForm), '1 of 2 bids accepted.');
  await expectText(dashboard.bulkLines.first(), /<script>[\s\S]*Accepted/);
  await dashboard.go('#/history');
  await expectText(dashboard.historyRows.first(), /<img src=x[\s\S]*"><script>[\s\S]* bid \$7\.00/);
  // Once more from the snapshot instead of from single events.
  await dashboard.go('#/auctions');
  await dashboard.page.reload();
  await expectText(card.locator('.price'), '$7.00');
  await card.getByRole('link').first().click();
  await expectText(dashboard.bids.first().locator('.data'), bidder);
  await expectText(dashboard.page.locator('.auction-description'), description);
  const intruders = await dashboard.page.evaluate(() => ({
    pwned: window.pwned ?? null,
    // Nothing that people wrote has become an element, an attribute or a style.
    elements: document.querySelectorAll(
      'main img, main iframe, body script, [onerror], .data *, .data[style]').length,
  }));
  assert.deepEqual(intruders, { pwned: null, elements: 0 });
});

scenario('the browser itself forbids markup from text, and scripts but ours', async (dashboard) => {
  const policy = dashboard.response.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  const tried = await dashboard.page.evaluate(() => {
    const attempt = (act) => { try { act(); return 'done'; } catch (error) { return error.name; } };
    return {
      markup: attempt(() => { document.body.innerHTML = '<b>x</b>'; }),
      code: attempt(() => { document.createElement('script').text = 'x'; }),
    };
  });
  assert.deepEqual(tried, { markup: 'TypeError', code: 'TypeError' });
  dashboard.problems.length = 0; // Chromium logs what it forbade
});

const odd = [
  ['quotes', '"It\'s" `5´ «o’clock» &amp; &lt;b&gt;'],
  ['right-to-left marks', '\u202eevil\u202c \u200fשלום\u200f مرحبا\u2066x'],
  ['emoji', '👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 '.repeat(12).trim()],
  ['a line without a break', 'W'.repeat(1_000)],
  ['line ends and tabs', 'a\n\n\tb\r\nc'],
  ['no visible sign', '\u200b'],
];
for (const [what, name] of odd) {
  scenario(`a name of ${what} keeps the page whole`, async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name, description: name, starting_bid: 5 });
    await gavel.placeBid(id, name.slice(0, 60), 6);
    await gavel.createAuction({ name: `After ${what}`, starting_bid: 5 });
    const card = dashboard.page.locator(`[data-auction-id="${id}"]`);
    await expectText(card.locator('.price'), '$6.00');
    await dashboard.go(`#/auctions/${id}`);
    await expectText(dashboard.sale.locator('.price'), '$6.00');
    await dashboard.go('#/auctions');
    // Neither wider than the screen, nor does it turn what stands around it.
    const { content, screen, after } = await dashboard.page.evaluate((words) => ({
      content: document.documentElement.scrollWidth,
      screen: document.documentElement.clientWidth,
      after: [...document.querySelectorAll('.card')].filter(
        (found) => found.textContent.includes(words)).length,
    }), `After ${what}`);
    assert.ok(content <= screen, `${content} px on a screen of ${screen} px`);
    assert.equal(after, 1);
    const height = await card.evaluate((found) => found.getBoundingClientRect().height);
    const usual = await dashboard.card(`After ${what}`).evaluate(
      (found) => found.getBoundingClientRect().height);
    assert.equal(height, usual);
  }, { contextOptions: { viewport: { width: 390, height: 800 } } });
}

{
  const long = `Long ${'<b>x</b>😀'.repeat(1_000)}`.slice(0, 10_000);
  const told = replayed((answer) => (answer > 1 ? '' : streamEvent('a-log-9.1', 'snapshot', {
    auctions: [leanAuction({
      name: long, description: long, highest_bidder: long, current_bid: 2, bid_count: 1,
      status_reason: long,
    }), leanAuction({
      id: '8', name: 'Unheard of', status: long, status_reason: long, current_bid: 1e300,
      closing_time: 1e300, duration_seconds: -5, bid_count: -1,
    })],
    events: [{ auction_id: '9', event_type: long, payload: long, timestamp: 1e300 },
      { auction_id: '9', event_type: 'bid', payload: `${long} bid $2.0`, timestamp: -1 }],
  })));
  scenario('10,000 characters and impossible figures from a server are shown safely',
    async (dashboard) => {
      await expectCount(dashboard.cards, 2);
      await expectText(dashboard.cards.last().locator('.price'), '$1e+300');
      await expectText(dashboard.cards.first().locator('.leader'), /^by Long <b>x/);
      assert.ok((await dashboard.cards.first().innerText()).length < 2_000);
      await expectCount(dashboard.page.locator('#activity-list li'), 2);
      const [content, screen] = await dashboard.page.evaluate(() => [
        document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(content <= screen, `${content} px on a screen of ${screen} px`);
    }, { live: false, ...told, contextOptions: { viewport: { width: 390, height: 800 } } });
}

test('what people type as an amount is read, or refused with a sentence', async () => {
  const { readAmount } = await import('../../frontend/static/format/amounts.js');
  for (const [typed, amount] of [
    ['5', 5], ['0.5', 0.5], ['.5', 0.5], ['5.', 5], ['1,250', 1250], ['1,250.5', 1250.5],
    ['$ 1,250.50', 1250.5], [' 12 ', 12], ['1’250', 1250], ['100000000000', 1e11],
    ['12.3400', 12.34], ['12.340000000', 12.34], ['\u200e7\u200f', 7],
  ]) {
    assert.deepEqual(readAmount(typed), { amount }, typed);
  }
  for (const typed of [
    '', ' ', '$', '.', ',', '-5', '−5', '0', '0.0000', '1e5', '0x10', 'NaN', 'Infinity', '5 000 x',
    '1,25', '1,2345', '12,34,567x', '1.2.3', '0.00001', '100000000000.0001', '9'.repeat(400), '½',
  ]) {
    const { amount, problem } = readAmount(typed);
    assert.equal(amount, undefined, typed);
    assert.match(problem, /^[A-Z].*\.$/, typed);
  }
});
