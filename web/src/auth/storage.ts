// What Amplify calls its storage. Access and identity tokens stay in memory; the
// refresh token alone goes on to the vault.

import type { KeyValueStorageInterface } from '@aws-amplify/core';
import type { Vault } from './vault.ts';

/**
 * An access token that has long run out. After the page is loaded again there is
 * only the refresh token; with this in the other's place Amplify refreshes
 * before anybody is given a token.
 */
const expired = `${btoa('{"alg":"none"}')}.${btoa('{"exp":1,"iat":1}')}.`.replaceAll('=', '');

/** Tokens of one session, for Amplify. */
export class TokenStorage implements KeyValueStorageInterface {
  readonly #memory = new Map<string, string>();
  readonly #vault: Vault;
  readonly #prefix: string;
  /** Of the session that is kept, or about to be. */
  federated = false;
  /** Called when the browser refuses to keep anything. */
  blocked: () => void = () => undefined;

  constructor(vault: Vault, clientId: string) {
    this.#vault = vault;
    this.#prefix = `CognitoIdentityServiceProvider.${clientId}.`;
  }

  /** Takes over what the vault has kept. */
  async restore(): Promise<boolean> {
    const kept = await this.#vault.get().catch(() => null);
    if (!kept) return false;
    this.federated = kept.federated;
    this.#memory.set(`${this.#prefix}LastAuthUser`, kept.username);
    this.#memory.set(`${this.#prefix}${kept.username}.refreshToken`, kept.refreshToken);
    return true;
  }

  /** Puts a session there that did not come by Amplify: the hosted leg's. */
  async adopt(username: string, tokens: { access: string; id: string; refresh: string }): Promise<void> {
    this.federated = true;
    await this.setItem(`${this.#prefix}LastAuthUser`, username);
    const own = `${this.#prefix}${username}.`;
    await this.setItem(`${own}accessToken`, tokens.access);
    await this.setItem(`${own}idToken`, tokens.id);
    await this.setItem(`${own}clockDrift`, '0');
    await this.setItem(`${own}refreshToken`, tokens.refresh);
  }

  async setItem(name: string, value: string): Promise<void> {
    this.#memory.set(name, value);
    if (name.endsWith('.refreshToken')) await this.#keep();
  }

  async getItem(name: string): Promise<string | null> {
    const found = this.#memory.get(name);
    if (found === undefined && name.endsWith('.accessToken')) return this.#has(name) ? expired : null;
    return found ?? null;
  }

  async removeItem(name: string): Promise<void> {
    this.#memory.delete(name);
    if (name.endsWith('.refreshToken')) this.#vault.clear();
  }

  async clear(): Promise<void> {
    this.#memory.clear();
    this.#vault.clear();
  }

  /** Forgets what is in memory: another tab has signed out. */
  forget(): void {
    this.#memory.clear();
  }

  #has(accessToken: string): boolean {
    return this.#memory.has(accessToken.replace(/accessToken$/, 'refreshToken'));
  }

  async #keep(): Promise<void> {
    const username = this.#memory.get(`${this.#prefix}LastAuthUser`);
    const refreshToken = username && this.#memory.get(`${this.#prefix}${username}.refreshToken`);
    if (!username || !refreshToken) return;
    try {
      await this.#vault.put({ username, refreshToken, federated: this.federated });
    } catch {
      this.blocked(); // a private window may keep nothing: the session lives on in memory
    }
  }
}
