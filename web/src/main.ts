// The site's beginning: the configuration, the session of an earlier visit, then
// the page that the address names.

import { render } from 'lit-html';
import { loadConfig } from './config.ts';
import { Trouble } from './problem.ts';
import { Router } from './router.ts';
import { Session } from './session.ts';
import { startCookies } from './ui/cookies.ts';
import { layout, failed } from './ui/layout.ts';

async function start(root: HTMLElement): Promise<void> {
  const config = await loadConfig();
  const session = new Session(config);
  await session.restore();
  root.replaceChildren();
  const router = new Router(root, liveRegion(), config, session);
  watchForMistakes(router);
  startCookies(session);
  router.start();
}

/** Where pages say what changed: there from the start, or nobody would hear it. */
function liveRegion(): HTMLElement {
  const live = document.createElement('div');
  live.className = 'unseen';
  live.setAttribute('role', 'status');
  document.body.append(live);
  return live;
}

/** A mistake of ours that nobody caught must not leave a page that does nothing. */
function watchForMistakes(router: Router): void {
  const broken = (): void => router.fail(new Trouble('PAGE_BROKEN'));
  addEventListener('error', (e) => e.error && broken());
  addEventListener('unhandledrejection', (e) => !(e.reason instanceof DOMException && e.reason.name === 'AbortError') && broken());
}

/** What is shown when not even the beginning works: the API is down, or the network is. */
function fail(root: HTMLElement): void {
  root.replaceChildren();
  render(layout(null, '', failed(new Trouble('NETWORK')).body()), root);
  document.title = 'Not reachable · Call Analyst';
}

const root = document.getElementById('app');
if (root) start(root).catch(() => fail(root));
