// What index.html names beforehand is what the first look needs: the browser then asks for all
// of it at once instead of finding out file by file.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const STATIC = fileURLToPath(new URL('../../frontend/static/', import.meta.url));
const IMPORTED = /^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gm;

async function withImports(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(join(STATIC, file), 'utf8');
  for (const [, path] of text.matchAll(IMPORTED)) {
    await withImports(normalize(join(dirname(file), path)), seen);
  }
  return seen;
}

test('index.html preloads the modules of the first look, each of them and no other', async () => {
  const page = await readFile(join(STATIC, 'index.html'), 'utf8');
  const named = [...page.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, href]) => href);
  const needed = await withImports('app.js');
  needed.delete('app.js');
  assert.deepEqual([...named].sort(), [...needed].sort());
});
