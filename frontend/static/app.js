// Wires the page: the stream fills the store, the store asks for a frame, the frame
// draws the view that is open.

import { Backlog } from './connection/backlog.js';
import { readStatus } from './connection/reads.js';
import { serverClock } from './connection/requests.js';
import { localSeconds } from './connection/server_clock.js';
import { UpdateStream } from './connection/stream.js';
import { CLOCK_MEASURED_MS, TICK_MS } from './limits.js';
import { Announcer } from './parts/announcer.js';
import { setText } from './parts/element.js';
import { Frame } from './parts/frame.js';
import { addressIn } from './parts/router.js';
import { Identity } from './state/identity.js';
import { Rates } from './state/rates.js';
import { Standings } from './state/standings.js';
import { Store } from './state/store.js';
import { Activity } from './views/activity.js';
import { AuctionList } from './views/auction_list.js';
import { ConnectionBadge } from './views/connection_badge.js';
import { Figures } from './views/figures.js';
import { Masthead } from './views/masthead.js';
import { Notices, NotificationSwitch } from './views/notices.js';
import { PriceNews } from './views/price_news.js';
import { Views } from './views/views.js';

const frame = new Frame(draw);
const requestDraw = () => frame.request();

const store = new Store(requestDraw);
const identity = new Identity();
const notices = new Notices();
const standings = new Standings(store, identity, (auction, before, after) => {
  if (before === 'leading' && after === 'outbid') notices.outbid(auction);
  else notices.withdraw(auction);
});
const rates = new Rates(serverClock);
const backlog = new Backlog(store, standings);
identity.listen(() => { redrawAll = true; requestDraw(); });

const stream = new UpdateStream({
  snapshot: (data, id, sentAt) => {
    serverClock.observe(data.time, 0.001, sentAt, localSeconds());
    standings.enterLog(id);
    store.replaceAll(data);
    backlog.read();
  },
  auction: (auction) => store.putAuction(auction),
  history: (event, id) => {
    rates.count(event.timestamp);
    store.addEvent(event, id);
  },
  state: (state) => {
    badge.show(state, stream.lastHeard / 1000);
    requestDraw();
  },
});

const model = { store, identity, standings, rates, stream, clock: serverClock };
const badge = new ConnectionBadge(() => stream.reconnect());
const masthead = new Masthead(model);
const figures = new Figures();
const activity = new Activity(
  document.getElementById('activity-list'), document.getElementById('activity-empty'));
const truncatedNotice = document.getElementById('truncated');
new NotificationSwitch();

const views = new Views(model, requestDraw, new AuctionList(model, requestDraw));
new PriceNews(model, new Announcer(), () => views.auctionId);

let redrawAll = false;

function draw() {
  const changes = store.takeChanges();
  if (redrawAll) changes.all = true;
  redrawAll = false;
  figures.draw(store);
  activity.draw(store, changes.all);
  truncatedNotice.hidden = !store.truncated;
  const outbid = masthead.draw();
  views.draw(changes);
  setText(document.querySelector('title'),
    `${outbid > 0 ? `(${outbid}) ` : ''}${views.title} – Gavel`);
}

async function openAddress() {
  const address = addressIn(location.hash);
  masthead.open(await views.open(address));
  redrawAll = true;
  requestDraw();
}

// The clock is measured by every answer; this makes sure that there is one.
async function measureClock() {
  if (document.hidden) return;
  await readStatus().catch(() => null);
  views.tick();
}

// The address says which view is open, so this link must not change it.
document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('main').focus();
});

addEventListener('hashchange', openAddress);
setInterval(() => {
  if (document.hidden) return;
  if (serverClock.jumped()) measureClock();
  views.tick();
}, TICK_MS);
setInterval(measureClock, CLOCK_MEASURED_MS);
document.addEventListener('visibilitychange', measureClock);

openAddress();
stream.start();
measureClock();
