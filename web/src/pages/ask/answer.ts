// One question and what became of it.

import { events } from '../../api/events.ts';
import { ApiError } from '../../http.ts';
import { alert } from '../../ui/alert.ts';
import { html, nothing, type TemplateResult } from '../../view.ts';

/** What became of a question so far. */
export interface Turn {
  question: string;
  about: string; // the call's title; "" for none
  botID: string;
  text: string;
  state: 'waiting' | 'writing' | 'whole' | 'stopped' | 'broken';
  stop?: string; // why a whole answer ended
  error?: unknown;
  retryable: boolean;
}

/** Reads a stream into the turn and returns how many questions are left, if it says so. */
export async function follow(turn: Turn, body: ReadableStream<Uint8Array>, changed: () => void): Promise<number | undefined> {
  let left: number | undefined;
  for await (const e of events(body)) {
    if (e.name === 'delta') [turn.text, turn.state] = [turn.text + e.data.text, 'writing'];
    if (e.name === 'usage') left = e.data.remaining;
    if (e.name === 'done') [turn.state, turn.stop] = ['whole', e.data.stop_reason];
    if (e.name === 'error') broken(turn, e.data.code, e.data.retryable);
    changed();
  }
  // Only done says that an answer is whole: a line that fell silent does not.
  if (turn.state === 'waiting' || turn.state === 'writing') broken(turn, 'UPSTREAM_UNAVAILABLE', true);
  return left;
}

function broken(turn: Turn, code: string, retryable: boolean): void {
  [turn.state, turn.retryable, turn.error] = ['broken', retryable, new ApiError({ code, status: 200 })];
}

const ends: Record<string, string> = {
  max_tokens: 'The answer reached the length that your plan allows. Ask for the rest, or for a shorter one.',
  refusal: 'The model declined to answer this. Ask it another way.',
};

/** Draws a turn; `again` asks the same once more. */
export function turnView(turn: Turn, again: () => void): TemplateResult {
  const writing = turn.state === 'waiting' || turn.state === 'writing';
  const end = turn.state === 'stopped' ? 'You stopped this answer. It is not whole.' : turn.state === 'whole' ? ends[turn.stop ?? ''] : undefined;
  return html`<article class="turn">
    <h2 class="asked">${turn.question}</h2>
    ${turn.about ? html`<p class="soft small">About the call “${turn.about}”</p>` : nothing}
    <div class="answer" aria-live="polite" aria-busy=${writing ? 'true' : 'false'}>${turn.text}${writing ? html`<span class="cursor" aria-hidden="true"></span>` : nothing}</div>
    ${turn.state === 'waiting' ? html`<p class="soft small" role="status">Thinking …</p>` : nothing}
    ${end ? html`<p class="soft small" role="status">${end}</p>` : nothing}
    ${turn.error !== undefined && turn.text ? html`<p class="soft small">What stands above is only the beginning.</p>` : nothing}
    ${alert(turn.error)}
    ${(turn.error !== undefined && turn.retryable) || turn.state === 'stopped' ? html`<p><button type="button" class="button plain small" @click=${again}>Ask again</button></p>` : nothing}
  </article>`;
}
