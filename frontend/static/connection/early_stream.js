// Opens the stream while the rest of the page is still on its way, so that the snapshot is
// here when there is somebody to take it. Imports nothing: index.html asks for this file
// before all others.

export const STREAM_PATH = '/api/updates/stream?lean=1&notices=1';
export const STREAM_TYPES = ['snapshot', 'auction', 'history', 'notice', 'ping'];

const openedAt = Date.now();
const heard = [];
const listen = (event) => heard.push(event);
let source = new EventSource(STREAM_PATH);
for (const type of STREAM_TYPES) source.addEventListener(type, listen);

// Once: { source, openedAt, heard }, with what came so far in its order. Then null.
export function takeEarlyStream() {
  if (source === null) return null;
  const early = { source, openedAt, heard };
  for (const type of STREAM_TYPES) source.removeEventListener(type, listen);
  source = null;
  return early;
}
