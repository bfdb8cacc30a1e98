import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow, type Turn } from './answer.ts';

const meta = 'event: meta\ndata: {"request_id":"r","provider":"openai","model":"m"}\n\n';
const delta = 'event: delta\ndata: {"text":"Hi"}\n\n';

async function answer(stream: string): Promise<{ turn: Turn; left: number | undefined }> {
  const turn: Turn = { question: 'q', about: '', botID: '', text: '', state: 'waiting', retryable: false };
  const body = new ReadableStream<Uint8Array>({ start: (c) => { c.enqueue(new TextEncoder().encode(stream)); c.close(); } });
  return { turn, left: await follow(turn, body, () => undefined) };
}

test('an answer with done is whole', async () => {
  const { turn, left } = await answer(`${meta}${delta}event: usage\ndata: {"input_tokens":1,"output_tokens":1,"remaining":7}\n\nevent: done\ndata: {"stop_reason":"end_turn"}\n\n`);
  assert.deepEqual([turn.state, turn.text, left], ['whole', 'Hi', 7]);
});

test('an error says whether to ask again', async () => {
  for (const retryable of [true, false]) {
    const { turn } = await answer(`${meta}${delta}event: error\ndata: {"code":"ANSWER_TOO_LONG","retryable":${retryable}}\n\n`);
    assert.deepEqual([turn.state, turn.retryable, (turn.error as { code: string }).code], ['broken', retryable, 'ANSWER_TOO_LONG']);
  }
});

test('an answer that just ends is not whole', async () => {
  for (const stream of ['', meta, meta + delta]) {
    const { turn } = await answer(stream);
    assert.deepEqual([turn.state, (turn.error as { code: string }).code], ['broken', 'UPSTREAM_UNAVAILABLE'], stream);
  }
});
