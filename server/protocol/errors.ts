interface ErrorEntry {
  readonly status: number;
  readonly message: string;
  /** Whether it counts as a failed attempt, because the request proves nothing about its sender. */
  readonly isGuess?: true;
}

const refusal = (status: number, message: string): ErrorEntry => ({ status, message });
const guess = (status: number, message: string): ErrorEntry => ({ status, message, isGuess: true });

/**
 * Every way in which a login can fail, by its stable code: the HTTP status, the message for the end user, and whether
 * it counts as a guess. Front-ends rely on the codes. If the built-in provider refuses for the same reason, the
 * message begins with the same words, because sites compare them.
 */
export const errorTable = {
  invalid_request: guess(400, 'The login request is invalid.'),
  login_expired: guess(400, 'This login is no longer valid. Please log in again.'),
  email_missing: refusal(
    400,
    'Email was not available. Cognito gave no usable email address for this account.',
  ),
  provider_disabled: refusal(400, 'This provider is disabled.'),
  token_malformed: guess(401, 'The token is not a well-formed Cognito token.'),
  token_signature: guess(401, 'The token was not signed by this user pool.'),
  token_expired: guess(401, 'The token has expired. Please log in again.'),
  token_not_yet_valid: guess(401, 'The token is not valid yet: a clock is wrong.'),
  token_issuer: guess(401, 'The token comes from another user pool.'),
  token_audience: guess(401, 'The token was issued to another app client.'),
  token_use: guess(401, 'The wrong type of token was sent.'),
  token_nonce: guess(401, 'The token belongs to another login.'),
  reauthentication_required: refusal(401, 'Please log in again first: this login is too old.'),
  email_not_verified: refusal(403, 'Please verify your email address with Cognito first.'),
  group_required: refusal(403, 'Your account is not in a group that is allowed to log in.'),
  registration_disabled: refusal(
    403,
    'Register action is actually not available. New registrations are currently disabled.',
  ),
  registration_refused: refusal(403, 'This site refused the registration.'),
  role_missing: refusal(403, 'Your account has no role. Please ask an administrator for one.'),
  user_blocked: refusal(403, 'Your account has been blocked by an administrator.'),
  email_taken: refusal(
    409,
    'Email is already taken. Another account here already has this email address.',
  ),
  identity_taken: refusal(409, 'This Cognito account is linked to another user.'),
  too_many_requests: refusal(
    429,
    'Too many failed logins from your network. Please wait a little.',
  ),
  server_error: refusal(500, 'Something went wrong. Please try again.'),
  cognito_refused: guess(502, 'Cognito refused the login.'),
  login_in_progress: refusal(
    503,
    'Another login of this account is in progress. Please try again.',
  ),
  not_configured: refusal(503, 'Logging in with Cognito is not set up completely.'),
  cognito_unavailable: refusal(503, 'Cognito cannot be reached at the moment. Please try again.'),
};

/**
 * Errors that Cognito's authorize endpoint may return. They are forwarded to the front-end as they are.
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
export const isGuess = (error: unknown): boolean =>
  error instanceof CognitoError && errorTable[error.code].isGuess === true;

/** Whether a string is one of the stable codes. */
export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorTable, value);

/**
 * A refused login.
 *
 * `message` is safe to show to anyone. `reason` is for Strapi's log: it may contain claims and settings, but never a
 * token, a code or a secret.
 */
export class CognitoError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> & { readonly code: ErrorCode };
  /** The message for the end user, even if code of the site gets a shorter one. */
  readonly text: string;
  /** The id of the user, if known. Only for the log and the admin page. */
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
    this.text = this.message;
    this.name = options.name ?? 'CognitoError';
    this.status = options.status ?? status;
    this.details = { ...options.details, code };
    this.userId = options.userId;
  }
}

/** The type of a value. Unlike `typeof`, it tells `null`, arrays and objects apart. */
export const getTypeName = (value: unknown): string =>
  Object.prototype.toString.call(value).slice(8, -1).toLowerCase();

/** Quotes a value from outside for a log line, in at most 120 characters. Such values are logged in no other way. */
export function quote(value: unknown): string {
  let text: string | undefined;
  try {
    // JSON has no NaN.
    text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  } catch {
    // Not JSON (a cycle, a bigint): its type is all that is worth logging.
  }
  text ??= `a value of type ${getTypeName(value)}`;
  // JSON does not escape these, and a log viewer may interpret some as the end of a line.
  text = text.replace(/[\u007f-\u009f\u2028\u2029]/g, '?');
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
