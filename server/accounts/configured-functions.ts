import { CognitoError } from '../protocol/errors';

/** How long a function of the config may take, in milliseconds. */
const TIME_LIMIT = 5_000;

/**
 * Calls a function that `config/plugins` gave, and waits for it, but not for ever.
 *
 * @throws {CognitoError} `not_configured` where it throws or takes too long: the reason names it.
 */
export async function callConfigured<T>(name: string, call: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`took longer than ${TIME_LIMIT} ms`);
    timer = setTimeout(() => reject(error), TIME_LIMIT);
  });
  try {
    return await Promise.race([Promise.resolve().then(call), late]);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CognitoError('not_configured', `${name} of config/plugins: ${problem}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** A function of the config gave back what it should not. */
export function wrongResult(name: string, expected: string): CognitoError {
  return new CognitoError('not_configured', `${name} of config/plugins: expected ${expected}`);
}
