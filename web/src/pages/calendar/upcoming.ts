// The meetings of the next days, each with what its notetaker does.

import type { Work } from '../../ui/form.ts';
import { html, nothing, type TemplateResult } from '../../view.ts';
import { about, period, sendable, type Meeting } from './words.ts';

/** What can be done with one meeting. */
export interface Deeds {
  skip(m: Meeting, on: boolean): void;
  send(m: Meeting): void;
}

/** Draws the list; while something is done with one meeting, its button says so. */
export function upcomingView(all: Meeting[], looked: boolean, at: string, work: Work, deeds: Deeds): TemplateResult {
  if (all.length === 0) {
    return html`<p class="empty">${looked ? 'No meetings in the next days. New ones appear here a few minutes after they are in your calendar.' : 'Your calendar is being read for the first time; that takes a minute or two.'}</p>`;
  }
  return html`<ul class="list">${all.map((m) => {
    const busy = work.busy && at === m.event_id;
    return html`<li class="meeting">
      <div><p class="what">${m.title || 'Without a title'}</p><p class="soft small">${period(m)}</p>
        <p class="small">${m.bot === 'scheduled' ? html`<span class="tag good">Notetaker</span> ` : nothing}${about(m)}</p></div>
      ${deed(m, busy, deeds)}</li>`;
  })}</ul>`;
}

function deed(m: Meeting, busy: boolean, deeds: Deeds): TemplateResult | typeof nothing {
  const one = (label: string, click: () => void): TemplateResult => html`<button type="button" class="button plain small" aria-disabled=${busy ? 'true' : nothing}
    aria-label=${`${label}: ${m.title || 'meeting without a title'}`} @click=${() => !busy && click()}>${busy ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}${label}</button>`;
  if (m.bot === 'skipped') return one('Join after all', () => deeds.skip(m, false));
  if (m.bot === 'scheduled') return one('Skip', () => deeds.skip(m, true));
  return sendable(m) ? one('Send one', () => deeds.send(m)) : nothing;
}
