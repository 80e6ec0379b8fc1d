import { CognitoError } from '../protocol/errors';

/** Reads parameters, each given once and a string; an empty one is absent. @throws {CognitoError} `invalid_request`. */
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
