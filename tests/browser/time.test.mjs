// Time left by the server's clock, how it looks near the end, and how it ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, expectCount, expectText } from './expect.mjs';
import { leanAuction, replayed, scenarios, streamEvent } from './scenarios.mjs';

const { scenario } = scenarios();

// This computer's clock is off by so much, and goes on.
function clockOff(milliseconds) {
  return (page) => page.addInitScript((off) => {
    const RealDate = Date;
    const now = RealDate.now.bind(RealDate);
    window.Date = class extends RealDate {
      constructor(...given) {
        if (given.length === 0) super(now() + off);
        else super(...given);
      }

      static now() { return now() + off; }
    };
  }, milliseconds);
}

for (const [words, minutes] of [['ahead', 10], ['behind', -10]]) {
  scenario(`a computer whose clock is ten minutes ${words} shows the right time left`,
    async (dashboard, gavel) => {
      const { id } = await gavel.createAuction({
        name: `Seen ${words}`, starting_bid: 5, duration_seconds: 300,
      });
      const end = (await gavel.auction(id)).closing_time;
      const shown = dashboard.card(`Seen ${words}`).locator('.time-left');
      await eventually(async () => {
        const before = Date.now() / 1000;
        const [, m, s] = /^(\d+)m (\d+)s$/.exec(await shown.innerText());
        const after = Date.now() / 1000;
        const left = Number(m) * 60 + Number(s);
        // Rounded up to a second, drawn within a tenth of one.
        assert.ok(left <= Math.ceil(end - before) + 0.2, `${left} of ${end - before}`);
        assert.ok(left >= end - after - 0.2, `${left} of ${end - after}`);
      });
      await dashboard.go('#/operators');
      await expectText(dashboard.figure('This computer’s clock'),
        minutes > 0 ? /^(600|599)\.\d s ahead$/ : /^(600|599)\.\d s behind$/);
    }, { beforeLoad: clockOff(minutes * 60_000) });
}

scenario('a clock that is set while the page is open is noticed', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Set', starting_bid: 5, duration_seconds: 300 });
  const shown = dashboard.card('Set').locator('.time-left');
  await expectText(shown, /^(4m 5\ds|5m 00s)$/);
  await dashboard.page.evaluate(() => { window.setTo(600_000); });
  await expectText(shown, /^4m [45]\ds$/);
}, {
  beforeLoad: (page) => page.addInitScript(() => {
    const now = Date.now.bind(Date);
    let off = 0;
    window.setTo = (milliseconds) => { off = milliseconds; };
    Date.now = () => now() + off;
  }),
});

scenario('an auction without a duration has no limit', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Endless vase', starting_bid: 5 });
  await expectText(dashboard.card('Endless vase').locator('.time-left'), 'No limit');
  await expectText(dashboard.card('Endless vase').locator('.time .label'), 'Time left');
});

scenario('near the end the time changes colour, words and pace, then says how it ended',
  async (dashboard, gavel) => {
    await gavel.createAuction({ name: 'Short sale', starting_bid: 5, duration_seconds: 12 });
    const card = dashboard.card('Short sale');
    const time = card.locator('.time');
    await expectText(time, /^Ending soon\s+1\ds$/);
    assert.equal(await time.getAttribute('data-phase'), 'soon');
    const colour = (node) => node.evaluate((found) => getComputedStyle(found).color);
    const soon = await colour(time.locator('.time-left'));
    await expectText(time, /^Ending soon\s+\d\.\ds$/);
    assert.equal(await time.getAttribute('data-phase'), 'now');
    assert.notEqual(await colour(time.locator('.time-left')), soon);
    await expectText(card.locator('.badge').last(), 'Ended', 20_000);
    await expectText(time, /^Ended \d+:\d\d:\d\d [AP]M\s+Bid time ended$/);
    await expectText(dashboard.events.first(), /Time ended without a bid\s+Short sale/);
    await expectCount(card.getByRole('button'), 0);
  });

{
  // The server says nothing of the end: the page must not claim it.
  const passed = replayed(() => streamEvent('a-log-9.1', 'snapshot', {
    auctions: [leanAuction({ name: 'Overdue', closing_time: 1_700_000_000, duration_seconds: 60 })],
    events: [],
  }));
  scenario('the page does not end an auction by itself', async (dashboard) => {
    await expectText(dashboard.card('Overdue').locator('.time-left'), 'Ending…');
    await expectText(dashboard.card('Overdue').locator('.badge').last(), 'Open');
  }, { live: false, ...passed });
}

scenario('an auction that was closed says so and when', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Cello', starting_bid: 500 });
  await gavel.placeBid(id, 'yo', 900);
  await gavel.closeAuction(id);
  const card = dashboard.card('Cello');
  await expectText(card.locator('.badge').last(), 'Closed');
  await expectText(card, /Sold for\s+\$900\.00\s+to yo · 1 bid[\s\S]*Closed \d+:\d\d:\d\d [AP]M/);
  await expectText(card, /Closed manually/);
});

test('the clock holds what all answers say, and forgets what a set clock made false', async () => {
  const { ServerClock } = await import('../../frontend/static/connection/server_clock.js');
  const clock = new ServerClock();
  assert.equal(clock.measured, false);
  assert.equal(clock.offset, 0);
  const at = Date.now() / 1000;
  // To the second: the server is 100 to 101 s ahead.
  clock.observe(Math.floor(at) + 100, 1, at, at);
  assert.ok(clock.measured);
  // To the millisecond, but half a second under way.
  clock.observe(at + 100.2, 0.001, at - 0.25, at + 0.25);
  assert.ok(Math.abs(clock.offset - 100.2) <= clock.uncertainty + 0.001);
  assert.ok(clock.uncertainty <= 0.26);
  clock.observe(at + 100.3, 0.001, at + 0.1, at + 0.1);
  assert.ok(Math.abs(clock.offset - 100.2) < 0.01);
  clock.observe(at - 7, 0.001, at, at); // it was set
  assert.ok(Math.abs(clock.offset + 7) < 0.01);
  clock.observe(NaN, 1, at, at);
  assert.ok(Math.abs(clock.offset + 7) < 0.01);
});
