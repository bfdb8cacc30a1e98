// Who is signed in, for the whole site. Tokens leave it one at a time, for the
// request that needs them.

import type { Config, Provider } from './config.ts';
import type { Next, Person } from './auth/cognito.ts';
import { farewell, leave as leaveFor, arrive } from './auth/hosted.ts';
import { TokenStorage } from './auth/storage.ts';
import { Vault } from './auth/vault.ts';
import { problemOf, Trouble } from './problem.ts';

type Cognito = typeof import('./auth/cognito.ts');

/** The session of this window. */
export class Session {
  /** Who is signed in; null for nobody. */
  person: Person | null = null;
  /** Whether the last session ended because somebody asked for it, and not under their hands. */
  askedToEnd = false;
  readonly #config: Config;
  readonly #vault = new Vault();
  readonly #storage: TokenStorage;
  readonly #listeners = new Set<() => void>();
  #cognito: Promise<Cognito> | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#storage = new TokenStorage(this.#vault, config.user_pool_client_id);
    this.#vault.onChange((gone) => void this.#otherTab(gone));
  }

  /** Takes up the session of an earlier visit. Without one nothing is loaded. */
  async restore(): Promise<void> {
    if (!this.#vault.has() || !(await this.#storage.restore())) return;
    try {
      this.person = (await (await this.cognito()).accessToken()).person;
    } catch (error) {
      if (problemOf(error).code === 'NETWORK') throw error; // the session may well be good
      await this.#storage.clear();
    }
  }

  /** The auth module, loaded and configured. */
  cognito(): Promise<Cognito> {
    this.#cognito ??= import('./auth/cognito.ts').then((c) => {
      c.configure(this.#config, this.#storage);
      return c;
    });
    return this.#cognito;
  }

  /** An access token that is good now. Throws SIGNED_OUT if there is no session. */
  getAccessToken(): Promise<string> {
    return this.#token(false);
  }

  /** A new access token, whatever the old one says of itself. */
  refresh(): Promise<string> {
    return this.#token(true);
  }

  /** Signs in with a password; a session begins once the answer is done. */
  async signIn(email: string, password: string, stay: boolean): Promise<Next> {
    this.#vault.stay = stay;
    this.#storage.federated = false;
    return this.#begin(await (await this.cognito()).enter(email, password));
  }

  /** Answers what a sign-in asked for. */
  async respond(answer: string): Promise<Next> {
    return this.#begin(await (await this.cognito()).respond(answer));
  }

  /** Leaves the site to sign in at a provider. */
  signInWith(provider: Provider, next: string, stay: boolean): Promise<void> {
    return leaveFor(this.#config, provider, next, stay);
  }

  /** Comes back from a provider; answers where to go, or null if it has to leave once more. */
  async arrive(query: URLSearchParams): Promise<string | null> {
    const arrival = await arrive(this.#config, query);
    if (arrival === 'leaving') return null;
    const { tokens, next, stay } = arrival;
    const claims = JSON.parse(atob(tokens.access.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')) as { username: string };
    this.#vault.stay = stay;
    await (await this.cognito()).leave(false).catch(() => undefined); // an older session of this window
    await this.#storage.adopt(claims.username, tokens);
    await this.#begin('done');
    return next;
  }

  /** Signs out, here or everywhere, and leaves the page if a provider's sign-in must end too. */
  async signOut(everywhere = false): Promise<void> {
    const federated = this.#storage.federated;
    await (await this.cognito()).leave(everywhere);
    await this.#end(true);
    if (federated) location.assign(farewell(this.#config));
  }

  /** Forgets the session without telling Cognito, which does not know it any more. */
  async forget(): Promise<void> {
    await this.#end(true);
  }

  /** Hears of each sign-in and sign-out. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #begin(next: Next): Promise<Next> {
    if (next !== 'done') return next;
    this.person = (await (await this.cognito()).accessToken()).person;
    this.#tell();
    return next;
  }

  async #end(asked: boolean): Promise<void> {
    this.askedToEnd = asked;
    await this.#storage.clear();
    this.#storage.federated = false;
    this.person = null;
    this.#tell();
  }

  async #token(force: boolean): Promise<string> {
    if (!this.person) throw new Trouble('SIGNED_OUT');
    try {
      const { token, person } = await (await this.cognito()).accessToken(force);
      this.person = person;
      return token;
    } catch (error) {
      if (problemOf(error).code !== 'SIGNED_OUT') throw error;
      await this.#end(false);
      throw error;
    }
  }

  /** Another tab has signed out, or holds a newer refresh token. */
  async #otherTab(gone: boolean): Promise<void> {
    if (!gone) {
      if (this.person) await this.#storage.restore();
      return;
    }
    this.#storage.forget();
    this.askedToEnd = false;
    this.person = null;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
