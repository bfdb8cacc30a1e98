// The plan: how it stands, what is used, and the ways to another one.

import './plan.css';
import { call } from '../../api/client.ts';
import { problemOf } from '../../problem.ts';
import { alert, loading, notice } from '../../ui/alert.ts';
import { button, run, type Work } from '../../ui/form.ts';
import { gate } from '../../ui/gate.ts';
import { html, nothing, type Context, type Page, type TemplateResult } from '../../view.ts';
import { comeBack, type Back } from './back.ts';
import { offers, offersView, type Offer } from './offers.ts';
import { hours, names, say, type Entitlement } from './words.ts';

export const page: Page = (ctx) => {
  const [buying, visiting]: [Work, Work] = [{ busy: false }, { busy: false }];
  let [now, back, failed, promotion] = [undefined as Entitlement | undefined, undefined as Back | undefined, undefined as unknown, ''];

  const choose = (tier: Offer['tier']): Promise<void> => run(ctx, buying, async () => {
    const code = promotion.trim();
    const { url } = await call(ctx, 'post', '/api/checkout', { body: code ? { tier, promotion_code: code } : { tier } });
    location.assign(url);
  });
  const visit = (): Promise<void> => run(ctx, visiting, async () => {
    location.assign((await call(ctx, 'post', '/api/billing/portal')).url);
  });
  const load = async (): Promise<void> => {
    try {
      const id = ctx.query.get('session_id');
      if (ctx.path === '/checkout/success' && id) {
        back = await comeBack(ctx, id);
        now = back.progress?.entitlement;
      }
      now ??= await call(ctx, 'get', '/api/entitlement');
    } catch (error) {
      if (gate(ctx, error)) return;
      failed = error;
    }
    ctx.update();
  };

  return {
    title: 'Your plan',
    body: () => html`<h1>Your plan</h1>
      ${returned(ctx, back)}
      ${failed !== undefined ? html`${alert(failed)}<p><button type="button" class="button plain" @click=${() => { failed = undefined; ctx.update(); void load(); }}>Try again</button></p>`
        : now ? html`${standing(now, visiting, visit)}${buyable(now, buying, choose, (v) => { promotion = v; }, visit)}`
        : loading(ctx.path === '/checkout/success' ? 'Asking how your payment went …' : 'Loading your plan …')}`,
    start: load,
  };
};

/** What the payment page left behind. */
function returned(ctx: Context, back: Back | undefined): TemplateResult | typeof nothing {
  if (ctx.path === '/checkout/canceled') return html`<div class="alert info" role="status"><p>You left the payment page. Nothing was charged.</p></div>`;
  if (!back) return nothing;
  return back.good ? html`${notice(back.text)}` : html`<div class="alert warn" role="status"><p>${back.text}</p></div>`;
}

function standing(e: Entitlement, work: Work, visit: () => Promise<void>): TemplateResult {
  const s = say(e);
  return html`<section class="card" aria-labelledby="plan-title">
    <div class="head"><h2 id="plan-title">${names[e.tier]}</h2><span class=${`tag ${s.kind}`}>${s.tag}</span></div>
    <p>${s.text}</p>
    <h3 class="soft small">This month</h3>
    <dl class="meters">
      ${meter('Questions', e.usage.ask_used, e.limits.ask_per_month, e.usage.ask_used.toLocaleString('en-US'))}
      ${meter('Notetaker hours', e.usage.bot_seconds_used / 3600, e.limits.bot_hours_per_month, hours(e.usage.bot_seconds_used))}
      <div><dt>Notetakers at once</dt><dd>${e.limits.concurrent_bots}</dd></div>
    </dl>
    ${alert(work.error)}
    ${s.portal ? html`<p>${button(s.portal, work, { kind: s.kind === 'good' || s.kind === '' ? 'plain' : '', click: () => void visit(), name: 'portal' })}</p>` : nothing}
  </section>`;
}

function meter(label: string, used: number, limit: number, text: string): TemplateResult {
  return html`<div><dt>${label}</dt><dd>${text} of ${limit.toLocaleString('en-US')}
    <meter min="0" max=${Math.max(limit, 1)} value=${Math.min(used, limit)} high=${limit * 0.8} optimum="0" aria-label=${label}>${text} of ${limit}</meter></dd></div>`;
}

/** The ways to another plan. Whoever has a subscription changes it in the portal, so that nobody pays twice. */
function buyable(e: Entitlement, work: Work, choose: (t: Offer['tier']) => Promise<void>, code: (v: string) => void, visit: () => Promise<void>): TemplateResult | typeof nothing {
  const twice = work.error !== undefined && problemOf(work.error).code === 'ALREADY_SUBSCRIBED';
  if (e.next_step !== 'subscribe' && e.next_step !== 'finish_payment') {
    return e.next_step === 'upgrade' ? html`<p class="soft">A larger plan? Change it in the portal: what you have paid is taken into account.</p>` : nothing;
  }
  return html`<h2 class="choose">Choose a plan</h2>
    ${alert(work.error)}
    ${twice ? html`<p><button type="button" class="button" @click=${() => void visit()}>Open the billing portal</button></p>` : nothing}
    ${offersView(offers, work, (t) => void choose(t), code)}`;
}
