// Says in words whether what the page shows is current, and if not, since when not.

import { formatTime } from '../format/time.js';
import { setData, setText } from '../parts/element.js';

const WORDS = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
  offline: 'Offline',
};

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
