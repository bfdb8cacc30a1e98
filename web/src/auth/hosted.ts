// The hosted leg: out to the pool's domain for Google and Apple, and back with a
// code. Amplify has one too, but only for domains behind https, and it keeps the
// tokens by its own rules; this one works on the local fleet and keeps none.

import type { Config, Provider } from '../config.ts';
import { codeInside, Trouble } from '../problem.ts';

/** What must be remembered while the person is away. */
interface Leg {
  state: string;
  verifier: string;
  provider: Provider;
  next: string;
  stay: boolean;
  again: boolean;
}

/** What the token endpoint answers. */
export interface HostedTokens {
  access: string;
  id: string;
  refresh: string;
}

const entry = 'callanalyst.leg';
const scopes = 'openid email profile aws.cognito.signin.user.admin';

/** Leaves the site for a provider's page. */
export async function leave(config: Config, provider: Provider, next: string, stay: boolean, again = false): Promise<void> {
  const leg: Leg = { state: random(16), verifier: random(48), provider, next, stay, again };
  sessionStorage.setItem(entry, JSON.stringify(leg));
  const query = new URLSearchParams({
    client_id: config.user_pool_client_id, response_type: 'code', redirect_uri: callback(), scope: scopes, identity_provider: provider,
    state: leg.state, code_challenge: await challenge(leg.verifier), code_challenge_method: 'S256',
  });
  location.assign(`${config.user_pool_domain}/oauth2/authorize?${query}`);
}

/** What coming back led to: tokens, or a second try that is already on its way. */
export type Arrival = { tokens: HostedTokens; next: string; stay: boolean } | 'leaving';

/** Takes the code that the pool sent back and exchanges it, once. */
export async function arrive(config: Config, query: URLSearchParams): Promise<Arrival> {
  const leg = take();
  if (!leg || query.get('state') !== leg.state) throw new Trouble('HOSTED_LOST');
  const said = query.get('error_description') ?? '';
  // The first sign-in after two accounts were joined fails in Cognito; the second works.
  if (said.includes('Already found an entry for username') && !leg.again) {
    await leave(config, leg.provider, leg.next, leg.stay, true);
    return 'leaving';
  }
  if (query.has('error')) throw refusal(said);
  return { tokens: await exchange(config, query.get('code') ?? '', leg.verifier), next: leg.next, stay: leg.stay };
}

/** Where the browser forgets its sign-in at the pool's domain. */
export function farewell(config: Config): string {
  return `${config.user_pool_domain}/logout?${new URLSearchParams({ client_id: config.user_pool_client_id, logout_uri: `${location.origin}/` })}`;
}

async function exchange(config: Config, code: string, verifier: string): Promise<HostedTokens> {
  const body = new URLSearchParams({
    grant_type: 'authorization_code', client_id: config.user_pool_client_id, code, redirect_uri: callback(), code_verifier: verifier,
  });
  const answer = await fetch(`${config.user_pool_domain}/oauth2/token`, { method: 'POST', body });
  if (!answer.ok) throw new Trouble('HOSTED_LOST');
  const t = (await answer.json()) as { access_token: string; id_token: string; refresh_token: string };
  return { access: t.access_token, id: t.id_token, refresh: t.refresh_token };
}

function refusal(said: string): Trouble {
  const code = codeInside(said);
  if (code) return new Trouble(code);
  return new Trouble(/cancel|access_denied/i.test(said) ? 'HOSTED_CANCELLED' : 'HOSTED_REFUSED');
}

/** Reads and forgets: a code is good for one try. */
function take(): Leg | null {
  const text = sessionStorage.getItem(entry);
  sessionStorage.removeItem(entry);
  return text ? (JSON.parse(text) as Leg) : null;
}

const callback = (): string => `${location.origin}/callback`;

function random(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

async function challenge(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function base64url(b: Uint8Array): string {
  return btoa(String.fromCharCode(...b)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
