import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextOf } from './next.ts';
import { home, routeOf, routes } from './routes.ts';

const tests: { name: string; next: string; want: string }[] = [
  { name: 'a page of ours', next: '/account', want: '/account' },
  { name: 'a page with a query', next: '/notetaker?bot=b_1', want: '/notetaker?bot=b_1' },
  { name: 'a page with a slash at its end', next: '/plan/', want: '/plan/' },
  { name: 'nothing', next: '', want: home },
  { name: 'another site', next: 'https://evil.example/account', want: home },
  { name: 'another site without its scheme', next: '//evil.example/account', want: home },
  { name: 'another site behind a backslash', next: '/\\evil.example/account', want: home },
  { name: 'another site behind a tab', next: '/\t/evil.example/account', want: home },
  { name: 'a script', next: 'javascript:alert(1)', want: home },
  { name: 'an answer of the API', next: '/api/account/export', want: home },
  { name: 'a page that is not there', next: '/nowhere', want: home },
];

for (const { name, next, want } of tests) {
  test(`nextOf reads ${name}`, () => assert.equal(nextOf(new URLSearchParams({ next }), 'https://callanalyst.app'), want));
}

test('every path is there once, and home is one of them', () => {
  assert.equal(new Set(routes.map((r) => r.path)).size, routes.length);
  assert.equal(routeOf(home)?.who, 'signed-in');
});
