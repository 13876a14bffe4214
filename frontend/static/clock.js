// Times on the wire are Unix seconds with a fraction.

import { element } from './element.js';

const timeOfDay = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit', minute: '2-digit', second: '2-digit',
});
const fullTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export function timeElement(unixSeconds) {
  const date = new Date(unixSeconds * 1000);
  if (Number.isNaN(date.getTime())) return element('time', {});
  return element('time', {
    dateTime: date.toISOString(),
    title: fullTime.format(date),
    textContent: timeOfDay.format(date),
  });
}

export function secondsUntil(unixSeconds) {
  return unixSeconds - Date.now() / 1000;
}

const twoDigits = (number) => String(number).padStart(2, '0');

export function formatRemaining(seconds) {
  // The server decides when an auction is over; until it says so, this page
  // does not claim it.
  if (seconds <= 0) return 'Ending…';
  const whole = Math.ceil(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3_600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days > 0) return `${days}d ${twoDigits(hours)}h`;
  if (hours > 0) return `${hours}h ${twoDigits(minutes)}m`;
  if (minutes > 0) return `${minutes}m ${twoDigits(whole % 60)}s`;
  return `${whole}s`;
}
