import type { Context } from 'koa';
import type { VerifiedIdentity } from '../accounts/verified-identity';
import { type Issuer, matchIssuer } from '../protocol/endpoints';
import { AUTHORIZE_ERRORS, CognitoError, errorTable, quote } from '../protocol/errors';
import type { TokenResponse } from '../protocol/token-endpoint';
import { rateLimiter } from '../rate-limit/rate-limiter';
import { currentState } from '../request-state';
import { resolveFrontEndUrl, withParameters } from '../settings/front-end-url';
import { settingsService } from '../settings/service';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import type { Strapi } from '../strapi';
import { redirectUri, redirectUrl } from '../urls';
import { attempt, record } from './attempt';
import { LoginCookies, type PendingLogin, checkNotExpired } from './login-cookie';
import { toLoginKey } from './login-records';
import { oneTimeCodes } from './one-time-codes';
import { readParameters } from './parameters';
import { tokenVerifier } from './token-verifier';

const MAX_DESCRIPTION = 300;

type CallbackResult = Readonly<Record<string, string | undefined>>;

/** `GET /api/connect/cognito/callback`: redirects to the front-end with a code or an error, or shows the error. */
export async function callback(strapi: Strapi, ctx: Context): Promise<void> {
  ctx.set('Referrer-Policy', 'no-referrer');
  const base = redirectUrl(strapi);
  const { state } = ctx.query;
  // Whatever happens, the login cannot be completed a second time.
  const login =
    typeof state === 'string' && state !== ''
      ? new LoginCookies(ctx, base.protocol === 'https:').consume(state)
      : undefined;
  let result: CallbackResult;
  // If Cognito itself has ended the login.
  let status = 503;
  try {
    result = await attempt(strapi, 'callback', () => completeLogin(strapi, ctx.query, login));
    // The exchange of Cognito's own tokens is a record of its own.
    if (result.id_token === undefined) record(strapi, 'callback', result.error ?? 'ok');
  } catch (error) {
    const refusal = error as CognitoError;
    result = { error: refusal.code, error_description: refusal.text };
    ({ status } = refusal);
  }
  const logError = (error: unknown) => void strapi.log.error(error);
  // During an outage of the database, the browser still gets the error page.
  const { frontEndUrl = '' } =
    login ?? (await settingsService(strapi).current().catch(logError)) ?? {};
  const url = resolveFrontEndUrl(frontEndUrl, base.href);
  if (!url) {
    ctx.status = status;
    // Explicitly, because Koa sends a text that begins with "<" as HTML.
    ctx.type = 'text';
    ctx.body = `Login failed. ${result.error_description ?? ''}`;
    return;
  }
  // The state is the last parameter, because the front-end's own URL may have a parameter of this name.
  ctx.redirect(withParameters(url, { ...result, state: login?.frontEndState }));
}

async function completeLogin(
  strapi: Strapi,
  query: unknown,
  login: PendingLogin | undefined,
): Promise<CallbackResult> {
  const { state } = readParameters(query, ['state']);
  if (state === undefined) return handleMissingState(strapi, query);
  if (!login) {
    const reason =
      'no login with this state was started in this browser in the last hour, or its cookie was lost ' +
      '(another host name, a blocked cookie, changed app keys), or it was used before';
    throw new CognitoError('invalid_request', reason, {
      message: 'This login was not started in this browser, or took too long. Please log in again.',
    });
  }
  checkNotExpired(login);
  const names = ['code', 'error', 'error_description', 'iss'] as const;
  const { code, error, error_description, iss } = readParameters(query, names);
  const settings = await settingsService(strapi).current();
  const issuer = checkResponseIssuer(iss, settings.connection);
  if (error !== undefined) return authorizationError(strapi, error, error_description);
  requireConnection(settings);
  if (code === undefined) {
    throw new CognitoError('invalid_request', 'Cognito sent neither a code nor an error');
  }
  const { codeVerifier, nonce } = login;
  const grant = { code, codeVerifier, redirectUri: redirectUri(strapi) };
  const { identity, tokens } = await tokenVerifier(strapi).redeemCode(grant, { nonce });
  if (issuer && issuer.canonical !== identity.issuer) throw wrongIssuer(iss);
  return handoff(strapi, identity, tokens, settings);
}

function handleMissingState(strapi: Strapi, query: unknown): CallbackResult {
  // Cognito may leave the state out of an error. Its description could be forged, so it is not passed on.
  const { error } = readParameters(query, ['error']);
  if (error !== undefined) {
    rateLimiter(strapi).countFailure();
    return authorizationError(strapi, error);
  }
  throw new CognitoError('invalid_request', 'the callback was opened without a state', {
    message: 'This page is the end of a login, and was opened without one. Please log in again.',
  });
}

/**
 * Checks the `iss` in Cognito's response, if it has one, before anything in it is used.
 *
 * @returns the issuer. If none is configured or detected yet, the tokens must be from the same one.
 * @throws {CognitoError} `token_issuer`.
 * @see https://www.rfc-editor.org/rfc/rfc9207#section-2.4
 */
function checkResponseIssuer(
  iss: string | undefined,
  connection: Connection | undefined,
): Issuer | undefined {
  if (iss === undefined || !connection) return undefined;
  const issuer = matchIssuer(iss, connection);
  if (issuer) return issuer;
  throw wrongIssuer(iss);
}

const wrongIssuer = (iss: unknown) =>
  new CognitoError('token_issuer', `the authorization response is from the issuer ${quote(iss)}`);

/** A one-time code for the front-end, or the tokens themselves if the site has configured that. */
async function handoff(
  strapi: Strapi,
  { issuer, claims }: VerifiedIdentity,
  { idToken, accessToken, refreshToken }: TokenResponse,
  { handoff: { mode, ttl } }: Settings,
): Promise<CallbackResult> {
  if (mode === 'code') {
    const code = await oneTimeCodes(strapi).issue({ issuer, claims }, ttl);
    currentState(strapi).loginKey = toLoginKey(code);
    return { access_token: code };
  }
  return { access_token: accessToken, id_token: idToken, refresh_token: refreshToken };
}

/** Cognito itself ended the login, for example because the user cancelled: its error goes to the front-end. */
function authorizationError(strapi: Strapi, code: string, text?: string): CallbackResult {
  const error = AUTHORIZE_ERRORS.has(code) ? code : 'server_error';
  const printable = (text ?? '').replace(/[^\P{C}]+/gu, ' ').slice(0, MAX_DESCRIPTION);
  const description = printable === '' ? errorTable.cognito_refused.message : printable;
  // Users may cancel. Any other error is a mistake in the configuration.
  const level = error === 'access_denied' ? 'info' : 'warn';
  strapi.log[level](`[cognito] Cognito ended a login with ${error}: ${quote(description)}`);
  return { error, error_description: description };
}
