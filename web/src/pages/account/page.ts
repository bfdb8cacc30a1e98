// The account: who one is, how one signs in, and what becomes of one's data.

import { html, type Context, type Page, type TemplateResult } from '../../view.ts';
import { data } from './data.ts';
import { profile } from './profile.ts';
import { security } from './security.ts';
import { sessions } from './sessions.ts';

/** One part of the page. */
export interface Part {
  body(): TemplateResult;
  start?(): Promise<void>;
}

const parts: ((ctx: Context) => Part)[] = [profile, security, sessions, data];

export const page: Page = (ctx) => {
  const made = parts.map((part) => part(ctx));
  return {
    title: 'Your account',
    body: () => html`<h1>Your account</h1>${made.map((p) => p.body())}`,
    start: async () => void (await Promise.all(made.map((p) => p.start?.()))),
  };
};
