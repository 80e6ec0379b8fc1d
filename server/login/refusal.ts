import { CognitoError } from '../protocol/errors';
import type { Strapi } from '../strapi';

/**
 * An error forwarded in the URL. It is not recorded: it was recorded when it occurred, and the URL
 * could be forged.
 */
export class ForwardedError extends CognitoError {}

/**
 * Tells the operator why a login was refused, once.
 *
 * @returns the error if it is one of the stable ones; any other is logged with its stack and becomes
 * `server_error`, so that nothing of it is shown.
 */
export function logRefusal(strapi: Strapi, error: unknown): CognitoError {
  if (!(error instanceof CognitoError)) {
    strapi.log.error(error);
    return new CognitoError('server_error', 'unforeseen', { cause: error });
  }
  const { code, reason, status } = error;
  // The rate limiter has logged it.
  if (code === 'too_many_requests') return error;
  const level = error instanceof ForwardedError ? 'info' : status >= 500 ? 'error' : 'warn';
  strapi.log[level](`[cognito] login refused, ${code}: ${reason}`);
  return error;
}
