// Everyone: what axe finds, the keyboard from end to end, labels, announcements, zoom, phones,
// reduced motion, and nothing that jumps.

import assert from 'node:assert/strict';

import { faultsOn } from './axe.mjs';
import { eventually, expectCount, expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

// Colours follow the scheme and the layout follows the screen: two passes see all of both.
for (const [device, viewport, colorScheme] of [
  ['desktop', { width: 1440, height: 900 }, 'light'],
  ['phone', { width: 390, height: 844 }, 'dark'],
]) {
  scenario(`axe finds nothing serious on any view: ${device}, ${colorScheme}`,
    async (dashboard, gavel) => {
      const { page } = dashboard;
      const names = [`Open, ${device}, ${colorScheme}`, `Over, ${device}, ${colorScheme}`];
      const open = await gavel.createAuction({
        name: names[0], starting_bid: 5, duration_seconds: 50, description: 'Short',
      });
      const over = await gavel.createAuction({ name: names[1], starting_bid: 5 });
      await gavel.placeBid(open.id, 'amy', 6);
      await gavel.placeBid(over.id, 'amy', 6);
      await gavel.closeAuction(over.id);
      await dashboard.bidAs('amy');
      const check = async (view, ready) => {
        await ready;
        assert.deepEqual(await faultsOn(page), [], view);
      };
      await check('list', expectText(dashboard.card(names[1]).locator('.badge-standing'), 'Won'));
      await gavel.placeBid(open.id, 'bob', 7);
      await check('outbid, with a notice', expectText(dashboard.notices, /Outbid/));
      await dashboard.bid(dashboard.card(names[0]), 'amy', '1');
      await check('a refused bid', expectText(
        dashboard.statusOf(dashboard.card(names[0]).locator('form')), /^Too low/));
      await page.locator('#name').click();
      await check('the question for a name', expectCount(dashboard.dialog, 1));
      await page.keyboard.press('Escape');
      await dashboard.go('#/mine');
      await check('mine', expectText(page.locator('#auctions-title'), 'My auctions'));
      await dashboard.go(`#/auctions/${open.id}`);
      await check('an auction', expectCount(dashboard.bids, 2));
      await dashboard.sale.getByRole('button', { name: 'Close auction' }).click();
      await check('the question before closing', expectCount(dashboard.dialog, 1));
      await page.keyboard.press('Escape');
      await dashboard.go('#/sell');
      await dashboard.createForm.getByRole('button', { name: 'Create auction' }).click();
      await dashboard.bulkForm.getByLabel('Bids', { exact: true }).fill('a, 9\nb');
      await check('selling, refused', expectCount(dashboard.bulkLines, 2));
      await dashboard.go('#/history');
      await check('history', eventually(async () => {
        assert.ok(await dashboard.historyRows.count() > 4);
      }));
      await dashboard.go('#/operators');
      await check('operators', expectText(dashboard.figure('Connection'), 'Live'));
      await page.evaluate(() => { document.getElementById('stale').hidden = false; });
      await check('stale', Promise.resolve());
    }, { contextOptions: { colorScheme, viewport, reducedMotion: 'reduce' }, timeout: 120_000 });
}

scenario('a bid needs no mouse, from the top of the page to the answer',
  async (dashboard, gavel) => {
    await gavel.createAuction({ name: 'By keyboard', starting_bid: 5 });
    await expectCount(dashboard.card('By keyboard'), 1);
    const { keyboard } = dashboard.page;
    const focused = () => dashboard.page.evaluate(() => {
      const node = document.activeElement;
      return node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent.trim()
        ?? node.textContent.trim();
    });
    const tabTo = async (words) => {
      for (let i = 0; i < 40; i += 1) {
        await keyboard.press('Tab');
        if ((await focused()) === words) return;
      }
      assert.fail(`no way to “${words}” by Tab`);
    };
    await keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to content');
    await tabTo('Your name: not said yet');
    await keyboard.press('Enter');
    await expectCount(dashboard.dialog, 1); // its module is fetched when it is first asked for
    await keyboard.type('keys');
    await keyboard.press('Enter');
    await expectCount(dashboard.dialog, 0);
    // The focus is back where it was.
    assert.equal(await focused(), 'Your name: keys');
    await tabTo('By keyboard');
    await tabTo('Amount');
    await keyboard.press('Control+A');
    await keyboard.type('7.5');
    await keyboard.press('Enter');
    await expectText(dashboard.card('By keyboard').locator('.leader'), 'by keys · 1 bid');
    // On to its page and to the other views.
    await keyboard.press('Shift+Tab');
    await keyboard.press('Enter');
    await expectCount(dashboard.sale, 1);
    assert.equal(await focused(), 'By keyboard');
  });

scenario('the skip link leads into the view that is open', async (dashboard) => {
  await dashboard.go('#/sell');
  await expectCount(dashboard.createForm, 1);
  await dashboard.page.locator('#skip').focus();
  await dashboard.page.keyboard.press('Enter');
  await dashboard.page.keyboard.press('Tab');
  assert.equal(await dashboard.page.evaluate(() => document.activeElement.name), 'name');
  assert.match(dashboard.page.url(), /#\/sell$/);
});

scenario('the choice of what is shown is one stop, with arrows inside', async (dashboard) => {
  await dashboard.page.getByRole('radio', { name: 'All' }).focus();
  await dashboard.page.keyboard.press('ArrowRight');
  assert.match(dashboard.page.url(), /show=open/);
});

scenario('every field has a label', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Labelled', starting_bid: 1 });
  for (const hash of ['#/auctions', `#/auctions/${id}`, '#/sell', '#/history']) {
    await dashboard.go(hash);
    await eventually(async () => assert.ok(
      await dashboard.page.locator('main :is(input, select, textarea):visible').count() > 0));
    const unlabelled = await dashboard.page.evaluate(() => (
      [...document.querySelectorAll('input, select, textarea')]
        .filter((field) => field.labels.length === 0).map((field) => field.outerHTML)));
    assert.deepEqual(unlabelled, []);
  }
});

scenario('prices are announced politely: mine alone, and one sentence for a flood',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Spoken', starting_bid: 1 });
    const other = await gavel.createAuction({ name: 'Unspoken', starting_bid: 1 });
    await dashboard.bid(dashboard.card('Spoken'), 'amy', '2');
    await expectText(dashboard.page.locator('#announcer'), 'Spoken: $2.00 by amy.');
    await dashboard.page.evaluate(() => {
      window.said = [];
      const region = document.getElementById('announcer');
      new MutationObserver(() => window.said.push(region.textContent))
        .observe(region, { childList: true, characterData: true, subtree: true });
    });
    for (let amount = 3; amount < 60; amount += 1) {
      await gavel.placeBid(id, 'flood', amount);
      await gavel.placeBid(other.id, 'flood', amount);
    }
    await expectText(dashboard.page.locator('#announcer'), 'Spoken: $59.00 by flood.');
    const said = await dashboard.page.evaluate(() => window.said);
    assert.ok(said.length <= 4, said.join(' | '));
    assert.ok(said.every((words) => words.startsWith('Spoken: ')), said.join(' | '));
    assert.equal(await dashboard.page.locator('#announcer').getAttribute('role'), 'status');
  });

scenario('nothing jumps while prices change', async (dashboard, gavel) => {
  const ids = [];
  for (let i = 0; i < 6; i += 1) {
    ids.push((await gavel.createAuction({ name: `Still ${i}`, starting_bid: 1 })).id);
  }
  await dashboard.bidAs('amy');
  await gavel.placeBid(ids[0], 'amy', 2);
  await expectText(dashboard.card('Still 0').locator('.badge-standing'), 'Leading');
  await dashboard.page.evaluate(() => {
    window.shifted = new Set();
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries()) {
        for (const { node } of sources) {
          const found = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
          // The list of what just happened moves on by a row: that is its news.
          if (found && !found.closest('#activity-list')) window.shifted.add(found.outerHTML);
        }
      }
    }).observe({ type: 'layout-shift' });
  });
  const places = () => dashboard.cards.evaluateAll((cards) => cards.map((card) => {
    const { x, y, width, height } = card.getBoundingClientRect();
    return [x, y, width, height];
  }));
  const before = await places();
  for (const amount of [9.99, 1_000, 123_456.7891, 99_999_999_999]) {
    for (const id of ids) await gavel.placeBid(id, `bidder of ${amount}`, amount);
  }
  await expectText(dashboard.card('Still 5').locator('.price'), '$99,999,999,999.00');
  assert.deepEqual(await places(), before);
  assert.deepEqual(await dashboard.page.evaluate(() => [...window.shifted]), []);
});

for (const [words, contextOptions] of [
  ['a phone', { viewport: { width: 360, height: 740 } }],
  // 200 % on a common screen has the room of half of it.
  ['a zoom of 200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ['a wide screen', { viewport: { width: 2560, height: 1300 } }],
]) {
  scenario(`${words} shows all of it without scrolling sideways`, async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: `Unbroken${'x'.repeat(400)}`, description: 'y'.repeat(900), starting_bid: 1e11,
    });
    const views = ['auctions', 'mine', `auctions/${id}`, 'sell', 'history', 'operators'];
    for (const view of views) {
      await dashboard.go(`#/${view}`);
      await expectCount(dashboard.page.locator('h2:visible').first(), 1);
      await expectText(dashboard.connection, 'Live');
      const { content, screen } = await dashboard.page.evaluate(() => ({
        content: document.documentElement.scrollWidth,
        screen: document.documentElement.clientWidth,
      }));
      assert.ok(content <= screen, `${view}: ${content} px on a screen of ${screen} px`);
    }
    // Every way through the page can be reached.
    for (const link of await dashboard.page.getByRole('navigation', { name: 'Main' })
      .getByRole('link').all()) {
      const box = await link.boundingBox();
      assert.ok(box.width >= 24 && box.height >= 24);
    }
  }, { contextOptions });
}

scenario('who wants less motion gets none', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Calm', starting_bid: 1 });
  await gavel.placeBid(id, 'a', 2);
  await expectText(dashboard.card('Calm').locator('.price'), '$2.00');
  const longest = await dashboard.page.evaluate(() => Math.max(
    0, ...document.getAnimations().map((animation) => animation.effect.getTiming().duration)));
  assert.ok(longest <= 1, `${longest} ms`);
}, { contextOptions: { reducedMotion: 'reduce' } });
