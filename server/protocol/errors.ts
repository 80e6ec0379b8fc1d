/**
 * Every way in which a login can fail: the stable code, the HTTP status and a message for the end
 * user. Front-ends rely on the codes. A message begins with the words of the built-in provider where
 * that refuses for the same reason, because sites compare those.
 */
export const errorTable = {
  invalid_request: [400, 'The login request is invalid.'],
  login_expired: [400, 'This login is no longer valid. Please log in again.'],
  email_missing: [
    400,
    'Email was not available. Cognito gave no usable email address for this account.',
  ],
  provider_disabled: [400, 'This provider is disabled.'],
  token_malformed: [401, 'The token is not a well-formed Cognito token.'],
  token_signature: [401, 'The token was not signed by this user pool.'],
  token_expired: [401, 'The token has expired. Please log in again.'],
  token_not_yet_valid: [401, 'The token is not valid yet: a clock is wrong.'],
  token_issuer: [401, 'The token comes from another user pool.'],
  token_audience: [401, 'The token was issued to another app client.'],
  token_use: [401, 'The wrong type of token was sent.'],
  token_nonce: [401, 'The token belongs to another login.'],
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
  cognito_refused: [502, 'Cognito refused the login.'],
  login_in_progress: [503, 'Another login of this account is in progress. Please try again.'],
  not_configured: [503, 'Logging in with Cognito is not set up completely.'],
  cognito_unavailable: [503, 'Cognito cannot be reached at the moment. Please try again.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** A stable error code, `error.details.code` in Strapi's error body. */
export type ErrorCode = keyof typeof errorTable;

/** Whether a string is one of the stable codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

/**
 * A login refused, for a named reason.
 *
 * `message` is safe to show to anybody. `reason` is for the log of the operator: it may name claims
 * and settings, and never holds a token, a code or a secret.
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
      /** For an error that the site's code threw: the answer keeps its name and status. */
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
 * A foreign value made fit for a log line: one line, quoted, at most 120 characters. What Cognito or
 * a client sent is never logged in any other way.
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
