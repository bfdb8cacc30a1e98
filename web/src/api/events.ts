// The events of an answer that streams. fetch is used and not EventSource, which
// can send neither a question nor a token.

import type { Schema } from './client.ts';

/** One event of POST /api/ask. */
export type AskEvent =
  | { name: 'meta'; data: Schema<'AskMeta'> }
  | { name: 'delta'; data: Schema<'AskDelta'> }
  | { name: 'usage'; data: Schema<'AskUsage'> }
  | { name: 'done'; data: Schema<'AskDone'> }
  | { name: 'error'; data: Schema<'AskError'> };

const names = new Set<string>(['meta', 'delta', 'usage', 'done', 'error']);

/** Yields the events as they come. A name that is new to this client is passed over. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<AskEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return; // what is left was cut off
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.replaceAll('\r\n', '\n').split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // whoever leaves early ends the request
  }
}

/** Reads one block; null for comments and for what is not ours. */
function parse(block: string): AskEvent | null {
  let [name, data] = ['', ''];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice(6).trim();
    if (line.startsWith('data:')) data += line.slice(5).trimStart();
  }
  return names.has(name) && data !== '' ? ({ name, data: JSON.parse(data) as unknown } as AskEvent) : null;
}
