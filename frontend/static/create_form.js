// The form that opens an auction.

import { createAuction } from './api.js';
import { FormStatus } from './form_status.js';
import { typedNumber } from './money.js';

export class CreateForm {
  #form = document.getElementById('create-form');
  #status = new FormStatus(this.#form);

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  #submit() {
    const typed = this.#form.elements;
    const fields = {
      name: typed.name.value,
      description: typed.description.value,
      starting_bid: typedNumber(typed.starting_bid.value),
    };
    const duration = typed.duration_seconds.value.trim();
    if (duration !== '') fields.duration_seconds = typedNumber(duration);

    this.#status.follow(() => createAuction(fields), () => {
      this.#form.reset();
      typed.name.focus();
      return `“${fields.name}” is open for bids.`;
    });
  }
}
