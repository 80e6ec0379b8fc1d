import { type Person, personOf } from '../accounts/person';
import type { OnCall } from '../rate-limit/rate-limiter';
import { CognitoError, isErrorCode } from '../protocol/errors';
import { checkAppRedirectUri } from '../settings/app-redirect-uri';
import { type Settings, requireConnection } from '../settings/settings';
import { settingsService } from '../settings/service';
import { oneTimeCodes } from './one-time-codes';
import { loginService } from './login';
import { type Strapi } from '../strapi';
import { readParameters } from './parameters';
import { ForwardedError } from './refusal';
import { redirectUri as redirectUriOf } from '../urls';

const IN_QUERY = ['access_token', 'id_token', 'error', 'error_description'] as const;
/** A code is for a body only: with its verifier it must not be in a URL. */
export const IN_BODY = [...IN_QUERY, 'code', 'code_verifier', 'redirect_uri', 'client_id'] as const;

/** @see https://www.rfc-editor.org/rfc/rfc7636#section-4.1 */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

type Given = Partial<Record<(typeof IN_BODY)[number], string>>;

/** What a client brings, hostile until read. */
export type Brought = { readonly query: unknown } | { readonly body: unknown };

/**
 * What is done for a person who was authenticated.
 *
 * @param authTime when they logged in at Cognito, in seconds since the epoch, if that may be long ago:
 * a token says nothing of when it was obtained. 0 if the token does not tell.
 */
type Use<T> = (person: Person, authTime?: number) => Promise<T>;

/**
 * Does something for the person whom a client proves to speak for: by the one-time code that a
 * login ended with, or by a token or a code of the pool that the client got by itself.
 *
 * @param onCall is told before Cognito is asked about what the client brought.
 * @throws {CognitoError}
 */
export async function identify<T>(
  strapi: Strapi,
  brought: Brought,
  use: Use<T>,
  onCall?: OnCall,
): Promise<T> {
  const given: Given =
    'body' in brought
      ? readParameters(brought.body, IN_BODY)
      : readParameters(brought.query, IN_QUERY);
  const settings = await settingsService(strapi).current();
  requireConnection(settings);
  // A one-time code never has a dot, a token always has two.
  if (given.id_token === undefined && given.access_token?.includes('.') === false) {
    return oneTimeCodes(strapi).redeem(given.access_token, ({ issuer, claims }) =>
      use(personOf(issuer, claims)),
    );
  }
  if (given.error !== undefined) throw forwarded(given.error);
  if (!settings.tokens.exchange) {
    throw new CognitoError('invalid_request', 'no one-time code, and tokens.exchange is off', {
      message: 'access_token must be the one-time code of a login.',
    });
  }
  const person = await byOwnProof(strapi, given, settings, onCall);
  const isToken = given.id_token !== undefined || given.access_token !== undefined;
  if (!isToken) return use(person);
  const { auth_time: authTime } = person.claims;
  return use(person, typeof authTime === 'number' ? authTime : 0);
}

/** The other ways in. An access token beside an id_token is not looked at, nor is a code beside a token. */
async function byOwnProof(
  strapi: Strapi,
  given: Given,
  settings: Settings,
  onCall?: OnCall,
): Promise<Person> {
  const login = loginService(strapi);
  if (given.id_token !== undefined) return login.byIdToken(given.id_token);
  if (given.access_token !== undefined) {
    onCall?.();
    return login.byAccessToken(given.access_token);
  }
  const { code, code_verifier: codeVerifier, redirect_uri: redirectUri, client_id } = given;
  if (code !== undefined && codeVerifier !== undefined && redirectUri !== undefined) {
    if (!VERIFIER.test(codeVerifier)) {
      throw invalid('code_verifier must have 43 to 128 unreserved characters.');
    }
    // Codes of the login by browser belong to that browser only: its state is not checked here.
    if (redirectUri === redirectUriOf(strapi)) throw invalid('redirect_uri is not that of an app.');
    checkAppRedirectUri(settings, redirectUri, client_id);
    onCall?.();
    return login.byBroughtCode({ code, codeVerifier, redirectUri }, client_id);
  }
  const missing =
    code === undefined
      ? 'No access_token. Send access_token, id_token or code.'
      : 'code_verifier and redirect_uri must be given with a code.';
  throw invalid(missing);
}

const invalid = (message: string) => new CognitoError('invalid_request', message, { message });

/** With no front-end yet, the browser comes here with the error that a front-end would have got. */
function forwarded(error: string): ForwardedError {
  // Cognito may have said `server_error` too, and no URL should make this server answer 500.
  if (isErrorCode(error) && error !== 'server_error') {
    return new ForwardedError(error, 'a failed login was sent on to this address');
  }
  return new ForwardedError('cognito_refused', 'a login that Cognito refused was sent on here');
}
