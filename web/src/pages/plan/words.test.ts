import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, say, type Entitlement } from './words.ts';

const base: Entitlement = {
  tier: 'pro', status: 'active', limits: { ask_per_month: 1000, bot_hours_per_month: 40, concurrent_bots: 3 },
  usage: { period: '2026-11', ask_used: 0, bot_seconds_used: 0 },
  current_period_end: '2099-01-15T12:00:00Z', cancel_at: null, grace_until: null, next_step: 'upgrade',
};

const rows: { name: string; given: Partial<Entitlement>; tag: string; text: RegExp; portal?: RegExp }[] = [
  { name: 'nobody has paid', given: { tier: 'free', status: 'none', next_step: 'subscribe', current_period_end: null }, tag: 'Free', text: /free plan/ },
  { name: 'a subscription has ended', given: { tier: 'free', status: 'canceled', next_step: 'subscribe' }, tag: 'Ended', text: /has ended/, portal: /Invoices/ },
  { name: 'all is well', given: {}, tag: 'Active', text: /renews on January 15, 2099/, portal: /cancel/ },
  { name: 'all is well, and there is no larger plan', given: { next_step: 'none' }, tag: 'Active', text: /All is well/, portal: /cancel/ },
  { name: 'a trial', given: { status: 'trialing' }, tag: 'Trial', text: /trial runs until January 15, 2099/, portal: /cancel/ },
  { name: 'the first payment is not through', given: { tier: 'free', status: 'incomplete', next_step: 'finish_payment' }, tag: 'Not paid yet', text: /not through/, portal: /Finish/ },
  { name: 'a renewal failed, in grace', given: { status: 'past_due', next_step: 'update_payment', grace_until: '2099-02-01T12:00:00Z' }, tag: 'Payment failed', text: /keep your plan until February 1, 2099/, portal: /another card/ },
  { name: 'grace is over', given: { tier: 'free', status: 'past_due', next_step: 'update_payment', grace_until: '2020-01-01T00:00:00Z' }, tag: 'Payment failed', text: /free plan for now/, portal: /another card/ },
  { name: 'the trial ended without a card', given: { tier: 'free', status: 'paused', next_step: 'add_payment' }, tag: 'Trial over', text: /Add a card/, portal: /Add a card/ },
  { name: 'it will end', given: { next_step: 'keep_subscription', cancel_at: '2099-01-15T12:00:00Z' }, tag: 'Ending', text: /ends on January 15, 2099/, portal: /Keep/ },
  { name: 'paid, but not confirmed', given: { tier: 'free', next_step: 'wait' }, tag: 'Checking', text: /has not confirmed/, portal: /payment/ },
  { name: 'disputed', given: { tier: 'free', status: 'disputed', next_step: 'contact_support' }, tag: 'On hold', text: /support@callanalyst.app/ },
];

for (const row of rows) {
  test(row.name, () => {
    const got = say({ ...base, ...row.given });
    assert.equal(got.tag, row.tag);
    assert.match(got.text, row.text);
    if (row.portal) assert.match(got.portal ?? '', row.portal);
    else assert.equal(got.portal, undefined);
  });
}

test('hours are short', () => {
  assert.deepEqual([0, 900, 5400, 36000, 720_000].map(hours), ['0', '0.3', '1.5', '10', '200']);
});
