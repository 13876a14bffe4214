// The operator's token (ADMIN_TOKEN), for as long as this tab is open and in no other: it is worth
// more than a bidder's.

const KEY = 'gavel.operator';

// As writes take a token: { text }, or null.
export function operatorToken() {
  try {
    const text = sessionStorage.getItem(KEY);
    return text ? { text } : null;
  } catch {
    return null;
  }
}

// '' forgets it.
export function keepOperatorToken(text) {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // Forbidden.
  }
}
