// The code from the mail, after a sign-up.

import { alert, notice } from '../ui/alert.ts';
import { button, codeField, field, run, submit, text, type Work } from '../ui/form.ts';
import { mustArrive } from '../ui/delivery.ts';
import { remember, remembered } from '../ui/waiting.ts';
import { html, nothing, type Context, type Page } from '../view.ts';

export const page: Page = (ctx) => {
  const work: Work = { busy: false };
  const again: Work = { busy: false };
  const known = remembered();
  let email = known;
  let sent: string | undefined;
  const send = submit(ctx, work, (form) => confirm(ctx, email, text(form, 'code').replaceAll(' ', '')));
  const resend = (): Promise<void> => run(ctx, again, async () => {
    sent = undefined;
    delete work.error;
    await mustArrive(ctx, email);
    await (await ctx.session.cognito()).resend(email);
    remember(email);
    sent = `A new code is on its way to ${email}. Only the newest works.`;
  });
  return {
    title: 'Confirm your address',
    body: () => html`<section class="card narrow">
      <h1>Look into your mail</h1>
      <p class="lead">${known ? html`We sent a code of six digits to <strong>${known}</strong>.` : 'We sent a code of six digits to the address you signed up with.'}</p>
      ${notice(sent)}${alert(work.error ?? again.error)}
      <form @submit=${send}>
        ${known ? nothing : field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', input: (v) => { email = v.trim(); } })}
        ${codeField('Code', 'It is good for 24 hours.')}
        <p class="wide">${button('Confirm', work)}</p>
      </form>
      <div class="row">${button('Send another code', again, { kind: 'plain', click: () => void resend() })}<a href="/sign-up">Use another address</a></div>
      <p class="soft small">Nothing there? Look into the spam folder, and check the address for a typing mistake.</p>
    </section>`,
  };
};

async function confirm(ctx: Context, email: string, code: string): Promise<void> {
  await (await ctx.session.cognito()).confirm(email, code);
  ctx.go('/sign-in?confirmed=1', true);
}
