// What went wrong, as one stable code, whoever says it: our API with
// problem+json, Cognito with an exception's name, one of our triggers inside
// Cognito's message, or the browser, which only knows that nothing came back.

/** What words.ts needs of an error. The API client's ApiError is one. */
export interface Problem {
  /** Stable; a code of docs/errors.md or one of the client's own. */
  code: string;
  /** The server's own words, where they say more than ours. */
  detail?: string | undefined;
  /** Finds the request in the logs. */
  requestId?: string | undefined;
  /** Seconds to wait before a retry makes sense. */
  retryAfter?: number | undefined;
}

/** An error of the client's own making. */
export class Trouble extends Error implements Problem {
  readonly code: string;
  readonly detail: string | undefined;

  constructor(code: string, detail?: string) {
    super(code);
    this.name = 'Trouble';
    this.code = code;
    this.detail = detail;
  }
}

/** Cognito's exceptions, as the client calls them. */
const exceptions: Record<string, string> = {
  CodeMismatchException: 'CODE_WRONG',
  EnableSoftwareTokenMFAException: 'CODE_WRONG',
  ExpiredCodeException: 'CODE_EXPIRED',
  InvalidPasswordException: 'PASSWORD_WEAK',
  LimitExceededException: 'TOO_MANY_TRIES',
  NetworkError: 'NETWORK',
  NotAuthorizedException: 'WRONG_PASSWORD',
  PasswordHistoryPolicyViolationException: 'PASSWORD_WEAK',
  PasswordResetRequiredException: 'PASSWORD_RESET',
  TooManyFailedAttemptsException: 'TOO_MANY_TRIES',
  TooManyRequestsException: 'TOO_MANY_TRIES',
  UserNotConfirmedException: 'NOT_CONFIRMED',
  UserNotFoundException: 'WRONG_PASSWORD',
  UsernameExistsException: 'ACCOUNT_EXISTS',
  UserUnAuthenticatedException: 'SIGNED_OUT',
};

/** Our triggers' codes arrive inside Cognito's sentence. */
const inside = /failed with error ([A-Z][A-Z0-9_]{2,})/;

/** A code that a trigger put into one of Cognito's messages, if there is one. */
export function codeInside(message: string): string | undefined {
  return inside.exec(message)?.[1];
}

/** Reads any error as a problem. What nobody foresaw is UNEXPECTED. */
export function problemOf(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (!(error instanceof Error)) return { code: 'UNEXPECTED' };
  const ours = codeInside(error.message);
  if (ours) return { code: ours };
  if (/attempts exceeded/i.test(error.message)) return { code: 'TOO_MANY_TRIES' };
  if (/user is disabled/i.test(error.message)) return { code: 'ACCOUNT_DISABLED' };
  if (/session (is expired|can only be used once)|invalid session/i.test(error.message)) return { code: 'CHALLENGE_EXPIRED' };
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message)) return { code: 'NETWORK' };
  return { code: exceptions[error.name] ?? 'UNEXPECTED' };
}

/** Whether an error only says that the page it belonged to was left. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(error.code);
}
