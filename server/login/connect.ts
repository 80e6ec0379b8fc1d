import grant from 'grant-koa';
import type { Context } from 'koa';
import { toEndpoints } from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import { resolveFrontEndUrl, withParameters } from '../settings/front-end-url';
import { settingsService } from '../settings/service';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import { type Strapi, pluginConfig } from '../strapi';
import { connectPrefix, redirectUri, redirectUrl } from '../urls';
import { attempt } from './attempt';
import { LoginCookies } from './login-cookie';
import { readParameters } from './parameters';

/** Parameters of the authorize request that a front-end may set. @see https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html */
const AUTHORIZE_PARAMETERS = [
  'identity_provider',
  'idp_identifier',
  'login_hint',
  'lang',
  'prompt',
] as const;

/** The `state` of a front-end: any random value that is safe in every URL and cookie. */
const FRONT_END_STATE = /^[A-Za-z0-9._~-]{1,128}$/;

/**
 * `GET /api/connect/cognito`: redirects the browser to Cognito, or to the front-end with an error if no login
 * is possible.
 *
 * @throws {CognitoError} `invalid_request` for a callback or a `state` that is not allowed,
 * `too_many_requests`; `provider_disabled` and `not_configured` if the front-end's URL is not known.
 */
export async function connect(strapi: Strapi, ctx: Context): Promise<void> {
  try {
    await attempt(strapi, 'connect', () => startLogin(strapi, ctx));
  } catch (error) {
    const url = await errorUrl(strapi, ctx, error);
    if (url === undefined) throw error;
    ctx.redirect(url);
  }
}

async function startLogin(strapi: Strapi, ctx: Context): Promise<void> {
  const settings = await settingsService(strapi).current();
  const connection = requireConnection(settings);
  const {
    callback,
    state: frontEndState,
    ...parameters
  } = readParameters(ctx.query, ['callback', 'state', ...AUTHORIZE_PARAMETERS] as const);
  const frontEnd = await chooseFrontEndUrl(strapi, settings, callback ?? sessionCallback(ctx));
  if (frontEndState !== undefined && !FRONT_END_STATE.test(frontEndState)) {
    throw new CognitoError('invalid_request', '?state= is too long or has other characters', {
      message: '"state" may have at most 128 characters, of A-Z a-z 0-9 . _ ~ -',
    });
  }
  const { url, ...secrets } = await createAuthorizeRequest(strapi, connection, {
    ...connection.parameters,
    ...parameters,
  });
  // The state of the front-end binds the login to its page. It never goes to Cognito.
  new LoginCookies(ctx, redirectUrl(strapi).protocol === 'https:').start({
    ...secrets,
    frontEndUrl: frontEnd.href,
    frontEndState,
    startedAt: Date.now(),
  });
  ctx.redirect(url);
}

/** An authorize request, and the values that the response and the tokens are checked with. */
export interface AuthorizeRequest {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Lets Grant write the authorize request, with state, nonce and PKCE. */
export async function createAuthorizeRequest(
  strapi: Strapi,
  { host, clientId, scope }: Pick<Connection, 'host' | 'clientId' | 'scope'>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<AuthorizeRequest> {
  const session: { grant?: { state: string; nonce: string; code_verifier: string } } = {};
  let url: string | undefined;
  const prefix = connectPrefix(strapi);
  const { authorize, token } = toEndpoints(host);
  // Grant gets a context of its own: it must not use the session and the parameters of the browser's request.
  const context = {
    method: 'GET',
    originalUrl: `${prefix}/cognito`,
    request: { query: {} },
    response: {
      redirect(location: string) {
        url = location;
      },
    },
    session,
    state: {},
  };
  await grant({
    defaults: { prefix },
    cognito: {
      key: clientId,
      authorize_url: authorize,
      access_url: token,
      scope: [...scope],
      redirect_uri: redirectUri(strapi),
      custom_params: parameters,
      state: true,
      nonce: true,
      pkce: true,
    },
  })(context, () => Promise.resolve());
  if (url === undefined || !session.grant) throw new Error('Grant wrote no authorize request');
  const { state, nonce, code_verifier: codeVerifier } = session.grant;
  return { url, state, nonce, codeVerifier };
}

/** The front-end URL with an error, if the error is not the front-end's own and its URL is known. */
async function errorUrl(strapi: Strapi, ctx: Context, error: unknown): Promise<string | undefined> {
  const { code, message } = error as CognitoError;
  if (code !== 'provider_disabled' && code !== 'not_configured') return undefined;
  const settings = await settingsService(strapi).current();
  try {
    const { callback, state } = readParameters(ctx.query, ['callback', 'state']);
    const url = await chooseFrontEndUrl(strapi, settings, callback ?? sessionCallback(ctx));
    return withParameters(url, {
      error: code,
      error_description: message,
      ...(state !== undefined && FRONT_END_STATE.test(state) && { state }),
    });
  } catch {
    return undefined;
  }
}

/** The front-end URL that code of the site has put into the session, where users-permissions reads it. */
function sessionCallback(ctx: Context): string | undefined {
  const { session } = ctx as { session?: { grant?: { dynamic?: { callback?: unknown } } } | null };
  const callback = session?.grant?.dynamic?.callback;
  return typeof callback === 'string' ? callback : undefined;
}

/** The front-end URL of this login: the requested one, if users-permissions allows it, or the configured one. */
async function chooseFrontEndUrl(
  strapi: Strapi,
  { frontEndUrl, problems }: Settings,
  requested: string | undefined,
): Promise<URL> {
  const base = redirectUrl(strapi).href;
  const configured = frontEndUrl === undefined ? undefined : resolveFrontEndUrl(frontEndUrl, base);
  if (requested === undefined) {
    if (configured) return configured;
    throw new CognitoError('not_configured', problems.map(({ message }) => message).join('; '));
  }
  try {
    await validateCallback(strapi, requested, configured);
  } catch (cause) {
    throw invalidCallback('refused by callback.validate of users-permissions', cause);
  }
  const url = resolveFrontEndUrl(requested, base);
  if (!url) throw invalidCallback('not a URL, too long, or has a parameter of the login in it');
  // All custom schemes have the same origin, "null".
  const isApp = configured?.origin === 'null';
  if (isApp && (url.protocol !== configured.protocol || url.host !== configured.host)) {
    throw invalidCallback('the URL of another app');
  }
  return url;
}

/**
 * Calls users-permissions' `callback.validate`, which a site may have replaced.
 *
 * @throws whatever that function throws.
 */
export async function validateCallback(
  strapi: Strapi,
  requested: string,
  configured: URL | undefined,
): Promise<void> {
  const { validate } = pluginConfig<{
    callback: { validate: (callback: string, provider: { callback?: string }) => unknown };
  }>(strapi, 'users-permissions').callback;
  await validate(requested, { callback: configured?.href });
}

function invalidCallback(why: string, cause?: unknown): CognitoError {
  const message = 'Invalid callback URL provided';
  return new CognitoError('invalid_request', `?callback= is ${why}`, { cause, message });
}
