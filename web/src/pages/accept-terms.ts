// The gate for whoever has not accepted the terms in force: people who came by
// Google, Apple or from the old system, and everybody when the terms change.

import { send } from '../http.ts';
import { alert } from '../ui/alert.ts';
import { button, check, submit, type Work } from '../ui/form.ts';
import { cookieChoice } from '../ui/cookies.ts';
import { nextOf } from '../next.ts';
import { dayOf } from '../ui/day.ts';
import { html, type Page } from '../view.ts';

export const page: Page = (ctx) => {
  const work: Work = { busy: false };
  const version = ctx.config.tos_version;
  const accept = submit(ctx, work, async () => {
    const cookies = cookieChoice();
    const body = cookies ? { tos_version: version, cookies } : { tos_version: version };
    await send(ctx.session, '/api/consent', { method: 'POST', body: JSON.stringify(body), signal: ctx.signal });
    ctx.go(nextOf(ctx.query), true);
  });
  return {
    title: 'Our terms',
    body: () => html`<section class="card narrow"><h1>Before you go on</h1>
      <p class="lead">Our terms of ${dayOf(version)} need your agreement. They say what Call Analyst does, what it costs, and what each of us may expect.</p>
      ${alert(work.error)}
      <form @submit=${accept}>
        ${check('terms', html`I accept the <a href="/terms" target="_blank">terms of ${dayOf(version)}</a> and have read the <a href="/privacy" target="_blank">privacy notice</a>.`, { required: true })}
        ${check('us', 'I am in the United States or one of its territories.', { required: true })}
        <p class="wide">${button('Accept and go on', work)}</p>
      </form>
      <p class="row"><button type="button" class="link" @click=${() => void ctx.session.signOut()}>Sign out instead</button><a href="/account?manage=1">Export or delete my data</a></p></section>`,
  };
};
