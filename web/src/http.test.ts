import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ApiError, send, type Tokens } from './http.ts';

const real = globalThis.fetch;
afterEach(() => { globalThis.fetch = real; });

/** Answers requests from a list, and keeps the tokens they came with. */
function answering(...answers: (() => Response)[]): string[] {
  const seen: string[] = [];
  globalThis.fetch = async (_, init) => {
    seen.push(new Headers(init?.headers).get('Authorization') ?? '');
    const next = answers.shift();
    if (!next) throw new TypeError('Failed to fetch');
    return next();
  };
  return seen;
}

const tokens: Tokens = { getAccessToken: async () => 'old', refresh: async () => 'new' };
const problem = (status: number, code: string, headers = {}): Response =>
  new Response(JSON.stringify({ code, detail: 'why', request_id: 'r-1' }), { status, headers });

test('an expired token is refreshed once, and the request repeated', async () => {
  const seen = answering(() => problem(401, 'TOKEN_EXPIRED'), () => new Response('{}'));
  assert.equal((await send(tokens, '/api/profile')).status, 200);
  assert.deepEqual(seen, ['Bearer old', 'Bearer new']);
});

test('a token that is refused again is not tried a third time', async () => {
  const seen = answering(() => problem(401, 'TOKEN_EXPIRED'), () => problem(401, 'TOKEN_EXPIRED'), () => new Response('{}'));
  await assert.rejects(send(tokens, '/api/profile'), (e) => e instanceof ApiError && e.code === 'TOKEN_EXPIRED');
  assert.equal(seen.length, 2);
});

test('an invalid token is not repeated', async () => {
  const seen = answering(() => problem(401, 'TOKEN_INVALID'), () => new Response('{}'));
  await assert.rejects(send(tokens, '/api/profile'), (e) => e instanceof ApiError && e.code === 'TOKEN_INVALID');
  assert.equal(seen.length, 1);
});

const refusals: { name: string; answer: () => Response; want: Partial<ApiError> }[] = [
  { name: 'problem+json', answer: () => problem(429, 'QUOTA_EXCEEDED', { 'Retry-After': '60' }), want: { code: 'QUOTA_EXCEEDED', status: 429, detail: 'why', requestId: 'r-1', retryAfter: 60 } },
  { name: 'a server in front of us that fails', answer: () => new Response('<html>', { status: 502 }), want: { code: 'UPSTREAM_UNAVAILABLE', status: 502 } },
  { name: 'a refusal that is not ours', answer: () => new Response('<html>', { status: 403 }), want: { code: 'UNEXPECTED', status: 403 } },
  { name: 'a date in Retry-After', answer: () => problem(503, 'UPSTREAM_UNAVAILABLE', { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }), want: { retryAfter: undefined } },
];

for (const { name, answer, want } of refusals) {
  test(`send reads ${name}`, async () => {
    answering(answer);
    const error: unknown = await send(tokens, '/api/x').catch((e: unknown) => e);
    assert.ok(error instanceof ApiError);
    for (const [key, value] of Object.entries(want)) assert.equal(error[key as keyof ApiError], value, key);
  });
}

test('no answer at all is NETWORK', async () => {
  answering();
  await assert.rejects(send(tokens, '/api/x'), (e) => e instanceof ApiError && e.code === 'NETWORK');
});

test('leaving the page is not an error of the API', async () => {
  globalThis.fetch = async () => { throw new DOMException('left', 'AbortError'); };
  await assert.rejects(send(tokens, '/api/x'), (e) => e instanceof DOMException && e.name === 'AbortError');
});
