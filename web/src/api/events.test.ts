import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, type AskEvent } from './events.ts';

const whole = 'event: meta\ndata: {"request_id":"r","provider":"openai","model":"m"}\n\n: still here\n\nevent: delta\ndata: {"text":"Größe"}\n\nevent: later\ndata: {}\n\nevent: done\ndata: {"stop_reason":"end_turn"}\n\n';

/** A body that comes in pieces of so many bytes. */
function inPieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(c) {
      if (at >= bytes.length) return c.close();
      c.enqueue(bytes.slice(at, (at += size)));
    },
  });
}

async function read(text: string, size: number): Promise<AskEvent[]> {
  const out: AskEvent[] = [];
  for await (const e of events(inPieces(text, size))) out.push(e);
  return out;
}

test('events come whole, however their bytes are cut', async () => {
  const want = [
    { name: 'meta', data: { request_id: 'r', provider: 'openai', model: 'm' } },
    { name: 'delta', data: { text: 'Größe' } },
    { name: 'done', data: { stop_reason: 'end_turn' } },
  ];
  for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(await read(whole, size), want, `in pieces of ${size}`);
});

test('lines may end as Windows ends them', async () => {
  assert.equal((await read(whole.replaceAll('\n', '\r\n'), 1000)).length, 3);
});

test('what was cut off is no event', async () => {
  assert.deepEqual(await read('event: delta\ndata: {"text":"a"}\n\nevent: delta\ndata: {"te', 5), [{ name: 'delta', data: { text: 'a' } }]);
});

test('leaving early ends the request', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (c) => c.enqueue(new TextEncoder().encode('event: delta\ndata: {"text":"a"}\n\n')),
    cancel: () => void (cancelled = true),
  });
  for await (const e of events(body)) if (e.name === 'delta') break;
  assert.equal(cancelled, true);
});
