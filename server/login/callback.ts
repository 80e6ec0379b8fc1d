import type { Context } from 'koa';
import type { Person } from '../accounts/person';
import type { TokenResponse } from '../protocol/token-endpoint';
import { type Issuer, trustedIssuer } from '../protocol/endpoints';
import { AUTHORIZE_ERRORS, CognitoError, errorTable, quote } from '../protocol/errors';
import { resolveFrontEndUrl, withParameters } from '../settings/front-end-url';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import { settingsService } from '../settings/service';
import { rateLimiter } from '../rate-limit/rate-limiter';
import { loginService } from './login';
import { oneTimeCodes } from './one-time-codes';
import { type Strapi } from '../strapi';
import { emit } from './attempt';
import { showError } from './error-page';
import { LoginCookies, type PendingLogin, checkAge } from './login-cookie';
import { loginRecords } from './login-records';
import { readParameters } from './parameters';
import { redirectUri, serverUrl } from '../urls';
import { logRefusal } from './refusal';

const MAX_DESCRIPTION = 300;

/** How a login ended, in the parameters that a front-end gets. */
interface Ending {
  readonly parameters: Record<string, string>;
  /** Whose front-end it ends at; where it is not known, the one that is set. */
  readonly login?: PendingLogin;
  readonly status?: number;
}

/**
 * `GET /api/connect/cognito/callback`: the browser is back from Cognito. Ends at the front-end,
 * with a one-time code or with what went wrong; a page of our own stands in where no front-end is
 * known. Cognito's tokens stay here.
 */
export async function callback(strapi: Strapi, ctx: Context, query: unknown): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Referrer-Policy', 'no-referrer');
  const ending = await endOf(strapi, ctx, query);
  const { error } = ending.parameters;
  loginRecords(strapi).add('callback', error ?? 'ok');
  if (error !== undefined) emit(strapi, 'cognito.refused', { code: error, step: 'callback' });
  const base = serverUrl(strapi);
  const { callback: set } = await settingsService(strapi).current();
  const target = ending.login?.callback ?? set;
  const url = target === undefined ? undefined : resolveFrontEndUrl(target, base.href);
  const state = ending.login?.frontEndState;
  // Last, so that it is told from a parameter of this name in the front-end's own URL.
  const parameters = { ...ending.parameters, ...(state !== undefined && { state }) };
  if (url) ctx.redirect(withParameters(url, parameters));
  else showError(ctx, ending.status ?? 503, ending.parameters.error_description ?? '');
}

async function endOf(strapi: Strapi, ctx: Context, from: unknown): Promise<Ending> {
  let login: PendingLogin | undefined;
  try {
    return await rateLimiter(strapi).guard(ctx, async () => {
      login = takeLogin(strapi, ctx, from);
      return login ? await goOn(strapi, login, from) : endedWithoutState(strapi, from);
    });
  } catch (error) {
    const held = error instanceof CognitoError && error.code === 'too_many_requests';
    return refusal(strapi, error, held ? loginTurnedAway(strapi, ctx, from) : login);
  }
}

/** The login of this browser that has come back, spent from here on; `undefined` without a state. */
function takeLogin(strapi: Strapi, ctx: Context, from: unknown): PendingLogin | undefined {
  const { state } = readParameters(from, ['state']);
  if (state === undefined) return undefined;
  return new LoginCookies(ctx, serverUrl(strapi).protocol === 'https:').take(state);
}

/** The login of this browser that was turned away unseen. */
function loginTurnedAway(strapi: Strapi, ctx: Context, from: unknown): PendingLogin | undefined {
  try {
    return takeLogin(strapi, ctx, from);
  } catch {
    // None of this browser's: the answer is the same, at the front-end that is set.
    return undefined;
  }
}

function endedWithoutState(strapi: Strapi, from: unknown): Ending {
  // Cognito may leave the state out of an error: its kind is passed on, and no word of it.
  const { error } = readParameters(from, ['error']);
  if (error !== undefined) return refusedByCognito(strapi, { error });
  throw new CognitoError('invalid_request', 'the callback was opened without a state', {
    message: 'This page is the end of a login, and was opened without one. Please log in again.',
  });
}

async function goOn(strapi: Strapi, login: PendingLogin, from: unknown): Promise<Ending> {
  checkAge(login);
  // Only now, as the state is spent whatever else there is to object to.
  const query = readParameters(from, ['code', 'error', 'error_description', 'iss']);
  const settings = await settingsService(strapi).current();
  const issuer = checkResponseIssuer(query.iss, settings.connection);
  if (query.error !== undefined) return refusedByCognito(strapi, query, login);
  requireConnection(settings);
  if (query.code === undefined) {
    throw new CognitoError('invalid_request', 'Cognito sent neither a code nor an error');
  }
  const grant = {
    code: query.code,
    codeVerifier: login.codeVerifier,
    redirectUri: redirectUri(strapi),
  };
  const { person, tokens } = await loginService(strapi).byCode(grant, login.nonce);
  if (issuer && issuer.canonical !== person.issuer) throw otherIssuer(query.iss);
  return { parameters: await handoff(strapi, person, tokens, settings), login };
}

/**
 * Checks the `iss` of Cognito's answer, where it has one, before anything in it is used.
 *
 * @returns the pool that it names. Where that is not known yet, the tokens have to be of the same.
 * @throws {CognitoError} `token_issuer`.
 * @see https://www.rfc-editor.org/rfc/rfc9207#section-2.4
 */
function checkResponseIssuer(
  iss: string | undefined,
  connection: Connection | undefined,
): Issuer | undefined {
  if (iss === undefined || !connection) return undefined;
  const issuer = connection.issuer ?? trustedIssuer(iss, connection.host);
  if (issuer?.accepted.includes(iss)) return issuer;
  throw otherIssuer(iss);
}

const otherIssuer = (iss: unknown) =>
  new CognitoError('token_issuer', `the answer to the login is from another issuer, ${quote(iss)}`);

/** What the front-end gets: a one-time code, or the tokens themselves where the site asks for that. */
async function handoff(
  strapi: Strapi,
  { issuer, claims }: Person,
  { idToken, accessToken, refreshToken }: TokenResponse,
  { handoff: { mode, ttl } }: Settings,
): Promise<Record<string, string>> {
  if (mode === 'tokens') {
    return {
      access_token: accessToken,
      id_token: idToken,
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    };
  }
  return { access_token: await oneTimeCodes(strapi).issue({ issuer, claims }, ttl) };
}

/** Cognito ended the login itself (the person cancelled, say): its own words go on, cut to size. */
function refusedByCognito(
  strapi: Strapi,
  query: { error?: string; error_description?: string },
  login?: PendingLogin,
): Ending {
  const error = AUTHORIZE_ERRORS.has(query.error ?? '') ? String(query.error) : 'server_error';
  const words = query.error_description?.replace(/[^\P{C}]+/gu, ' ').slice(0, MAX_DESCRIPTION);
  const said = words === undefined || words === '' ? errorTable.cognito_refused[1] : words;
  // A person may cancel; all else is a mistake in the set-up.
  const level = error === 'access_denied' ? 'info' : 'warn';
  strapi.log[level](`[cognito] Cognito ended a login with ${error}: ${quote(said)}`);
  return { parameters: { error, error_description: said }, login };
}

function refusal(strapi: Strapi, error: unknown, login?: PendingLogin): Ending {
  const { code, message, status } = logRefusal(strapi, error);
  return { parameters: { error: code, error_description: message }, login, status };
}
