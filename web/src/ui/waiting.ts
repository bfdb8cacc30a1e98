// Whose code is being waited for, from one page to the next. The address does
// not go into the address bar, where histories and logs would keep it.

const entry = 'callanalyst.waiting';

/** Keeps an address until the tab is closed. */
export function remember(email: string): void {
  sessionStorage.setItem(entry, email);
}

/** The kept address; "" if there is none. */
export function remembered(): string {
  return sessionStorage.getItem(entry) ?? '';
}
