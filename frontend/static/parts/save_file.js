// Hands a file to the reader that was made in the page.

import { element } from './element.js';

export function saveFile(blob, name) {
  const href = URL.createObjectURL(blob);
  const link = element('a', { href, download: name });
  link.click();
  // Not at once: the browser begins to read it after this.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
