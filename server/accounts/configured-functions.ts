import { withTimeout } from '../protocol/with-timeout';
import { CognitoError } from '../protocol/errors';
import { fromSite, isStrapiError } from '../site-errors';

/** How long a function of the config may take, in milliseconds. */
const TIME_LIMIT = 5_000;

/**
 * Calls a function of `config/plugins` and waits for it, but no longer than five seconds.
 *
 * @throws {CognitoError} `registration_refused` if it throws one of Strapi's own errors, otherwise
 * `not_configured` if it throws or takes too long: the reason names it.
 */
export async function callConfigured<T>(name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await withTimeout(Promise.resolve().then(call), TIME_LIMIT);
  } catch (cause) {
    if (isStrapiError(cause)) throw fromSite(cause);
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CognitoError('not_configured', `${name} of config/plugins: ${problem}`, { cause });
  }
}

/** A function of the config gave back what it should not. */
export function wrongResult(name: string, expected: string): CognitoError {
  return new CognitoError('not_configured', `${name} of config/plugins: expected ${expected}`);
}
