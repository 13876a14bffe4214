// Wires the page: the stream fills the store, the store asks for a frame, the
// frame draws what changed.

import { AuctionGrid } from './auction_grid.js';
import { BulkForm } from './bulk_form.js';
import { ClusterPanel } from './cluster_panel.js';
import { ClusterPoll } from './cluster_poll.js';
import { ConnectionBadge } from './connection_badge.js';
import { CreateForm } from './create_form.js';
import { Frame } from './frame.js';
import { HistoryList } from './history_list.js';
import { Statistics } from './statistics.js';
import { Store } from './store.js';
import { UpdateStream } from './stream.js';

const frame = new Frame(draw);
const store = new Store(() => frame.request());
const grid = new AuctionGrid(() => frame.request());
const history = new HistoryList();
const statistics = new Statistics();
const bulkForm = new BulkForm();
const truncatedNotice = document.getElementById('truncated');

function draw() {
  const { auctionIds, historyRestarted } = store.takeChanges();
  grid.draw(store, auctionIds);
  history.draw(store, historyRestarted);
  if (store.loaded) statistics.draw(store);
  bulkForm.draw(store);
  truncatedNotice.hidden = !store.truncated;
}

new CreateForm();
setInterval(() => grid.tick(), 1_000);

// On a phone the forms would push the auctions off the screen.
if (matchMedia('(max-width: 47.99rem)').matches) {
  for (const panel of document.querySelectorAll('.desk details')) panel.open = false;
}

const badge = new ConnectionBadge(document.getElementById('connection'));
const stream = new UpdateStream({
  snapshot: (data) => store.replaceAll(data),
  auction: (auction) => store.putAuction(auction),
  history: (event) => store.addEvent(event),
  state: (name) => badge.show(name),
});
addEventListener('online', () => stream.retryNow());
addEventListener('pageshow', (event) => { if (event.persisted) stream.retryNow(); });
stream.start();

const clusterPanel = new ClusterPanel();
new ClusterPoll((cluster) => clusterPanel.draw(cluster)).start();
