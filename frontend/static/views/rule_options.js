// The rules that a seller may give an auction, behind "More options". Each is left out unless it
// is wanted; which go together the format says, and the server checks all of them again.

import { readAmount } from '../format/amounts.js';
import { bytesOf } from '../format/text.js';
import { BIDDER_BYTES, SOFT_CLOSE_MOST_MINUTES } from '../limits.js';
import { element } from '../parts/element.js';
import { Field } from '../parts/field.js';

const FORMATS = {
  english: 'Rising bids, the highest wins',
  sealed_first_price: 'Hidden bids, the winner pays the own bid',
  vickrey: 'Hidden bids, the winner pays the second highest',
  dutch: 'Falling price, the first to accept wins',
};
const STEPS = {
  none: 'any amount above the price', fixed: 'of one amount', ebay: 'as eBay has',
  table: 'by a table of my own',
};
const BUY_NOW = { until_first_bid: 'until the first bid', always: 'at any time' };

const OF_FORMAT = {
  english: ['proxy', 'steps', 'step', 'table', 'reserve', 'buyNow', 'policy', 'soft', 'softTimes',
    'hardEnd', 'retractions'],
  sealed_first_price: ['reserve'],
  vickrey: ['reserve'],
  dutch: ['floor', 'fall', 'interval'],
};

export class RuleOptions {
  #problemWithSeller;
  #format = new Field('Format', select('format', FORMATS));
  #shared = {
    seller: new Field('Seller (optional)', textInput('seller'), 'Shown to all, and cannot bid.'),
    opens: new Field('Opens (optional)', textInput('opens_at', { type: 'datetime-local' }),
      'Empty: at once.'),
    currency: new Field('Currency (optional)', textInput('currency', { maxLength: 3 }),
      'Three letters, like EUR.'),
  };
  #ofFormat = {
    proxy: check('proxy', 'Maximum bids: the auction bids for each bidder, only as needed'),
    steps: new Field('Steps of bids', select('steps', STEPS)),
    step: new Field('Step', amountInput('step')),
    table: new Field('Steps, a line each', element('textarea', {
      name: 'steps_table', rows: 3, spellcheck: false, placeholder: '1 below 100\n5 below 1000\n10',
    }), 'The step, and below which price; the last line has the step alone.'),
    reserve: new Field('Reserve (optional)', amountInput('reserve'),
      'Secret. Below it nothing is sold.'),
    buyNow: new Field('Buy it now for (optional)', amountInput('buy_now_price')),
    policy: new Field('Can be bought', select('buy_now_policy', BUY_NOW)),
    soft: new Field('Minutes by which a late bid extends it (optional)',
      textInput('soft_minutes', { inputMode: 'numeric' }),
      'A bid in the last so many minutes moves the end, so that others can answer.'),
    softTimes: new Field('At most so many times (optional)',
      textInput('soft_times', { inputMode: 'numeric' })),
    hardEnd: new Field('And never past (optional)',
      textInput('hard_end', { type: 'datetime-local' })),
    retractions: check('retractions', 'Bidders can take bids back'),
    floor: new Field('Lowest price', amountInput('floor')),
    fall: new Field('Falls by', amountInput('fall')),
    interval: new Field('Every … seconds', textInput('interval', {
      inputMode: 'numeric', value: '60',
    })),
  };

  // problemWithSeller(name): in a sentence, or null.
  constructor(problemWithSeller) {
    this.#problemWithSeller = problemWithSeller;
    const parts = [this.#format, ...Object.values(this.#shared), ...Object.values(this.#ofFormat)];
    this.root = element('details', { className: 'more-options' },
      element('summary', { textContent: 'More options' }),
      element('div', { className: 'options' }, ...parts.map(({ root }) => root)));
    for (const { root } of [this.#format, this.#ofFormat.table]) root.classList.add('is-wide');
    this.root.addEventListener('input', () => this.#show());
    this.#show();
  }

  // What the server takes, or null when something is wrong; each field then says what.
  read() {
    const format = this.#format.value;
    const fields = {};
    const right = [this.#readShared(fields), this.#readOfFormat(format, fields)].every(Boolean);
    if (!right) this.root.open = true;
    return right ? fields : null;
  }

  // What the starting bid is to this auction.
  get startInWords() {
    const format = this.#format.value;
    if (format === 'dutch') return 'The price begins here and falls.';
    const canBeBid = format !== 'english' || this.#ofFormat.steps.value !== 'none';
    return canBeBid ? 'The least that can be bid.' : 'The first bid must be above it.';
  }

  #show() {
    const shown = new Set(OF_FORMAT[this.#format.value]);
    const { steps, buyNow, soft } = this.#ofFormat;
    if (steps.value !== 'fixed') shown.delete('step');
    if (steps.value !== 'table') shown.delete('table');
    if (buyNow.value.trim() === '') shown.delete('policy');
    if (soft.value.trim() === '') for (const name of ['softTimes', 'hardEnd']) shown.delete(name);
    for (const [name, { root }] of Object.entries(this.#ofFormat)) root.hidden = !shown.has(name);
  }

  #readShared(fields) {
    const { seller, opens, currency } = this.#shared;
    let problem = bytesOf(seller.value) > BIDDER_BYTES ? 'That name is too long.' : null;
    if (seller.value.trim() !== '') {
      fields.seller = seller.value;
      problem ??= this.#problemWithSeller(seller.value);
    }
    const code = currency.value.trim().toUpperCase();
    if (code !== '') fields.currency = code;
    if (opens.value !== '') fields.opens_at = secondsOf(opens.value);
    return [
      seller.judge(problem),
      currency.judge(code === '' || /^[A-Z]{3}$/.test(code) ? null : 'Write three letters.'),
      judgeTime(opens),
    ].every(Boolean);
  }

  #readOfFormat(format, fields) {
    if (format !== 'english') fields.format = format;
    if (format === 'dutch') return this.#readDutch(fields);
    const right = [this.#readAmount('reserve', 'reserve', fields, { optional: true })];
    if (format === 'english') right.push(this.#readEnglish(fields));
    return right.every(Boolean);
  }

  #readEnglish(fields) {
    const { proxy, steps, buyNow, policy, retractions } = this.#ofFormat;
    if (proxy.control.checked) fields.proxy = true;
    if (retractions.control.checked) fields.retractions = true;
    if (steps.value === 'ebay') fields.increments = 'ebay';
    const right = [
      this.#readAmount('buyNow', 'buy_now_price', fields, { optional: true }),
      steps.value !== 'fixed' || this.#readAmount('step', 'increments', fields),
      steps.value !== 'table' || this.#readTable(fields),
      this.#readSoftClose(fields),
    ];
    if (buyNow.value.trim() !== '') fields.buy_now_policy = policy.value;
    const stepless = fields.proxy && steps.value === 'none' && fields.currency === undefined;
    right.push(steps.judge(stepless ? 'Maximum bids need steps, or a currency.' : null));
    return right.every(Boolean);
  }

  #readTable(fields) {
    const { table } = this.#ofFormat;
    fields.increments = readSteps(table.value);
    return table.judge(fields.increments === null
      ? 'Write lines like “1 below 100”, and at last the step alone.' : null);
  }

  #readSoftClose(fields) {
    const { soft, softTimes, hardEnd } = this.#ofFormat;
    if (soft.value.trim() === '') return soft.judge(null);
    const { amount: minutes, problem } = readAmount(soft.value);
    const seconds = Math.round(minutes * 60);
    if (problem !== undefined || seconds < 1 || minutes > SOFT_CLOSE_MOST_MINUTES) {
      return soft.judge(`Write minutes, at most ${SOFT_CLOSE_MOST_MINUTES}.`);
    }
    const times = softTimes.value.trim() === '' ? null : Number(softTimes.value);
    fields.soft_close = {
      window_seconds: seconds, extension_seconds: seconds, max_times: times,
      hard_end: hardEnd.value === '' ? null : secondsOf(hardEnd.value),
    };
    const countable = times === null || (Number.isSafeInteger(times) && times > 0);
    return [
      soft.judge(null), judgeTime(hardEnd),
      softTimes.judge(countable ? null : 'Write a whole number.'),
    ].every(Boolean);
  }

  #readDutch(fields) {
    const { interval } = this.#ofFormat;
    fields.dutch = {};
    const seconds = Number(interval.value);
    fields.dutch.interval_seconds = seconds;
    return [
      this.#readAmount('floor', 'floor', fields.dutch),
      this.#readAmount('fall', 'step', fields.dutch),
      interval.judge(Number.isSafeInteger(seconds) && seconds > 0 ? null : 'Write whole seconds.'),
    ].every(Boolean);
  }

  #readAmount(from, to, fields, { optional = false } = {}) {
    const field = this.#ofFormat[from];
    if (optional && field.value.trim() === '') return field.judge(null);
    const { amount, problem } = readAmount(field.value);
    fields[to] = amount;
    return field.judge(problem ?? null);
  }
}

// From lines like `1 below 100`, with the step alone in the last one; null of other text.
function readSteps(text) {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const rows = lines.map((line) => {
    const [step, below] = line.split(/\s+below\s+/i).map((word) => readAmount(word).amount);
    return below === undefined ? { step } : { step, below };
  });
  const right = rows.length > 0 && rows.every(({ step, below }, i) => (
    step !== undefined && (below !== undefined) === (i < rows.length - 1)));
  return right ? rows : null;
}

function secondsOf(localTime) {
  return new Date(localTime).getTime() / 1_000;
}

function judgeTime(field) {
  return field.judge(field.control.validity.badInput ? 'Write a day and a time.' : null);
}

function textInput(name, properties = {}) {
  return element('input', { name, autocomplete: 'off', ...properties });
}

function amountInput(name) {
  return textInput(name, { inputMode: 'decimal' });
}

function select(name, choices) {
  return element('select', { name }, ...Object.entries(choices).map(([value, textContent]) => (
    element('option', { value, textContent }))));
}

// What can be ticked, in place of a Field.
function check(name, words) {
  const control = element('input', { type: 'checkbox', name });
  return { control, root: element('label', { className: 'check' }, control, words) };
}
