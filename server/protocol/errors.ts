type ErrorEntry = readonly [status: number, message: string, isGuess?: typeof GUESS];

/** Counts as a failed attempt: such a request proves nothing about who sent it. */
const GUESS = 'guess';

/**
 * Every way in which a login can fail, by its stable code: the HTTP status, the message for the end user, and
 * whether it is a guess. Front-ends rely on the codes. If the built-in provider refuses for the same reason, the
 * message begins with its words, because sites compare them.
 */
export const errorTable = {
  invalid_request: [400, 'The login request is invalid.', GUESS],
  login_expired: [400, 'This login is no longer valid. Please log in again.', GUESS],
  email_missing: [
    400,
    'Email was not available. Cognito gave no usable email address for this account.',
  ],
  provider_disabled: [400, 'This provider is disabled.'],
  token_malformed: [401, 'The token is not a well-formed Cognito token.', GUESS],
  token_signature: [401, 'The token was not signed by this user pool.', GUESS],
  token_expired: [401, 'The token has expired. Please log in again.', GUESS],
  token_not_yet_valid: [401, 'The token is not valid yet: a clock is wrong.', GUESS],
  token_issuer: [401, 'The token comes from another user pool.', GUESS],
  token_audience: [401, 'The token was issued to another app client.', GUESS],
  token_use: [401, 'The wrong type of token was sent.', GUESS],
  token_nonce: [401, 'The token belongs to another login.', GUESS],
  reauthentication_required: [401, 'Please log in again first: this login is too old.'],
  email_not_verified: [403, 'Please verify your email address with Cognito first.'],
  group_required: [403, 'Your account is not in a group that is allowed to log in.'],
  registration_disabled: [
    403,
    'Register action is actually not available. New registrations are currently disabled.',
  ],
  registration_refused: [403, 'This site refused the registration.'],
  role_missing: [403, 'Your account has no role. Please ask an administrator for one.'],
  user_blocked: [403, 'Your account has been blocked by an administrator.'],
  email_taken: [
    409,
    'Email is already taken. Another account here already has this email address.',
  ],
  identity_taken: [409, 'This Cognito account is linked to another user.'],
  too_many_requests: [429, 'Too many failed logins from your network. Please wait a little.'],
  server_error: [500, 'Something went wrong. Please try again.'],
  cognito_refused: [502, 'Cognito refused the login.', GUESS],
  login_in_progress: [503, 'Another login of this account is in progress. Please try again.'],
  not_configured: [503, 'Logging in with Cognito is not set up completely.'],
  cognito_unavailable: [503, 'Cognito cannot be reached at the moment. Please try again.'],
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
  return entry[2] === GUESS;
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
    const [status, message] = errorTable[code];
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
