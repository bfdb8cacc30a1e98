// The calendar: connecting it, what comes next, the rules, the end.

import './calendar.css';
import { call, type Schema } from '../../api/client.ts';
import { wait } from '../../api/wait.ts';
import { isAbort, Trouble } from '../../problem.ts';
import { alert, loading, notice } from '../../ui/alert.ts';
import { button, run, type Work } from '../../ui/form.ts';
import { gate } from '../../ui/gate.ts';
import { html, nothing, type Context, type Page, type TemplateResult } from '../../view.ts';
import { rulesView, type Change } from './rules.ts';
import { upcomingView } from './upcoming.ts';
import type { Meeting } from './words.ts';

type Calendar = Schema<'Calendar'>;

/** How often the meetings are read anew; the fleet looks into the calendar about as often. */
const every = 30_000;

export const page: Page = (ctx) => {
  const [going, ruling, doing, ending]: [Work, Work, Work, Work] = [{ busy: false }, { busy: false }, { busy: false }, { busy: false }];
  let [now, failed, at, saved, asked] = [undefined as Calendar | undefined, undefined as unknown, '', false, false];
  const back = returned(ctx);

  const connect = (): Promise<void> => run(ctx, going, async () => location.assign((await call(ctx, 'get', '/api/calendar/oauth-start')).url));
  const change = async (body: Change): Promise<void> => { now = await call(ctx, 'patch', '/api/calendar', { body }); };
  const rule = (body: Change): Promise<void> => run(ctx, ruling, async () => { saved = false; await change(body); saved = true; });
  const on = (m: Meeting, does: () => Promise<void>): Promise<void> => { at = m.event_id; return run(ctx, doing, does); };
  const send = (m: Meeting): Promise<void> => on(m, async () => {
    const early = new Date(m.start) > new Date();
    const placed = await call(ctx, 'post', '/api/recall/bot', { body: { meeting_url: m.meeting_url, title: m.title.slice(0, 200) || null, join_at: early ? m.start : null } });
    ctx.go(`/notetaker?bot=${encodeURIComponent(placed.bot_id)}`);
  });
  const disconnect = (): Promise<void> => run(ctx, ending, async () => {
    now = await call(ctx, 'delete', '/api/calendar');
    asked = false;
    ctx.say('Your calendar is disconnected.');
  });
  const follow = async (): Promise<void> => {
    for (;;) {
      try {
        const fresh = await call(ctx, 'get', '/api/calendar');
        if (!doing.busy && !ruling.busy && !ending.busy) now = fresh;
        failed = undefined;
      } catch (error) {
        if (isAbort(error) || gate(ctx, error)) return;
        failed = error;
      }
      ctx.update();
      await wait(now?.connected && now.synced_at === null ? 3000 : every, ctx.signal);
    }
  };

  const connected = (c: Calendar): TemplateResult => html`
    <section class="card" aria-labelledby="next-title"><div class="head"><h2 id="next-title">Coming up</h2><span class="soft small">${c.email}</span></div>
      ${alert(doing.error)}
      ${upcomingView(c.upcoming, c.synced_at !== null, at, doing, { skip: (m, off) => void on(m, () => change({ skip: { [m.event_id]: off } })), send: (m) => void send(m) })}</section>
    ${rulesView(c, ruling, saved, (body) => void rule(body))}
    <section class="card" aria-labelledby="end-title"><h2 id="end-title">Disconnect</h2>${alert(ending.error)}
      <p class="soft">We forget the connection and call its notetakers off. Notes that were taken stay.</p>
      <p class="row">${asked ? html`${button('Disconnect now', ending, { kind: 'danger', click: () => void disconnect(), name: 'disconnect' })}<button type="button" class="link" @click=${() => { asked = false; ctx.update(); }}>Keep it connected</button>`
        : html`<button type="button" class="button danger" @click=${() => { asked = true; ctx.update(); }}>Disconnect the calendar …</button>`}</p></section>`;

  return {
    title: 'Calendar',
    body: () => html`<h1>Calendar</h1>
      ${back}${alert(failed)}
      ${now === undefined ? (failed === undefined ? loading('Loading your calendar …') : nothing) : now.connected ? connected(now) : unconnected(now, going, ending, connect, disconnect)}`,
    start: () => follow().catch((error: unknown) => { if (!isAbort(error)) throw error; }),
  };
};

/** What Google's page left behind, said once: the address is tidied up, so that a reload does not repeat it. */
function returned(ctx: Context): TemplateResult | typeof nothing {
  const how = ctx.query.get('calendar');
  if (how === null) return nothing;
  history.replaceState(null, '', ctx.path);
  if (how === 'connected') return html`${notice('Your calendar is connected. Its meetings appear in a minute or two.')}`;
  if (how === 'denied') return html`<div class="alert info" role="status"><p>You said no on Google’s page, so nothing is connected.</p></div>`;
  return html`${alert(new Trouble(ctx.query.get('code') ?? 'UNEXPECTED'))}`;
}

function unconnected(c: Calendar, going: Work, ending: Work, connect: () => Promise<void>, disconnect: () => Promise<void>): TemplateResult {
  if (c.state === 'ending') {
    return html`<section class="card"><h2>Not quite disconnected</h2>${alert(ending.error)}
      <p>The end of the connection has begun and is not done yet.</p><p>${button('Finish disconnecting', ending, { click: () => void disconnect(), name: 'disconnect' })}</p></section>`;
  }
  return html`<section class="card"><h2>${c.state === 'revoked' ? 'Connect it again' : 'Connect your Google calendar'}</h2>
    ${c.state === 'revoked' ? html`<div class="alert warn" role="status"><p>Google no longer lets us see the calendar of ${c.email}: the access was taken back, or it ran out. Your rules are kept.</p></div>` : nothing}
    <p>Notetakers join your meetings by themselves, by rules of yours. Nothing joins before you say so.</p>
    <ul class="soft"><li>We read the meetings of the next days: title, time, link, and who accepted.</li><li>We never change your calendar.</li><li>You can disconnect at any time.</li></ul>
    ${alert(going.error)}
    <p>${button('Connect with Google', going, { click: () => void connect(), name: 'connect' })}</p></section>`;
}
