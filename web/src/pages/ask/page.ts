// Asking: the answer is read as it is written, and can be stopped.

import './ask.css';
import { call, open, type Schema } from '../../api/client.ts';
import { isAbort, problemOf } from '../../problem.ts';
import { alert } from '../../ui/alert.ts';
import { gate } from '../../ui/gate.ts';
import { html, nothing, type Page, type TemplateResult } from '../../view.ts';
import { follow, turnView, type Turn } from './answer.ts';

type Bot = Schema<'Bot'>;

/** The longest question that the API takes, in characters. */
const longest = 8000;

export const page: Page = (ctx) => {
  const turns: Turn[] = [];
  let [bots, calls, left, limit] = [[] as Bot[], undefined as unknown, undefined as number | undefined, undefined as number | undefined];
  let running: AbortController | undefined;
  let chosen = ctx.query.get('bot') ?? '';

  const ask = async (question: string, botID: string): Promise<void> => {
    if (running) return;
    const stop = (running = new AbortController());
    const turn: Turn = { question, botID, about: title(bots, botID), text: '', state: 'waiting', retryable: true };
    turns.unshift(turn);
    ctx.update();
    try {
      const by = { session: ctx.session, signal: AbortSignal.any([ctx.signal, stop.signal]) };
      const answer = await open(by, 'post', '/api/ask', { body: botID ? { question, context: { bot_id: botID } } : { question } });
      if (answer.body) left = (await follow(turn, answer.body, ctx.update)) ?? left;
    } catch (error) {
      if (isAbort(error)) turn.state = 'stopped';
      else if (!gate(ctx, error)) refused(turn, error);
    } finally {
      running = undefined;
      ctx.update();
      if (turn.state === 'stopped' && left !== undefined) void quota();
    }
  };

  // What is asked again takes the place of what it is asked again for.
  const again = (t: Turn): void => {
    if (running) return;
    turns.splice(turns.indexOf(t), 1);
    void ask(t.question, t.botID);
  };

  const quota = async (): Promise<void> => {
    try {
      const e = await call(ctx, 'get', '/api/entitlement');
      [limit, left] = [e.limits.ask_per_month, Math.max(0, e.limits.ask_per_month - e.usage.ask_used)];
    } catch (error) {
      gate(ctx, error); // how many are left is not worth an error of its own
    }
    ctx.update();
  };

  const load = async (): Promise<void> => {
    try {
      bots = (await call(ctx, 'get', '/api/recall/bots')).bots.filter((b) => heard(b) || b.bot_id === chosen);
    } catch (error) {
      if (!isAbort(error) && problemOf(error).code !== 'TOS_REQUIRED') calls = error;
    }
    ctx.update();
  };

  const send = (e: SubmitEvent): void => {
    e.preventDefault();
    const form = e.currentTarget as HTMLFormElement;
    const question = String(new FormData(form).get('question') ?? '').trim();
    if (!question || running) return;
    form.reset();
    void ask(question, chosen);
  };

  return {
    title: 'Ask',
    body: () => html`<h1>Ask</h1>
      <section class="card">
        <form @submit=${send}>
          <div class="field"><label for="question">Your question</label>
            <textarea id="question" name="question" rows="3" required maxlength=${longest} aria-describedby="quota" @keydown=${sendOnEnter}></textarea></div>
          ${picker(bots, chosen, (id) => { chosen = id; })}
          ${calls === undefined ? nothing : alert(calls)}
          <p class="row">${running
            ? html`<button type="button" class="button plain" @click=${() => running?.abort()}>Stop</button>`
            : html`<button type="submit" class="button">Ask</button>`}
            <span class="soft small" id="quota">${words(left, limit)}</span></p>
        </form>
      </section>
      <section class="turns" aria-label="Answers">${turns.length === 0
        ? html`<p class="empty">Ask about a call that a notetaker was in, or anything else. Answers appear here and are gone when you leave the page.</p>`
        : turns.map((t) => turnView(t, () => again(t)))}</section>`,
    start: async () => void (await Promise.all([quota(), load()])),
  };
};

function refused(turn: Turn, error: unknown): void {
  const { code } = problemOf(error);
  [turn.state, turn.error] = ['broken', error];
  turn.retryable = !['QUOTA_EXCEEDED', 'INVALID_FIELD', 'BODY_TOO_LARGE', 'NOT_FOUND', 'ACCOUNT_DISABLED', 'TIER_REQUIRED'].includes(code);
}

/** Whether a bot may have heard something: also one that was called off, unless that was before it came. */
function heard(b: Bot): boolean {
  if (b.status === 'cancelled') return new Date(b.join_at) <= new Date();
  return !['requested', 'scheduled', 'joining_call', 'in_waiting_room', 'failed'].includes(b.status);
}

function title(bots: Bot[], id: string): string {
  const bot = bots.find((b) => b.bot_id === id);
  return bot ? name(bot) : id && 'chosen call';
}

function name(b: Bot): string {
  const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(b.join_at));
  return b.title ? `${b.title}, ${day}` : `Call of ${day}`;
}

function picker(bots: Bot[], chosen: string, choose: (id: string) => void): TemplateResult | typeof nothing {
  if (bots.length === 0) return nothing;
  return html`<div class="field"><label for="about">About</label>
    <select id="about" name="about" @change=${(e: Event) => choose((e.target as HTMLSelectElement).value)}>
      <option value="" ?selected=${chosen === ''}>No call in particular</option>
      ${bots.map((b) => html`<option value=${b.bot_id} ?selected=${b.bot_id === chosen}>${name(b)}</option>`)}
    </select></div>`;
}

function words(left: number | undefined, limit: number | undefined): TemplateResult | string {
  if (left === undefined) return '';
  const count = limit === undefined ? `${left}` : `${left} of ${limit}`;
  return left === 0 ? html`No questions left this month. <a href="/plan">See the plans</a>` : `${count} questions left this month`;
}

// A line break is Shift and Enter, as people know it from chats.
function sendOnEnter(e: KeyboardEvent): void {
  if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  (e.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
}
