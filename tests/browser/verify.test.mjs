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
  const opening = `{"opens":1,"field":"reserve","offer":0,"salt":"${SALT}","value":80.0}`;
  return { lines: [header, ...lines, opening], head: before };
}

const SALT = '00112233445566778899aabbccddeeff';
const commitment = createHash('sha256').update(Buffer.from(SALT, 'hex')).update('80.0')
  .digest('hex');
const ACTS = [
  { act: 'create', auction_id: '9', name: 'Lamp', reserve: { commitment } },
  { act: 'bid', bidder: 'ann', amount: 60 }, { act: 'bid', bidder: 'bo', amount: 70 },
  { act: 'close' },
];

test('a chain that was altered, dropped or moved is refused with the place', async () => {
  const { checkChain } = await import('../../frontend/static/state/proof_chain.js');
  const { lines, head } = proofOf(ACTS);
  const receiptOf = (at) => ({ index: String(at + 4), hash: hashOf(lines[at]) });
  const check = (changed, receipt) => checkChain(changed.join('\n'), receipt);
  const without = (at) => lines.filter((line, i) => i !== at);
  assert.deepEqual(await check(lines), { auctionId: '9', acts: 4, head });
  assert.equal((await check(lines, receiptOf(2))).acts, 4);
  await assert.rejects(check(lines, { index: '6', hash: hashOf('other') }),
    /receipt is of no act/);
  const altered = lines.with(2, lines[2].replace('"amount":60', '"amount":61'));
  await assert.rejects(check(altered), { message: 'Act 2 was altered, or what act 3 says of it.',
    act: 2 });
  // A receipt tells which of them.
  await assert.rejects(check(altered, receiptOf(2)), /^Error: Act 2 was altered: it is not what/);
  const says = lines.with(3, lines[3].replace(/"before":".{8}/, '"before":"00000000'));
  await assert.rejects(check(says, receiptOf(2)),
    { message: 'Act 3 was altered: act 2 is as the receipt has it.', act: 3 });
  const last = lines.with(4, lines[4].replace('close', 'clos'));
  await assert.rejects(check(last), /Act 4 was altered: it is not the one that the head stands/);
  await assert.rejects(check(last, receiptOf(4)), /Act 4 was altered: it is not what the receipt/);
  await assert.rejects(check(without(2)), /Act 2 was dropped or moved/);
  await assert.rejects(check(without(4)), /Act 4 and what follows was dropped/);
  await assert.rejects(check(lines.with(2, lines[3]).with(3, lines[2])), /Act 2 was dropped or/);
  await assert.rejects(check(['<html>']), /Line 1 is not an object/);
  await assert.rejects(check(['{}']), /no proof of version 1/);
  await assert.rejects(check([]), /no proof of version 1/);
});

test('any byte that is altered, anywhere in the file, is found', async () => {
  const { checkChain } = await import('../../frontend/static/state/proof_chain.js');
  const text = proofOf(ACTS).lines.join('\n');
  const logId = text.indexOf('"log_id":"') + 10; // named nowhere else, and nothing hangs on it
  for (let i = 0; i < text.length; i += 1) {
    if (i >= logId && i < logId + 3) continue;
    const other = text[i] === '7' ? '8' : '7';
    await assert.rejects(checkChain(text.slice(0, i) + other + text.slice(i + 1)),
      { name: 'Error' }, `${i}: ${text.slice(i - 20, i + 5)}`);
  }
});

test('a receipt is read from its header, alone or in a file', async () => {
  const { readReceipt, receiptFile } = await import('../../frontend/static/state/receipts.js');
  const hash = hashOf('x');
  const header = `index=12, time_us=1700000000500000, hash="${hash}"`;
  const receipt = { index: '12', time: 1_700_000_000.5, hash };
  assert.deepEqual(readReceipt(header), receipt);
  assert.deepEqual(readReceipt(receiptFile({ header, auction_id: '9', name: 'A "lamp"\n',
    bidder: 'ann', words: 'Bid $5.00' })), receipt);
  for (const other of ['', 'twelve', hash, header.replace('12', ''), header.slice(0, -3)]) {
    assert.equal(readReceipt(other), null, other);
  }
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
