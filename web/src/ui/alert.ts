// What a person is told when something went wrong, or well.

import { explain } from '../words.ts';
import { html, nothing, type TemplateResult } from '../view.ts';

/** An error in words, with its code for support; nothing for no error. */
export function alert(error: unknown): TemplateResult | typeof nothing {
  if (error === undefined || error === null) return nothing;
  const { said, then, link, problem } = explain(error);
  const wait = problem.retryAfter && problem.retryAfter > 1 ? ` Ready again in about ${period(problem.retryAfter)}.` : '';
  return html`<div class="alert bad" role="alert">
    <p><strong>${said}</strong> ${then}${wait}</p>
    ${link ? html`<p><a href=${hrefOf(link.href)}>${link.text}</a></p>` : nothing}
    <p class="code">Code ${problem.code}${problem.requestId ? html` · request ${problem.requestId}` : nothing}</p>
  </div>`;
}

/** A sentence about something that went well. */
export function notice(text: string | undefined): TemplateResult | typeof nothing {
  return text ? html`<div class="alert good" role="status"><p>${text}</p></div>` : nothing;
}

/** Waiting, where it lasts long enough to be seen. */
export function loading(what: string): TemplateResult {
  return html`<p class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${what}</p>`;
}

// Whoever has to sign in or to agree comes back to the page they were on.
function hrefOf(href: string): string {
  if (href !== '/sign-in' && href !== '/accept-terms') return href;
  if (location.pathname === href || location.pathname === '/callback') return href;
  return `${href}?next=${encodeURIComponent(location.pathname + location.search)}`;
}

function period(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} seconds`;
  if (seconds < 90 * 60) return `${Math.ceil(seconds / 60)} minutes`;
  if (seconds < 36 * 3600) return `${Math.ceil(seconds / 3600)} hours`;
  return `${Math.ceil(seconds / 86400)} days`;
}
