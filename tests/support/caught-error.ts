import { CognitoError, type ErrorCode } from '../../server/protocol/errors';

/** The error that a call is refused with. Fails where it is not refused, or not by a named reason. */
export async function caughtError(call: () => unknown): Promise<CognitoError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof CognitoError) return error;
    throw error;
  }
  throw new Error(`Not refused, but answered ${JSON.stringify(result)}`);
}

/** The code that a call is refused with. */
export async function caughtCode(call: () => unknown): Promise<ErrorCode> {
  return (await caughtError(call)).code;
}
