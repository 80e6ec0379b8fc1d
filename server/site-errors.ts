import { CognitoError } from './protocol/errors';
import { strapiUtils } from './strapi-utils';

/** The status that Strapi gives each of its errors. Its plain `ApplicationError` has none of its own. */
function statusOfStrapiError(error: Error): number {
  const { errors } = strapiUtils();
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

interface HttpError extends Error {
  readonly status: number;
}

function isHttpError(error: unknown): error is HttpError {
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return typeof status === 'number' && status >= 400 && status < 600 && expose === true;
}

/** Whether it is one of the errors by which code of a site refuses on purpose. */
export function isStrapiError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof strapiUtils().errors.ApplicationError || isHttpError(error);
}

/** How Knex begins the message of any error of a query: with its SQL and its values. */
const QUERY =
  /^(?:(?:with|select|insert|update|delete|replace|create|alter|drop)\b[^]*[`"][^]*|(?:begin|commit|rollback|savepoint|release)(?: \w+)*;?) - /i;

/** How Knex and the drivers begin the message of an error that has no code. */
const OF_CONNECTION =
  /^(?:Knex:|Transaction query already complete|Connection terminated|Client has encountered a connection error)/;

const CONNECTION_CODE = /^(?:ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE)/;

/**
 * Whether Node.js itself says that a connection failed, as drivers pass it on. Libraries for mail and HTTP
 * make errors of their own of it.
 */
function isConnectionError(error: Error): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string' || !CONNECTION_CODE.test(code)) return false;
  return error.name === 'AggregateError' || (error.name === 'Error' && typeof syscall === 'string');
}

/** Whether a database driver or Knex threw it. Its text may hold SQL and values. */
function isDatabaseError(error: Error): boolean {
  const { code, severity, sqlState, sqlMessage, fatal } = error as unknown as Record<
    string,
    unknown
  >;
  return (
    /^(?:Knex|DatabaseError|NotNullError)/.test(error.name) ||
    OF_CONNECTION.test(error.message) ||
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

/**
 * What an error that code of the site threw means for the login. The answer is that of
 * users-permissions, with a stable code: 400 and its message for any error, or the status of one of
 * Strapi's own.
 */
export function fromSite(error: Error): CognitoError {
  const { name, message } = error;
  const { details } = error as { details?: Record<string, unknown> };
  const status = isHttpError(error)
    ? error.status
    : isStrapiError(error)
      ? statusOfStrapiError(error)
      : 400;
  return new CognitoError('registration_refused', message, {
    cause: error,
    message,
    name: isStrapiError(error) ? name : 'ApplicationError',
    status,
    ...(typeof details === 'object' && { details }),
  });
}

/**
 * Runs calls that may run code of the site, such as lifecycle hooks.
 *
 * @throws {CognitoError} `registration_refused` for what that code throws. Errors of the database
 * are thrown as they are.
 */
export async function runSiteCode<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof CognitoError || isDatabaseError(error)) {
      throw error;
    }
    throw fromSite(error);
  }
}
