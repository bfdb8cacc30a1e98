// The profile. It is saved against the version that was read, so that a change
// from another window is never overwritten unseen.

import { send } from '../../http.ts';
import { problemOf } from '../../problem.ts';
import { alert, loading, notice } from '../../ui/alert.ts';
import { button, field, submit, text, type Work } from '../../ui/form.ts';
import { gate } from '../../ui/gate.ts';
import { html, nothing, type Context, type TemplateResult } from '../../view.ts';
import type { Part } from './page.ts';

interface Profile {
  email: string;
  name: string;
  avatar_url: string;
}

export function profile(ctx: Context): Part {
  const work: Work = { busy: false };
  let [now, tag, saved, failed] = [undefined as Profile | undefined, '', undefined as string | undefined, undefined as unknown];
  const load = async (): Promise<void> => {
    const answer = await send(ctx.session, '/api/profile', { signal: ctx.signal });
    now = (await answer.json()) as Profile;
    tag = answer.headers.get('ETag') ?? '';
  };
  const save = submit(ctx, work, async (form, element) => {
    saved = undefined;
    const change = JSON.stringify({ name: text(form, 'name'), avatar_url: text(form, 'avatar_url') });
    const headers = { 'If-Match': tag, 'Content-Type': 'application/merge-patch+json' };
    try {
      const answer = await send(ctx.session, '/api/profile', { method: 'PATCH', headers, body: change, signal: ctx.signal });
      now = (await answer.json()) as Profile;
      tag = answer.headers.get('ETag') ?? '';
      saved = 'Your profile is saved.';
    } catch (error) {
      if (problemOf(error).code === 'VERSION_MISMATCH') {
        await load();
        ctx.update();
        element.reset(); // to what was loaded: the fields still hold what was typed
      }
      throw error;
    }
  });
  return {
    body: () => html`<section class="card" aria-labelledby="profile-title"><h2 id="profile-title">Profile</h2>
      ${failed ? alert(failed) : now ? form(now, work, saved, save) : loading('Loading your profile …')}</section>`,
    async start() {
      try {
        await load();
      } catch (error) {
        if (!ctx.query.has('manage') && gate(ctx, error)) return;
        failed = error;
      }
      ctx.update();
    },
  };
}

function form(now: Profile, work: Work, saved: string | undefined, save: (e: SubmitEvent) => Promise<void>): TemplateResult {
  return html`${notice(saved)}${alert(work.error)}
    <form @submit=${save}>
      <dl class="facts"><dt>Address</dt><dd>${now.email}</dd></dl>
      ${field({ name: 'name', label: 'Name', autocomplete: 'name', value: now.name, required: false, maxlength: 100 })}
      ${field({ name: 'avatar_url', label: 'Picture', type: 'url', inputmode: 'url', value: now.avatar_url, required: false, hint: 'An address that begins with https://' })}
      <p class="row">${now.avatar_url ? html`<img src=${now.avatar_url} alt="Your picture" width="48" height="48" referrerpolicy="no-referrer">` : nothing}${button('Save', work)}</p>
    </form>`;
}
