// The cookie banner. The site itself sets none that need asking; the answer is
// kept for what an operator may add, and goes on record with the account.

import { render } from 'lit-html';
import { send } from '../http.ts';
import type { Session } from '../session.ts';
import { html, type TemplateResult } from '../view.ts';
import { check } from './form.ts';

/** A choice, as the API takes it. */
export interface Choice {
  analytics: boolean;
  marketing: boolean;
}

const entry = 'callanalyst.cookies';

/** The choice made in this browser; null while there is none. */
export function cookieChoice(): Choice | null {
  try {
    const c = JSON.parse(localStorage.getItem(entry) ?? 'null') as Partial<Choice> | null;
    return c && { analytics: c.analytics === true, marketing: c.marketing === true };
  } catch {
    return null;
  }
}

/** The choice as a sign-up hands it over to the server. */
export function cookieMetadata(): Record<string, string> {
  const c = cookieChoice();
  return c ? { cookie_analytics: String(c.analytics), cookie_marketing: String(c.marketing) } : {};
}

/** Shows the banner until there is a choice, and again when somebody asks for it. */
export function startCookies(session: Session): void {
  const place = document.createElement('div');
  document.body.append(place);
  const banner = new Banner(place, session);
  document.addEventListener('click', (e) => {
    if (e.target instanceof Element && e.target.closest('[data-cookies]')) banner.open(true);
  });
  if (!cookieChoice()) banner.open(false);
}

class Banner {
  readonly #place: HTMLElement;
  readonly #session: Session;
  #asked: Element | null = null;

  constructor(place: HTMLElement, session: Session) {
    [this.#place, this.#session] = [place, session];
  }

  open(focus: boolean): void {
    this.#asked = focus ? document.activeElement : null;
    render(this.#body(cookieChoice() ?? { analytics: false, marketing: false }), this.#place);
    if (focus) this.#place.querySelector<HTMLElement>('h2')?.focus();
  }

  #body(now: Choice): TemplateResult {
    return html`<section class="cookies" aria-labelledby="cookies-title">
      <form @submit=${(e: SubmitEvent) => this.#submit(e)}>
        <h2 id="cookies-title" tabindex="-1">Cookies</h2>
        <p>What keeps you signed in is always on. The rest is your choice; <a href="/privacy">what each is for</a>.</p>
        <div class="row">${check('cookie-analytics', 'Analytics', { checked: now.analytics })}${check('cookie-marketing', 'Marketing', { checked: now.marketing })}</div>
        <div class="row">
          <button class="button plain" type="submit" value="none">None of them</button>
          <button class="button plain" type="submit" value="chosen">Save my choice</button>
        </div>
      </form>
    </section>`;
  }

  #submit(e: SubmitEvent): void {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const chosen = (e.submitter as HTMLButtonElement | null)?.value === 'chosen';
    const choice = { analytics: chosen && form.has('cookie-analytics'), marketing: chosen && form.has('cookie-marketing') };
    localStorage.setItem(entry, JSON.stringify(choice));
    render(html``, this.#place);
    if (this.#asked instanceof HTMLElement) this.#asked.focus();
    if (this.#session.person) void record(this.#session, choice);
  }
}

/** Puts the choice on record; what fails here is sent again at the next choice. */
export async function record(session: Session, cookies: Choice): Promise<void> {
  await send(session, '/api/consent', { method: 'POST', body: JSON.stringify({ cookies }) }).catch(() => undefined);
}
