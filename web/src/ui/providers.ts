// The buttons of Google and Apple, where the pool has them.

import type { Provider } from '../config.ts';
import { html, nothing, type Context, type TemplateResult } from '../view.ts';
import { run, type Work } from './form.ts';

const names: Record<Provider, string> = { Google: 'Google', SignInWithApple: 'Apple' };

/** One button for each provider of the configuration, and the line before the form. */
export function providers(ctx: Context, work: Work, next: string, stay: () => boolean): TemplateResult | typeof nothing {
  const known = ctx.config.providers.filter((p) => p in names);
  if (known.length === 0) return nothing;
  return html`<div class="providers">${known.map((p) => html`
      <button type="button" class="button plain" @click=${() => run(ctx, work, () => ctx.session.signInWith(p, next, stay()))}>Continue with ${names[p]}</button>`)}
    </div><p class="or">or with your address</p>`;
}
