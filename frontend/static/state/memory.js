// What the browser keeps for this page. A browser may forbid it; then nothing is
// kept, and nothing else changes.

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Full or forbidden.
  }
}

// Null too when it is not what remember() was given.
export function recallObject(key) {
  try {
    return JSON.parse(recall(key));
  } catch {
    return null;
  }
}
