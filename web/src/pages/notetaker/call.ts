// One call: where its notetaker is, and what was said, as it is said.

import { call } from '../../api/client.ts';
import { isAbort } from '../../problem.ts';
import { alert, loading } from '../../ui/alert.ts';
import { button, run, type Work } from '../../ui/form.ts';
import { gate } from '../../ui/gate.ts';
import { html, nothing, type Page, type TemplateResult } from '../../view.ts';
import { follow, type Notes, type Utterance } from './follow.ts';
import { hasNotes, isOver, nameOf, tag } from './states.ts';

export const callPage: Page = (ctx) => {
  const id = ctx.query.get('bot') ?? '';
  const notes: Notes = { said: [], status: '', text: '', over: false };
  const leaving: Work = { busy: false };
  let [title, left] = ['Call', false];

  const leave = (): Promise<void> => run(ctx, leaving, async () => {
    await call(ctx, 'delete', '/api/recall/bot/{bot_id}', { path: { bot_id: id } });
    left = true;
    ctx.say('The notetaker leaves.');
  });
  const named = async (): Promise<void> => {
    const bot = (await call(ctx, 'get', '/api/recall/bots')).bots.find((b) => b.bot_id === id);
    if (bot) title = nameOf(bot);
    ctx.update();
  };

  return {
    title: 'Notes',
    body: () => html`<p class="back"><a href="/notetaker">← All notetakers</a></p>
      <div class="head"><h1>${title}</h1>${notes.status ? tag(notes.status) : nothing}</div>
      <p role="status">${left && !notes.over ? 'The notetaker leaves. What was said so far stays here.' : notes.text}</p>
      ${alert(leaving.error)}${alert(notes.error)}
      ${actions(id, notes, left, leaving, leave)}
      ${transcript(notes)}`,
    async start() {
      named().catch(() => undefined); // a call without its title can be read as well
      try {
        await follow(ctx, id, notes, ctx.update);
      } catch (error) {
        if (isAbort(error) || gate(ctx, error)) return;
        ctx.update();
      }
    },
  };
};

function actions(id: string, notes: Notes, left: boolean, work: Work, leave: () => Promise<void>): TemplateResult | typeof nothing {
  const gone = left || notes.over || notes.status === '' || isOver(notes.status);
  if (gone && notes.said.length === 0) return nothing;
  return html`<p class="row">
    ${notes.said.length > 0 ? html`<a class="button plain" href=${`/ask?bot=${encodeURIComponent(id)}`}>Ask about this call</a>` : nothing}
    ${gone ? nothing : button(hasNotes(notes.status) ? 'Leave the call' : 'Call it off', work, { kind: 'danger', click: () => void leave(), name: 'leave' })}</p>`;
}

function transcript(notes: Notes): TemplateResult | typeof nothing {
  if (notes.said.length > 0) return html`<section class="card" aria-labelledby="said-title"><h2 id="said-title">What was said</h2>
    <div role="log" aria-live="polite" aria-label="Transcript"><ol class="said">${notes.said.map(line)}</ol></div></section>`;
  if (notes.status === '') return notes.error === undefined ? loading('Looking for the call …') : nothing;
  return html`<p class="empty">${notes.over ? 'Nothing was said that we could hear.' : 'What people say appears here, a few seconds after they said it.'}</p>`;
}

function line(u: Utterance, i: number, all: Utterance[]): TemplateResult {
  const same = all[i - 1]?.speaker === u.speaker;
  return html`<li>${same ? nothing : html`<p class="speaker">${u.speaker || 'Somebody'} <span class="soft">${clock(u.start_ms)}</span></p>`}<p>${u.text}</p></li>`;
}

/** How far into the call: 1:02:03, or 2:03. */
function clock(ms: number): string {
  const s = Math.floor(ms / 1000);
  const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, String(s % 60).padStart(2, '0')];
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${rest}` : `${m}:${rest}`;
}
