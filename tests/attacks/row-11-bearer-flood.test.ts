import { expectLoggedIn } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { exchangeIdToken, addPoolUser } from '../support/users';

// Bearer tokens are behind the same limit as every other way in.

let site: Site;

beforeAll(async () => {
  site = await startSite({
    cognito: {
      bearer: { enabled: true, provision: true },
      rateLimit: { enabled: true, failures: 30 },
    },
  });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(async () => {
  await site.clearUsers();
  site.pool.forgetRequests();
  await site.strapi.restart();
  await site.strapi.forgetLogs();
});

afterAll(() => site.stop());

async function call(token: string): Promise<number> {
  const response = await fetch(`${site.strapi.url}/api/users/me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return response.status;
}

const accessToken = (name: string, change: object = {}) =>
  site.pool.sign({ claims: { ...site.pool.accessClaims(name), ...change } });

test('a hundred invalid tokens are refused, with one log line for the rate limit', async () => {
  const junk = accessToken(addPoolUser(site), { exp: 1 });
  const start = performance.now();
  const statuses = [];
  for (let count = 0; count < 100; count += 1) statuses.push(await call(junk));
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  const { length: refused } = statuses.filter((status) => status === 401);
  // Thirty failures, and one more for every two seconds that the calls take.
  expect(refused).toBeLessThanOrEqual(30 + Math.ceil((performance.now() - start) / 2_000));
  const lines = (await site.strapi.allLogs()).filter((line) => line.includes('[cognito]'));
  expect(lines.filter((line) => line.includes('too_many_requests'))).toHaveLength(1);
  expect(lines.length).toBeLessThanOrEqual(refused + 2);
});

test('a token that was refused does not make the same call to Cognito again', async () => {
  await site.strapi.advanced({ allow_register: false });
  try {
    const token = accessToken(addPoolUser(site));
    const statuses = [];
    for (let count = 0; count < 20; count += 1) statuses.push(await call(token));
    expect(new Set(statuses)).toEqual(new Set([403]));
    expect(site.pool.count('/oauth2/userInfo')).toBe(1);
  } finally {
    await site.strapi.advanced({ allow_register: true });
  }
});

test('a hundred valid calls are not limited', async () => {
  const name = addPoolUser(site);
  expectLoggedIn(await exchangeIdToken(site, name));
  const token = accessToken(name);
  for (let count = 0; count < 100; count += 1) expect(await call(token)).toBe(200);
});
