import { expectLoggedIn } from '../support/assertions';
import { withQueries } from '../support/queries';
import { type Answer, type Site, startSite } from '../support/site';
import { exchangeIdToken, addPoolUser } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

/** What Strapi asks its database for an exchange, whatever the plugin does. */
const STRAPI = [
  ['what visitors may do', /from .up_permissions/],
  ['whether the provider is on', /from .strapi_core_store_settings/],
] as const;

/** What a login of a user who is known needs. */
const KNOWN_USER = [
  ['whose the identity is', /^select .id., .user_id., .* from .cognito_identities/],
  ['the user, as for a Strapi JWT', /^select .* from .up_users. /],
  ['their role', /from .up_roles/],
  ['the user, as /users/me shows them', /^select .* from .up_users. /],
] as const;

/** The queries of a login. The first one of its kind reads what is kept from then on. */
async function queriesOf(login: () => Promise<Answer>): Promise<string[]> {
  expectLoggedIn(await login());
  const { result, queries } = await withQueries(site.strapi, login);
  expectLoggedIn(result);
  return queries;
}

function expectQueries(queries: string[], reasons: readonly (readonly [string, RegExp])[]): void {
  // The reasons are what a failure shows.
  const found = queries.map((sql, at) => (reasons[at]?.[1].test(sql) ? reasons[at][0] : sql));
  expect(found).toEqual(reasons.map(([reason]) => reason));
}

test('each query of a returning login has a reason', async () => {
  const name = addPoolUser(site);
  expectQueries(await queriesOf(() => exchangeIdToken(site, name)), [...STRAPI, ...KNOWN_USER]);
});

test('a one-time code is two queries more', async () => {
  const name = addPoolUser(site);
  await site.loginAs(name);
  const code = await site.code(name);
  const { result, queries } = await withQueries(site.strapi, () =>
    site.exchange({ access_token: code }),
  );
  expectLoggedIn(result);
  const taken = queries.filter((sql) => /^(?:delete|select) .*cognito_one_time_codes/.test(sql));
  // Read, then deleted: of several requests at the same time, one deletes it.
  expect(taken).toHaveLength(2);
  const others = queries.filter((sql) => !sql.includes('cognito_one_time_codes'));
  expectQueries(others, [...STRAPI, ...KNOWN_USER]);
});

test('a returning login needs the queries of /users/me, and those for the code and the identity', async () => {
  const name = addPoolUser(site);
  const { jwt } = expectLoggedIn(await exchangeIdToken(site, name));
  await site.me(jwt);
  const { result, queries: me } = await withQueries(site.strapi, () => site.me(jwt));
  expect(result.status).toBe(200);
  const queries = await queriesOf(() => exchangeIdToken(site, name));
  expect(queries.length).toBeLessThanOrEqual(me.length + 1);
});
