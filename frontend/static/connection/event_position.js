// How far this page has read the server's log. An event id is
// `<log>-<index>.<n>`; index and n rise within one log. A stream that is resumed
// may repeat events, and an event must be shown once.

const EVENT_ID = /^(.*)-(\d+)\.(\d+)$/s;

// { log, index, part }, or null for an id of another form.
export function readEventId(id) {
  const match = EVENT_ID.exec(id);
  if (match === null) return null;
  return { log: match[1], index: BigInt(match[2]), part: BigInt(match[3]) };
}

export function isAfter(a, b) {
  return a.index > b.index || (a.index === b.index && a.part > b.part);
}

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
    const position = readEventId(id);
    if (position === null) return true;
    const last = this.#reached.get(position.log);
    if (last && !isAfter(position, last)) return false;
    this.#reached.set(position.log, position);
    return true;
  }
}
