// Where the refresh token rests between two visits. It is sealed under a key
// that the browser made, keeps, and never shows: whoever copies what the site
// has stored gets nothing. docs/decisions/browser-tokens.md says against whom
// this helps and against whom it cannot.

/** What is sealed. */
export interface Kept {
  username: string;
  refreshToken: string;
  /** Signed in at Google or Apple, so that signing out must go there too. */
  federated: boolean;
}

const entry = 'callanalyst.session';

/** Keeps one session, in this tab alone or, if the person asked to stay, on this device. */
export class Vault {
  /** Whether a session outlives the tab. */
  stay = localStorage.getItem(entry) !== null;

  async put(kept: Kept): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key(), new TextEncoder().encode(JSON.stringify(kept)));
    const text = `${encode(iv)}.${encode(new Uint8Array(sealed))}`;
    (this.stay ? localStorage : sessionStorage).setItem(entry, text);
    (this.stay ? sessionStorage : localStorage).removeItem(entry);
  }

  /** The kept session; null if there is none or it cannot be opened any more. */
  async get(): Promise<Kept | null> {
    const text = sessionStorage.getItem(entry) ?? localStorage.getItem(entry);
    const [iv, sealed] = (text ?? '').split('.');
    if (!iv || !sealed) return null;
    try {
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: decode(iv) }, await key(), decode(sealed));
      return JSON.parse(new TextDecoder().decode(plain)) as Kept;
    } catch {
      this.clear(); // the key is gone with the site's data, or somebody changed the text
      return null;
    }
  }

  /** Whether there may be a session, without opening it. */
  has(): boolean {
    return sessionStorage.getItem(entry) !== null || localStorage.getItem(entry) !== null;
  }

  clear(): void {
    sessionStorage.removeItem(entry);
    localStorage.removeItem(entry);
  }

  /** Hears when another tab has signed out or renewed the session. */
  onChange(changed: (gone: boolean) => void, signal?: AbortSignal): void {
    const listen = (e: StorageEvent): void => {
      if (e.storageArea === localStorage && (e.key === entry || e.key === null)) changed(e.newValue === null);
    };
    addEventListener('storage', listen, signal ? { signal } : {});
  }
}

/** The device's key: made once, not extractable, in IndexedDB. */
async function key(): Promise<CryptoKey> {
  const db = await open();
  try {
    const found = await done(db.transaction('keys').objectStore('keys').get('session'));
    if (found instanceof CryptoKey) return found;
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    await done(db.transaction('keys', 'readwrite').objectStore('keys').put(made, 'session'));
    return made;
  } finally {
    db.close();
  }
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('callanalyst', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('keys');
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((ok, fail) => {
    request.onsuccess = () => ok(request.result);
    request.onerror = () => fail(request.error ?? new Error('IndexedDB'));
  });
}

const encode = (b: Uint8Array): string => btoa(String.fromCharCode(...b));
const decode = (s: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
