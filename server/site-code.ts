import type { Claims } from './protocol/claims';
import { CognitoError } from './protocol/errors';
import { parseJsonObject } from './protocol/http';
import { withTimeout } from './protocol/with-timeout';
import { errors } from './strapi-utils';

/** The status of each of Strapi's errors. A plain `ApplicationError` has none of its own: a refusal is 403. */
function getStatus(error: Error): number {
  const statuses = [
    [errors.UnauthorizedError, 401],
    [errors.NotFoundError, 404],
    [errors.PayloadTooLargeError, 413],
    [errors.RateLimitError, 429],
    [errors.NotImplementedError, 501],
    [errors.ValidationError, 400],
  ] as const;
  return statuses.find(([type]) => error instanceof type)?.[1] ?? 403;
}

function isHttpError(error: unknown): error is Error & { readonly status: number } {
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return typeof status === 'number' && status >= 400 && status < 600 && expose === true;
}

/** Whether it is one of the errors that code of a site throws to refuse on purpose. */
function isStrapiError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof errors.ApplicationError || isHttpError(error);
}

/** How Knex begins the message of any query error: with its SQL and its values. */
const QUERY =
  /^(?:(?:with|select|insert|update|delete|replace|create|alter|drop)\b[^]*[`"][^]*|(?:begin|commit|rollback|savepoint|release)(?: \w+)*;?) - /i;

/** How Knex and the drivers begin the message of an error that has no code. */
const CONNECTION =
  /^(?:Knex:|Transaction query already complete|Connection terminated|Client has encountered a connection error)/;

const CONNECTION_CODE = /^(?:ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE)/;

/** Whether it is Node's own error for a failed connection. Database drivers pass it on; other libraries wrap it. */
function isConnectionError(error: Error): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string' || !CONNECTION_CODE.test(code)) return false;
  return error.name === 'AggregateError' || (error.name === 'Error' && typeof syscall === 'string');
}

/** Whether a database driver or Knex threw it. Its text may contain SQL and values. */
function isDatabaseError(error: Error): boolean {
  const { code, severity, sqlState, sqlMessage, fatal } = error as unknown as Record<
    string,
    unknown
  >;
  return (
    /^(?:Knex|DatabaseError|NotNullError)/.test(error.name) ||
    CONNECTION.test(error.message) ||
    QUERY.test(error.message) ||
    isConnectionError(error) ||
    (typeof code === 'string' && code.startsWith('SQLITE_')) ||
    // PostgreSQL, and MySQL or MariaDB.
    (typeof code === 'string' && typeof severity === 'string') ||
    sqlState !== undefined ||
    sqlMessage !== undefined ||
    fatal !== undefined
  );
}

/** The details of one of Strapi's errors; none if they cannot be sent as JSON. Those of other errors may be anything. */
function sendableDetails(error: Error): Record<string, unknown> | undefined {
  try {
    return parseJsonObject(JSON.stringify((error as { details?: unknown }).details));
  } catch {
    return undefined;
  }
}

/** Turns an error of the site's code into a refusal: its message, and status 400 or that of Strapi's own errors. */
function toSiteRefusal(error: Error): CognitoError {
  const { name, message } = error;
  const details = isStrapiError(error) ? sendableDetails(error) : undefined;
  const status = isHttpError(error) ? error.status : isStrapiError(error) ? getStatus(error) : 400;
  return new CognitoError('registration_refused', message, {
    cause: error,
    message,
    name: isStrapiError(error) ? name : 'ApplicationError',
    status,
    ...(details && { details }),
  });
}

/**
 * Runs calls that may run code of the site, such as lifecycle hooks.
 *
 * @throws {CognitoError} `registration_refused` for what that code throws. Errors of the database, and values without a
 * message, are thrown as they are.
 */
export async function runSiteCode<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // As in users-permissions, anything with a message is an error, even from another realm.
    const isError = typeof (error as Partial<Error> | null | undefined)?.message === 'string';
    if (!isError || error instanceof CognitoError || isDatabaseError(error as Error)) throw error;
    throw toSiteRefusal(error as Error);
  }
}

/** How long a function of the config may take, in milliseconds. */
const TIME_LIMIT_MS = 5_000;

/**
 * Calls a function of `config/plugins`, with a limit of five seconds. It gets a copy of the claims.
 *
 * @throws {CognitoError} `registration_refused` if it throws one of Strapi's own errors, `not_configured` with its
 * name if it throws another one or takes too long.
 */
export async function callConfigFunction<T>(
  name: string,
  claims: Claims,
  call: (claims: Claims) => T | Promise<T>,
): Promise<T> {
  const copy = structuredClone(claims);
  try {
    return await withTimeout(
      Promise.resolve().then(() => call(copy)),
      TIME_LIMIT_MS,
    );
  } catch (cause) {
    if (isStrapiError(cause)) throw toSiteRefusal(cause);
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CognitoError('not_configured', `${name} of config/plugins: ${problem}`, { cause });
  }
}

/** The error for a result of the wrong type. */
export const invalidResult = (name: string, expected: string): CognitoError =>
  new CognitoError('not_configured', `${name} of config/plugins: expected ${expected}`);
