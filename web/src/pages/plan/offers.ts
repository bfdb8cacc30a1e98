// The plans that can be bought. What each includes is pkg/entitlement's to say;
// a test holds this table against it. Prices are Stripe's, and shown there.

import { button, field, type Work } from '../../ui/form.ts';
import { html, nothing, type TemplateResult } from '../../view.ts';
import { names } from './words.ts';

/** A plan with what it includes each month. */
export interface Offer {
  tier: 'pro' | 'team';
  ask: number;
  hours: number;
  bots: number;
}

export const offers: Offer[] = [
  { tier: 'pro', ask: 1000, hours: 40, bots: 3 },
  { tier: 'team', ask: 5000, hours: 200, bots: 10 },
];

/** Draws the plans with a button each. */
export function offersView(shown: Offer[], work: Work, choose: (tier: Offer['tier']) => void, code: (value: string) => void): TemplateResult | typeof nothing {
  if (shown.length === 0) return nothing;
  return html`<div class="offers">${shown.map((o) => html`<section class="card offer" aria-labelledby=${`offer-${o.tier}`}>
      <h3 id=${`offer-${o.tier}`}>${names[o.tier]}</h3>
      <ul><li>${o.ask.toLocaleString('en-US')} questions a month</li><li>${o.hours} hours of notetakers a month</li><li>${o.bots} notetakers at once</li></ul>
      <p class="wide">${button(`Choose ${names[o.tier]}`, work, { click: () => choose(o.tier), name: o.tier })}</p>
    </section>`)}</div>
    <details class="promotion"><summary>I have a promotion code</summary>
      ${field({ name: 'promotion_code', label: 'Promotion code', required: false, maxlength: 64, input: code })}</details>
    <p class="soft small">You see the price and pay on our payment company’s page (Stripe). We never see your card.</p>`;
}
