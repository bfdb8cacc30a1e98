// What the states of a plan are called, and what each asks for.

import type { Schema } from '../../api/client.ts';

export type Entitlement = Schema<'Entitlement'>;
type Step = Entitlement['next_step'];

/** A state in words; `portal` names the button that leads to Stripe's portal. */
export interface Say {
  tag: string;
  kind: '' | 'good' | 'warn' | 'bad';
  text: string;
  portal?: string;
}

/** The names of the plans. */
export const names: Record<Schema<'Tier'>, string> = { free: 'Free', pro: 'Pro', team: 'Team' };

/** Says how things stand. What to do next decides; the rest is detail. */
export function say(e: Entitlement): Say {
  return steps[e.next_step](e);
}

const steps: Record<Step, (e: Entitlement) => Say> = {
  subscribe: (e) => e.status === 'canceled'
    ? { tag: 'Ended', kind: '', text: 'Your subscription has ended, and you are on the free plan. Take a plan again whenever you like.', portal: 'Invoices' }
    : { tag: 'Free', kind: '', text: 'You are on the free plan. A larger one helps at once.' },
  upgrade: (e) => ({ ...running(e), portal: 'Change, cancel, invoices' }),
  none: (e) => ({ ...running(e), portal: 'Change, cancel, invoices' }),
  finish_payment: () => ({ tag: 'Not paid yet', kind: 'warn', text: 'Your first payment is not through. Finish it, or choose the plan again.', portal: 'Finish the payment' }),
  update_payment: (e) => e.grace_until && new Date(e.grace_until) > new Date() && e.tier !== 'free'
    ? { tag: 'Payment failed', kind: 'bad', text: `Your last payment failed. You keep your plan until ${day(e.grace_until)}; pay with another card before then.`, portal: 'Pay with another card' }
    : { tag: 'Payment failed', kind: 'bad', text: 'Your payments failed, so you are on the free plan for now. Pay with another card, and your plan is back at once.', portal: 'Pay with another card' },
  add_payment: () => ({ tag: 'Trial over', kind: 'warn', text: 'Your trial has ended. Add a card to go on where you stopped.', portal: 'Add a card' }),
  keep_subscription: (e) => ({
    tag: 'Ending', kind: 'warn', portal: 'Keep my plan',
    text: `Your plan ends ${e.cancel_at ? `on ${day(e.cancel_at)}` : 'soon'}; nothing more is charged. Until then you have all of it, and you can still keep it.`,
  }),
  wait: () => ({ tag: 'Checking', kind: 'warn', text: 'You have paid, as far as we know, but the payment company has not confirmed it lately. It is being looked at; load the page again in a few minutes.', portal: 'See the payment' }),
  contact_support: () => ({ tag: 'On hold', kind: 'bad', text: 'A payment of yours is disputed, so your plan is on hold. Write to support@callanalyst.app.' }),
};

function running(e: Entitlement): Say {
  if (e.status === 'trialing') {
    return { tag: 'Trial', kind: 'good', text: e.current_period_end ? `Your free trial runs until ${day(e.current_period_end)}. Then the first payment is made; cancel before, and nothing is.` : 'Your free trial is running.' };
  }
  return { tag: 'Active', kind: 'good', text: e.current_period_end ? `All is well. Your plan renews on ${day(e.current_period_end)}.` : 'All is well.' };
}

/** A day as people in the United States write it. */
export function day(at: string): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'long' }).format(new Date(at));
}

/** Hours of notetakers, used so far. */
export function hours(seconds: number): string {
  const h = seconds / 3600;
  return h === 0 || h >= 10 ? h.toFixed(0) : h.toFixed(1);
}
