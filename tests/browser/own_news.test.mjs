// What is told to whom it concerns: outbid, extended, won, lost, not sold. Where the page cannot
// tell by itself, by the server's notices.

import assert from 'node:assert/strict';

import { expectCount, expectText } from './expect.mjs';
import { happened, leanAuction, replayed, scenarios, streamEvent } from './scenarios.mjs';

const { scenario } = scenarios();

scenario('won, lost and not sold are told to who bid, once, politely', async (dashboard, gavel) => {
  const make = async (name, fields, bids) => {
    const { id } = await gavel.createAuction({ name, starting_bid: 5, ...fields });
    for (const [bidder, amount] of bids) await gavel.placeBid(id, bidder, amount);
    return id;
  };
  await dashboard.bidAs('mira');
  const won = await make('To be won', {}, [['mira', 10]]);
  const lost = await make('To be lost', {}, [['mira', 10], ['rob', 12]]);
  const kept = await make('To be kept', { reserve: 90 }, [['mira', 10]]);
  const others = await make('Of others', {}, [['rob', 10]]);
  await expectText(dashboard.card('To be kept').locator('.badge-standing'), 'Leading');
  await gavel.closeAuction(others);
  await gavel.closeAuction(won);
  await expectText(dashboard.notices, /You won: To be won\s+It is yours for \$10\.00\./);
  await gavel.closeAuction(lost);
  await expectText(dashboard.notices, /Lost: To be lost\s+rob has it for \$12\.00\./);
  await gavel.closeAuction(kept);
  await expectText(dashboard.notices,
    /Not sold: To be kept\s+Nobody has it: The reserve was not met\./);
  const notices = dashboard.page.locator('.notice');
  await expectCount(notices, 3);
  for (const notice of await notices.all()) {
    assert.equal(await notice.getAttribute('aria-live'), 'polite');
  }
  assert.doesNotMatch(await dashboard.notices.innerText(), /Of others/);
  // Told once: not again with the next snapshot.
  for (let i = 3; i > 0; i -= 1) {
    await notices.first().getByRole('button', { name: 'Dismiss' }).click();
    await expectCount(notices, i - 1);
  }
  await dashboard.page.reload();
  await expectText(dashboard.card('To be won').locator('.badge-standing'), 'Won');
  await expectCount(notices, 0);
});

scenario('who reloads at once is not told again', async (dashboard, gavel) => {
  const lead = async (name) => {
    const { id } = await gavel.createAuction({ name, starting_bid: 5 });
    await gavel.placeBid(id, 'mira', 10);
    await expectText(dashboard.card(name).locator('.badge-standing'), 'Leading');
    return id;
  };
  await dashboard.bidAs('mira');
  const first = await lead('First');
  const second = await lead('Second');
  await dashboard.page.waitForFunction(
    () => localStorage.getItem('gavel.standings')?.split('leading').length === 3);
  const reloaded = dashboard.page.waitForEvent('load');
  await dashboard.page.evaluate(() => {
    const watch = new MutationObserver(() => {
      if (document.querySelector('.notice') === null) return;
      watch.disconnect();
      location.reload();
    });
    watch.observe(document.body, { childList: true, subtree: true });
  });
  await gavel.placeBid(first, 'rob', 12);
  await reloaded;
  await expectText(dashboard.card('First').locator('.badge-standing'), 'Outbid');
  await gavel.placeBid(second, 'rob', 12);
  await expectText(dashboard.notices, /Outbid: Second/);
  await expectCount(dashboard.page.locator('.notice'), 1);
});

scenario('who looks at the auction’s page is not told what it says', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Looked at', starting_bid: 5 });
  await dashboard.go(`#/auctions/${id}`);
  await dashboard.bid(dashboard.sale, 'mira', '9');
  await expectText(dashboard.page.locator('.page-head .badge-standing'), 'Leading');
  await gavel.closeAuction(id);
  await expectText(dashboard.page.locator('.page-head .badge-standing'), 'Won');
  await expectCount(dashboard.page.locator('.notice'), 0);
});

scenario('a new end is told to who bids there and looks elsewhere', async (dashboard, gavel) => {
  const make = (name) => gavel.createAuction({
    name, starting_bid: 5, duration_seconds: 60,
    soft_close: { window_seconds: 3_600, extension_seconds: 120 }, // each bid is a late one
  });
  const { id } = await make('Prolonged');
  const other = await make('Of no concern');
  await dashboard.bidAs('nora');
  await gavel.placeBid(id, 'nora', 6);
  await expectText(dashboard.card('Prolonged').locator('.badge-standing'), 'Leading');
  await gavel.placeBid(id, 'rob', 7);
  await expectText(dashboard.notices, /^Outbid: Prolonged\s+Now \$7\.00 by rob\./);
  await dashboard.go('#/sell');
  await expectCount(dashboard.createForm, 1);
  await gavel.placeBid(other.id, 'rob', 7);
  await gavel.placeBid(id, 'tim', 8);
  await expectText(dashboard.page.locator('#announcer'), /^Prolonged: \$8\.00 by tim/);
  // What is more is not taken away by it.
  await expectText(dashboard.notices, /^Outbid: Prolonged/);
  await dashboard.notices.getByRole('button', { name: 'Dismiss' }).click();
  await gavel.placeBid(id, 'rob', 9);
  await expectText(dashboard.notices, /^Extended: Prolonged\s+Bids are taken until .*\.\s+×$/);
});

// ---- The server's notices, in the form that the stream has ---------------------------

function notice(kind, fields = {}) {
  const data = JSON.stringify({
    event_id: 'log-7.1', kind, auction_id: '9', recipient: 'mira', amount: 12.5, time: 1,
    ...fields,
  });
  return `event: notice\ndata: ${data}\n\n`;
}

const SOON = { state: 'OPEN', format: 'english', min_next_bid: 5,
  soft_close: { window_seconds: 60, extension_seconds: 60 } };

function named(page, name = 'mira') {
  return page.addInitScript((kept) => { localStorage.setItem('gavel.name', kept); }, name);
}

// The stream goes on with told.later once the page listens to notices.
function toldLater(auctions, ...later) {
  const told = replayed((n) => {
    if (n === 1) return streamEvent('log-5.1', 'snapshot', { auctions, events: [] });
    return told.ready ? told.later.join('') : '';
  });
  told.later = later;
  const { beforeLoad } = told;
  told.beforeLoad = async (page) => {
    await named(page);
    await beforeLoad(page);
  };
  return told;
}

async function listening(dashboard, told) {
  await dashboard.page.waitForFunction(() => performance.getEntriesByType('resource')
    .some(({ name }) => name.endsWith('/own_news.js')));
  told.ready = true;
}

const extended = toldLater(
  [leanAuction({ ...SOON, highest_bidder: 'mira', current_bid: 5, bid_count: 1 }),
    leanAuction({ ...SOON, id: '10', name: 'Of others' })],
  notice('extended', { recipient: '', closing_time: 1_700_000_000 }),
  notice('extended', { recipient: '', closing_time: 1_700_000_000 }),
  notice('extended', { recipient: '', auction_id: '10', closing_time: 1_700_000_000 }),
  notice('outbid', { recipient: 'miranda', auction_id: '10' }),
  'event: notice\ndata: {"recipient":"mira"\n\n', notice('praised'),
  streamEvent('log-8.1', 'history', happened('bid', 'rob bid $6.0', '10')));

scenario('an extension is told once to who bids there and does not see it', async (dashboard) => {
  // The last event of all is there.
  await listening(dashboard, extended);
  await expectText(dashboard.notices, /^Extended: Replayed\s+Bids are taken until /);
  await dashboard.go('#/auctions');
  await expectText(dashboard.events.first(), /rob bid \$6\.00/);
  await expectCount(dashboard.page.locator('.notice'), 1);
}, { ...extended, live: false, url: ({ dashboardUrl }) => `${dashboardUrl}#/sell` });

const elsewhere = toldLater([]);

scenario('a notice tells of an auction that this browser did not know to be its reader’s',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'From elsewhere', starting_bid: 5 });
    await gavel.placeBid(id, 'mira', 10);
    await gavel.placeBid(id, 'rob', 12);
    elsewhere.later = [notice('outbid', { auction_id: id, amount: 12 })];
    await listening(dashboard, elsewhere);
    await expectText(dashboard.notices, /^Outbid: From elsewhere\s+Now \$12\.00 by rob\./);
    await dashboard.go('#/mine');
    await expectText(dashboard.card('From elsewhere').locator('.badge-standing'), 'Outbid');
  }, { ...elsewhere, live: false });
