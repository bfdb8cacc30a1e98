// Coming back from the payment page. The API asks Stripe before it answers, so
// nobody waits for a webhook; only a payment that takes its time is asked for again.

import { call, type Schema } from '../../api/client.ts';
import { wait } from '../../api/wait.ts';
import type { Context } from '../../view.ts';
import { names } from './words.ts';

type Progress = Schema<'CheckoutProgress'>;

/** How a checkout ended, as far as it has. */
export interface Back {
  text: string;
  good: boolean;
  progress?: Progress;
}

const tries = 5;

/** Asks what became of a checkout until it is complete or does not move. */
export async function comeBack(ctx: Context, id: string): Promise<Back> {
  for (let i = 0; ; i++) {
    const progress = await call(ctx, 'get', '/api/checkout/{session_id}', { path: { session_id: id } });
    if (progress.status === 'complete') {
      return { good: true, progress, text: progress.entitlement.tier === progress.tier ? `Thank you! ${names[progress.tier]} is yours from now on.` : 'Thank you! Your payment is on its way; your plan follows as soon as it arrives.' };
    }
    if (progress.status === 'expired') return { good: false, progress, text: 'This payment page has run out, and nothing was charged. Choose the plan again.' };
    if (i === tries) return { good: false, progress, text: 'The payment is not finished. If you closed its page too early, choose the plan again: you come back to the same one.' };
    await wait(1000 * (i + 1), ctx.signal);
  }
}
