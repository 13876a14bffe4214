// Amounts are JSON numbers with at most four decimals.

const shown = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 4,
});

// Above this a double no longer holds single units, and a digit string that
// long would only break the layout.
const LONGEST_WRITTEN_OUT = 1e15;

export function formatMoney(amount) {
  if (!Number.isFinite(amount)) return '–';
  if (Math.abs(amount) >= LONGEST_WRITTEN_OUT) return `$${amount.toExponential()}`;
  return `$${shown.format(amount)}`;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

// What a person typed, as a number if it is one. Anything else is passed on as
// it is: the server says what is wrong with it, in the words other clients read.
export function typedNumber(text) {
  const trimmed = text.trim();
  const number = Number(trimmed);
  return DECIMAL.test(trimmed) && Number.isFinite(number) ? number : trimmed;
}
