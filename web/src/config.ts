// The one file that tells the site where it runs. The local edge serves it, and
// a deployment writes it from the stacks' outputs; the build knows no address.

/** An identity provider of the pool, as Cognito names it. */
export type Provider = 'Google' | 'SignInWithApple';

/** The content of /config.json; stacks/aws/edge has the same in Go. */
export interface Config {
  region: string;
  user_pool_id: string;
  user_pool_client_id: string;
  /** Where the hosted leg of Google and Apple begins, with its scheme and without a slash at the end. */
  user_pool_domain: string;
  /** The pool's API where it is not Amazon's own address: the local fleet. */
  endpoint?: string;
  /** Who else people may sign in with. */
  providers: Provider[];
  /** The terms that a sign-up accepts: the date they are in force from. */
  tos_version: string;
}

/** Reads the configuration; a site without one cannot do anything. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch('/config.json', { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}
