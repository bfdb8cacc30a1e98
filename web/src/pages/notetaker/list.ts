// The caller's notetakers, and the form that sends one.

import { call, type Schema } from '../../api/client.ts';
import { wait } from '../../api/wait.ts';
import { isAbort } from '../../problem.ts';
import { alert, loading } from '../../ui/alert.ts';
import { button, field, submit, text, type Work } from '../../ui/form.ts';
import { gate } from '../../ui/gate.ts';
import { html, type Page, type TemplateResult } from '../../view.ts';
import { isOver, moment, nameOf, tag } from './states.ts';

type Bot = Schema<'Bot'>;

/** How often the list is read anew while a notetaker is on its way or in a call, and otherwise. */
const [often, seldom] = [10_000, 60_000];

export const listPage: Page = (ctx) => {
  const work: Work = { busy: false };
  let [bots, failed] = [undefined as Bot[] | undefined, undefined as unknown];

  const load = async (): Promise<void> => {
    bots = (await call(ctx, 'get', '/api/recall/bots')).bots;
    failed = undefined;
    ctx.update();
  };
  const send = submit(ctx, work, async (form) => {
    const at = text(form, 'join_at');
    const placed = await call(ctx, 'post', '/api/recall/bot', {
      body: { meeting_url: text(form, 'meeting_url'), title: text(form, 'title') || null, join_at: at ? new Date(at).toISOString() : null },
    });
    ctx.go(`/notetaker?bot=${encodeURIComponent(placed.bot_id)}`);
  });
  const start = async (): Promise<void> => {
    for (;;) {
      try {
        await load();
      } catch (error) {
        if (isAbort(error) || gate(ctx, error)) return;
        failed = error;
        ctx.update();
      }
      await wait(bots?.every((b) => isOver(b.status)) ? seldom : often, ctx.signal);
    }
  };

  return {
    title: 'Notetaker',
    body: () => html`<h1>Notetaker</h1>
      <section class="card" aria-labelledby="send-title"><h2 id="send-title">Send one into a meeting</h2>
        ${alert(work.error)}
        <form @submit=${send}>
          ${field({ name: 'meeting_url', label: 'Link of the meeting', type: 'url', inputmode: 'url', maxlength: 2048, hint: 'Zoom, Google Meet, Microsoft Teams or Webex. Everybody in the call sees that a notetaker is there.' })}
          <details class="more"><summary>A title, or a later time</summary>
            ${field({ name: 'title', label: 'Title', required: false, maxlength: 200 })}
            ${later()}</details>
          <p>${button('Send the notetaker', work)}</p>
        </form></section>
      <section class="card" aria-labelledby="list-title"><h2 id="list-title">Your notetakers</h2>
        ${alert(failed)}${bots ? list(bots) : failed === undefined ? loading('Loading your notetakers …') : ''}</section>`,
    start: () => start().catch((error: unknown) => { if (!isAbort(error)) throw error; }),
  };
};

function later(): TemplateResult {
  return html`<div class="field"><label for="join_at">When it joins <span class="soft">(optional)</span></label>
    <input id="join_at" name="join_at" type="datetime-local" aria-describedby="join_at-hint">
    <div class="hint" id="join_at-hint">In your own time zone. Without a time it joins now.</div></div>`;
}

function list(bots: Bot[]): TemplateResult {
  if (bots.length === 0) return html`<p class="empty">No notetaker yet. Paste the link of a meeting above, or <a href="/calendar">connect your calendar</a> and they come by themselves.</p>`;
  return html`<ul class="list">${bots.map((b) => html`<li>
    <div class="head"><a class="call" href=${`/notetaker?bot=${encodeURIComponent(b.bot_id)}`}>${nameOf(b)}</a>${tag(b.status)}</div>
    <p class="soft small">${moment(b.join_at)}${b.source === 'calendar' ? ' · from your calendar' : ''}</p>
    <p class="small">${b.status_text}</p></li>`)}</ul>`;
}
