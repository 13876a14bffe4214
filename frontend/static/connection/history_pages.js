// The history from its end. The server's pages begin at a place and go forward; here
// they are put together backward. Places (`seq`) rise by one, so the page that ends
// before a place begins a page's length earlier.

import {
  HISTORY_EXPORT_PAGE, HISTORY_WINDOW, HISTORY_WINDOWS_A_SEARCH,
} from '../limits.js';
import { readHistory } from './reads.js';

// The place after the last event.
export async function historyEnd() {
  const exists = async (seq) => (
    (await readHistory({ after: seq - 1, limit: 1 })).events.length > 0);
  let known = 0; // there is an event at or after it, or it is 0
  let beyond = 1;
  while (await exists(beyond)) {
    known = beyond;
    beyond *= 2;
  }
  while (beyond - known > 1) {
    const middle = Math.floor((known + beyond) / 2);
    if (await exists(middle)) known = middle;
    else beyond = middle;
  }
  return beyond;
}

// { events, before, complete }: the newest events before the place `before` that pass
// the filter, oldest first, `count` of them or as many as a bounded search finds. Its
// `before` is where the next search goes on; complete: nothing is left there.
export async function readHistoryBefore(before, count, { auctionId = null, passes = () => true }) {
  const found = [];
  let end = before;
  let width = Math.min(HISTORY_WINDOW, count);
  for (let i = 0; i < HISTORY_WINDOWS_A_SEARCH && end > 1 && found.length < count; i += 1) {
    const begin = Math.max(1, end - width);
    const events = await readWindow(begin, end, auctionId);
    const wanted = events.filter(passes).slice(-(count - found.length));
    found.unshift(...wanted);
    // Where enough were found inside the window, the rest of it is left for the next.
    end = found.length === count && wanted.length > 0 ? wanted[0].seq : begin;
    // Few match: look at more at once.
    width *= auctionId === null ? 2 : 8;
    if (auctionId === null) width = Math.min(width, HISTORY_WINDOW);
  }
  return { events: found, before: end, complete: end <= 1 };
}

// The newest events of an auction.
export async function readHistoryEnd(auctionId, count) {
  const end = await historyEnd();
  return (await readHistoryBefore(end, count, { auctionId })).events;
}

// Those at places from begin to end, end excluded.
async function readWindow(begin, end, auctionId) {
  const events = [];
  let after = begin - 1;
  for (;;) {
    const limit = Math.min(auctionId === null ? HISTORY_WINDOW : HISTORY_EXPORT_PAGE,
      end - after - 1);
    const page = await readHistory({ after, limit, auctionId });
    events.push(...page.events.filter(({ seq }) => seq < end));
    const last = page.events.at(-1)?.seq ?? end;
    if (page.next === null || last >= end - 1) return events;
    after = last;
  }
}
