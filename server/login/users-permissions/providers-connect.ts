import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type SignIn,
  type SiteLogin,
  prepareForSite,
  signIn,
  signInUser,
} from '../../accounts/sign-in';
import { preferredUsername } from '../../accounts/username';
import type { VerifiedIdentity } from '../../accounts/verified-identity';
import { CognitoError } from '../../protocol/errors';
import { requestState } from '../../request-state';
import {
  PROVIDER,
  type Strapi,
  type User,
  currentRequest,
  usersPermissionsStore,
} from '../../strapi';
import { toStrapiError } from '../../strapi-utils';
import { isObject } from '../../settings/schema';
import { requireConnection } from '../../settings/settings';
import { settingsService } from '../../settings/service';
import { runSiteCode } from '../../site-code';
import { attempt } from '../attempt';
import { BODY_PARAMETERS, QUERY_PARAMETERS, authenticate, restoreIfRetryable } from '../exchange';
import { noteLoggedIn, recordLogins } from './record-logins';
import { mergeBody, postedBody } from './request-parameters';
import type { RunProvider } from './types';

// Every login ends in `providers.connect` of users-permissions, which the site may have wrapped or replaced:
//
// 1. `auth.callback`, stock or of the site, calls `connectAboveSite`.
// 2. That calls `connect` of the site. A wrap of it calls the original, which is `connectBelowSite`: it authenticates
//    the client, and signs the user in.
// 3. If that code decides itself which user it is, it asks the provider for the profile: `authCallback` authenticates the
//    client. When the code has returned a user, `connectAboveSite` checks that this user may belong to the identity. If
//    the code has verified a token itself, the plugin verifies it only then.

interface OuterLogin {
  /** The login by the plugin's own `connect`, if the code of the site has called it, or of the returned user. */
  login?: SignIn | undefined;
  /** The login, if the site's own `connect` carries it out. */
  site?: SiteLogin | undefined;
  /** Whether the code of the site has ended. What it started may go on. */
  isEnded?: true;
}

const outerLogins = new AsyncLocalStorage<OuterLogin>();

/** Set while the plugin signs a user in. Code of the site that asks for the profile then must not wait for it. */
const signingIn = new AsyncLocalStorage<true>();

/** @throws {CognitoError} `provider_disabled`. */
export async function checkEnabled(strapi: Strapi): Promise<void> {
  const settings = await settingsService(strapi).current();
  if (!settings.enabled) requireConnection(settings);
}

/** Authenticates the client, as one attempt to log in, or as a part of one. */
function authenticateRequest<T>(
  strapi: Strapi,
  query: unknown,
  work: Parameters<typeof authenticate<T>>[3],
): Promise<T> {
  const ctx = currentRequest(strapi);
  // The site may have changed what it was given.
  const sent = outerLogins.getStore() ? query : mergeBody(ctx, query);
  const names = postedBody(ctx) === undefined ? QUERY_PARAMETERS : BODY_PARAMETERS;
  const run = () => authenticate(strapi, sent, names, work);
  return signingIn.getStore() ? run() : attempt(strapi, 'exchange', run);
}

/** Lets code of the site add to the verified profile, or refuse the login by throwing. */
async function changeProfile(
  strapi: Strapi,
  identity: VerifiedIdentity,
  query: unknown,
  run: RunProvider,
): Promise<VerifiedIdentity> {
  const { access_token: accessToken } = (query ?? {}) as { access_token?: unknown };
  const providers: unknown = await usersPermissionsStore(strapi, 'grant').get({});
  const request = { provider: PROVIDER, query, accessToken, providers, grantResponse: query };
  const fields = (await runSiteCode(() => run(request))) as Record<string, unknown> | undefined;
  if (fields?.email) return { ...identity, fields };
  // users-permissions also refuses a profile without an email.
  const message = 'Email was not available.';
  const reason = "the site's providers-registry.run returned no email";
  throw new CognitoError('registration_refused', reason, { message, status: 400 });
}

/** `providers.connect` for `cognito`, below the code of the site. `run` is the registry's, if the site changed it. */
export async function connectBelowSite(
  strapi: Strapi,
  query: unknown,
  run?: RunProvider,
): Promise<User> {
  const outer = outerLogins.getStore();
  // The code of the site may have asked for the profile before it calls this.
  await outer?.site?.end();
  const login = await authenticateRequest(strapi, query, (identity) =>
    signingIn.run(true, async () =>
      signIn(strapi, run ? await changeProfile(strapi, identity, query, run) : identity),
    ),
  );
  noteLoggedIn(strapi, login);
  if (outer) outer.login = login;
  return login.user;
}

/** `providers.connect` for `cognito`, above the code of the site, which gets the same parameters for POST and GET. */
export async function connectAboveSite(
  strapi: Strapi,
  query: unknown,
  siteConnect: (query: unknown) => Promise<User>,
): Promise<User> {
  const outer: OuterLogin = {};
  const caller = outerLogins.getStore();
  const ctx = currentRequest(strapi);
  const merged = mergeBody(ctx, query);
  const given = isObject(query) ? query : {};
  const sent = isObject(merged) ? merged : {};
  // A controller of the site may have passed on the credentials of the URL.
  if (BODY_PARAMETERS.some((name) => Object.hasOwn(given, name) && given[name] !== sent[name])) {
    await attempt(strapi, 'exchange', () => {
      throw new CognitoError('invalid_request', 'the URL names another login than the body');
    });
  }
  const { id_token } = sent;
  // A copy of the `connect` of users-permissions requires an access token.
  const parameters = id_token && !sent.access_token ? { ...sent, access_token: id_token } : merged;
  const work = async () => {
    try {
      const result = await siteConnect(parameters);
      // Early versions of Strapi 4 returned a user and an error, and so does a copy of their code.
      const [user] = [result].flat() as (User | undefined)[];
      await checkReturned(strapi, outer, parameters, user);
      // `connect` of a class may call itself.
      if (caller) caller.login = outer.login;
      // The site may have changed what the plugin returned.
      return result;
    } finally {
      outer.isEnded = true;
      await outer.site?.end();
    }
  };
  try {
    return await recordLogins(strapi, () => outerLogins.run(outer, work));
  } catch (error) {
    // GraphQL hides the message of an error that is not Strapi's own.
    if (!(error instanceof CognitoError) || !ctx || requestState(ctx).hasAnswerRefusals)
      throw error;
    throw toStrapiError(error);
  }
}

/** Checks what the site's own `connect` has returned, unless it is the user whom the plugin has signed in. */
async function checkReturned(strapi: Strapi, outer: OuterLogin, query: unknown, user?: User) {
  // Without a user, users-permissions responds with an error.
  if (!user) return;
  const { id } = user as Partial<User>;
  if (!outer.login) {
    // The code of the site has found or created the user. It may have verified the token itself.
    const site = outer.site ?? (await prepareLogin(strapi, query));
    outer.login = await attempt(strapi, 'exchange', () => site.accept(user.id));
    noteLoggedIn(strapi, outer.login);
  } else if (id !== undefined && id !== outer.login.user.id) {
    // The site decides which user it is, but users-permissions has to accept the JWT. Records and events name that user.
    Object.assign(outer.login, await attempt(strapi, 'exchange', () => signInUser(strapi, id)));
  }
}

/** The `authCallback` of the provider. Code of the site finds or creates the user by the profile. */
export async function authCallback(strapi: Strapi, query: unknown): Promise<SiteLogin['profile']> {
  const isWithinLogin = signingIn.getStore() ?? outerLogins.getStore()?.login;
  if (!isWithinLogin) return (await prepareLogin(strapi, query)).profile;
  return authenticateRequest(strapi, query, async ({ claims, email }) => {
    const { users } = await settingsService(strapi).current();
    return { username: preferredUsername(claims, users.username), email };
  });
}

/** Authenticates the client for a login that the site's own code carries out. */
const prepareLogin = (strapi: Strapi, query: unknown): Promise<SiteLogin> =>
  authenticateRequest(strapi, query, async (identity, restore) => {
    const outer = outerLogins.getStore();
    await outer?.site?.end();
    const login = await prepareForSite(strapi, identity);
    const accept: SiteLogin['accept'] = (userId) =>
      restoreIfRetryable(restore, () => login.accept(userId));
    const site = { ...login, accept };
    if (outer && !outer.isEnded) outer.site = site;
    else await login.end();
    return site;
  });
