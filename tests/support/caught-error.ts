import { CognitoError, type ErrorCode } from '../../server/protocol/errors';

/** The CognitoError that a call throws. Fails when the call succeeds or throws another error. */
export async function caughtError(call: () => unknown): Promise<CognitoError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof CognitoError) return error;
    throw error;
  }
  throw new Error(`Expected an error, got ${JSON.stringify(result)}`);
}

/** The code of the error that a call throws. */
export async function caughtCode(call: () => unknown): Promise<ErrorCode> {
  return (await caughtError(call)).code;
}
