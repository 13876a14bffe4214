// Amounts, numbers, times and durations as the reader's locale writes them. Times on the
// wire are Unix seconds with a fraction.

import { AMOUNT_DECIMALS } from '../limits.js';
import { element } from '../parts/element.js';

// A formatter of the browser's takes milliseconds to make, and the first look needs few.
export function lazily(make) {
  let made;
  return () => (made ??= make());
}

const money = (currency, options) => new Intl.NumberFormat(undefined, {
  style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...options,
});
// Amounts without a currency of their own.
const HOUSE = 'USD';
const shown = lazily(() => money(HOUSE, {
  minimumFractionDigits: 2, maximumFractionDigits: AMOUNT_DECIMALS,
}));
const shortly = { notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 2 };
const axis = lazily(() => money(HOUSE, shortly));
const byCurrency = new Map();

function inCurrency(currency) {
  if (!byCurrency.has(currency)) byCurrency.set(currency, money(currency));
  return byCurrency.get(currency);
}

const whole = lazily(() => new Intl.NumberFormat());

// Above this a double no longer holds single units, and a digit string that
// long would only break the layout.
const LONGEST_WRITTEN_OUT = 1e15;

// currency: a code of ISO 4217, or null.
export function formatMoney(amount, currency = null) {
  if (!Number.isFinite(amount)) return '–';
  if (Math.abs(amount) >= LONGEST_WRITTEN_OUT) return `$${amount.toExponential()}`;
  return (currency === null ? shown() : inCurrency(currency)).format(amount);
}

// For the axis of a chart.
export function formatMoneyShortly(amount, currency = null) {
  return (currency === null ? axis() : money(currency, shortly)).format(amount);
}

// How many an amount of that currency can have.
export function decimalsOf(currency) {
  return currency === null
    ? AMOUNT_DECIMALS : inCurrency(currency).resolvedOptions().maximumFractionDigits;
}

export function formatWhole(number) {
  return Number.isFinite(number) ? whole().format(number) : '–';
}

const dateFormat = (options) => lazily(() => new Intl.DateTimeFormat(undefined, options));
const timeOfDay = dateFormat({ timeStyle: 'medium' });
const shortTime = dateFormat({ timeStyle: 'short' });
const fullTime = dateFormat({ dateStyle: 'medium', timeStyle: 'medium' });
const dayAndTime = dateFormat({
  month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit',
});

const DAY_SECONDS = 86_400;
const SECONDS_IN = { day: DAY_SECONDS, hour: 3_600, minute: 60, second: 1 };

function dateOf(unixSeconds) {
  const date = new Date(unixSeconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date;
}

// The time of day, and the whole date to who points at it.
export function timeElement(unixSeconds) {
  const date = dateOf(unixSeconds);
  if (date === null) return element('time', {});
  return element('time', {
    dateTime: date.toISOString(),
    title: fullTime().format(date),
    textContent: formatTime(unixSeconds),
  });
}

// The time of day for today, else with the day.
export function formatTime(unixSeconds) {
  const date = dateOf(unixSeconds);
  if (date === null) return '';
  const today = date.toDateString() === new Date().toDateString();
  return today ? timeOfDay().format(date) : dayAndTime().format(date);
}

export function formatFullTime(unixSeconds) {
  const date = dateOf(unixSeconds);
  return date === null ? '' : fullTime().format(date);
}

// For the axis of a chart that spans `spanSeconds`.
export function formatTick(unixSeconds, spanSeconds) {
  const date = dateOf(unixSeconds);
  if (date === null) return '';
  if (spanSeconds > DAY_SECONDS) return dayAndTime().format(date);
  return (spanSeconds < 600 ? timeOfDay : shortTime)().format(date);
}

const unit = (name, options) => lazily(() => new Intl.NumberFormat(undefined, {
  style: 'unit', unit: name, unitDisplay: 'narrow', ...options,
}));
const twoDigits = { minimumIntegerDigits: 2 };
const days = unit('day');
const hours = unit('hour');
const minutes = unit('minute');
const seconds = unit('second');
const hoursAfter = unit('hour', twoDigits);
const minutesAfter = unit('minute', twoDigits);
const secondsAfter = unit('second', twoDigits);
const tenths = unit('second', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

// Near the end, tenths of a second count.
const TENTHS_BELOW_SECONDS = 10;

export function formatRemaining(remaining, atLast = 'Ending…') {
  // The server decides when an auction is over; until it says so, this page
  // does not claim it.
  if (remaining <= 0) return atLast;
  if (remaining < TENTHS_BELOW_SECONDS) return tenths().format(Math.ceil(remaining * 10) / 10);
  return formatDuration(Math.ceil(remaining));
}

// Of whole seconds, in two units at most.
export function formatDuration(whole) {
  const d = Math.floor(whole / DAY_SECONDS);
  const h = Math.floor(whole / 3_600) % 24;
  const m = Math.floor(whole / 60) % 60;
  const s = Math.floor(whole) % 60;
  if (d > 0) return `${days().format(d)} ${hoursAfter().format(h)}`;
  if (h > 0) return `${hours().format(h)} ${minutesAfter().format(m)}`;
  if (m > 0) return `${minutes().format(m)} ${secondsAfter().format(s)}`;
  return seconds().format(s);
}

// Of whole seconds: in one unit and in full where that says all of it.
export function formatSpan(whole) {
  const fits = ['day', 'hour', 'minute', 'second']
    .find((name) => whole % SECONDS_IN[name] === 0 || name === 'second');
  if (fits === 'second' && whole > SECONDS_IN.minute) return formatDuration(whole);
  return new Intl.NumberFormat(undefined, {
    style: 'unit', unit: fits, unitDisplay: 'long',
  }).format(whole / SECONDS_IN[fits]);
}

export function formatMilliseconds(ms) {
  if (!Number.isFinite(ms)) return '–';
  return millisecond().format(ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms));
}

const millisecond = lazily(() => new Intl.NumberFormat(undefined, {
  style: 'unit', unit: 'millisecond', maximumFractionDigits: 1,
}));
