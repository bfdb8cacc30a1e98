// What a page is made of. A page never touches the document itself: it hands
// templates to the shell, which draws them and says when the page is over.

import type { TemplateResult } from 'lit-html';
import type { Config } from './config.ts';
import type { Session } from './session.ts';

export { html, nothing, svg, type TemplateResult } from 'lit-html';

/** What the shell shows of a page. */
export interface View {
  /** The document's title, without the product's name. */
  title: string;
  /** The page as it is now. It is called again after each `ctx.update()`. */
  body(): TemplateResult;
  /** Called once when the page has been drawn for the first time. */
  start?(): void | Promise<void>;
}

/** What a page is given. */
export interface Context {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly config: Config;
  readonly session: Session;
  /** Ends with the page: hand it to every fetch, so that nothing goes on behind the next page. */
  readonly signal: AbortSignal;
  /** Draws the page anew. */
  update(): void;
  /** Goes to another page of the site; `replace` leaves no entry in the history. */
  go(path: string, replace?: boolean): void;
  /** Says something to people who listen to the page, without moving their focus. */
  say(text: string): void;
}

/** What each file of `src/pages` exports as `page`. */
export type Page = (ctx: Context) => View;
