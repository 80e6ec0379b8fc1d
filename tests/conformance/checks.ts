import { type Code, expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import type { Claims, SignRequest } from '../support/pool';
import { FRONT_END, type Site } from '../support/site';
import { type TokenVariant, loginWith, validToken } from '../support/invalid-tokens';
import { addPoolUser } from '../support/users';
import type { Check } from './table';

/** The number of users with the email of this pool user. */
export const countUsersByEmail = async (site: Site, name: string): Promise<number> =>
  (await site.strapi.users()).filter(({ email }) => email === `${name}@example.com`).length;

/** Expects the front-end to receive this error and nothing more. */
export function expectError(parameters: URLSearchParams, code: string): void {
  expect(Object.fromEntries(parameters)).toEqual({
    error: code,
    error_description: expect.stringMatching(/\w/) as string,
  });
}

/**
 * Expects that a login in the browser with a changed id_token is refused and creates no user. The unchanged token must be
 * accepted, so that the change is the reason.
 */
export const expectRefusedLogin =
  (code: Code, change: TokenVariant): Check =>
  async (site) => {
    const name = addPoolUser(site);
    expectError(await loginWith(site, change, name), code);
    expect(await countUsersByEmail(site, name)).toBe(0);
    expect((await loginWith(site, validToken, name)).has('access_token')).toBe(true);
  };

/** Expects that a login in the browser with a changed id_token is accepted. */
export const expectAcceptedLogin =
  (change: TokenVariant): Check =>
  async (site) => {
    const name = addPoolUser(site);
    const access_token = (await loginWith(site, change, name)).get('access_token') ?? '';
    const { user } = expectLoggedIn(await site.exchange({ access_token }));
    expect(user).toMatchObject({ email: `${name}@example.com` });
  };

/** Expects that a changed id_token from a client is refused, and the unchanged one accepted. */
export async function expectRefusedToken(
  site: Site,
  code: Code,
  change: TokenVariant,
): Promise<void> {
  const name = addPoolUser(site);
  const claims = site.pool.idClaims(name);
  expectRefusal(await site.exchangeByPost({ id_token: change(claims, site.pool) }), code);
  expect(await countUsersByEmail(site, name)).toBe(0);
  expectLoggedIn(await site.exchangeByPost({ id_token: validToken(claims, site.pool) }));
}

/** Signs an access token with some claims changed. */
export const signAccessToken = (
  site: Site,
  name: string,
  change: Claims = {},
  how: Partial<SignRequest> = {},
) => site.pool.sign({ claims: { ...site.pool.accessClaims(name), ...change }, ...how });

/** The status of an API call with a token. */
export async function getApiStatus(site: Site, token: string): Promise<number> {
  return (await site.me(token)).status;
}

/** The authorization request of a login. */
export async function getAuthorizationRequest(
  site: Site,
  query = '',
  headers: Record<string, string> = {},
): Promise<URLSearchParams> {
  const { location = '' } = await new Browser().get(site.connectUrl + query, { headers });
  expect(location.split('?')[0]).toBe(`${site.pool.origin}/oauth2/authorize`);
  return new URL(location).searchParams;
}

/** The form of the only token request. */
export function getTokenRequest(site: Site) {
  const requests = site.pool.requests.filter(({ path }) => path === '/oauth2/token');
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

/** The plugin's tables and Strapi's store as text. */
export async function dumpDatabase(site: Site): Promise<string> {
  return site.strapi.run(async ({ db }) => {
    const tables = [
      ...['plugin::cognito.identity', 'plugin::cognito.one-time-code', 'plugin::cognito.lease'],
      ...['plugin::cognito.login-record', 'plugin::users-permissions.user', 'strapi::core-store'],
    ];
    const rows = await Promise.all(tables.map((uid) => db.query(uid).findMany()));
    return JSON.stringify(rows);
  });
}

/** The query of a front-end URL. */
export const toFrontEnd = (url: string) => `?callback=${encodeURIComponent(url)}`;

/** Whether a URL is the front-end URL, with any query. */
export const isFrontEnd = (location: string | undefined): boolean =>
  location?.split('?')[0] === FRONT_END;
