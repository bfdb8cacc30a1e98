import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { address, call, open } from './client.ts';

const session = { getAccessToken: async () => 'old', refresh: async () => 'new' };
const by = { session, signal: new AbortController().signal };
const real = globalThis.fetch;
afterEach(() => void (globalThis.fetch = real));

/** Answers each request in turn and keeps what was asked. */
function serve(...answers: Response[]): { url: string; init: RequestInit }[] {
  const asked: { url: string; init: RequestInit }[] = [];
  globalThis.fetch = async (url, init = {}) => {
    asked.push({ url: String(url), init });
    return answers.shift() ?? Response.error();
  };
  return asked;
}

const problem = (status: number, code: string): Response =>
  new Response(JSON.stringify({ code, detail: 'd', request_id: 'r' }), { status, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '7' } });

test('an address has its parameters in place, encoded', () => {
  assert.equal(address('/api/recall/bot/{bot_id}', { bot_id: 'a/../b?c' }), '/api/recall/bot/a%2F..%2Fb%3Fc');
  assert.equal(address('/api/recall/chunks', {}, { bot_id: 'b&c', since: 0 }), '/api/recall/chunks?bot_id=b%26c&since=0');
  assert.equal(address('/api/recall/chunks', {}, { since: undefined }), '/api/recall/chunks');
});

test('a call sends its body as JSON with the token', async () => {
  const asked = serve(Response.json({ session_id: 'cs', url: 'https://stripe.example' }));
  const got = await call(by, 'post', '/api/checkout', { body: { tier: 'pro' } });
  assert.equal(got.url, 'https://stripe.example');
  const { url, init } = asked[0]!;
  assert.equal(url, '/api/checkout');
  assert.equal(init.method, 'POST');
  assert.equal(init.body, '{"tier":"pro"}');
  assert.equal(new Headers(init.headers).get('Authorization'), 'Bearer old');
});

test('an answer without a body is none', async () => {
  serve(new Response(null, { status: 204 }));
  assert.equal(await call(by, 'delete', '/api/recall/bot/{bot_id}', { path: { bot_id: 'b' } }), undefined);
});

test('an expired token is refreshed once', async () => {
  const asked = serve(problem(401, 'TOKEN_EXPIRED'), Response.json({ bots: [] }));
  assert.deepEqual(await call(by, 'get', '/api/recall/bots'), { bots: [] });
  assert.equal(new Headers(asked[1]!.init.headers).get('Authorization'), 'Bearer new');
  serve(problem(401, 'TOKEN_EXPIRED'), problem(401, 'TOKEN_EXPIRED'));
  await assert.rejects(call(by, 'get', '/api/recall/bots'), { code: 'TOKEN_EXPIRED' });
});

test('a refusal says its code, its words and how long to wait', async () => {
  serve(problem(429, 'BOT_LIMIT'));
  await assert.rejects(call(by, 'post', '/api/recall/bot', { body: { meeting_url: 'x' } }), { code: 'BOT_LIMIT', status: 429, detail: 'd', requestId: 'r', retryAfter: 7 });
});

test('nothing at all is a network error', async () => {
  globalThis.fetch = async () => { throw new TypeError('fetch failed'); };
  await assert.rejects(open(by, 'get', '/api/account/export'), { code: 'NETWORK' });
});

test('leaving the page is no refusal', async () => {
  globalThis.fetch = async () => { throw new DOMException('left', 'AbortError'); };
  await assert.rejects(call(by, 'get', '/api/calendar'), { name: 'AbortError' });
});
