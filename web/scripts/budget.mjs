// Holds the first load to its budget: what a browser fetches before the first
// page can be used, compressed. What a page loads later is not counted.

import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 120_000;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

/** A file of the build and everything it cannot start without. */
function needs(name, seen = new Set()) {
  const chunk = manifest[name];
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const next of chunk.imports ?? []) needs(next, seen);
  return seen;
}

const zipped = (file) => gzipSync(readFileSync(new URL(file, dist))).length;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const weigh = (files) => [...files].reduce((sum, file) => sum + zipped(file), 0);
const shell = new Set(['index.html', ...needs('index.html')]);
const auth = needs('src/auth/cognito.ts');
let [over, largest] = [0, 0];
for (const page of manifest['index.html'].dynamicImports.filter((name) => name.startsWith('src/pages/'))) {
  const size = weigh(new Set([...shell, ...needs(page)]));
  const whole = weigh(new Set([...shell, ...needs(page), ...auth]));
  if (whole > budget) over++;
  largest = Math.max(largest, whole);
  if (whole > budget || process.argv.includes('-v')) console.log(`${kB(size)}, with the auth module ${kB(whole)}  ${page}`);
}
rmSync(new URL('.vite', dist), { recursive: true });
console.log(`${over ? '✗' : '✓'} site: the first load of a page is at most ${kB(largest)} of ${kB(budget)}, compressed and signed in`);
process.exit(over ? 1 : 0);
