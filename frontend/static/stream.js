// The live connection. It keeps one EventSource alive through lost networks and
// server restarts and hands on each event once.

import { EventPosition } from './event_position.js';
import { STREAM_RETRY_FIRST_MS, STREAM_RETRY_MOST_MS, STREAM_SILENCE_MS } from './limits.js';

const PATH = '/api/updates/stream';
const SILENCE_CHECK_MS = 5_000;

export class UpdateStream {
  #handlers;
  #source = null;
  #position = new EventPosition();
  #lastEventId = '';
  #lastHeard = 0;
  #failures = 0;
  #retryTimer = null;
  #state = null;

  // handlers: snapshot(data), auction(auction), history(event), state(name),
  // where name is 'connecting', 'live' or 'reconnecting'.
  constructor(handlers) {
    this.#handlers = handlers;
  }

  start() {
    this.#setState('connecting');
    this.#connect();
    setInterval(() => this.#dropIfSilent(), SILENCE_CHECK_MS);
  }

  // For moments when waiting out the delay makes no sense: the network came
  // back, or the page returned from the browser's cache.
  retryNow() {
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#lastHeard = Date.now();

    // A new EventSource does not know what its predecessor read, so the place
    // to resume from travels in the query.
    const resume = this.#lastEventId === ''
      ? '' : `?last_event_id=${encodeURIComponent(this.#lastEventId)}`;
    const source = new EventSource(PATH + resume);
    this.#source = source;

    source.onopen = () => {
      this.#lastHeard = Date.now();
      this.#failures = 0;
      this.#setState('live');
    };
    source.onerror = () => {
      this.#setState(this.#state === 'connecting' ? 'connecting' : 'reconnecting');
      // After a dropped connection the browser tries again by itself. After any
      // answer but 200 it gives up for good, and then it is our turn.
      if (source.readyState === EventSource.CLOSED) this.#connectLater();
    };
    source.addEventListener('ping', () => { this.#lastHeard = Date.now(); });
    source.addEventListener('snapshot', (event) => {
      this.#receive(event, (data) => {
        this.#position.restart(event.lastEventId);
        this.#handlers.snapshot(data);
      });
    });
    for (const type of ['auction', 'history']) {
      source.addEventListener(type, (event) => {
        this.#receive(event, (data) => {
          if (this.#position.advance(event.lastEventId)) this.#handlers[type](data);
        });
      });
    }
  }

  #receive(event, take) {
    this.#lastHeard = Date.now();
    take(JSON.parse(event.data));
    // Only after it was taken: an event that could not be read is asked for again.
    this.#lastEventId = event.lastEventId;
  }

  #connectLater() {
    const most = Math.min(STREAM_RETRY_MOST_MS, STREAM_RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Jitter: the pages that lost one server together must not return together.
    const delay = most * (0.5 + Math.random() / 2);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
  }

  // A connection can die without a word, through a proxy or a sleeping laptop.
  #dropIfSilent() {
    if (this.#source.readyState === EventSource.CLOSED) return;
    if (Date.now() - this.#lastHeard <= STREAM_SILENCE_MS) return;
    this.#setState('reconnecting');
    this.#connect();
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#handlers.state(state);
  }
}
