// Who is who, where the operator has a key: the page asks for a token when a rule needs one, keeps
// it, and shows that it is there. Without a key nothing of it is seen, which all other files show.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { faultsOn } from './axe.mjs';
import { expectCount, expectText } from './expect.mjs';
import { EXECUTABLE, GavelProcess } from './gavel_process.mjs';
import { scenarios } from './scenarios.mjs';

const KEYS = {
  BIDDER_TOKEN_KEY: 'the key for bidders of a test', ADMIN_TOKEN: 'an operator of a test',
};
const { scenario } = scenarios({ launch: () => GavelProcess.launch({ environment: KEYS }) });

function tokenOf(name, seconds = 3_600) {
  return execFileSync(EXECUTABLE, ['token', name, String(seconds)], {
    env: { ...process.env, ...KEYS }, encoding: 'utf8',
  }).trim();
}

// Until the page has heard that there are tokens.
function knowsOfTokens(dashboard, card) {
  return expectText(card.locator('.form-hint'), 'Bid, and you are asked for your token.');
}

async function paste(dashboard, token) {
  await dashboard.dialog.getByLabel('Your token').fill(token);
  await dashboard.dialog.getByRole('button', { name: 'Keep' }).click();
}

scenario('a maximum bid asks for the token once; the page keeps it and shows who it is',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({
      name: 'Proved', starting_bid: 50, proxy: true, increments: 5,
    });
    const card = dashboard.card('Proved');
    await knowsOfTokens(dashboard, card);
    await card.getByLabel('Your maximum').fill('90');
    await card.getByRole('button', { name: 'Bid', exact: true }).click();
    await expectText(dashboard.dialog, /This needs your token/);
    assert.deepEqual(await faultsOn(dashboard.page), []);
    const problem = dashboard.dialog.locator('.field-problem');
    await paste(dashboard, 'ann');
    await expectText(problem, /^That is no token\./);
    await paste(dashboard, tokenOf('ann').replace(/\.\d+\./, '.1000.'));
    await expectText(problem, /^That token has expired/);
    await paste(dashboard, tokenOf('ann'));
    await expectText(dashboard.statusOf(card.locator('form')),
      'You lead at $50.00, up to $90.00.');
    await expectText(dashboard.page.locator('#name'), 'ann ✓');
    await dashboard.page.reload();
    await expectText(dashboard.page.locator('#name'), 'ann ✓');
    await dashboard.go(`#/auctions/${id}`);
    await expectText(dashboard.sale.locator('.rules'), /To bid here you need your token/);
    await dashboard.sale.getByLabel('Your maximum').fill('120');
    await dashboard.sale.getByRole('button', { name: 'Bid', exact: true }).click();
    await expectText(dashboard.statusOf(dashboard.sale.locator('form')),
      'You lead at $50.00, up to $120.00.');
    // Somebody else's name is not proved by it, and the way back is the token.
    await dashboard.page.locator('#name').click();
    await expectText(dashboard.dialog, /Your token proves that you are ann until /);
    await dashboard.dialog.getByLabel('Your name').fill('bob');
    await dashboard.dialog.getByRole('button', { name: 'Keep' }).click();
    await expectText(dashboard.page.locator('#name'), 'bob');
    await dashboard.bidAs('ann');
    await expectText(dashboard.page.locator('#name'), 'ann ✓');
    await dashboard.page.locator('#name').click();
    await dashboard.dialog.getByRole('button', { name: 'Forget my token' }).click();
    await dashboard.page.keyboard.press('Escape');
    await expectText(dashboard.page.locator('#name'), 'ann');
  });

scenario('a plain bid needs no token, and is not refused for one that is another’s',
  async (dashboard, gavel) => {
    await gavel.createAuction({ name: 'Plain', starting_bid: 5 });
    const card = dashboard.card('Plain');
    await dashboard.bid(card, 'zoe', '6');
    await expectText(dashboard.statusOf(card.locator('form')), 'Accepted: $6.00.');
    await dashboard.page.evaluate((token) => {
      localStorage.setItem('gavel.token', token);
    }, tokenOf('ann'));
    await dashboard.page.reload();
    await dashboard.bid(card, 'zoe', '7');
    await expectText(dashboard.statusOf(card.locator('form')), 'Accepted: $7.00.');
  });

scenario('a token that the server does not take is said so', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Forged', starting_bid: 5, format: 'vickrey' });
  const card = dashboard.card('Forged');
  await knowsOfTokens(dashboard, card);
  await card.getByLabel('Amount').fill('9');
  await card.getByRole('button', { name: 'Bid', exact: true }).click();
  await paste(dashboard, tokenOf('ann').replace(/.{8}$/, '00000000'));
  await expectText(dashboard.statusOf(card.locator('form')),
    'The server does not take your token: it is wrong or has expired.');
});

scenario('a refusal, too, says that a token is needed', async (dashboard, gavel) => {
  await gavel.createAuction({ name: 'Learned', starting_bid: 5, proxy: true, increments: 1 });
  const card = dashboard.card('Learned');
  await dashboard.bidAs('ann');
  await card.getByLabel('Your maximum').fill('9');
  await card.getByRole('button', { name: 'Bid', exact: true }).click();
  await expectText(dashboard.statusOf(card.locator('form')),
    'This needs your token. Press again to paste it.');
  await card.getByRole('button', { name: 'Bid', exact: true }).click();
  await paste(dashboard, tokenOf('ann'));
  await expectText(dashboard.statusOf(card.locator('form')), 'You lead at $5.00, up to $9.00.');
}, {
  // Before it was told.
  beforeLoad: (page) => page.route('**/api/status', (route) => route.abort()),
});

scenario('a seller creates and closes with the token, and others see no way to',
  async (dashboard, gavel) => {
    const form = dashboard.createForm;
    await gavel.createAuction({ name: 'A sign', starting_bid: 5, format: 'vickrey' });
    await knowsOfTokens(dashboard, dashboard.card('A sign'));
    await dashboard.go('#/sell');
    await form.getByText('More options').click();
    await form.getByLabel('Seller').fill('sue');
    await form.getByLabel('Bidders can take bids back').check();
    await dashboard.create({ name: 'Sold by sue', startingBid: '5' });
    const problem = form.locator('.field-problem').filter({ hasText: 'token' });
    await expectText(problem, 'This needs your token: press your name above to paste it.');
    await dashboard.page.locator('#name').click();
    await paste(dashboard, tokenOf('sue'));
    await form.getByLabel('Seller').fill('tom');
    await form.getByRole('button', { name: 'Create auction' }).click();
    await expectText(problem, 'Your token is for sue alone.');
    await form.getByLabel('Seller').fill('sue');
    await form.getByRole('button', { name: 'Create auction' }).click();
    await expectText(dashboard.statusOf(form), '“Sold by sue” is open for bids.');
    await dashboard.page.getByRole('link', { name: 'Open its page' }).click();
    await expectText(dashboard.sale.locator('.seller-panel'), /Nobody has bid yet/);
    await dashboard.page.locator('#name').click();
    await paste(dashboard, tokenOf('ann'));
    await dashboard.bid(dashboard.sale, 'ann ✓', '9');
    await expectText(dashboard.sale.locator('.leader'), 'by ann · 1 bid');
    await expectCount(dashboard.sale.getByRole('button', { name: 'Close auction' }), 0);
    await dashboard.sale.getByRole('button', { name: 'Take my bids back' }).click();
    await dashboard.dialog.getByRole('button', { name: 'Take my bids back' }).click();
    await expectText(dashboard.sale.locator('.price'), '$5.00');
    await dashboard.page.locator('#name').click();
    await paste(dashboard, tokenOf('sue'));
    await dashboard.close();
    await expectText(dashboard.sale, /Closed manually/);
  });

scenario('an operator cancels: nobody has it, and nothing that was hidden is opened',
  async (dashboard, gavel) => {
    const { id } = await gavel.createAuction({ name: 'Called off', starting_bid: 5 });
    await gavel.placeBid(id, 'ann', 9);
    await dashboard.bidAs('ann');
    await dashboard.go(`#/auctions/${id}`);
    const cancel = dashboard.sale.getByRole('button', { name: 'Cancel auction' });
    await expectText(dashboard.sale.locator('.leader'), 'by ann · 1 bid');
    await expectCount(cancel, 0);
    const keep = async (token) => {
      await dashboard.go('#/operators');
      await dashboard.page.getByLabel('Operator’s token').fill(token);
      await dashboard.page.getByRole('button', { name: 'Keep' }).click();
      await expectText(dashboard.page.locator('.operator-form .form-status'),
        'This tab has a token.');
      await dashboard.go(`#/auctions/${id}`);
      await cancel.click();
      await expectText(dashboard.dialog, /It ends without a winner, whoever leads\./);
      await dashboard.dialog.getByRole('button', { name: 'Cancel auction' }).click();
    };
    await keep('a guess');
    await expectText(dashboard.sale.getByRole('status').filter({ hasText: 'token' }),
      'The server does not take your token: it is wrong or has expired.');
    await keep(KEYS.ADMIN_TOKEN);
    await expectText(dashboard.page.locator('.page-head .badge').last(), 'Cancelled');
    await expectText(dashboard.sale.locator('.leader'), 'Nobody has it · 1 bid');
    await expectText(dashboard.page.locator('.page-head .badge-standing'), 'Lost');
    await expectCount(dashboard.sale.getByRole('button', { name: 'Bid', exact: true }), 0);
    await expectCount(cancel, 0);
  });
