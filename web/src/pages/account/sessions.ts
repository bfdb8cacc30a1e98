// Ending the session, here or on every device.

import { alert } from '../../ui/alert.ts';
import { button, run, type Work } from '../../ui/form.ts';
import { html, type Context } from '../../view.ts';
import type { Part } from './page.ts';

export function sessions(ctx: Context): Part {
  const [here, all]: [Work, Work] = [{ busy: false }, { busy: false }];
  return {
    body: () => html`<section class="card" aria-labelledby="sessions-title"><h2 id="sessions-title">Sessions</h2>
      <p class="soft">You are signed in as ${ctx.session.person?.email}. On every device at once is for a phone that was lost: other devices are out within the hour at the latest.</p>
      ${alert(here.error ?? all.error)}
      <p class="row">${button('Sign out', here, { kind: 'plain', click: () => void run(ctx, here, () => ctx.session.signOut()) })}
        ${button('Sign out everywhere', all, { kind: 'plain', click: () => void run(ctx, all, () => ctx.session.signOut(true)) })}</p></section>`,
  };
}
