// A formatter of the browser's takes milliseconds to make, and the first look needs few.

export function lazily(make) {
  let made;
  return () => (made ??= make());
}
