// Small line pictures beside words; they say nothing by themselves.

import { svg, html, type TemplateResult } from '../view.ts';

const shapes = {
  ask: svg`<path d="M4 5h16v11H9l-5 4z"/>`,
  notetaker: svg`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>`,
  calendar: svg`<rect x="4" y="5" width="16" height="15" rx="2"/><path d="M4 10h16M8 3v4M16 3v4"/>`,
  plan: svg`<rect x="3" y="6" width="18" height="13" rx="2"/><path d="M3 10.500h18M7 15h4"/>`,
  person: svg`<circle cx="12" cy="8" r="4"/><path d="M4.500 20.500a7.500 7.500 0 0 1 15 0"/>`,
} as const;

/** What there is a picture of. */
export type IconName = keyof typeof shapes;

/** A picture of 1.25 em, in the colour of the text. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${shapes[name]}</svg>`;
}
