// The pool's password rules, as one types. The server has the last word.

import { html, type TemplateResult } from '../view.ts';
import { field } from './form.ts';

// What Cognito counts as a symbol.
const symbols = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/;

/** The rules: the pool's policy has the same five. */
export const rules: { text: string; met(password: string): boolean }[] = [
  { text: '12 characters or more', met: (p) => p.length >= 12 },
  { text: 'a capital letter', met: (p) => /[A-Z]/.test(p) },
  { text: 'a small letter', met: (p) => /[a-z]/.test(p) },
  { text: 'a digit', met: (p) => /[0-9]/.test(p) },
  { text: 'a symbol, like ! or -', met: (p) => symbols.test(p) },
];

/** Whether a password meets every rule. */
export function strong(password: string): boolean {
  return rules.every((r) => r.met(password)) && password.trim() === password;
}

/** The field for a new password, with the rules below it. */
export function newPassword(typed: string, input: (value: string) => void, label = 'Password'): TemplateResult {
  const list = html`<ul class="rules">${rules.map((r) => {
    const met = r.met(typed);
    return html`<li class=${met ? 'met' : ''}>${r.text}<span class="unseen">${met ? ', met' : ', not met yet'}</span></li>`;
  })}</ul>`;
  return field({ name: 'password', label, type: 'password', autocomplete: 'new-password', hint: list, maxlength: 256, input });
}
