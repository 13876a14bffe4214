// Top of the page: where the reader is, who they are, how many of their auctions
// others lead, and whether what is shown is current.

import { shortened } from '../format/text.js';
import { formatTime, formatWhole } from '../format/locale.js';
import { setData, setText } from '../parts/element.js';

const NAME_SHOWN = 24;

export class Masthead {
  #links = document.querySelectorAll('.nav a');
  #name = document.getElementById('name');
  #outbid = document.getElementById('outbid-count');
  #model;

  constructor(model) {
    this.#model = model;
    this.#name.addEventListener('click', async () => {
      const { askName } = await import('./ask_name.js').catch(() => ({}));
      askName?.(model);
    });
    model.identity.listen(() => this.#drawName());
    this.#drawName();
  }

  // section: the first part of the address.
  open(section) {
    for (const link of this.#links) {
      if (link.dataset.section === section) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  // Returns how many.
  draw() {
    const { outbid } = this.#model.standings.count();
    this.#outbid.parentElement.hidden = outbid === 0;
    setText(this.#outbid, outbid === 0 ? '' : formatWhole(outbid));
    return outbid;
  }

  #drawName() {
    const { identity, clock } = this.#model;
    const name = shortened(identity.name, NAME_SHOWN);
    // A token is nothing to a server that wants none.
    const proved = identity.needsTokens && identity.proof(clock.now()) !== null;
    setText(this.#name, `${name || 'Your name'}${proved ? ' ✓' : ''}`);
    this.#name.setAttribute('aria-label',
      `Your name: ${name || 'not said yet'}${proved ? ', proved by your token' : ''}`);
  }
}

const WORDS = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
  offline: 'Offline',
};

// Says in words whether what the page shows is current, and if not, since when not.
export class ConnectionBadge {
  #badge = document.getElementById('connection');
  #stale = document.getElementById('stale');
  #staleWords = document.getElementById('stale-words');

  constructor(onRetry) {
    document.getElementById('stale-retry').addEventListener('click', onRetry);
  }

  // lastHeard: when the server said something last, in Unix seconds of this computer.
  show(state, lastHeard) {
    setData(this.#badge, 'state', state);
    setText(this.#badge, WORDS[state]);
    const stale = state === 'reconnecting' || state === 'offline';
    setData(document.body, 'stale', String(stale));
    this.#stale.hidden = !stale;
    const why = state === 'offline' ? 'You are offline.' : 'The connection is interrupted.';
    setText(this.#staleWords, stale
      ? `${why} Prices and times are as of ${formatTime(lastHeard)}.` : '');
  }
}
