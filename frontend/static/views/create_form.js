// The form that opens an auction. What the server would refuse is said before it is
// sent, next to the field.

import { createAuction } from '../connection/writes.js';
import { readAmount } from '../format/amounts.js';
import { formatDuration, formatFullTime } from '../format/locale.js';
import { bytesOf, shortened } from '../format/text.js';
import { DESCRIPTION_BYTES, DURATION_MOST_SECONDS, NAME_BYTES } from '../limits.js';
import { element } from '../parts/element.js';
import { Field } from '../parts/field.js';
import { FormStatus } from '../parts/form_status.js';
import { hashOf } from '../parts/router.js';
import { RuleOptions } from './rule_options.js';

const UNITS = {
  minutes: { words: 'minutes', seconds: 60 },
  hours: { words: 'hours', seconds: 3_600 },
  days: { words: 'days', seconds: 86_400 },
  seconds: { words: 'seconds', seconds: 1 },
  none: { words: 'no end', seconds: 0 },
};
const NAME_SHOWN = 80;

export class CreateForm {
  #clock;
  #identity;
  #name = new Field('Name', element('input', { name: 'name', autocomplete: 'off' }));
  #description = new Field('Description (optional)', element('textarea', {
    name: 'description', rows: 3,
  }));
  #start = new Field('Starting bid', element('input', {
    name: 'starting_bid', inputMode: 'decimal', autocomplete: 'off',
  }));
  #length = new Field('Duration', element('input', {
    name: 'duration', inputMode: 'numeric', value: '10', autocomplete: 'off',
  }));
  #unit = new Field('Unit of the duration', element('select', { name: 'unit' },
    ...Object.entries(UNITS).map(([value, { words }]) => (
      element('option', { value, textContent: words })))));
  #options;
  #link = element('a', { className: 'created-link', hidden: true, textContent: 'Open its page' });
  #status;

  constructor({ clock, identity }) {
    this.#clock = clock;
    this.#identity = identity;
    this.#options = new RuleOptions((seller) => this.#problemWithSeller(seller));
    const status = element('p', { className: 'form-status' });
    status.setAttribute('role', 'status');
    this.root = element('form', { id: 'create-form', noValidate: true, autocomplete: 'off' },
      this.#name.root, this.#description.root, this.#start.root,
      element('div', { className: 'field-row' }, this.#length.root, this.#unit.root),
      this.#options.root,
      element('button', { className: 'button button-primary', textContent: 'Create auction' }),
      status, this.#link);
    this.#status = new FormStatus(this.root);
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.root.addEventListener('input', () => this.#explain());
    this.#explain();
  }

  #explain() {
    this.#start.explain(this.#options.startInWords);
    const endless = this.#unit.value === 'none';
    this.#length.control.disabled = endless;
    if (endless) this.#length.clear();
    const { seconds } = this.#duration();
    let hint = '';
    if (endless) hint = 'Until you close it.';
    else if (seconds !== undefined) {
      hint = `${formatDuration(seconds)}, until ${formatFullTime(this.#clock.now() + seconds)}.`;
    }
    this.#length.explain(hint);
  }

  // { seconds }, or { problem }.
  #duration() {
    const unit = UNITS[this.#unit.value].seconds;
    if (unit === 0) return { seconds: 0 };
    const { amount, problem } = readAmount(this.#length.value);
    if (problem !== undefined) {
      return { problem: 'Write how long it takes as a number, or choose “no end”.' };
    }
    const seconds = Math.round(amount * unit);
    if (seconds < 1) return { problem: 'That is less than a second.' };
    if (seconds > DURATION_MOST_SECONDS) return { problem: 'That is more than a century.' };
    return { seconds };
  }

  #submit() {
    const fields = this.#checked();
    if (fields === null) {
      this.#status.say('');
      this.root.querySelector('[aria-invalid]').focus();
      return;
    }
    this.#link.hidden = true;
    const { seller = '' } = fields;
    const token = seller === this.#identity.name ? this.#proof : null;
    this.#status.follow((onTrouble) => createAuction(fields, onTrouble, token), ({ auction }) => {
      this.#name.control.value = '';
      this.#description.control.value = '';
      this.#start.control.value = '';
      this.#name.control.focus();
      this.#link.href = hashOf(['auctions', String(auction.id)]);
      this.#link.hidden = false;
      return `“${shortened(fields.name, NAME_SHOWN)}” ${opening(auction)}.`;
    });
  }

  get #proof() { return this.#identity.proof(this.#clock.now()); }

  // In a sentence, or null.
  #problemWithSeller(seller) {
    if (!this.#identity.needsTokens) return null;
    if (this.#proof === null) return 'This needs your token: press your name above to paste it.';
    return seller === this.#identity.name ? null
      : `Your token is for ${shortened(this.#identity.name, NAME_SHOWN)} alone.`;
  }

  // Null when something is wrong; each field then says what.
  #checked() {
    const name = this.#name.value;
    const description = this.#description.value;
    const start = readAmount(this.#start.value);
    const duration = this.#duration();
    const right = [
      this.#name.judge(nameProblem(name)),
      this.#description.judge(tooLong(description, DESCRIPTION_BYTES)),
      this.#start.judge(start.problem ?? null),
      this.#length.judge(duration.problem ?? null),
    ].every(Boolean);
    const rules = this.#options.read();
    if (!right || rules === null) return null;
    return {
      name, description, starting_bid: start.amount, duration_seconds: duration.seconds,
      ...rules,
    };
  }
}

function opening({ state, opens_at: at }) {
  return state === 'SCHEDULED' ? `opens ${formatFullTime(at)}` : 'is open for bids';
}

function nameProblem(name) {
  return name.trim() === '' ? 'Give it a name.' : tooLong(name, NAME_BYTES);
}

function tooLong(text, most) {
  const bytes = bytesOf(text);
  return bytes <= most ? null : `Too long: ${bytes} bytes, at most ${most}.`;
}
