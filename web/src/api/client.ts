// Calls of our API, typed by its document: path, parameters, body and answer
// come from schema.d.ts, so that a change of the API is an error of the compiler.
// Tokens, refusals and the one retry are in http.ts.

import { send, type Tokens } from '../http.ts';
import type { components, paths } from './schema.d.ts';

/** A schema of the document by its name. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** What a call needs of its page. */
export interface Caller {
  readonly session: Tokens;
  readonly signal: AbortSignal;
}

type Method = 'get' | 'post' | 'patch' | 'delete';
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;

/** What an operation answers when all is well; undefined for no body. */
type Good<O> = O extends { responses: infer R } ? (R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A> : undefined) : never;

type Part<O, Name extends 'path' | 'query'> = O extends { parameters: infer Ps } ? (Name extends keyof Ps ? Exclude<Ps[Name], undefined> : never) : never;
type Sent<O> = O extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never;
type Field<Name extends string, T> = [T] extends [never] ? { [K in Name]?: never } : { [K in Name]: T };

/** What a call sends: the parts that its operation has, and no others. */
export type Input<O> = Field<'path', Part<O, 'path'>> & Field<'query', Part<O, 'query'>> & Field<'body', Sent<O>>;

/** Calls an operation and returns its answer. Throws ApiError for every refusal. */
export async function call<P extends keyof paths, M extends Method>(by: Caller, method: M, path: P, input?: Input<Operation<P, M>>): Promise<Good<Operation<P, M>>> {
  const answer = await open(by, method, path, input);
  if (answer.status === 204) return undefined as Good<Operation<P, M>>;
  return (await answer.json()) as Good<Operation<P, M>>;
}

/** As call, for an answer that is not JSON: a stream, or a file. */
export async function open<P extends keyof paths, M extends Method>(by: Caller, method: M, path: P, input?: Input<Operation<P, M>>): Promise<Response> {
  const { path: params, query, body } = (input ?? {}) as { path?: Values; query?: Values; body?: unknown };
  const init: RequestInit = { method: method.toUpperCase(), signal: by.signal };
  if (body !== undefined) init.body = JSON.stringify(body);
  return send(by.session, address(path, params, query), init);
}

type Values = Record<string, string | number | undefined>;

/** The address of a call: parameters in place, each encoded. */
export function address(path: string, params: Values = {}, query: Values = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? '')));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size > 0 ? `${filled}?${search}` : filled;
}
