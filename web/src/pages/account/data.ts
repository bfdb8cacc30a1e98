// Taking one's data along, and deleting all of it.

import { send } from '../../http.ts';
import { Trouble } from '../../problem.ts';
import { alert, notice } from '../../ui/alert.ts';
import { button, field, run, submit, text, type Work } from '../../ui/form.ts';
import { html, nothing, type Context, type TemplateResult } from '../../view.ts';
import type { Part } from './page.ts';

export function data(ctx: Context): Part {
  const [taking, ending]: [Work, Work] = [{ busy: false }, { busy: false }];
  let [asked, said, wrong] = [false, undefined as string | undefined, undefined as string | undefined];
  const ask = (on: boolean): void => { [asked, wrong] = [on, undefined]; delete ending.error; ctx.update(); };
  const take = (): Promise<void> => run(ctx, taking, async () => {
    const answer = await send(ctx.session, '/api/account/export', { signal: ctx.signal });
    download(await answer.blob(), 'call-analyst.json');
    said = 'Your data is in the file call-analyst.json, among your downloads.';
  });
  const end = submit(ctx, ending, async (form) => {
    wrong = text(form, 'sure').toLowerCase() === 'delete' ? undefined : 'Type the word delete, so that it cannot happen by mistake.';
    if (wrong) throw new Trouble('INVALID_FIELD', wrong);
    await send(ctx.session, '/api/account', { method: 'DELETE', signal: ctx.signal });
    ctx.go('/goodbye', true);
    await ctx.session.forget();
  });
  return {
    body: () => html`<section class="card" aria-labelledby="data-title"><h2 id="data-title">Your data</h2>
      ${notice(said)}${alert(taking.error)}
      <p class="soft">One file with everything we hold of you: profile, agreements, plan, notetakers, transcripts.</p>
      <p>${button('Download my data', taking, { kind: 'plain', click: () => void take() })}</p>
      <h3>Delete the account</h3>
      ${asked ? form(ending, wrong, end, () => ask(false)) : html`<p class="soft">Ends your subscription at once and deletes everything. It cannot be undone.</p>
        <p><button type="button" class="button danger" @click=${() => ask(true)}>Delete my account …</button></p>`}</section>`,
  };
}

function form(work: Work, wrong: string | undefined, end: (e: SubmitEvent) => Promise<void>, cancel: () => void): TemplateResult {
  return html`${wrong ? nothing : alert(work.error)}
    <form @submit=${end}>
      <p class="alert warn">Your subscription ends, your notetakers leave their calls, and your transcripts are deleted. Nobody can bring them back, not even we.</p>
      ${field({ name: 'sure', label: 'Type the word delete', error: wrong })}
      <p class="row">${button('Delete it all now', work, { kind: 'danger' })}<button type="button" class="link" @click=${cancel}>Keep my account</button></p>
    </form>`;
}

/** Hands a file to the browser's downloads. */
function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
