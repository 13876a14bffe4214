// The live connection. It keeps one EventSource alive through lost networks, server
// restarts and sleep, and hands on each event once.

import {
  STREAM_CHECK_MS, STREAM_RETRY_FIRST_MS, STREAM_RETRY_MOST_MS, STREAM_SILENCE_MS,
  STREAM_SLEPT_MS, STREAM_UNREADABLE_MOST,
} from '../limits.js';
import { STREAM_PATH, STREAM_TYPES, takeEarlyStream } from './early_stream.js';
import { localSeconds } from './server_clock.js';

// An event id is `<log>-<index>.<n>`; index and n rise within one log.
const EVENT_ID = /^(.*)-(\d+)\.(\d+)$/s;

// { log, index, part }, or null for an id of another form.
function readEventId(id) {
  const match = EVENT_ID.exec(id);
  if (match === null) return null;
  return { log: match[1], index: BigInt(match[2]), part: BigInt(match[3]) };
}

function isAfter(a, b) {
  return a.index > b.index || (a.index === b.index && a.part > b.part);
}

export class UpdateStream {
  #handlers;
  #source = null;
  #position = new EventPosition();
  #lastEventId = '';
  #lastHeard = 0;
  #lastChecked = Date.now();
  #connectedAt = null; // in seconds; null once the browser may have connected by itself
  #failures = 0;
  #unreadable = 0; // messages in a row
  #retryTimer = null;
  #state = null;

  // handlers: snapshot(data, log, sentAt), auction(auction), history(event, id), notice(text),
  // state(name), where name is 'connecting', 'live', 'reconnecting' or 'offline'.
  constructor(handlers) {
    this.#handlers = handlers;
  }

  get state() { return this.#state; }
  // When anything came last, in milliseconds of Date.now().
  get lastHeard() { return this.#lastHeard; }

  start() {
    this.#setState('connecting');
    this.#takeOver(takeEarlyStream());
    setInterval(() => this.#check(), STREAM_CHECK_MS);
    addEventListener('online', () => this.reconnect());
    addEventListener('offline', () => this.#setState('offline'));
    addEventListener('pageshow', (event) => { if (event.persisted) this.reconnect(); });
    document.addEventListener('visibilitychange', () => this.#check());
  }

  // For moments when waiting makes no sense: the network came back, the page
  // returned from the browser's cache, or somebody asks for it.
  reconnect() {
    this.#setState(this.#state === 'connecting' ? 'connecting' : 'reconnecting');
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#lastHeard = Date.now();
    this.#connectedAt = localSeconds();

    // A new EventSource does not know what its predecessor read, so the place
    // to resume from travels in the query.
    const resume = this.#lastEventId === ''
      ? '' : `&last_event_id=${encodeURIComponent(this.#lastEventId)}`;
    this.#follow(new EventSource(STREAM_PATH + resume));
  }

  // What was opened before this was here, and what it brought.
  #takeOver({ source, openedAt, heard }) {
    this.#lastHeard = openedAt;
    this.#connectedAt = openedAt / 1000;
    this.#follow(source);
    for (const event of heard) this.#dispatch(event);
    // It may have failed before anybody listened.
    if (source.readyState === EventSource.CLOSED) this.#connectLater();
  }

  #follow(source) {
    this.#source = source;
    source.onopen = () => {
      this.#lastHeard = Date.now();
      // What is shown is current once the snapshot is there; who resumes has one.
      if (this.#lastEventId !== '') this.#succeed();
    };
    source.onerror = () => {
      if (source !== this.#source) return;
      this.#connectedAt = null;
      if (this.#state !== 'connecting') {
        this.#setState(navigator.onLine ? 'reconnecting' : 'offline');
      }
      // After a dropped connection the browser tries again by itself. After any
      // answer but a stream it gives up for good, and then it is our turn.
      if (source.readyState === EventSource.CLOSED) this.#connectLater();
    };
    for (const type of STREAM_TYPES) {
      source.addEventListener(type, (event) => {
        if (source === this.#source) this.#dispatch(event);
      });
    }
  }

  #dispatch(event) {
    if (event.type === 'ping') {
      this.#hear();
    } else if (event.type === 'notice') {
      this.#hear(); // it has no id of its own, and is no part of what must be complete
      this.#handlers.notice(event.data);
    } else if (event.type === 'snapshot') {
      this.#receive(event, (data) => {
        const sentAt = this.#connectedAt ?? -Infinity;
        this.#handlers.snapshot(data, readEventId(event.lastEventId)?.log ?? '', sentAt);
        this.#position.restart(event.lastEventId);
        this.#succeed();
      });
    } else {
      this.#receive(event, (data) => {
        if (!this.#position.advance(event.lastEventId)) return;
        this.#handlers[event.type](data, event.lastEventId);
      });
    }
  }

  // Whatever the browser says of the network: who is heard is there.
  #hear() {
    this.#lastHeard = Date.now();
    if (this.#state === 'offline' && this.#lastEventId !== '') this.#succeed();
  }

  #receive(event, take) {
    this.#hear();
    const data = objectIn(event.data);
    if (data === null) {
      this.#resumeAfterUnreadable();
      return;
    }
    this.#unreadable = 0;
    take(data);
    // Only after it was taken: an event that could not be read is asked for again.
    this.#lastEventId = event.lastEventId;
  }

  // Half an event, or none of ours: the server is asked for it once more. When it
  // sends the same again, a snapshot leads past it.
  #resumeAfterUnreadable() {
    this.#source.close();
    this.#unreadable += 1;
    if (this.#unreadable >= STREAM_UNREADABLE_MOST) this.#lastEventId = '';
    this.#setState('reconnecting');
    this.#connectLater();
  }

  #succeed() {
    this.#failures = 0;
    this.#setState('live');
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
  #check() {
    const now = Date.now();
    const slept = Math.min(now - this.#lastChecked, now - this.#lastHeard) > STREAM_SLEPT_MS;
    this.#lastChecked = now;
    if (this.#source.readyState === EventSource.CLOSED) return;
    if (slept || now - this.#lastHeard > STREAM_SILENCE_MS) this.reconnect();
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#handlers.state(state);
  }
}

function objectIn(text) {
  try {
    const data = JSON.parse(text);
    return typeof data === 'object' ? data : null;
  } catch {
    return null;
  }
}

// How far this page has read the server's log. A stream that is resumed may repeat events, and
// an event must be shown once.
class EventPosition {
  #reached = new Map();

  // A snapshot holds everything up to its own id and replaces what came before.
  restart(id) {
    this.#reached.clear();
    this.advance(id);
  }

  // True if the event is news. An id of another form cannot be compared, so it
  // is let through.
  advance(id) {
    const position = readEventId(id);
    if (position === null) return true;
    const last = this.#reached.get(position.log);
    if (last && !isAfter(position, last)) return false;
    this.#reached.set(position.log, position);
    return true;
  }
}
