// Where Google and Apple lead back to.

import { alert, loading } from '../ui/alert.ts';
import { html, type Page } from '../view.ts';

export const page: Page = (ctx) => {
  let error: unknown;
  return {
    title: 'Signing in',
    body: () => html`<section class="card narrow"><h1>${error ? 'You are not signed in' : 'Signing you in'}</h1>
      ${error ? html`${alert(error)}<p><a class="button" href="/sign-in">Back to sign in</a></p>` : loading('One moment …')}</section>`,
    async start() {
      history.replaceState(null, '', '/callback'); // the code has no business in the address bar
      try {
        const next = await ctx.session.arrive(ctx.query);
        if (next) ctx.go(next, true);
      } catch (e) {
        error = e;
        ctx.update();
      }
    },
  };
};
