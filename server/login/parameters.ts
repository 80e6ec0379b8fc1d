import { CognitoError } from '../protocol/errors';

/**
 * Reads parameters of a request, each of which must be given once and be a string. An empty one counts as absent, and
 * others are ignored.
 *
 * @param from a parsed query or body, of any shape.
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
