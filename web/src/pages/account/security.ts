// The password and the authenticator app. Whoever came by Google or Apple keeps
// both over there.

import { isAbort, Trouble } from '../../problem.ts';
import { alert, loading, notice } from '../../ui/alert.ts';
import { button, codeField, field, run, secret, submit, text, type Work } from '../../ui/form.ts';
import { newPassword, strong } from '../../ui/password.ts';
import { html, nothing, type Context, type TemplateResult } from '../../view.ts';
import type { Part } from './page.ts';

/** An authenticator app being set up. */
interface SetUp {
  secret: string;
  qr: TemplateResult;
}

export function security(ctx: Context): Part {
  if (ctx.session.person?.federated) return { body: federated };
  const app = totp(ctx);
  const words = password(ctx);
  return {
    body: () => html`<section class="card" aria-labelledby="security-title"><h2 id="security-title">Signing in</h2>${app.body()}${words.body()}</section>`,
    start: async () => app.start?.(),
  };
}

const federated = (): TemplateResult => html`<section class="card" aria-labelledby="security-title"><h2 id="security-title">Signing in</h2>
  <p>You sign in with Google or Apple. Your password and your second factor are kept there.</p></section>`;

function totp(ctx: Context): Part {
  const work: Work = { busy: false };
  let [on, failed, setUp, said] = [undefined as boolean | undefined, undefined as unknown, undefined as SetUp | undefined, undefined as string | undefined];
  const begin = (): Promise<void> => run(ctx, work, async () => {
    said = undefined;
    const [cognito, { qrCode }] = await Promise.all([ctx.session.cognito(), import('../../ui/qr.ts')]);
    const made = await cognito.beginTotp(ctx.session.person?.email ?? '');
    setUp = { secret: made.secret, qr: qrCode(made.uri) };
  });
  const finish = submit(ctx, work, async (form) => {
    await (await ctx.session.cognito()).finishTotp(text(form, 'code').replaceAll(' ', ''));
    [on, setUp, said] = [true, undefined, 'Your authenticator app is set up. You will be asked for its code when you sign in.'];
  });
  const remove = (): Promise<void> => run(ctx, work, async () => {
    await (await ctx.session.cognito()).removeTotp();
    [on, said] = [false, 'The second factor is off.'];
  });
  const body = (): TemplateResult => html`<div class="head"><h3>Authenticator app</h3>${on === undefined ? nothing : html`<span class=${on ? 'tag good' : 'tag'}>${on ? 'On' : 'Off'}</span>`}</div>
    ${notice(said)}${alert(work.error ?? failed)}
    ${setUp ? setUpForm(setUp, work, finish, () => { setUp = undefined; ctx.update(); }) : html`<p class="soft">A code from your phone, beside the password: whoever has the password alone stays outside.</p>
      ${on === undefined ? failed ? nothing : loading('Looking …') : html`<p>${on ? button('Switch it off', work, { kind: 'plain', click: () => void remove() }) : button('Set it up', work, { kind: 'plain', click: () => void begin() })}</p>`}`}`;
  return {
    body,
    async start() {
      try {
        on = await (await ctx.session.cognito()).hasTotp();
      } catch (error) {
        if (isAbort(error)) return;
        failed = error;
      }
      ctx.update();
    },
  };
}

function setUpForm(s: SetUp, work: Work, finish: (e: SubmitEvent) => Promise<void>, cancel: () => void): TemplateResult {
  return html`<ol><li>Open an authenticator app on your phone and scan this picture.</li><li>Enter the code that it shows.</li></ol>
    ${s.qr}
    <details><summary>The picture cannot be scanned?</summary><p>Enter this key in the app: <span class="secret" id="totp-secret">${s.secret}</span></p></details>
    <form @submit=${finish}>${codeField('Code from the app', 'Six digits, new every 30 seconds.')}
      <p class="row">${button('Switch it on', work)}<button type="button" class="link" @click=${cancel}>Not now</button></p></form>`;
}

function password(ctx: Context): Part {
  const work: Work = { busy: false };
  let [open, typed, said] = [false, '', undefined as string | undefined];
  const show = (on: boolean): void => { [open, typed] = [on, '']; ctx.update(); };
  const save = submit(ctx, work, async (form) => {
    const next = secret(form, 'password');
    if (!strong(next)) throw new Trouble('PASSWORD_WEAK');
    await (await ctx.session.cognito()).changePassword(secret(form, 'old'), next);
    [open, typed, said] = [false, '', 'Your password is changed.'];
  });
  return {
    body: () => html`<div class="head"><h3>Password</h3>${open ? nothing : html`<button type="button" class="button plain small" @click=${() => show(true)}>Change it</button>`}</div>
      ${notice(said)}${open ? html`${alert(work.error)}<form @submit=${save}>
        ${field({ name: 'old', label: 'Password until now', type: 'password', autocomplete: 'current-password' })}
        ${newPassword(typed, (v) => { typed = v; ctx.update(); }, 'New password')}
        <p class="row">${button('Change the password', work)}<button type="button" class="link" @click=${() => show(false)}>Leave it as it is</button></p></form>` : nothing}`,
  };
}
