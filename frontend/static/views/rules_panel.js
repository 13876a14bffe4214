// The rules of an auction in sentences, for who is about to bid on it.

import { formatFullTime, formatMoney, formatSpan } from '../format/locale.js';
import { shortened } from '../format/text.js';
import { SOFT_CLOSE_MOST_TIMES, TEXT_SHOWN } from '../limits.js';
import { element } from '../parts/element.js';
import { isOpen } from '../state/auction.js';
import { isAtItsLastEnd, isScheduled, needsToken } from '../state/rules.js';

export class RulesPanel {
  #identity;
  #list = element('ul', { className: 'rules-list' });
  #drawn = '';

  constructor({ identity }) {
    this.#identity = identity;
    this.root = element('div', { className: 'rules' },
      element('h4', { textContent: 'How it is sold' }), this.#list);
  }

  draw(auction) {
    const sentences = auction.rules === null
      ? [] : [...sentencesOf(auction), ...tokenRule(auction, this.#identity)];
    this.root.hidden = sentences.length === 0;
    const drawn = sentences.join('\n');
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#list.replaceChildren(...sentences.map((textContent) => (
      element('li', { className: 'data', textContent }))));
  }
}

function sentencesOf(auction) {
  const { rules } = auction;
  const open = isOpen(auction);
  const money = (amount) => formatMoney(amount, auction.currency);
  const sentences = [];
  const say = (condition, make) => { if (condition) sentences.push(make()); };

  say(rules.outcome, () => outcomeOf(rules, money));
  say(open && isScheduled(auction), () => `Bidding opens ${formatFullTime(rules.opens_at)}.`);
  say(rules.format === 'sealed_first_price', () => 'Bids are hidden until the end. The highest '
    + 'one wins and is paid. You have one bid, which you can raise.');
  say(rules.format === 'vickrey', () => 'Bids are hidden until the end. The highest one wins, and '
    + 'the second highest is paid: bid what it is worth to you. You can raise your bid.');
  say(rules.dutch, () => dutchRule(rules.dutch, money));
  say(rules.proxy, () => 'Say the most that you would pay. Bids are made for you, only as high as '
    + 'it takes to lead, and nobody sees your maximum while you do.');
  say(rules.increments !== null, () => stepsRule(rules.increments, money));
  say(open && rules.reserve_met === false, () => 'The seller’s lowest price is secret and not '
    + 'reached yet: reserve not met. Below it nothing is sold.');
  say(open && rules.reserve_met === true, () => 'The reserve, the seller’s secret lowest price, '
    + 'is met.');
  say(open && rules.can_buy_now, () => (rules.buy_now_policy === 'always'
    ? `Who pays ${money(rules.buy_now_price)} has it at once, at any time.`
    : `Who pays ${money(rules.buy_now_price)} has it at once, until the first bid.`));
  say(rules.soft_close, () => (open && isAtItsLastEnd(auction)
    ? `No bid moves the end any more: bids are taken until ${formatFullTime(auction.closing_time)}.`
    : softCloseRule(rules.soft_close)));
  say(rules.retractions, () => 'Bids can be taken back, and everyone sees it: all of them while '
    + 'more than twelve hours are left, then only the latest, within an hour.');
  say(rules.seller, () => `Sold by ${shortened(rules.seller, TEXT_SHOWN)}, who cannot bid.`);
  return sentences;
}

// Without it somebody else could do in a bidder's name what nobody sees.
function tokenRule(auction, { needsTokens }) {
  if (!isOpen(auction) || !needsTokens) return [];
  if (needsToken(auction)) {
    return ['To bid here you need your token, which proves that you are the bidder.'];
  }
  return auction.rules.retractions ? ['To take bids back you need your token.'] : [];
}

function outcomeOf({ outcome, winner, price, reserve_met: met }, money) {
  if (outcome === 'SOLD') return `Sold to ${shortened(winner, TEXT_SHOWN)} for ${money(price)}.`;
  if (outcome === 'CANCELLED') return 'Cancelled: nobody has it.';
  return met === false ? 'Not sold: the reserve was not met.' : 'Not sold.';
}

function dutchRule({ floor, step, interval_seconds: interval }, money) {
  return `The price falls by ${money(step)} at a time, after ${formatSpan(interval)} each, to `
    + `${money(floor)} at the lowest. The first to accept it wins.`;
}

function stepsRule(increments, money) {
  if (increments === 'ebay') {
    return 'Bids rise in steps that grow with the price, from 0.05 below 1 to 100 above 5,000.';
  }
  if (Number.isFinite(increments)) return `Each bid is ${money(increments)} higher, or more.`;
  if (!Array.isArray(increments)) return 'Bids rise in steps.';
  const steps = increments.map(({ below, step }) => (
    Number.isFinite(below) ? `${money(step)} below ${money(below)}` : `${money(step)} above`));
  return `Bids rise in steps: ${steps.join(', ')}.`;
}

function softCloseRule({
  window_seconds: lastSeconds, extension_seconds: extension, max_times: most, hard_end: hardEnd,
}) {
  let times = most === 1 ? ', once at most' : `, ${most} times at most`;
  if (most >= SOFT_CLOSE_MOST_TIMES) times = ''; // the seller has set no limit
  const latest = Number.isFinite(hardEnd) ? `, and ${formatFullTime(hardEnd)} at the latest` : '';
  return `A bid in the last ${formatSpan(lastSeconds)} moves the end to `
    + `${formatSpan(extension)} after it${times}${latest}.`;
}
