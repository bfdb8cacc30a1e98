// What every page does with a refusal that has a page of its own.

import { problemOf } from '../problem.ts';
import type { Context } from '../view.ts';

/** Leads to the terms if that is what an error asks for; a page shows every other error itself. */
export function gate(ctx: Context, error: unknown): boolean {
  if (problemOf(error).code !== 'TOS_REQUIRED') return false;
  ctx.go(`/accept-terms?next=${encodeURIComponent(ctx.path + location.search)}`, true);
  return true;
}
