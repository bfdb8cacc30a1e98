// Whether a code by mail can arrive at all. Cognito says that it sent one either
// way; an address whose mail comes back would wait for ever.

import { sendOpenly } from '../http.ts';
import { problemOf } from '../problem.ts';
import type { Context } from '../view.ts';

/** Throws EMAIL_UNDELIVERABLE for such an address. Whatever else goes wrong here is no reason to stop. */
export async function mustArrive(ctx: Context, email: string): Promise<void> {
  try {
    await sendOpenly('/api/mail/status', { method: 'POST', body: JSON.stringify({ email }), signal: ctx.signal });
  } catch (error) {
    if (problemOf(error).code === 'EMAIL_UNDELIVERABLE') throw error;
  }
}
