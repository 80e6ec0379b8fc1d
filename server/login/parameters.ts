import { CognitoError } from '../protocol/errors';

/**
 * The parameters of a request that are read at all, each a string and given once. What is not named
 * is not looked at; what is empty counts as absent.
 *
 * @param from a parsed query or body, hostile.
 * @throws {CognitoError} `invalid_request`.
 */
export function readParameters<Name extends string>(
  from: unknown,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  if (typeof from !== 'object' || from === null) return {};
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    if (!Object.hasOwn(from, name)) continue;
    const value = (from as Record<string, unknown>)[name];
    if (typeof value !== 'string') {
      throw new CognitoError('invalid_request', `"${name}" was given twice, or is not a string`, {
        message: `"${name}" must be given once, as a string.`,
      });
    }
    if (value !== '') found[name] = value;
  }
  return found;
}
