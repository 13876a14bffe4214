// Where the reader is: the part of the address after the #, which can be shared and
// bookmarked. `#/auctions?q=lamp` is { path: ['auctions'], query: q=lamp }.

export function addressIn(hash) {
  const [path, query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  return {
    path: path.split('/').filter((part) => part !== '').map(decoded),
    query: new URLSearchParams(query),
  };
}

// Parameters that are empty or null are left out.
export function hashOf(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

// Keeps the address in step with what is shown, without a step in the history.
export function replaceHash(hash) {
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
