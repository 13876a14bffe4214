// What stands beside the auctions: figures, what just happened, notices, what is said aloud,
// the auctions that the snapshot left out, and what a bid needs. The first look does not wait
// for it.

import { Backlog } from './connection/backlog.js';
import { readStatus } from './connection/reads.js';
import { whenTokenIsNeeded } from './connection/writes.js';
import { formatMoney, formatWhole } from './format/locale.js';
import { Announcer } from './parts/announcer.js';
import { setText } from './parts/element.js';
import { Rates } from './state/rates.js';
import { Activity } from './views/activity.js';
import { Notices, NotificationSwitch } from './views/notices.js';
import { OwnNews } from './views/own_news.js';
import { PriceNews } from './views/price_news.js';
// To be here before the first bid, whatever becomes of the connection until then.
import './views/ask_name.js';
import './views/send_bid.js';

export class Companions {
  #store;
  #activity = new Activity(
    document.getElementById('activity-list'), document.getElementById('activity-empty'));
  #identity;
  #news;
  #begins = true;

  // model: gets `rates` and `backlog`. openId(): of the auction whose page is open.
  constructor(model, openId) {
    const { store, standings, identity } = model;
    this.#store = store;
    this.#identity = identity;
    whenTokenIsNeeded(() => identity.needTokens());
    model.rates = new Rates(model.clock, store);
    new NotificationSwitch();
    new PriceNews(model, new Announcer(), openId);
    model.backlog = new Backlog(store, standings);
    store.listen({ snapshot: () => model.backlog.read() });
    this.#news = new OwnNews(model, new Notices(), openId);
    model.backlog.read();
  }

  // As the stream has it.
  takeNotice(text) {
    this.#news.take(text);
  }

  draw(changes) {
    drawFigures(this.#store);
    this.#activity.draw(this.#store, changes.all || this.#begins);
    this.#begins = false;
  }

  // The clock is measured by every answer; this makes sure that there is one, which also tells
  // whether bidders need tokens.
  async measureClock() {
    const status = await readStatus().catch(() => null);
    if (status?.bidder_tokens === true) this.#identity.needTokens();
  }
}

// The four figures on top of the list.
function drawFigures({ figures: { auctions, open, bids, highest } }) {
  const say = (id, words) => setText(document.getElementById(id), words);
  say('stat-auctions', formatWhole(auctions));
  say('stat-open', formatWhole(open));
  say('stat-bids', formatWhole(bids));
  say('stat-highest', highest === null ? '–' : formatMoney(highest));
}
