// Text from people: as long and as odd as they like.

const encoder = new TextEncoder();

// As the server counts it.
export function bytesOf(text) {
  return encoder.encode(text).length;
}

// For one line among others. Whole characters, so that no emoji is cut in half.
export function shortened(text, most) {
  if (text.length <= most) return text;
  return `${[...text.slice(0, 2 * most)].slice(0, most - 1).join('')}…`;
}
