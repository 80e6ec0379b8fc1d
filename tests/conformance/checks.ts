import { type Code, expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import type { Claims, SignRequest } from '../support/pool';
import { FRONT_END, type Site } from '../support/site';
import { type TokenVariant, loginWith, validToken } from '../support/invalid-tokens';
import { addPoolUser } from '../support/users';
import type { Check } from './table';

/** How many users have the email that a new person of this name has. */
export const usersNamed = async (site: Site, name: string): Promise<number> =>
  (await site.strapi.users()).filter(({ email }) => email === `${name}@example.com`).length;

/** Expects the front-end to get this error and nothing else. */
export function expectError(parameters: URLSearchParams, code: string): void {
  expect(Object.fromEntries(parameters)).toEqual({
    error: code,
    error_description: expect.stringMatching(/\w/) as string,
  });
}

/**
 * The id_token of a login by browser is spoiled: no login, no user. The same token unspoiled is good,
 * so that it is the spoiling that is refused.
 */
export const refused =
  (code: Code, spoil: TokenVariant): Check =>
  async (site) => {
    const name = addPoolUser(site);
    expectError(await loginWith(site, spoil, name), code);
    expect(await usersNamed(site, name)).toBe(0);
    expect((await loginWith(site, validToken, name)).has('access_token')).toBe(true);
  };

/** A login by browser with a changed id_token that is as good as another. */
export const taken =
  (spoil: TokenVariant): Check =>
  async (site) => {
    const name = addPoolUser(site);
    const access_token = (await loginWith(site, spoil, name)).get('access_token') ?? '';
    const { user } = expectLoggedIn(await site.exchange({ access_token }));
    expect(user).toMatchObject({ email: `${name}@example.com` });
  };

/** An id_token that a client brings, spoiled: refused, and the same one unspoiled is good. */
export async function broughtAndRefused(
  site: Site,
  code: Code,
  spoil: TokenVariant,
): Promise<void> {
  const name = addPoolUser(site);
  const claims = site.pool.idClaims(name);
  expectRefusal(await site.exchangeByPost({ id_token: spoil(claims, site.pool) }), code);
  expect(await usersNamed(site, name)).toBe(0);
  expectLoggedIn(await site.exchangeByPost({ id_token: validToken(claims, site.pool) }));
}

/** An access token with some claims changed. */
export const accessToken = (
  site: Site,
  name: string,
  change: Claims = {},
  how: Partial<SignRequest> = {},
) => site.pool.sign({ claims: { ...site.pool.accessClaims(name), ...change }, ...how });

/** The status of an API call with a token. */
export async function apiStatus(site: Site, token: string): Promise<number> {
  return (await site.me(token)).status;
}

/** What Strapi asks of the pool when a browser begins to log in. */
export async function authorization(
  site: Site,
  query = '',
  headers: Record<string, string> = {},
): Promise<URLSearchParams> {
  const { location = '' } = await new Browser().get(site.connectUrl + query, { headers });
  expect(location.split('?')[0]).toBe(`${site.pool.origin}/oauth2/authorize`);
  return new URL(location).searchParams;
}

/** The form of the one request that the token endpoint has had. */
export function tokenRequest(site: Site) {
  const requests = site.pool.requests.filter(({ path }) => path === '/oauth2/token');
  expect(requests).toHaveLength(1);
  return requests[0]!;
}

/** Everything the plugin and Strapi's store have in the database, as text. */
export async function databaseText(site: Site): Promise<string> {
  return site.strapi.run(async ({ db }) => {
    const tables = [
      ...['plugin::cognito.identity', 'plugin::cognito.one-time-code', 'plugin::cognito.lease'],
      ...['plugin::cognito.login-record', 'plugin::users-permissions.user', 'strapi::core-store'],
    ];
    const rows = await Promise.all(tables.map((uid) => db.query(uid).findMany()));
    return JSON.stringify(rows);
  });
}

/** A query of a front-end URL. */
export const asCallback = (url: string) => `?callback=${encodeURIComponent(url)}`;

/** Whether a URL is the front-end's, whatever its query. */
export const isFrontEnd = (location: string | undefined): boolean =>
  location?.split('?')[0] === FRONT_END;
