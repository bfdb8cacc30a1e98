// Every page of the site. A page is loaded when somebody goes there, so that
// the first one costs nothing but itself.

import type { Page } from './view.ts';

/** Whom a page is for: others are sent to sign in, or home. */
export type Audience = 'anyone' | 'signed-in' | 'signed-out';

/** One row of the table. */
export interface Route {
  path: string;
  who: Audience;
  load(): Promise<{ page: Page }>;
}

/** The table. Paths are compared whole. */
export const routes: Route[] = [
  { path: '/', who: 'signed-out', load: () => import('./pages/welcome.ts') },
  { path: '/sign-up', who: 'signed-out', load: () => import('./pages/sign-up.ts') },
  { path: '/confirm', who: 'signed-out', load: () => import('./pages/confirm.ts') },
  { path: '/sign-in', who: 'signed-out', load: () => import('./pages/sign-in.ts') },
  { path: '/forgot-password', who: 'signed-out', load: () => import('./pages/forgot-password.ts') },
  { path: '/callback', who: 'anyone', load: () => import('./pages/callback.ts') },
  { path: '/accept-terms', who: 'signed-in', load: () => import('./pages/accept-terms.ts') },
  { path: '/ask', who: 'signed-in', load: () => import('./pages/ask.ts') },
  { path: '/notetaker', who: 'signed-in', load: () => import('./pages/notetaker.ts') },
  { path: '/calendar', who: 'signed-in', load: () => import('./pages/calendar.ts') },
  { path: '/plan', who: 'signed-in', load: () => import('./pages/plan.ts') },
  { path: '/checkout/success', who: 'signed-in', load: () => import('./pages/plan.ts') },
  { path: '/checkout/canceled', who: 'signed-in', load: () => import('./pages/plan.ts') },
  { path: '/account', who: 'signed-in', load: () => import('./pages/account.ts') },
  { path: '/terms', who: 'anyone', load: () => import('./pages/terms.ts') },
  { path: '/privacy', who: 'anyone', load: () => import('./pages/privacy.ts') },
  { path: '/goodbye', who: 'anyone', load: () => import('./pages/goodbye.ts') },
];

/** Where people begin once they are signed in. */
export const home = '/ask';

/** The row of a path; a path may end with a slash. */
export function routeOf(path: string): Route | undefined {
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
  return routes.find((r) => r.path === plain);
}
