// Where to go on after a sign-in. It comes from the address bar, so it may have
// been written by anybody: only the site's own pages count.

import { home, routeOf } from './routes.ts';

/** The page that `next` names, if it is one of ours; else home. */
export function nextOf(query: URLSearchParams, origin = location.origin): string {
  const next = query.get('next') ?? '';
  const url = next.startsWith('/') && URL.canParse(next, origin) ? new URL(next, origin) : undefined;
  return url?.origin === origin && routeOf(url.pathname) ? url.pathname + url.search : home;
}
