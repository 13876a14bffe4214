// Bids from outside the browser, at a steady rate, by a process of its own so that neither
// waits for the other.
//
//   node load.mjs GATEWAY_URL BIDS_A_SECOND SECONDS PRICE AUCTION_ID…
//
// Every auction gets its bids in turn, each one above PRICE and the one before. Prints how many
// were accepted, as JSON.

import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const [gateway, perSecond, seconds, price, ...ids] = process.argv.slice(2);
const TICK_MS = 10;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const amounts = new Map(ids.map((id) => [id, Number(price)]));
const outcome = { accepted: 0, refused: 0, seconds: 0 };

function bid(id, number) {
  const amount = amounts.get(id) + 1;
  amounts.set(id, amount);
  const body = JSON.stringify({ bidder: `bidder ${number % 50}`, amount });
  return new Promise((resolve) => {
    const sent = request(`${gateway}/api/auctions/${id}/bid`, {
      agent, method: 'POST', headers: { Prefer: 'return=minimal', 'Content-Length': body.length },
    }, (answer) => {
      outcome[answer.statusCode === 200 ? 'accepted' : 'refused'] += 1;
      answer.resume().on('end', resolve);
    });
    sent.on('error', () => {
      outcome.refused += 1;
      resolve();
    });
    sent.end(body);
  });
}

const begin = performance.now();
const total = perSecond * seconds;
const under = new Set();
for (let sent = 0; sent < total;) {
  const due = Math.min(total, ((performance.now() - begin) / 1000) * perSecond);
  for (; sent < due; sent += 1) {
    const one = bid(ids[sent % ids.length], sent).then(() => under.delete(one));
    under.add(one);
  }
  await pause(TICK_MS);
}
await Promise.all(under);
outcome.seconds = (performance.now() - begin) / 1000;
agent.destroy();
console.log(JSON.stringify(outcome));
