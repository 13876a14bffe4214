// A key the server remembers: the same request sent twice under one key is done
// once. It needs to be unique, not secret.

export function newIdempotencyKey() {
  // randomUUID exists only in secure contexts, and a dashboard on a plain-http
  // host of the local network is not one.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
