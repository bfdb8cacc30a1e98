// Cognito by Amplify's auth module, and nothing else of Amplify. It is loaded
// when somebody has a session or is about to get one.

import { Amplify } from '@aws-amplify/core';
import {
  confirmResetPassword, confirmSignIn, confirmSignUp, fetchAuthSession, fetchMFAPreference, resendSignUpCode, resetPassword, setUpTOTP, signIn,
  signOut, signUp, updateMFAPreference, updatePassword, verifyTOTPSetup, type SignInOutput,
} from '@aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import type { Config } from '../config.ts';
import { problemOf, Trouble } from '../problem.ts';
import type { TokenStorage } from './storage.ts';

/** Whose tokens these are. */
export interface Person {
  sub: string;
  email: string;
  /** Came by Google or Apple: password and second factor are kept over there. */
  federated: boolean;
}

/** What a sign-in asks for next. */
export type Next = 'done' | 'totp' | 'confirm' | 'reset' | 'new-password';

const steps: Partial<Record<SignInOutput['nextStep']['signInStep'], Next>> = {
  DONE: 'done',
  CONFIRM_SIGN_IN_WITH_TOTP_CODE: 'totp',
  CONFIRM_SIGN_UP: 'confirm',
  RESET_PASSWORD: 'reset',
  CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED: 'new-password',
};

/** Points Amplify at the pool, with our storage under it. */
export function configure(config: Config, storage: TokenStorage): void {
  const Cognito = { userPoolId: config.user_pool_id, userPoolClientId: config.user_pool_client_id };
  const Auth = { Cognito: config.endpoint ? { ...Cognito, userPoolEndpoint: config.endpoint } : Cognito };
  cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
  cognitoUserPoolsTokenProvider.setKeyValueStorage(storage);
  Amplify.configure({ Auth }, { Auth: { tokenProvider: cognitoUserPoolsTokenProvider } });
}

/** The access token, refreshed if it is about to run out. */
export async function accessToken(forceRefresh = false): Promise<{ token: string; person: Person }> {
  const { tokens } = await fetchAuthSession({ forceRefresh });
  if (!tokens) throw new Trouble('SIGNED_OUT');
  const claims = tokens.idToken?.payload ?? {};
  return {
    token: tokens.accessToken.toString(),
    person: { sub: String(tokens.accessToken.payload.sub ?? ''), email: String(claims['email'] ?? ''), federated: 'identities' in claims },
  };
}

/**
 * Signs in with a password. SRP comes first: the password does not leave the
 * browser. Somebody from the old system is not known to it, so a refusal is
 * asked once more in the way that lets the pool fetch them over.
 */
export async function enter(username: string, password: string): Promise<Next> {
  try {
    return step(await signIn({ username, password, options: { authFlowType: 'USER_SRP_AUTH' } }));
  } catch (error) {
    if (problemOf(error).code !== 'WRONG_PASSWORD') throw error;
    return step(await signIn({ username, password, options: { authFlowType: 'USER_PASSWORD_AUTH' } }).catch(passwordFlow(error)));
  }
}

/** The refusal of the second way counts, unless that way is closed. */
function passwordFlow(first: unknown): (error: unknown) => never {
  return (error) => {
    throw error instanceof Error && error.name === 'InvalidParameterException' ? first : error;
  };
}

/** Answers a challenge: an app's code, or a new password. */
export async function respond(challengeResponse: string): Promise<Next> {
  return step(await confirmSignIn({ challengeResponse }));
}

function step(out: SignInOutput): Next {
  const next = steps[out.nextStep.signInStep];
  if (!next) throw new Trouble('UNEXPECTED');
  return next;
}

/** Makes an account. The server stamps the time of the agreement; we say what it is to. */
export async function register(username: string, password: string, name: string, clientMetadata: Record<string, string>): Promise<void> {
  const userAttributes = name ? { email: username, name } : { email: username };
  await signUp({ username, password, options: { userAttributes, clientMetadata } });
}

export async function confirm(username: string, confirmationCode: string): Promise<void> {
  await confirmSignUp({ username, confirmationCode });
}

export async function resend(username: string): Promise<void> {
  await resendSignUpCode({ username });
}

export async function forgot(username: string): Promise<void> {
  await resetPassword({ username });
}

export async function reset(username: string, confirmationCode: string, newPassword: string): Promise<void> {
  await confirmResetPassword({ username, confirmationCode, newPassword });
}

export async function changePassword(oldPassword: string, newPassword: string): Promise<void> {
  await updatePassword({ oldPassword, newPassword });
}

/** Whether an authenticator app guards this account. */
export async function hasTotp(): Promise<boolean> {
  return (await fetchMFAPreference()).enabled?.includes('TOTP') ?? false;
}

/** Begins a set-up: the secret to type, and the address for the QR code. */
export async function beginTotp(email: string): Promise<{ secret: string; uri: string }> {
  const { sharedSecret, getSetupUri } = await setUpTOTP();
  return { secret: sharedSecret, uri: getSetupUri('Call Analyst', email).href };
}

export async function finishTotp(code: string): Promise<void> {
  await verifyTOTPSetup({ code });
  await updateMFAPreference({ totp: 'PREFERRED' });
}

export async function removeTotp(): Promise<void> {
  await updateMFAPreference({ totp: 'DISABLED' });
}

/** Ends the session: here, or on every device. */
export async function leave(everywhere: boolean): Promise<void> {
  await signOut({ global: everywhere });
}
