interface ErrorEntry {
  readonly status: number;
  /** For the end user. */
  readonly message: string;
  /** Whether it counts as a failed attempt: such a request proves nothing about who sent it. */
  readonly isGuess?: true;
}

/**
 * Every way in which a login can fail, by its stable code: the HTTP status, the message for the end user, and
 * whether it is a guess. Front-ends rely on the codes. If the built-in provider refuses for the same reason, the
 * message begins with its words, because sites compare them.
 */
export const errorTable = {
  invalid_request: { status: 400, message: 'The login request is invalid.', isGuess: true },
  login_expired: {
    status: 400,
    message: 'This login is no longer valid. Please log in again.',
    isGuess: true,
  },
  email_missing: {
    status: 400,
    message: 'Email was not available. Cognito gave no usable email address for this account.',
  },
  provider_disabled: { status: 400, message: 'This provider is disabled.' },
  token_malformed: {
    status: 401,
    message: 'The token is not a well-formed Cognito token.',
    isGuess: true,
  },
  token_signature: {
    status: 401,
    message: 'The token was not signed by this user pool.',
    isGuess: true,
  },
  token_expired: {
    status: 401,
    message: 'The token has expired. Please log in again.',
    isGuess: true,
  },
  token_not_yet_valid: {
    status: 401,
    message: 'The token is not valid yet: a clock is wrong.',
    isGuess: true,
  },
  token_issuer: { status: 401, message: 'The token comes from another user pool.', isGuess: true },
  token_audience: {
    status: 401,
    message: 'The token was issued to another app client.',
    isGuess: true,
  },
  token_use: { status: 401, message: 'The wrong type of token was sent.', isGuess: true },
  token_nonce: { status: 401, message: 'The token belongs to another login.', isGuess: true },
  reauthentication_required: {
    status: 401,
    message: 'Please log in again first: this login is too old.',
  },
  email_not_verified: {
    status: 403,
    message: 'Please verify your email address with Cognito first.',
  },
  group_required: {
    status: 403,
    message: 'Your account is not in a group that is allowed to log in.',
  },
  registration_disabled: {
    status: 403,
    message: 'Register action is actually not available. New registrations are currently disabled.',
  },
  registration_refused: { status: 403, message: 'This site refused the registration.' },
  role_missing: {
    status: 403,
    message: 'Your account has no role. Please ask an administrator for one.',
  },
  user_blocked: { status: 403, message: 'Your account has been blocked by an administrator.' },
  email_taken: {
    status: 409,
    message: 'Email is already taken. Another account here already has this email address.',
  },
  identity_taken: { status: 409, message: 'This Cognito account is linked to another user.' },
  too_many_requests: {
    status: 429,
    message: 'Too many failed logins from your network. Please wait a little.',
  },
  server_error: { status: 500, message: 'Something went wrong. Please try again.' },
  cognito_refused: { status: 502, message: 'Cognito refused the login.', isGuess: true },
  login_in_progress: {
    status: 503,
    message: 'Another login of this account is in progress. Please try again.',
  },
  not_configured: { status: 503, message: 'Logging in with Cognito is not set up completely.' },
  cognito_unavailable: {
    status: 503,
    message: 'Cognito cannot be reached at the moment. Please try again.',
  },
} as const satisfies Record<string, ErrorEntry>;

/**
 * Errors that Cognito's authorize endpoint may return. They are forwarded to the front-end as they are.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
 */
export const AUTHORIZE_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'unauthorized_client',
  'invalid_scope',
  'server_error',
  'login_required',
  'access_denied',
  'unsupported_response_type',
  'temporarily_unavailable',
  'consent_required',
  'interaction_required',
]);

/** A stable error code, `error.details.code` in Strapi's error body. */
export type ErrorCode = keyof typeof errorTable;

/** Whether an error counts as a failed attempt. */
export function isGuess(error: unknown): boolean {
  if (!(error instanceof CognitoError)) return false;
  const entry: ErrorEntry = errorTable[error.code];
  return entry.isGuess === true;
}

/** Whether a string is one of the stable codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

/**
 * A refused login.
 *
 * `message` is safe to show to anyone. `reason` is for the operator's log: it may name claims and settings, and
 * never contains a token, a code or a secret.
 */
export class CognitoError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> & { readonly code: ErrorCode };
  /** The id of the user it is about, if known. Only for the operator. */
  userId: number | undefined;

  constructor(
    readonly code: ErrorCode,
    readonly reason: string,
    options: {
      cause?: unknown;
      message?: string;
      details?: Record<string, unknown>;
      userId?: number;
      /** For an error that the site's code threw: the response keeps its name and status. */
      name?: string;
      status?: number;
    } = {},
  ) {
    const { status, message } = errorTable[code];
    super(options.message ?? message, { cause: options.cause });
    this.name = options.name ?? 'CognitoError';
    this.status = options.status ?? status;
    this.details = { ...options.details, code };
    this.userId = options.userId;
  }
}

/**
 * Formats a value from Cognito or a client for a log line: one line, quoted, at most 120 characters. Such values
 * are never logged in any other way.
 */
export function quote(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // Not JSON (a cycle, a bigint): its type is all that is worth logging.
  }
  text ??= `a value of type ${typeof value}`;
  // JSON leaves these as they are, and a log viewer may take some for the end of a line.
  text = text.replace(/[\u007f-\u009f\u2028\u2029]/g, '?');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
