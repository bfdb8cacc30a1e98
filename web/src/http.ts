// One request to our API: it carries the access token, refreshes it once when it
// has run out, and turns every refusal into an ApiError.

import { isAbort, type Problem } from './problem.ts';

/** What the API refused, in its own terms. */
export class ApiError extends Error implements Problem {
  readonly code: string;
  readonly status: number;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(p: Problem & { status: number }) {
    super(p.code);
    this.name = 'ApiError';
    this.code = p.code;
    this.status = p.status;
    this.detail = p.detail;
    this.requestId = p.requestId;
    this.retryAfter = p.retryAfter;
  }
}

/** Where tokens come from; the session is one. */
export interface Tokens {
  getAccessToken(): Promise<string>;
  refresh(): Promise<string>;
}

/** Sends a request and returns a good answer. Everything else is thrown. */
export async function send(tokens: Tokens, path: string, init: RequestInit = {}): Promise<Response> {
  let answer = await once(path, init, await tokens.getAccessToken());
  if (answer.ok || answer.status === 304) return answer;
  let error = await refusal(answer);
  if (error.code !== 'TOKEN_EXPIRED') throw error;
  answer = await once(path, init, await tokens.refresh());
  if (answer.ok || answer.status === 304) return answer;
  error = await refusal(answer);
  throw error;
}

/** Sends a request that needs nobody to be signed in. */
export async function sendOpenly(path: string, init: RequestInit): Promise<Response> {
  const answer = await once(path, init);
  if (answer.ok) return answer;
  throw await refusal(answer);
}

async function once(path: string, init: RequestInit, token?: string): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token) headers.set('Authorization', `Bearer ${token}`);
  if (typeof init.body === 'string' && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  try {
    return await fetch(path, { ...init, headers, credentials: 'same-origin' });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError({ code: 'NETWORK', status: 0 });
  }
}

/** Reads problem+json; what is not of ours is a server in front of us failing. */
async function refusal(answer: Response): Promise<ApiError> {
  const base = { status: answer.status, requestId: answer.headers.get('x-request-id') ?? undefined, retryAfter: seconds(answer.headers.get('Retry-After')) };
  try {
    const body = (await answer.json()) as { code?: unknown; detail?: unknown; request_id?: unknown };
    if (typeof body.code === 'string') {
      return new ApiError({ ...base, code: body.code, detail: text(body.detail), requestId: text(body.request_id) ?? base.requestId });
    }
  } catch (error) {
    if (isAbort(error)) throw error;
  }
  return new ApiError({ ...base, code: answer.status >= 500 ? 'UPSTREAM_UNAVAILABLE' : 'UNEXPECTED' });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function seconds(header: string | null): number | undefined {
  const n = Number(header);
  return header !== null && Number.isFinite(n) && n >= 0 ? n : undefined;
}
