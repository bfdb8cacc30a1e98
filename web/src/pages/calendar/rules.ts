// Which meetings get a notetaker by themselves. Every tick is saved at once.

import type { Schema } from '../../api/client.ts';
import { alert } from '../../ui/alert.ts';
import { check, type Work } from '../../ui/form.ts';
import { html, nothing, type TemplateResult } from '../../view.ts';

type Calendar = Schema<'Calendar'>;
export type Change = Schema<'CalendarPatch'>;

/** Draws the rules; `save` sends a change. */
export function rulesView(c: Calendar, work: Work, saved: boolean, save: (change: Change) => void): TemplateResult {
  const rule = (name: keyof Calendar['rules'], label: string): TemplateResult =>
    check(name, label, { checked: c.rules[name], change: (on) => save({ rules: { [name]: on } }) });
  return html`<section class="card" aria-labelledby="rules-title"><div class="head"><h2 id="rules-title">Rules</h2>${saved ? html`<span class="soft small" role="status">Saved</span>` : nothing}</div>
    ${alert(work.error)}
    ${check('auto_join', 'Notetakers join my meetings by themselves', { checked: c.auto_join, change: (on) => save({ auto_join: on }), hint: 'Everybody in a call sees that a notetaker is there.' })}
    ${c.auto_join ? html`<fieldset class="rules-of"><legend>But only those …</legend>
      ${rule('only_accepted', 'that I have accepted')}${rule('only_with_others', 'to which somebody else is invited')}${rule('only_mine', 'that I organize')}</fieldset>` : nothing}
  </section>`;
}
