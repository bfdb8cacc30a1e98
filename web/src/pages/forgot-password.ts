// A new password for somebody who cannot sign in: a code by mail, then the
// password. The page says the same whether there is such an account or not.

import { Trouble } from '../problem.ts';
import { alert, notice } from '../ui/alert.ts';
import { button, codeField, field, run, secret, submit, text, type Work } from '../ui/form.ts';
import { mustArrive } from '../ui/delivery.ts';
import { newPassword, strong } from '../ui/password.ts';
import { remember, remembered } from '../ui/waiting.ts';
import { html, type Page } from '../view.ts';

export const page: Page = (ctx) => {
  const why = ctx.query.get('why');
  const work: Work = why === 'PASSWORD_RESET' ? { busy: false, error: new Trouble(why) } : { busy: false };
  const again: Work = { busy: false };
  let [email, asked, typed, sent] = [remembered(), false, '', undefined as string | undefined];
  const ask = submit(ctx, work, async (form) => {
    email = text(form, 'email');
    await mustArrive(ctx, email);
    await (await ctx.session.cognito()).forgot(email);
    remember(email);
    asked = true;
  });
  const resend = (): Promise<void> => run(ctx, again, async () => {
    delete work.error;
    await mustArrive(ctx, email);
    await (await ctx.session.cognito()).forgot(email);
    sent = 'A new code is on its way. Only the newest works.';
  });
  const set = submit(ctx, work, async (form) => {
    const password = secret(form, 'password');
    if (!strong(password)) throw new Trouble('PASSWORD_WEAK');
    await (await ctx.session.cognito()).reset(email, text(form, 'code').replaceAll(' ', ''), password);
    ctx.go('/sign-in?reset=1', true);
  });
  const first = () => html`<h1>Choose a new password</h1>
    <p class="lead">We send you a code for that.</p>${alert(work.error)}
    <form @submit=${ask}>${field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: email })}<p class="wide">${button('Send the code', work)}</p></form>
    <p><a href="/sign-in">Back to sign in</a></p>`;
  const second = () => html`<h1>Choose a new password</h1>
    <p class="lead">If there is an account for <strong>${email}</strong>, a code is in its mail now.</p>
    ${notice(sent)}${alert(work.error ?? again.error)}
    <form @submit=${set}>${codeField('Code', 'It is good for an hour.')}${newPassword(typed, (v) => { typed = v; ctx.update(); }, 'New password')}<p class="wide">${button('Set the password', work)}</p></form>
    <div class="row">${button('Send another code', again, { kind: 'plain', click: () => void resend() })}</div>
    <p class="soft small">You came by Google or Apple? Then there is no password here: <a href="/sign-in">use their button</a>.</p>`;
  return { title: 'Choose a new password', body: () => html`<section class="card narrow">${asked ? second() : first()}</section>` };
};
