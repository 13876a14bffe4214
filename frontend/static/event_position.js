// How far this page has read the server's log. An event id is
// `<log>-<index>.<n>`; index and n rise within one log. A stream that is resumed
// may repeat events, and an event must be shown once.

const EVENT_ID = /^(.*)-(\d+)\.(\d+)$/s;

export class EventPosition {
  #reached = new Map();

  // A snapshot holds everything up to its own id and replaces what came before.
  restart(id) {
    this.#reached.clear();
    this.advance(id);
  }

  // True if the event is news. An id of another form cannot be compared, so it
  // is let through.
  advance(id) {
    const match = EVENT_ID.exec(id);
    if (match === null) return true;
    const log = match[1];
    const index = BigInt(match[2]);
    const part = BigInt(match[3]);
    const last = this.#reached.get(log);
    if (last && (index < last.index || (index === last.index && part <= last.part))) return false;
    this.#reached.set(log, { index, part });
    return true;
  }
}
