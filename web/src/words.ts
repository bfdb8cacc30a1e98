// Words for every code: what happened, what to do. A test holds this table
// against docs/errors.md, so that no code reaches a person bare.

import { problemOf, type Problem } from './problem.ts';

/** What a person is told. */
export interface Words {
  /** What happened, in one sentence. */
  said: string;
  /** What to do about it. */
  then: string;
  /** Where that can be done. */
  link?: { text: string; href: string };
}

const signIn = { text: 'Sign in', href: '/sign-in' };
const plans = { text: 'See the plans', href: '/plan' };
const calendar = { text: 'Go to the calendar', href: '/calendar' };
const support = { text: 'Write to support', href: 'mailto:support@callanalyst.app' };
const ours = { said: 'Something went wrong on our side.', then: 'Try again in a minute. If it stays, write to support and name the code.', link: support };

/** The codes of docs/errors.md. */
export const served: Record<string, Words> = {
  ACCOUNT_DISABLED: { said: 'This account is closed.', then: 'Signing in again does not help. Write to support if you did not expect this.', link: support },
  INTERNAL: ours,
  INVALID_BODY: { said: 'We could not read what this page sent.', then: 'Load the page again and repeat the last step.' },
  INVALID_EVENT: ours,
  INVALID_FIELD: { said: 'Something in the form cannot be accepted.', then: 'Correct it, then send it again.' },
  ALREADY_SUBSCRIBED: { said: 'You already have a subscription.', then: 'Change or cancel it in the billing portal, so that you never pay twice.', link: { text: 'Go to your plan', href: '/plan' } },
  EMAIL_EXISTS_FEDERATED: { said: 'This address has signed in here another way before.', then: 'Use the button you used then: Google, Apple, or the password.', link: signIn },
  LINK_REFUSED: { said: 'There is an account with this address that we cannot join to this sign-in yet.', then: 'Sign in with its password, or choose a new one, then try again.', link: { text: 'Choose a new password', href: '/forgot-password' } },
  PROVIDER_EMAIL_UNVERIFIED: { said: 'Your address is not verified over there.', then: 'Verify it with Google or Apple, or sign up here with a password.', link: { text: 'Sign up', href: '/sign-up' } },
  ANSWER_RUNNING: { said: 'An answer is still being written for you.', then: 'Wait for it to end, or stop it, then ask again.' },
  ANSWER_TOO_LONG: { said: 'The answer took too long and was cut off. It is not whole.', then: 'Ask again, with a narrower question.' },
  BODY_TOO_LARGE: { said: 'That is too long to send.', then: 'Shorten it, then try again.' },
  LEGACY_BUSY: { said: 'Too many people are signing in for the first time since we moved.', then: 'Your password was not refused. Try again in a minute.' },
  LEGACY_SETUP: { said: 'We cannot check passwords of the old system right now.', then: 'Your password was not refused. We know about this; try again later today.', link: support },
  LEGACY_UNAVAILABLE: { said: 'The old system, which knows your password, did not answer.', then: 'Your password was not refused. Try again in a few seconds.' },
  LEGACY_UNCONFIRMED: { said: 'This address was never confirmed in the old system.', then: 'Sign up with it: the code we send confirms that it is yours.', link: { text: 'Sign up', href: '/sign-up' } },
  MAIL_REJECTED: ours,
  NOT_FOUND: { said: 'There is no such thing here.', then: 'It may have been removed. Go back and look again.' },
  QUOTA_EXCEEDED: { said: 'What your plan includes for this month is used up.', then: 'Wait for the next month, or take a larger plan: it helps at once.', link: plans },
  SIGN_UP_NOT_SUPPORTED: { said: 'This way of signing up is not open.', then: 'Sign up with your e-mail address, or with one of the buttons.', link: { text: 'Sign up', href: '/sign-up' } },
  SIGNATURE_INVALID: ours,
  TOKEN_EXPIRED: { said: 'You have been signed out, because it has been a while.', then: 'Sign in again; nothing is lost.', link: signIn },
  TOKEN_INVALID: { said: 'Your sign-in is no longer valid.', then: 'Sign in again.', link: signIn },
  TOKEN_MISSING: { said: 'You are not signed in.', then: 'Sign in to go on.', link: signIn },
  TOS_REQUIRED: { said: 'Our terms need your agreement first.', then: 'Read and accept them, and you are back here.', link: { text: 'Read the terms', href: '/accept-terms' } },
  TOS_NOT_ACCEPTED: { said: 'You have not accepted the terms.', then: 'Tick the box below the form; without it there is no account.' },
  TOS_VERSION_STALE: { said: 'The terms have changed while this page was open.', then: 'Load the page again to see the current ones.' },
  USE_SIGN_IN: { said: 'You already have an account from our old system.', then: 'Sign in with the password you had there, or choose a new one. Your account comes over by itself.', link: signIn },
  UPSTREAM_UNAVAILABLE: { said: 'A service we need did not answer.', then: 'Nothing was lost or charged. Try again in a moment.' },
  WRONG_MODE: ours,
  EVENT_IN_PROGRESS: ours,
  CONFLICT: { said: 'This is being changed from somewhere else at the same time.', then: 'Wait a moment, then try again.' },
  DELETION_UNFINISHED: { said: 'Your account is locked, but not everything is deleted yet.', then: 'Send it once more in a moment: it goes on where it stopped.' },
  EMAIL_UNDELIVERABLE: { said: 'Mail to this address came back to us for good.', then: 'A code would never arrive. Use another address, or write to support once your mailbox works again.', link: support },
  VERSION_MISMATCH: { said: 'Your profile was changed elsewhere, perhaps in another window.', then: 'We have loaded the newest. Make your change again and save.' },
  TIER_REQUIRED: { said: 'Your plan does not include this.', then: 'Take a plan that does.', link: plans },
  BOT_LIMIT: { said: 'All the notetakers of your plan are taken at that time.', then: 'Call one off, choose another time, or take a larger plan.', link: plans },
  BOT_STOPPED: { said: 'You called the notetaker off for this meeting.', then: 'The calendar will not bring it back. You can send it by hand.', link: { text: 'Send a notetaker', href: '/notetaker' } },
  MEETING_REFUSED: { said: 'A notetaker cannot join this meeting.', then: 'Check the link: it must be the one that takes you into the call itself.' },
  RATE_LIMITED: { said: 'That was asked too often from your network.', then: 'Wait a minute, then try again.' },
  CALENDAR_CHANGED: { said: 'The calendar’s settings were changed somewhere else at the same moment.', then: 'Load the page again, then repeat your change.' },
  CALENDAR_CODE_REFUSED: { said: 'Google did not confirm the connection: it was used already, or took too long.', then: 'Connect the calendar again.', link: calendar },
  CALENDAR_NOT_CONNECTED: { said: 'No calendar is connected.', then: 'Connect one first.', link: calendar },
  CALENDAR_NOT_GRANTED: { said: 'Google ended the connection without giving it to us.', then: 'Connect the calendar again.', link: calendar },
  CALENDAR_REVOKED: { said: 'Google no longer lets us see your calendar: the access was taken back, or it ran out.', then: 'Connect the calendar again.', link: calendar },
  CALENDAR_SCOPE_MISSING: { said: 'The tick for the calendar was missing on Google’s page.', then: 'Connect again, and leave that tick where it is.', link: calendar },
  CALENDAR_STATE_INVALID: { said: 'This way back from Google did not begin in this browser, or took too long.', then: 'Connect the calendar again, in one window.', link: calendar },
  CALENDAR_THROTTLED: { said: 'Google lets us look at calendars less often right now.', then: 'Nothing is lost; we look again by ourselves in a few minutes.' },
  CALENDAR_UNAVAILABLE: { said: 'Google has no calendar for this account, or does not let us read it.', then: 'Connect an account that has one.', link: calendar },
  GOOGLE_CLIENT_REFUSED: ours,
  CURSOR_INVALID: ours,
  JOB_INTERRUPTED: ours,
  JOB_UNKNOWN: ours,
  CODE_KEY_UNAVAILABLE: { said: 'We could not send the code just now.', then: 'Ask for another one in a minute.' },
  CODE_MALFORMED: ours,
  CODE_MISSING: ours,
  CODE_OTHER_POOL: ours,
  CODE_REFUSED: ours,
  MAIL_ADDRESS: { said: 'We cannot send mail to this address.', then: 'Check it for a typing mistake.' },
  MAIL_IN_PROGRESS: ours,
  MAIL_UNAVAILABLE: { said: 'Mail is delayed right now.', then: 'It will come by itself; if not, ask for another one in a few minutes.' },
  PROFILE_PENDING: { said: 'Your profile is still being made.', then: 'Load the page again in a moment.' },
};

/** The client's own codes: what Cognito or the browser reports. */
export const own: Record<string, Words> = {
  ACCOUNT_EXISTS: { said: 'There is an account with this address already.', then: 'Sign in, or choose a new password if you forgot yours.', link: signIn },
  CHALLENGE_EXPIRED: { said: 'This sign-in was left open too long.', then: 'Start it again with your password.', link: signIn },
  CODE_EXPIRED: { said: 'This code has run out.', then: 'Ask for a new one; only the newest works.' },
  CODE_WRONG: { said: 'That is not the code.', then: 'Check the digits, or ask for a new one; only the newest works.' },
  HOSTED_CANCELLED: { said: 'You stopped the sign-in on the other page.', then: 'Nothing has happened. Sign in again whenever you like.', link: signIn },
  HOSTED_LOST: { said: 'This sign-in did not begin in this window, or took too long.', then: 'Start it again from here.', link: signIn },
  HOSTED_REFUSED: { said: 'The sign-in did not work over there.', then: 'Try again, or sign in with your password.', link: signIn },
  NETWORK: { said: 'We could not be reached.', then: 'Check your connection, then try again. If everything else works, the fault is ours and we are on it.' },
  NOT_CONFIRMED: { said: 'This address is not confirmed yet.', then: 'Enter the code from the mail, or ask for a new one.', link: { text: 'Enter the code', href: '/confirm' } },
  PAGE_BROKEN: { said: 'This page ran into a mistake of ours.', then: 'Load it again. If it stays, write to support and name the code.', link: support },
  PAGE_GONE: { said: 'This part of the site could not be loaded.', then: 'The site may have been renewed since you opened it. Load the page again.' },
  PASSWORD_RESET: { said: 'You have to choose a new password first.', then: 'We send a code to your address for that.', link: { text: 'Choose a new password', href: '/forgot-password' } },
  PASSWORD_WEAK: { said: 'That password is not strong enough.', then: 'Meet every line of the list below the field.' },
  SIGNED_OUT: { said: 'You are signed out.', then: 'Sign in again; nothing is lost.', link: signIn },
  STORAGE_BLOCKED: { said: 'Your browser keeps nothing for this site.', then: 'You stay signed in only until you load the page again. Allow site data to change that.' },
  TOO_MANY_TRIES: { said: 'That was too often in a short time.', then: 'Wait a few minutes, then try again.' },
  UNEXPECTED: ours,
  WRONG_PASSWORD: { said: 'The address and the password do not fit together.', then: 'Check both, or choose a new password.', link: { text: 'Choose a new password', href: '/forgot-password' } },
};

/** The words for a code; an unknown one is a fault of ours. */
export function wordsFor(code: string): Words {
  return served[code] ?? own[code] ?? ours;
}

/** Codes whose detail from the server says more than the table can. */
const detailed = new Set(['INVALID_FIELD', 'BODY_TOO_LARGE', 'QUOTA_EXCEEDED', 'MEETING_REFUSED', 'BOT_LIMIT', 'TIER_REQUIRED']);

/** An error, put into words. */
export function explain(error: unknown): Words & { problem: Problem } {
  const problem = problemOf(error);
  const words = wordsFor(problem.code);
  if (problem.detail && detailed.has(problem.code)) return { ...words, then: problem.detail, problem };
  return { ...words, problem };
}
