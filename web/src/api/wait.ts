/** Waits, and throws AbortError as soon as the signal says that nobody waits any more. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => { clearTimeout(timer); reject(new DOMException('left', 'AbortError')); };
    const timer = setTimeout(() => { signal.removeEventListener('abort', gone); resolve(); }, ms);
    if (signal.aborted) return gone();
    signal.addEventListener('abort', gone, { once: true });
  });
}
