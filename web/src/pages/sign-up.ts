// Making an account: the terms by version, where we are open, the cookies that
// were chosen, and the password's rules as one types.

import { cookieMetadata } from '../ui/cookies.ts';
import { alert } from '../ui/alert.ts';
import { button, check, field, secret, submit, text, type Work } from '../ui/form.ts';
import { newPassword, strong } from '../ui/password.ts';
import { providers } from '../ui/providers.ts';
import { Trouble } from '../problem.ts';
import { home } from '../routes.ts';
import { remember } from '../ui/waiting.ts';
import { dayOf } from '../ui/day.ts';
import { html, type Context, type Page } from '../view.ts';

export const page: Page = (ctx) => {
  const work: Work = { busy: false };
  let typed = '';
  const send = submit(ctx, work, (form) => signUp(ctx, form));
  return {
    title: 'Create an account',
    body: () => html`<section class="card narrow">
      <h1>Create an account</h1>
      <p class="alert info">Call Analyst is open to people in the United States and its territories only.</p>
      ${alert(work.error)}
      ${providers(ctx, work, home, () => false)}
      <form @submit=${send}>
        ${field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: ctx.query.get('email') ?? '' })}
        ${field({ name: 'name', label: 'Your name', autocomplete: 'name', required: false, maxlength: 100 })}
        ${newPassword(typed, (value) => { typed = value; ctx.update(); })}
        ${check('terms', html`I accept the <a href="/terms" target="_blank">terms of ${dayOf(ctx.config.tos_version)}</a> and have read the <a href="/privacy" target="_blank">privacy notice</a>.`, { required: true })}
        ${check('us', 'I am in the United States or one of its territories.', { required: true })}
        <p class="wide">${button('Create the account', work)}</p>
      </form>
      <p>You have one already? <a href="/sign-in">Sign in</a></p>
    </section>`,
  };
};

async function signUp(ctx: Context, form: FormData): Promise<void> {
  const [email, password] = [text(form, 'email'), secret(form, 'password')];
  if (!strong(password)) throw new Trouble('PASSWORD_WEAK');
  const cognito = await ctx.session.cognito();
  await cognito.register(email, password, text(form, 'name'), {
    tos_accepted: 'true', tos_version: ctx.config.tos_version, ...cookieMetadata(),
  });
  remember(email);
  ctx.go('/confirm');
}
