// Waiting for what a test expects: polls until it holds, and says what was
// there instead if it never does. No test waits for a time.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

// Where all takes longer, it is waited longer: GAVEL_TEST_SLOW=4.
export const SLOWNESS = Number(process.env.GAVEL_TEST_SLOW ?? 1);
const WITHIN_MS = 10_000 * SLOWNESS;
const POLL_MS = 20;

export async function eventually(check, withinMs = WITHIN_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await pause(POLL_MS);
  }
}

export function expectText(locator, text, withinMs = WITHIN_MS) {
  return eventually(async () => {
    const shown = (await locator.allInnerTexts()).join('\n').trim();
    if (text instanceof RegExp) assert.match(shown, text);
    else assert.equal(shown, text);
  }, withinMs);
}

export function expectCount(locator, count, withinMs = WITHIN_MS) {
  return eventually(async () => assert.equal(await locator.count(), count), withinMs);
}
