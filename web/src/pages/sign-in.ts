// Signing in: with a password, an app's code where one is set up, or by Google
// or Apple.

import { alert, notice } from '../ui/alert.ts';
import { button, check, codeField, field, secret, submit, text, type Work } from '../ui/form.ts';
import { newPassword } from '../ui/password.ts';
import { providers } from '../ui/providers.ts';
import { remember, remembered } from '../ui/waiting.ts';
import { nextOf } from '../next.ts';
import { Trouble } from '../problem.ts';
import { html, type Context, type Page, type TemplateResult } from '../view.ts';

type Step = 'password' | 'totp' | 'new-password';

/** The state of one sign-in. */
interface SignIn {
  step: Step;
  work: Work;
  typed: string;
  stay: boolean;
  send: (e: SubmitEvent) => Promise<void>;
}

export const page: Page = (ctx) => {
  const why = ctx.query.get('why');
  const s: SignIn = { step: 'password', work: why === 'SIGNED_OUT' ? { busy: false, error: new Trouble(why) } : { busy: false }, typed: '', stay: true, send: async () => undefined };
  s.send = submit(ctx, s.work, (form) => advance(ctx, s, form));
  const bodies: Record<Step, () => TemplateResult> = { password: () => passwordForm(ctx, s), totp: () => totpForm(s), 'new-password': () => newPasswordForm(ctx, s) };
  return { title: 'Sign in', body: () => html`<section class="card narrow">${bodies[s.step]()}</section>` };
};

function passwordForm(ctx: Context, s: SignIn): TemplateResult {
  const done = ctx.query.has('confirmed') ? 'Your address is confirmed. Sign in to begin.' : ctx.query.has('reset') ? 'Your new password is set. Sign in with it.' : undefined;
  return html`<h1>Sign in</h1>
    ${notice(done)}${alert(s.work.error)}
    ${providers(ctx, s.work, nextOf(ctx.query), () => s.stay)}
    <form @submit=${s.send}>
      ${field({ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: remembered() })}
      ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' })}
      ${check('stay', 'Stay signed in on this device', { checked: s.stay, hint: 'For 30 days. Leave it out on a computer that others use.', change: (on) => { s.stay = on; } })}
      <p class="wide">${button('Sign in', s.work)}</p>
    </form>
    <p><a href="/forgot-password">Forgot your password?</a></p>
    <p>New here? <a href="/sign-up">Create an account</a></p>`;
}

function totpForm(s: SignIn): TemplateResult {
  return html`<h1>Your second factor</h1>
    <p class="lead">Open your authenticator app and enter the code it shows for Call Analyst.</p>
    ${alert(s.work.error)}
    <form @submit=${s.send}>${codeField('Code from the app', 'It changes every 30 seconds, and each works once.')}<p class="wide">${button('Go on', s.work)}</p></form>
    <p><a href="/sign-in">Start again</a></p>`;
}

function newPasswordForm(ctx: Context, s: SignIn): TemplateResult {
  return html`<h1>Choose a password</h1>
    <p class="lead">The one you had was only for the first time.</p>
    ${alert(s.work.error)}
    <form @submit=${s.send}>${newPassword(s.typed, (v) => { s.typed = v; ctx.update(); }, 'New password')}<p class="wide">${button('Set the password', s.work)}</p></form>`;
}

async function advance(ctx: Context, s: SignIn, form: FormData): Promise<void> {
  const email = text(form, 'email');
  const next = s.step === 'password'
    ? await ctx.session.signIn(email, secret(form, 'password'), s.stay)
    : await ctx.session.respond(s.step === 'totp' ? text(form, 'code').replaceAll(' ', '') : secret(form, 'password'));
  if (email) remember(email);
  if (next === 'confirm') return ctx.go('/confirm');
  if (next === 'reset') return ctx.go('/forgot-password?why=PASSWORD_RESET');
  if (next === 'done') return ctx.go(nextOf(ctx.query), true);
  s.step = next;
}
