import { within } from '../protocol/deadline';
import { CognitoError } from '../protocol/errors';

/** How long a function of the config may take, in milliseconds. */
const TIME_LIMIT = 5_000;

/**
 * Calls a function that `config/plugins` gave, and waits for it, but not for ever.
 *
 * @throws {CognitoError} `not_configured` where it throws or takes too long: the reason names it.
 */
export async function callConfigured<T>(name: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await within(TIME_LIMIT, Promise.resolve().then(call));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CognitoError('not_configured', `${name} of config/plugins: ${problem}`, { cause });
  }
}

/** A function of the config gave back what it should not. */
export function wrongResult(name: string, expected: string): CognitoError {
  return new CognitoError('not_configured', `${name} of config/plugins: expected ${expected}`);
}
