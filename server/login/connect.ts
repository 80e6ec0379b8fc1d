import grant from 'grant-koa';
import type { Context } from 'koa';
import { defined } from '../defined';
import { toEndpoints } from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import { resolveFrontEndUrl, withParameters } from '../settings/front-end-url';
import { settingsService } from '../settings/service';
import {
  type Connection,
  type ProviderRow,
  type Settings,
  customParameters,
  customScope,
  requireConnection,
} from '../settings/settings';
import { PROVIDER, type Strapi, pluginConfig } from '../strapi';
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

/** The front-end's `state`: any random value that is safe in every URL and cookie. */
const FRONT_END_STATE = /^[A-Za-z0-9._~-]{1,128}$/;

/**
 * The part of the path after `/api/connect/cognito/`; `undefined` for another provider. As in users-permissions, the
 * URL decides, because the site may have its own routes with that handler, or call it with a request of its own.
 */
export function cognitoConnectPath(strapi: Strapi, { request }: Context): string | undefined {
  const { url = '' } = request as { readonly url?: string };
  const [path = ''] = url.replace(/^https?:\/\/[^/]*/i, '').split('?');
  const prefix = `${connectPrefix(strapi)}/`;
  if (!path.toLowerCase().startsWith(prefix.toLowerCase())) return undefined;
  const [provider, ...rest] = path.slice(prefix.length).split('/');
  return provider === PROVIDER ? rest.join('/') : undefined;
}

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
  const names = ['state', ...AUTHORIZE_PARAMETERS] as const;
  const { state: frontEndState, ...parameters } = readParameters(ctx.query, names);
  const frontEnd = await chooseFrontEndUrl(strapi, ctx, settings);
  if (frontEndState !== undefined && !FRONT_END_STATE.test(frontEndState)) {
    throw new CognitoError('invalid_request', '?state= is too long or has other characters', {
      message: '"state" may have at most 128 characters, of A-Z a-z 0-9 . _ ~ -',
    });
  }
  // Grant reads what code of the site has set for this request.
  const { grant: overrides } = ctx.state as { grant?: { dynamic?: ProviderRow } | null };
  const dynamic = overrides?.dynamic ?? {};
  const { url, ...secrets } = await createAuthorizeRequest(
    strapi,
    { ...connection, scope: customScope(dynamic) ?? connection.scope },
    { ...connection.parameters, ...customParameters(dynamic), ...parameters },
  );
  // The state of the front-end binds the login to its page. It never goes to Cognito.
  new LoginCookies(ctx, redirectUrl(strapi).protocol === 'https:').start({
    ...secrets,
    frontEndUrl: frontEnd.href,
    frontEndState,
    startedAt: Date.now(),
  });
  ctx.redirect(url);
}

/**
 * Lets Grant write the authorize request. The response and the tokens are checked against its state, nonce and PKCE
 * verifier.
 */
export async function createAuthorizeRequest(
  strapi: Strapi,
  { host, clientId, scope }: Pick<Connection, 'host' | 'clientId' | 'scope'>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<{ url: string; state: string; nonce: string; codeVerifier: string }> {
  const session: { grant?: { state: string; nonce: string; code_verifier: string } } = {};
  let url: string | undefined;
  const prefix = connectPrefix(strapi);
  const { authorize, token } = toEndpoints(host);
  // Grant gets a separate context, because it must not use the session and the parameters of the browser's request.
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

/** The front-end URL with an error, if the front-end did not cause the error and its URL is known. */
async function errorUrl(strapi: Strapi, ctx: Context, error: unknown): Promise<string | undefined> {
  const { code, text } = error as CognitoError;
  if (code !== 'provider_disabled' && code !== 'not_configured') return undefined;
  const settings = await settingsService(strapi).current();
  try {
    const { state } = readParameters(ctx.query, ['state']);
    const url = await chooseFrontEndUrl(strapi, ctx, settings);
    const isValid = state !== undefined && FRONT_END_STATE.test(state);
    const added = { error: code, error_description: text, state: isValid ? state : undefined };
    return withParameters(url, added);
  } catch {
    return undefined;
  }
}

/** The front-end URL of this login: the requested URL, if users-permissions allows it, or the configured one. */
async function chooseFrontEndUrl(strapi: Strapi, ctx: Context, settings: Settings): Promise<URL> {
  const { frontEndUrl, problems } = settings;
  // Code of the site may have put one into the session, where users-permissions reads it.
  const { session } = ctx as { session?: { grant?: { dynamic?: { callback?: unknown } } } | null };
  const { callback } = readParameters(ctx.query, ['callback']);
  const requested = callback ?? session?.grant?.dynamic?.callback;
  const base = redirectUrl(strapi).href;
  const configured = resolveFrontEndUrl(frontEndUrl ?? '', base);
  if (typeof requested !== 'string') {
    if (configured) return configured;
    throw new CognitoError('not_configured', problems.map(({ message }) => message).join('; '));
  }
  try {
    await validateFrontEndUrl(strapi, requested, settings);
  } catch (cause) {
    throw invalidFrontEndUrl('refused by callback.validate of users-permissions', cause);
  }
  const url = resolveFrontEndUrl(requested, base);
  if (!url)
    throw invalidFrontEndUrl(
      'not a valid URL, too long, or contains a parameter that a login adds',
    );
  // All custom schemes have the same origin, "null".
  const isApp = configured?.origin === 'null';
  if (isApp && (url.protocol !== configured.protocol || url.host !== configured.host)) {
    throw invalidFrontEndUrl('the URL of another app');
  }
  return url;
}

/**
 * Calls users-permissions' `callback.validate`, which a site may have replaced, and throws what that throws. The
 * function gets the stored row, with the front-end URL that applies as it was entered, unless that is only a path.
 */
export async function validateFrontEndUrl(
  strapi: Strapi,
  requested: string,
  { row, frontEndUrl }: Pick<Settings, 'row' | 'frontEndUrl'>,
): Promise<void> {
  const { validate } = pluginConfig<{
    callback: { validate: (callback: string, provider: ProviderRow) => unknown };
  }>(strapi, 'users-permissions').callback;
  const callback = frontEndUrl?.startsWith('/')
    ? resolveFrontEndUrl(frontEndUrl, redirectUrl(strapi).href)?.href
    : frontEndUrl;
  await validate(requested, { ...row, ...defined({ callback }) });
}

function invalidFrontEndUrl(why: string, cause?: unknown): CognitoError {
  const message = 'Invalid callback URL provided';
  return new CognitoError('invalid_request', `?callback= is ${why}`, { cause, message });
}
