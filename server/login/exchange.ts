import { type VerifiedIdentity, toIdentity } from '../accounts/verified-identity';
import { rateLimiter } from '../rate-limit/rate-limiter';
import { CognitoError, isErrorCode, quote } from '../protocol/errors';
import { type Authenticated, currentState } from '../request-state';
import { settingsService } from '../settings/service';
import { type Settings, requireConnection } from '../settings/settings';
import type { Strapi } from '../strapi';
import { redirectUri as loginRedirectUri } from '../urls';
import { ForwardedError } from './attempt';
import { toLoginKey } from './login-records';
import { oneTimeCodes } from './one-time-codes';
import { readParameters } from './parameters';
import { tokenVerifier } from './token-verifier';

export const QUERY_PARAMETERS = ['access_token', 'id_token', 'error'] as const;
/** An authorization code and its verifier must not be in a URL, so they are read from a body only. */
export const BODY_PARAMETERS = [
  ...QUERY_PARAMETERS,
  'code',
  'code_verifier',
  'redirect_uri',
  'client_id',
] as const;

/** How long a client stays authenticated in a request. A web socket's request may last for days. */
const KEPT_FOR_MS = 60_000;

/** @see https://www.rfc-editor.org/rfc/rfc7636#section-4.1 */
const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

type Credentials = Partial<Record<(typeof BODY_PARAMETERS)[number], string>>;

/**
 * Authenticates a client with the one-time code of a login, or with a token or an authorization code that it got from
 * Cognito itself.
 *
 * @param from the parsed query or body of the request.
 * @param names of the parameters that may be in it.
 * @param work gets the identity. If it fails through no fault of the login, the client can send a one-time code again.
 * `restore` does that for work that goes on later.
 * @throws {CognitoError} `provider_disabled`, `not_configured`, `invalid_request`, `login_expired`, what
 * {@link TokenVerifier} throws, and the forwarded error of a failed login.
 */
export async function authenticate<T>(
  strapi: Strapi,
  from: unknown,
  names: readonly (keyof Credentials)[],
  work: (identity: VerifiedIdentity, restore: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const credentials: Credentials = readParameters(from, names);
  const settings = await settingsService(strapi).current();
  requireConnection(settings);
  const state = currentState(strapi);
  const key = JSON.stringify(BODY_PARAMETERS.map((name) => credentials[name]));
  const earlier = state.authenticated;
  // Code of the site may ask for the identity again, and a code works once.
  if (earlier?.credentials === key && performance.now() < earlier.until) {
    return restoreIfRetryable(earlier.restore, () => work(earlier.identity, earlier.restore));
  }
  const { identity, restoreCode } = await identify(strapi, credentials, settings);
  const restore = async () => {
    if (authenticated.isSettled) return;
    authenticated.isSettled = true;
    if (state.authenticated === authenticated) delete state.authenticated;
    await restoreCode?.();
  };
  const until = performance.now() + KEPT_FOR_MS;
  const authenticated: Authenticated = { credentials: key, identity, restore, until };
  state.authenticated = authenticated;
  return restoreIfRetryable(restore, () => work(identity, restore));
}

/** Does work of a login. If it fails through no fault of the login, the client can send the credentials again. */
export async function restoreIfRetryable<T>(
  restore: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isRetryable = !(error instanceof CognitoError) || error.code === 'login_in_progress';
    if (isRetryable) await restore();
    throw error;
  }
}

async function identify(
  strapi: Strapi,
  credentials: Credentials,
  settings: Settings,
): Promise<{ identity: VerifiedIdentity; restoreCode?: () => Promise<void> }> {
  const { access_token: accessToken, id_token: idToken, error } = credentials;
  const state = currentState(strapi);
  // A token has two dots, a one-time code none.
  if (idToken === undefined && accessToken?.includes('.') === false) {
    state.loginKey = toLoginKey(accessToken);
    const { issuer, claims, restore } = await oneTimeCodes(strapi).redeem(accessToken);
    state.claims = claims;
    return { identity: toIdentity(issuer, claims), restoreCode: restore };
  }
  if (error !== undefined) throw forwardedError(error);
  if (!settings.tokens.exchange) {
    throw new CognitoError('invalid_request', 'no one-time code, and tokens.exchange is off', {
      message: 'access_token must be the one-time code of a login.',
    });
  }
  const identity = await verifyCredentials(strapi, credentials, settings);
  if (idToken !== undefined || accessToken !== undefined) {
    // When the client got the token is unknown. Of several logins in a request, as in GraphQL, the oldest counts.
    const { auth_time: authTime } = identity.claims;
    const loggedInAt = typeof authTime === 'number' ? authTime : 0;
    state.authTime = Math.min(loggedInAt, state.authTime ?? Infinity);
  }
  return { identity };
}

/** Verifies one of the credentials. An id_token takes precedence over an access token, and that over a code. */
async function verifyCredentials(
  strapi: Strapi,
  credentials: Credentials,
  settings: Settings,
): Promise<VerifiedIdentity> {
  const verifier = tokenVerifier(strapi);
  const { id_token: idToken, access_token: accessToken, code, client_id: clientId } = credentials;
  const { code_verifier: codeVerifier, redirect_uri: redirectUri } = credentials;
  if (idToken !== undefined) return verifier.verifyIdToken(idToken);
  if (accessToken !== undefined) {
    rateLimiter(strapi).countUpstreamCall();
    return verifier.fetchIdentity(accessToken);
  }
  if (code === undefined) throw invalid('No access_token. Send access_token, id_token or code.');
  if (codeVerifier === undefined || redirectUri === undefined) {
    throw invalid('code_verifier and redirect_uri must be given with a code.');
  }
  if (!CODE_VERIFIER.test(codeVerifier)) {
    throw invalid('code_verifier must have 43 to 128 unreserved characters.');
  }
  // Only the browser that started a login may redeem its code, because the state is not checked here.
  if (redirectUri === loginRedirectUri(strapi))
    throw invalid('redirect_uri is not that of an app.');
  checkAppRedirectUri(settings, redirectUri, clientId);
  rateLimiter(strapi).countUpstreamCall();
  const grant = { code, codeVerifier, redirectUri };
  return (await verifier.redeemCode(grant, { clientId })).identity;
}

/**
 * Checks the redirect URI of an authorization code that an app sends. The plugin adds the client secret to the token
 * request, which would help anyone who has stolen a code, so the site has to name the redirect URIs. Codes of a
 * public client are exchanged without a secret, and need no entry.
 *
 * @param clientId the client ID that the app sent. Default: the site's own.
 * @throws {CognitoError} `invalid_request`.
 */
export function checkAppRedirectUri(
  { connection, tokens }: Pick<Settings, 'connection' | 'tokens'>,
  redirectUri: string,
  clientId?: string,
): void {
  const isSiteClient = clientId === undefined || clientId === connection?.clientId;
  const isPublic = connection !== undefined && connection.clientSecret === undefined;
  if (!isSiteClient || isPublic || tokens.redirectUris.includes(redirectUri)) return;
  throw new CognitoError(
    'invalid_request',
    `redirect_uri is ${quote(redirectUri)}, which is not in tokens.redirectUris`,
    { message: 'redirect_uri is not one of the redirect URIs that apps may use.' },
  );
}

const invalid = (message: string) => new CognitoError('invalid_request', message, { message });

/** Without a front-end, the browser comes here with the error that the front-end would get. */
function forwardedError(error: string): ForwardedError {
  // Cognito may have said `server_error` too, and no URL should make this server answer 500.
  const code = isErrorCode(error) && error !== 'server_error' ? error : 'cognito_refused';
  return new ForwardedError(code, 'the error of a failed login is in the URL');
}
