import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Context } from '../../view.ts';
import { follow, type Notes } from './follow.ts';

const real = globalThis.fetch;
afterEach(() => void (globalThis.fetch = real));

/** A page of the transcript. */
const page = (seqs: number[], next: number, rest: { more?: boolean; poll_after_ms: number }): Response =>
  Response.json({ chunks: seqs.map((seq) => ({ seq, speaker: 'A', text: `${seq}`, start_ms: 0, end_ms: 1 })), next, more: rest.more ?? false, status: 's', status_text: 't', poll_after_ms: rest.poll_after_ms });

const refusal = (status: number, code: string): Response => Response.json({ code, request_id: 'r' }, { status });

/** Follows a call whose answers are given, and returns what was asked with and what was heard. */
async function read(answers: (Response | Error)[], leave = new AbortController()): Promise<{ asked: string[]; notes: Notes }> {
  const asked: string[] = [];
  globalThis.fetch = async (url) => {
    asked.push(new URL(String(url), 'http://x').searchParams.get('since') ?? '');
    const answer = answers.shift();
    if (answer === undefined) leave.abort();
    if (answer instanceof Response) return answer;
    throw answer ?? new DOMException('left', 'AbortError');
  };
  const ctx = { session: { getAccessToken: async () => 't', refresh: async () => 't' }, signal: leave.signal } as unknown as Context;
  const notes: Notes = { said: [], status: '', text: '', over: false };
  await follow(ctx, 'b', notes, () => undefined);
  return { asked, notes };
}

test('each look asks behind the last one', async () => {
  const { asked, notes } = await read([page([1, 2], 2, { more: true, poll_after_ms: 0 }), page([], 2, { poll_after_ms: 1 }), page([3], 3, { poll_after_ms: 0 })]);
  assert.deepEqual(asked, ['0', '2', '2']);
  assert.deepEqual(notes.said.map((u) => u.seq), [1, 2, 3]);
  assert.equal(notes.over, true);
});

test('a failed look is made again from the same place', async () => {
  const { asked, notes } = await read([page([1], 1, { poll_after_ms: 1 }), new TypeError('fetch failed'), page([2], 2, { poll_after_ms: 0 })]);
  assert.deepEqual(asked, ['0', '1', '1']);
  assert.equal(notes.said.length, 2);
  assert.equal(notes.error, undefined);
});

test('a call that is not there is not looked for again', async () => {
  await assert.rejects(read([refusal(404, 'NOT_FOUND')]), { code: 'NOT_FOUND' });
});

test('leaving the page ends it without a word', async () => {
  const { notes } = await read([page([1], 1, { poll_after_ms: 1 })]);
  assert.equal(notes.error, undefined);
});
