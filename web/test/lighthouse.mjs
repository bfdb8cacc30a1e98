// Lighthouse on the built site, as a phone on a slow line sees it.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import lighthouse from 'lighthouse';
import { fleet, launch } from './browser.mjs';

const wanted = 95;
const categories = ['performance', 'accessibility', 'best-practices'];
let [browser, port] = [undefined, 0];
before(async () => {
  port = await freePort();
  browser = await launch([`--remote-debugging-port=${port}`]);
});
after(() => browser.close());

for (const path of ['/', '/sign-up', '/sign-in', '/terms']) {
  test(`${path} has ${wanted} or more in each category`, async (t) => {
    const { lhr, got } = await measure(t, path);
    const weak = Object.entries(lhr.audits).filter(([, a]) => a.score !== null && a.score < 0.9).map(([id, a]) => `${id}: ${a.displayValue ?? a.title}`);
    for (const c of categories) assert.ok(got[c] >= wanted, `${c} is ${got[c]}; weak: ${weak.join(', ')}`);
    assert.equal(lhr.audits['cumulative-layout-shift'].numericValue, 0, 'nothing moves once it is shown');
  });
}

/**
 * The best of three: what else runs on this machine makes a page slower, and
 * nothing makes it faster than it is.
 */
async function measure(t, path) {
  let best;
  for (let n = 0; n < 3 && !(best && categories.every((c) => best.got[c] >= wanted)); n++) {
    const { lhr } = await lighthouse(`${fleet.site}${path}`, { port, onlyCategories: categories, logLevel: 'error' });
    const got = Object.fromEntries(categories.map((c) => [c, Math.round(lhr.categories[c].score * 100)]));
    t.diagnostic(`${path} ${JSON.stringify(got)}`);
    if (!best || got.performance > best.got.performance) best = { lhr, got };
  }
  return best;
}

function freePort() {
  return new Promise((ok) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => ok(port));
    });
  });
}
