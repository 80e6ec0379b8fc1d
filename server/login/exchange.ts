import { type Person, personOf } from '../accounts/person';
import { CognitoError, isErrorCode } from '../protocol/errors';
import { requireConnection } from '../settings/settings';
import { type Strapi, type User, service } from '../strapi';
import { readParameters } from './parameters';

const PARAMETERS = ['access_token', 'id_token', 'error', 'error_description'] as const;

/**
 * Who a client proves somebody to be: by the one-time code that a login ended with, or by a token of
 * the pool that the client got by itself.
 *
 * @param parameters a query or a body, hostile.
 * @throws {CognitoError}
 */
export async function identify(strapi: Strapi, parameters: unknown): Promise<Person> {
  const given = readParameters(parameters, PARAMETERS);
  const { tokens, ...settings } = await service(strapi, 'settings').current();
  requireConnection({ tokens, ...settings });
  const login = service(strapi, 'login');
  const needsExchange = () => {
    if (tokens.exchange) return;
    throw new CognitoError('invalid_request', 'a token was brought, and tokens.exchange is off', {
      message: 'Tokens are not exchanged here.',
    });
  };
  if (given.id_token !== undefined) {
    needsExchange();
    return login.byIdToken(given.id_token);
  }
  if (given.access_token !== undefined) {
    // A one-time code never has a dot, a token always has two.
    if (!given.access_token.includes('.')) {
      const { issuer, claims } = await service(strapi, 'one-time-codes').redeem(given.access_token);
      return personOf(issuer, claims);
    }
    needsExchange();
    return login.byAccessToken(given.access_token);
  }
  if (given.error !== undefined) throw passedOn(given.error);
  throw new CognitoError('invalid_request', 'neither access_token nor id_token was given', {
    message: 'access_token or id_token is missing.',
  });
}

/** With no front-end yet, the browser comes here with the error that a front-end would have got. */
function passedOn(error: string): CognitoError {
  if (isErrorCode(error))
    return new CognitoError(error, 'a failed login was sent on to this address');
  return new CognitoError('cognito_refused', 'a login that Cognito refused was sent on here');
}

/**
 * The user behind a query or a body: found, adopted, linked or made.
 *
 * @throws {CognitoError}
 */
export async function exchange(strapi: Strapi, parameters: unknown): Promise<User> {
  return service(strapi, 'accounts').signIn(await identify(strapi, parameters));
}
