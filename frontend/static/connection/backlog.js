// The stream's snapshot holds the newest auctions only. The others are read page by
// page behind it: open ones first, then the rest, until the page is full.

import { AUCTIONS_A_PAGE, AUCTIONS_KEPT, MINE_KEPT } from '../limits.js';
import { readAuctions, readLeanAuction } from './reads.js';
import { Refusal } from './requests.js';

export class Backlog {
  #store;
  #standings;
  #round = 0;

  constructor(store, standings) {
    this.#store = store;
    this.#standings = standings;
  }

  // After each snapshot; an earlier reading ends.
  read() {
    this.#round += 1;
    const round = this.#round;
    return this.#untilRefused(async () => {
      if (this.#store.truncated) {
        await this.#readPages('OPEN', round);
        if (await this.#readPages(null, round)) this.#store.complete();
      }
      await this.#readMine(round);
    });
  }

  // The reader has to do with auctions that may not be here.
  readMine() {
    return this.#untilRefused(() => this.#readMine(this.#round));
  }

  async #untilRefused(reading) {
    try {
      await reading();
    } catch (error) {
      // The page goes on with what it has and says that there is more.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  // True once there is no further page.
  async #readPages(status, round) {
    let after = null;
    while (this.#store.auctions.size < AUCTIONS_KEPT) {
      const page = await readAuctions({ after, limit: AUCTIONS_A_PAGE, status });
      if (round !== this.#round) return false;
      this.#store.addAuctions(page.auctions);
      if (page.next === null || page.auctions.length === 0) return true;
      after = page.next;
    }
    return false;
  }

  async #readMine(round) {
    for (const id of this.#standings.ids) {
      if (this.#store.auction(id) !== undefined) continue;
      const auction = await readLeanAuction(id).catch((error) => {
        if (error.status === 404) return null;
        throw error;
      });
      if (round !== this.#round) return;
      if (auction !== null) this.#store.addAuctions([auction], MINE_KEPT);
    }
  }
}
