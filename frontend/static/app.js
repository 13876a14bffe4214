// Wires the page: the stream fills the store, the store asks for a frame, the frame
// draws the view that is open.

import { localSeconds, serverClock } from './connection/server_clock.js';
import { UpdateStream } from './connection/stream.js';
import { CLOCK_FIRST_MS, CLOCK_MEASURED_MS, TICK_MS } from './limits.js';
import { setText } from './parts/element.js';
import { addressIn } from './parts/router.js';
import { Identity } from './state/reader.js';
import { Standings } from './state/standings.js';
import { Store } from './state/store.js';
import { AuctionList } from './views/auction_list.js';
import { ConnectionBadge, Masthead } from './views/masthead.js';
import { Views } from './views/views.js';

const store = new Store(requestDraw);
const identity = new Identity();
const standings = new Standings(store, identity);
identity.listen(drawEverything);

const stream = new UpdateStream({
  snapshot: (data, log, sentAt) => {
    serverClock.observe(data.time, 0.001, sentAt, localSeconds());
    standings.enterLog(log);
    const first = !store.loaded;
    store.replaceAll(data);
    if (first) draw(); // no frame is waited for
  },
  auction: (auction) => store.putAuction(auction),
  history: (event, id) => store.addEvent(event, id),
  notice: (text) => companions?.takeNotice(text),
  state: (state) => {
    badge.show(state, stream.lastHeard / 1000);
    requestDraw();
  },
});

const model = { store, identity, standings, stream, clock: serverClock };
const badge = new ConnectionBadge(() => stream.reconnect());
const masthead = new Masthead(model);
const truncatedNotice = document.getElementById('truncated');
const views = new Views(model, requestDraw, new AuctionList(model, requestDraw));

let companions = null; // once there is something to be seen
let companionsAsked = false;
let redrawAll = false;
let drawRequested = false;

// However many events arrive, the page is drawn at most once a frame, and not
// at all while its tab is hidden.
function requestDraw() {
  if (drawRequested) return;
  drawRequested = true;
  requestAnimationFrame(() => {
    drawRequested = false;
    draw();
  });
}

function draw() {
  const changes = store.takeChanges();
  if (redrawAll) changes.all = true;
  redrawAll = false;
  views.draw(changes);
  truncatedNotice.hidden = !store.truncated;
  const outbid = masthead.draw();
  companions?.draw(changes);
  setText(document.querySelector('title'),
    `${outbid > 0 ? `(${outbid}) ` : ''}${views.title} – Gavel`);
  if (store.loaded && !companionsAsked) askCompanions();
}

function drawEverything() {
  redrawAll = true;
  requestDraw();
}

// After a frame, so that what was drawn is seen first.
function askCompanions() {
  companionsAsked = true;
  requestAnimationFrame(() => setTimeout(async () => {
    const fetched = await import('./companions.js').catch(() => null);
    if (fetched === null) {
      companionsAsked = false; // the connection is lost; with the next change it is tried again
      return;
    }
    companions = new fetched.Companions(model, () => views.auctionId);
    // The snapshot told the time, roughly; by then there is time to ask for it exactly.
    setTimeout(measureClock, CLOCK_FIRST_MS);
    drawEverything();
  }));
}

async function openAddress() {
  const address = addressIn(location.hash);
  masthead.open(await views.open(address));
  drawEverything();
}

async function measureClock() {
  if (document.hidden) return;
  await companions?.measureClock();
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
