// Amounts that people type, and the next one that they would say. On the wire they are JSON
// numbers with at most four decimals.

import { AMOUNT_DECIMALS, AMOUNT_MOST } from '../limits.js';
import { decimalsOf, formatMoney, lazily } from './locale.js';

const typed = lazily(() => new Intl.NumberFormat(undefined, {
  useGrouping: false, minimumFractionDigits: 2, maximumFractionDigits: AMOUNT_DECIMALS,
}));

// As readAmount() reads it.
export function formatForField(amount, currency = null) {
  if (currency === null) return typed().format(amount);
  const digits = decimalsOf(currency);
  return new Intl.NumberFormat(undefined, {
    useGrouping: false, minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(amount);
}

const UNITS_IN_ONE = 10 ** AMOUNT_DECIMALS;
const SMALLEST_STEP = 0.05;

// The next amount that a person would say: a round one, a few per cent above `price`.
// Null above what the server takes.
export function nextSensibleAmount(price) {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(price, 1)));
  const lead = price / magnitude;
  let step = magnitude / 10;
  if (lead < 5) step = magnitude / 20;
  if (lead < 2.5) step = magnitude / 40;
  // In ten-thousandths, where the arithmetic is exact.
  const stepUnits = Math.round(Math.max(step, SMALLEST_STEP) * UNITS_IN_ONE);
  const priceUnits = Math.round(price * UNITS_IN_ONE);
  const next = (Math.floor(priceUnits / stepUnits) + 1) * stepUnits / UNITS_IN_ONE;
  return next <= AMOUNT_MOST ? next : null;
}

// What the next bid on an auction would sensibly be; null where there is none.
export function suggestedBid({ current_bid: price, currency, rules }) {
  const sensible = nextSensibleAmount(price);
  const least = rules?.min_next_bid ?? null;
  if (least === null) return sensible;
  if (rules.increments !== null || sensible === null) return least;
  const fine = 10 ** decimalsOf(currency);
  return Math.max(least, Math.ceil(sensible * fine) / fine);
}

const COMPUTERS = /^\d*\.\d*$/;

// How numbers are written where the reader is.
const notation = lazily(() => {
  const parts = new Intl.NumberFormat().formatToParts(-1234567.5);
  const signOf = (type, usual) => parts.find((part) => part.type === type)?.value ?? usual;
  const escaped = (sign) => sign.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const decimal = signOf('decimal', '.');
  const group = signOf('group', ',');
  const fraction = `(?:${escaped(decimal)}\\d*)?`;
  const digits = new Intl.NumberFormat(undefined, { useGrouping: false }).format(9_876_543_210);
  return {
    decimal,
    group,
    plain: new RegExp(`^\\d*${fraction}$`),
    grouped: new RegExp(
      `^\\d{1,3}(?:${escaped(group)}\\d{2,3})*${escaped(group)}\\d{3}${fraction}$`),
    digits: [...digits].reverse(),
  };
});

// What somebody typed, in a currency or the house's own: { amount }, or { problem } with a
// sentence. Of two readings the locale's is taken: 1.250 is a thousand and more where points group
// digits.
export function readAmount(text, currency = null) {
  const { decimal, group, ...written } = notation();
  const plain = [...text.replace(/[\s\p{Sc}’'\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')]
    .map((sign) => {
      const digit = written.digits.indexOf(sign);
      return digit < 0 ? sign : String(digit);
    }).join('');
  if (plain === '') return { problem: 'Write an amount.' };
  if (/^[-−]/.test(plain)) return { problem: 'The amount must be above zero.' };

  let digits = null;
  if (written.plain.test(plain)) digits = plain.replace(decimal, '.');
  else if (written.grouped.test(plain)) digits = plain.replaceAll(group, '').replace(decimal, '.');
  else if (COMPUTERS.test(plain)) digits = plain;
  if (digits === null || !/\d/.test(digits)) {
    return { problem: `Write the amount in digits, like ${formatForField(1250.5)}.` };
  }
  if ((digits.split('.')[1] ?? '').replace(/0+$/, '').length > decimalsOf(currency)) {
    return { problem: tooFine(currency) };
  }
  const amount = Number(digits);
  if (amount === 0) return { problem: 'The amount must be above zero.' };
  if (amount > AMOUNT_MOST) return { problem: `That is more than ${formatMoney(AMOUNT_MOST)}.` };
  return { amount };
}

function tooFine(currency) {
  if (currency === null) return 'An amount has four decimals at most.';
  const most = decimalsOf(currency);
  return `An amount in ${currency} has ${most === 0 ? 'no decimals' : `${most} decimals at most`}.`;
}
