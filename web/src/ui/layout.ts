// The frame around every page: the name, the way to the other pages, the legal
// links. Signed out it is a card in the middle.

import { html, nothing, type TemplateResult, type View } from '../view.ts';
import { home } from '../routes.ts';
import { alert } from './alert.ts';
import { icon, type IconName } from './icon.ts';

/** The pages in the navigation, for people who are signed in. */
const pages: { path: string; text: string; icon: IconName }[] = [
  { path: '/ask', text: 'Ask', icon: 'ask' },
  { path: '/notetaker', text: 'Notetaker', icon: 'notetaker' },
  { path: '/calendar', text: 'Calendar', icon: 'calendar' },
  { path: '/plan', text: 'Plan', icon: 'plan' },
  { path: '/account', text: 'Account', icon: 'person' },
];

/** Draws a page in its frame. */
export function layout(person: { email: string } | null, path: string, body: TemplateResult): TemplateResult {
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to the content</a>
    <header class="top">
      <a class="name" href=${person ? home : '/'}><img src="/blocked/mark.svg" alt="" width="28" height="28">Call Analyst</a>
      ${person ? navigation(path) : signedOutLinks(path)}
    </header>
    <main id="main" tabindex="-1">${body}</main>
    <footer class="foot">
      <a href="/terms">Terms</a><a href="/privacy">Privacy</a><button type="button" class="link" data-cookies>Cookies</button>
      <span>United States only</span>
    </footer>`;
}

function navigation(path: string): TemplateResult {
  return html`<nav class="nav" aria-label="Main">
    ${pages.map((p) => html`<a href=${p.path} aria-current=${path === p.path ? 'page' : nothing}>${icon(p.icon)}<span>${p.text}</span></a>`)}
  </nav>`;
}

function signedOutLinks(path: string): TemplateResult {
  return html`<nav class="enter" aria-label="Main">
    ${path === '/sign-in' ? nothing : html`<a href="/sign-in">Sign in</a>`}
    ${path === '/sign-up' ? nothing : html`<a class="button small" href="/sign-up">Sign up</a>`}
  </nav>`;
}

/** A page in place of one that cannot be shown. */
export function failed(error: unknown): View {
  return {
    title: 'Something went wrong',
    body: () => html`<section class="card"><h1>This did not work</h1>${alert(error)}
      <p class="row"><button type="button" class="button" @click=${() => location.reload()}>Load the page again</button><a class="button plain" href="/">To the start</a></p></section>`,
  };
}

// The address stays the page's own: #main would be taken for a page of its own.
function skip(e: Event): void {
  e.preventDefault();
  document.getElementById('main')?.focus();
}
