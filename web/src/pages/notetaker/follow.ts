// Reading along. The API numbers what was said in the order of arrival; asking
// with the last answer's next misses nothing and gets nothing twice.

import { call, type Schema } from '../../api/client.ts';
import { wait } from '../../api/wait.ts';
import type { ApiError } from '../../http.ts';
import { isAbort, problemOf } from '../../problem.ts';
import type { Context } from '../../view.ts';

export type Utterance = Schema<'Utterance'>;
type Page = Schema<'TranscriptPage'>;

/** What is known of a call. */
export interface Notes {
  said: Utterance[];
  status: string;
  text: string;
  over: boolean;
  error?: unknown; // of the last look; the next one may go well again
}

/** Codes after which looking again is of no use. */
const hopeless = new Set(['NOT_FOUND', 'INVALID_FIELD', 'ACCOUNT_DISABLED', 'TOS_REQUIRED', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SIGNED_OUT']);

/** Follows a call to its end, and tells of every change. It ends early with an error that no retry mends. */
export async function follow(ctx: Context, botID: string, notes: Notes, changed: () => void): Promise<void> {
  for (let [since, trouble] = [0, 0]; ; ) {
    let pause: number;
    try {
      const page: Page = await call(ctx, 'get', '/api/recall/chunks', { query: { bot_id: botID, since } });
      [since, trouble] = [page.next, 0];
      notes.said.push(...page.chunks);
      [notes.status, notes.text] = [page.status, page.status_text];
      delete notes.error;
      notes.over = !page.more && page.poll_after_ms === 0;
      pause = page.more ? 0 : page.poll_after_ms;
    } catch (error) {
      if (isAbort(error)) return;
      notes.error = error;
      if (hopeless.has(problemOf(error).code)) throw error;
      pause = Math.max(1000 * 2 ** Math.min(trouble++, 5), 1000 * ((error as ApiError).retryAfter ?? 0));
    }
    changed();
    if (notes.over) return;
    await wait(pause, ctx.signal);
  }
}
