import grant from 'grant-koa';
import type { Context } from 'koa';
import { toEndpoints } from '../protocol/endpoints';
import { CognitoError } from '../protocol/errors';
import { resolveFrontEndUrl, withParameters } from '../settings/front-end-url';
import { type Connection, type Settings, requireConnection } from '../settings/settings';
import { settingsService } from '../settings/service';
import { type Strapi } from '../strapi';
import { attempt } from './attempt';
import { LoginCookies } from './login-cookie';
import { readParameters } from './parameters';
import { connectPrefix, redirectUri, serverUrl } from '../urls';
import { validateCallback } from './validate-callback';

/** What a front-end may say to Cognito. @see https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html */
const PASSED_ON = ['identity_provider', 'idp_identifier', 'login_hint', 'lang', 'prompt'] as const;

/** What a front-end may send as its `state`: enough for any random value, and safe in every URL and cookie. */
const FRONT_END_STATE = /^[A-Za-z0-9._~-]{1,128}$/;

/** What Grant leaves in its session when it has sent the browser off. */
interface GrantSession {
  readonly state: string;
  readonly nonce: string;
  readonly code_verifier: string;
}

/**
 * `GET /api/connect/cognito`: sends the browser to the Host URI, or to the front-end with an error
 * while no login is possible.
 *
 * @throws {CognitoError} `invalid_request` for a callback or a `state` that is not allowed,
 * `too_many_requests`; `provider_disabled` and `not_configured` if the front-end's URL is not known.
 */
export async function connect(strapi: Strapi, ctx: Context): Promise<void> {
  try {
    await attempt(strapi, 'connect', () => authorize(strapi, ctx));
  } catch (error) {
    const url = await urlOfRefusal(strapi, ctx, error);
    if (!url) throw error;
    ctx.redirect(url);
  }
}

const SENT_TO_FRONT_END: ReadonlySet<unknown> = new Set(['provider_disabled', 'not_configured']);

/** The front-end's URL with an error that the end user has not caused. */
async function urlOfRefusal(
  strapi: Strapi,
  ctx: Context,
  error: unknown,
): Promise<string | undefined> {
  if (!(error instanceof CognitoError) || !SENT_TO_FRONT_END.has(error.code)) return undefined;
  const settings = await settingsService(strapi).current();
  try {
    const { callback, state } = readParameters(ctx.query, ['callback', 'state']);
    const url = await frontEndUrl(strapi, settings, callback ?? sessionCallback(ctx));
    const { code, message } = error;
    return withParameters(url, {
      error: code,
      error_description: message,
      ...(state !== undefined && FRONT_END_STATE.test(state) && { state }),
    });
  } catch {
    // Its URL is not known either, so the refusal is the answer.
    return undefined;
  }
}

/** The front-end URL that code of the site asks for, as users-permissions reads it. */
function sessionCallback(ctx: Context): string | undefined {
  const { session } = ctx as { session?: { grant?: { dynamic?: { callback?: unknown } } } | null };
  const callback = session?.grant?.dynamic?.callback;
  return typeof callback === 'string' ? callback : undefined;
}

/** Grant writes the authorize request; a cookie of this login remembers what must come back. */
async function authorize(strapi: Strapi, ctx: Context): Promise<void> {
  const settings = await settingsService(strapi).current();
  const connection = requireConnection(settings);
  const {
    callback,
    state: frontEndState,
    ...passedOn
  } = readParameters(ctx.query, ['callback', 'state', ...PASSED_ON] as const);
  const frontEnd = await frontEndUrl(strapi, settings, callback ?? sessionCallback(ctx));
  checkFrontEndState(frontEndState);

  // Grant uses the session and state of a context as its own, and finds the provider by the URL, which
  // has many spellings: it gets those of this login.
  const session: { grant?: GrantSession } = {};
  const prefix = connectPrefix(strapi);
  const own = Object.create(ctx, {
    session: { value: session },
    state: { value: {} },
    originalUrl: { value: `${prefix}/cognito` },
  }) as Context;
  await grant({
    defaults: { prefix },
    cognito: {
      ...clientOf(connection),
      redirect_uri: redirectUri(strapi),
      custom_params: passedOn,
      state: true,
      nonce: true,
      pkce: true,
    },
  })(own, () => Promise.resolve());
  if (!session.grant) throw new Error('Grant left no session');

  const { state, nonce, code_verifier: codeVerifier } = session.grant;
  const cookies = new LoginCookies(ctx, serverUrl(strapi).protocol === 'https:');
  try {
    cookies.start({
      state,
      nonce,
      codeVerifier,
      callback: frontEnd.href,
      frontEndState,
      startedAt: Date.now(),
    });
  } catch (error) {
    // Grant has sent the browser off already: a refusal goes nowhere.
    ctx.remove('Location');
    throw error;
  }
  ctx.set('Cache-Control', 'no-store');
}

function clientOf({ host, clientId, scope }: Connection) {
  const { authorize, token } = toEndpoints(host);
  return { key: clientId, authorize_url: authorize, access_url: token, scope: [...scope] };
}

/** Where this login ends: the URL asked for, where users-permissions allows it, or the one set. */
async function frontEndUrl(
  strapi: Strapi,
  { callback, problems }: Settings,
  asked: string | undefined,
): Promise<URL> {
  const base = serverUrl(strapi).href;
  const set = callback === undefined ? undefined : resolveFrontEndUrl(callback, base);
  if (asked === undefined) {
    if (set) return set;
    throw new CognitoError('not_configured', problems.join('; '));
  }
  try {
    await validateCallback(strapi, asked, set);
  } catch (cause) {
    throw invalidCallback('refused by callback.validate of users-permissions', cause);
  }
  const url = resolveFrontEndUrl(asked, base);
  if (!url) throw invalidCallback('not a URL, too long, or with a parameter of the login in it');
  // All custom schemes have the same origin, "null", and so pass for one another there.
  if (set?.origin === 'null' && (url.protocol !== set.protocol || url.host !== set.host)) {
    throw invalidCallback('of another app');
  }
  return url;
}

/**
 * The `state` of the front-end is its own: it binds the login to the page that began it, and never
 * goes to Cognito.
 */
function checkFrontEndState(state: string | undefined): void {
  if (state === undefined || FRONT_END_STATE.test(state)) return;
  throw new CognitoError('invalid_request', '?state= is too long or has other characters', {
    message: '"state" may have at most 128 characters, of A-Z a-z 0-9 . _ ~ -',
  });
}

function invalidCallback(why: string, cause?: unknown): CognitoError {
  const message = 'Invalid callback URL provided';
  return new CognitoError('invalid_request', `?callback= is ${why}`, { cause, message });
}
