// What stands beside the auctions: figures, what just happened, notices, what is said aloud,
// the auctions that the snapshot left out, and what a bid needs. The first look does not wait
// for it.

import { Backlog } from './connection/backlog.js';
import { readStatus } from './connection/reads.js';
import { Announcer } from './parts/announcer.js';
import { Rates } from './state/rates.js';
import { Activity } from './views/activity.js';
import { Figures } from './views/figures.js';
import { Notices, NotificationSwitch } from './views/notices.js';
import { PriceNews } from './views/price_news.js';
// To be here before the first bid, whatever becomes of the connection until then.
import './views/ask_name.js';
import './views/send_bid.js';

export class Companions {
  #store;
  #figures = new Figures();
  #activity = new Activity(
    document.getElementById('activity-list'), document.getElementById('activity-empty'));
  #begins = true;

  // model: gets `rates`. openId(): of the auction whose page is open.
  constructor(model, openId) {
    const { store, standings } = model;
    this.#store = store;
    model.rates = new Rates(model.clock, store);
    const notices = new Notices();
    standings.listen((auction, before, after) => {
      if (before === 'leading' && after === 'outbid') notices.outbid(auction);
      else notices.withdraw(auction);
    });
    new NotificationSwitch();
    new PriceNews(model, new Announcer(), openId);
    const backlog = new Backlog(store, standings);
    store.listen({ snapshot: () => backlog.read() });
    backlog.read();
  }

  draw(changes) {
    this.#figures.draw(this.#store);
    this.#activity.draw(this.#store, changes.all || this.#begins);
    this.#begins = false;
  }

  // The clock is measured by every answer; this makes sure that there is one.
  async measureClock() {
    await readStatus().catch(() => null);
  }
}
