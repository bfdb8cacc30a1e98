// Which page is shown. Links stay links: the router takes the plain clicks and
// leaves new tabs, downloads and other sites to the browser.

import { render } from 'lit-html';
import type { Config } from './config.ts';
import { isAbort, Trouble } from './problem.ts';
import { nextOf } from './next.ts';
import { routeOf, type Route } from './routes.ts';
import type { Session } from './session.ts';
import { failed, layout } from './ui/layout.ts';
import type { Context, View } from './view.ts';

/** Shows one page at a time in the element it is given. */
export class Router {
  readonly #root: HTMLElement;
  readonly #config: Config;
  readonly #session: Session;
  readonly #live: HTMLElement;
  #leave = new AbortController();
  #view: View | undefined;
  #first = true;

  constructor(root: HTMLElement, live: HTMLElement, config: Config, session: Session) {
    [this.#root, this.#live, this.#config, this.#session] = [root, live, config, session];
  }

  /** Begins with the address bar's page, and follows it from then on. */
  start(): void {
    addEventListener('popstate', () => void this.show());
    document.addEventListener('click', (e) => this.#click(e));
    this.#session.onChange(() => this.#sessionChanged());
    void this.show();
  }

  go(path: string, replace = false): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', path);
    void this.show();
  }

  /** Loads and draws the page of the address bar. */
  async show(): Promise<void> {
    this.#leave.abort();
    const leave = (this.#leave = new AbortController());
    const route = routeOf(location.pathname);
    const elsewhere = route && this.#elsewhere(route);
    if (elsewhere) return this.go(elsewhere, true);
    try {
      const view = route ? (await route.load()).page(this.#context(leave.signal)) : missing;
      if (leave.signal.aborted) return;
      this.#draw(view, route);
      await view.start?.();
    } catch (error) {
      if (!leave.signal.aborted && !isAbort(error)) this.fail(error instanceof TypeError && /import|module/i.test(error.message) ? new Trouble('PAGE_GONE') : error);
    }
  }

  /** Shows, in place of the page, what went wrong with it. */
  fail(error: unknown): void {
    this.#draw(failed(error), undefined);
  }

  /** Where somebody has to go who may not see the page: to sign in, or home. */
  #elsewhere(route: Route): string | undefined {
    const here = location.pathname + location.search;
    if (route.who === 'signed-in' && !this.#session.person) return `/sign-in?next=${encodeURIComponent(here)}`;
    if (route.who === 'signed-out' && this.#session.person) return nextOf(new URLSearchParams(location.search));
    return undefined;
  }

  #sessionChanged(): void {
    if (this.#session.person) return;
    const here = location.pathname + location.search;
    if (routeOf(location.pathname)?.who !== 'signed-in') return this.#update();
    this.go(this.#session.askedToEnd ? '/' : `/sign-in?why=SIGNED_OUT&next=${encodeURIComponent(here)}`, true);
  }

  #context(signal: AbortSignal): Context {
    return {
      path: location.pathname,
      query: new URLSearchParams(location.search),
      config: this.#config,
      session: this.#session,
      signal,
      update: () => !signal.aborted && this.#update(),
      go: (path, replace) => !signal.aborted && this.go(path, replace),
      say: (text) => void (this.#live.textContent = text),
    };
  }

  /** Draws a new page, at its top and with the focus on its heading, as a browser would. */
  #draw(view: View, route: Route | undefined): void {
    this.#view = view;
    this.#live.textContent = '';
    this.#update();
    if (this.#first) {
      this.#first = false;
      return;
    }
    scrollTo(0, 0);
    const heading = this.#root.querySelector<HTMLElement>('h1');
    heading?.setAttribute('tabindex', '-1');
    if (route) heading?.focus({ preventScroll: true });
  }

  #update(): void {
    const view = this.#view;
    if (!view) return;
    document.title = `${view.title} · Call Analyst`;
    render(layout(this.#session.person, location.pathname, view.body()), this.#root);
  }

  #click(e: MouseEvent): void {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = e.target instanceof Element ? e.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download') || !routeOf(link.pathname)) return;
    e.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }
}

const missing: View = failed(new Trouble('NOT_FOUND'));
