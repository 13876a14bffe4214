// Proofs on the page: the file is offered, and its chain is checked in the browser.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { faultsOn } from './axe.mjs';
import { expectText } from './expect.mjs';
import { scenarios } from './scenarios.mjs';

const { scenario } = scenarios();

const hashOf = (line) => createHash('sha256').update(line).digest('hex');

// As PROOFS.md has it.
function proofOf(acts) {
  let before = '0'.repeat(64);
  const lines = acts.map((act, i) => {
    const line = JSON.stringify({ n: i + 1, before, index: i + 5, time_us: i + 1, ...act });
    before = hashOf(line);
    return line;
  });
  const header = JSON.stringify({
    gavel: 'proof', version: 1, log_id: 'log', auction_id: '9', acts: acts.length, head: before,
  });
  return { lines: [header, ...lines, '{"opens":2,"field":"max_amount"}'], head: before };
}

const ACTS = [
  { act: 'create', name: 'Lamp' }, { act: 'bid', bidder: 'ann', amount: 60 },
  { act: 'bid', bidder: 'bo', amount: 70 }, { act: 'close' },
];

test('a chain that was altered, dropped or moved is refused with the place', async () => {
  const { checkChain, hashInReceipt } = await import('../../frontend/static/state/proof_chain.js');
  const { lines, head } = proofOf(ACTS);
  const check = (changed, receipt) => checkChain(changed.join('\n'), receipt);
  const without = (at) => lines.filter((line, i) => i !== at);
  assert.deepEqual(await check(lines), { auctionId: '9', acts: 4, head });
  assert.equal((await check(lines, hashOf(lines[2]))).acts, 4);
  await assert.rejects(check(lines, hashOf('other')), /receipt is of no act/);
  const altered = lines.with(2, lines[2].replace('60', '61'));
  await assert.rejects(check(altered), /Act 2 was altered/);
  const last = lines[4].replace('close', 'clos');
  await assert.rejects(check(lines.with(4, last)), /Act 4 was altered/);
  await assert.rejects(check(without(2)), /Act 2 was dropped or moved/);
  await assert.rejects(check(without(4)), /Act 4 and what follows was dropped/);
  await assert.rejects(check(lines.with(2, lines[3]).with(3, lines[2])), /Act 2 was dropped or/);
  await assert.rejects(check(['<html>']), /Line 1 is not an object/);
  await assert.rejects(check(['{}']), /no proof of version 1/);
  assert.equal(hashInReceipt(`index=12, time_us=1, hash="${head}"`), head);
  assert.equal(hashInReceipt('twelve'), null);
});

scenario('a proof is checked on the page, without being sent', async (dashboard) => {
  const { page } = dashboard;
  const { lines, head } = proofOf(ACTS);
  const choose = (text) => page.getByLabel('Proof').setInputFiles({
    name: 'proof.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(text),
  });
  await dashboard.go('#/verify');
  const check = page.getByRole('button', { name: 'Check' });
  const status = page.locator('#verify-form .form-status');
  await choose(lines.join('\n'));
  const sent = [];
  page.on('request', (request) => sent.push(request.url()));
  await check.click();
  await expectText(status, `The chain holds: auction 9, 4 acts, head ${head}.`);
  assert.deepEqual(await faultsOn(page), []);
  await choose(lines.filter((line, i) => i !== 3).join('\n'));
  await check.click();
  await expectText(status, 'Act 3 was dropped or moved: act 4 is in its place.');
  assert.deepEqual(sent.filter((url) => !url.includes('/api/')), []);
});

scenario('an auction’s page offers its proof', async (dashboard, gavel) => {
  const { id } = await gavel.createAuction({ name: 'Proven', starting_bid: 5 });
  await gavel.placeBid(id, 'ann', 6);
  await dashboard.go(`#/auctions/${id}`);
  const link = dashboard.page.getByRole('link', { name: 'Download its proof' });
  const { checkChain } = await import('../../frontend/static/state/proof_chain.js');
  const href = await link.getAttribute('href');
  const answer = await fetch(new URL(href, gavel.dashboardUrl));
  assert.equal((await checkChain(await answer.text())).acts, 2);
});
